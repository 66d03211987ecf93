import { NativeSelect, NumberInput } from '@mantine/core';
import { type KeyboardEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AgentRouting } from '#shared/model/routing.ts';
import type { RoutingData } from '../../../components/routing-data.ts';
import type { Sorting } from '../admin.core.ts';
import { SortHead } from '../things.tsx';
import { levelOf, nextLevel, type Place, step, withLevel } from './matrix.core.ts';
import classes from './matrix.module.css';

type Agent = RoutingData['agents'][number];

interface Props {
  readonly agents: readonly Agent[];
  readonly changed: ReadonlyMap<string, AgentRouting>;
  readonly onChange: (agent: AgentRouting) => void;
  readonly data: RoutingData;
  readonly sorting: Sorting;
  readonly onSort: (sorting: Sorting) => void;
  readonly disabled: boolean;
}

/** Agents down, skills across, a level where they meet. The levels are one stop of the Tab key; arrows move within. */
export function Matrix({ agents, changed, onChange, data, sorting, onSort, disabled }: Props) {
  const { t } = useTranslation();
  const table = useRef<HTMLTableElement>(null);
  const [place, setPlace] = useState<Place>({ row: 0, column: 0 });
  const { skills, profiles } = data;
  const row = Math.min(place.row, agents.length - 1);

  function onKey(event: KeyboardEvent, agent: Agent, skill: string, here: Place): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const level = levelOf(event.key);
    const to = step(here, event.key, agents.length, skills.length);
    if (level === undefined && to === undefined) return;
    event.preventDefault();
    if (level !== undefined) onChange(withLevel(agent, skill, level));
    if (to === undefined) return;
    setPlace(to);
    table.current?.querySelector<HTMLElement>(`[data-place="${to.row}.${to.column}"]`)?.focus();
  }

  const head = { sorting, onSort };
  return (
    <div className={classes.scroll}>
      <table ref={table} className={classes.matrix} data-testid="matrix">
        <thead>
          <tr>
            <SortHead column="name" label={t('admin.agents.agent')} {...head} />
            <SortHead column="profile" label={t('admin.agents.profile')} {...head} />
            <SortHead column="rank" label={t('admin.agents.rank')} {...head} />
            {skills.map(({ id, name }) => (
              <SortHead key={id} column={`skill/${id}`} label={name} {...head} />
            ))}
          </tr>
        </thead>
        <tbody>
          {agents.map((agent, r) => (
            <tr key={agent.id} data-changed={changed.has(agent.id)} data-testid={`matrix-${agent.id}`}>
              <th scope="row">{agent.name}</th>
              <td>
                <NativeSelect
                  size="xs"
                  miw={130}
                  aria-label={`${t('admin.agents.profile')}: ${agent.name}`}
                  disabled={disabled}
                  value={agent.profileId}
                  onChange={(event) => onChange({ ...agent, profileId: event.currentTarget.value })}
                  data={profiles.map(({ id, name }) => ({ value: id, label: name }))}
                  data-testid={`matrix-profile-${agent.id}`}
                />
              </td>
              <td>
                <NumberInput
                  size="xs"
                  w={64}
                  hideControls
                  aria-label={`${t('admin.agents.rank')}: ${agent.name}`}
                  title={t('admin.agents.rankHint')}
                  disabled={disabled}
                  min={1}
                  max={999}
                  allowDecimal={false}
                  allowNegative={false}
                  value={agent.rank}
                  onChange={(rank) => onChange({ ...agent, rank: Number(rank) })}
                  error={agent.rank < 1 || agent.rank > 999}
                />
              </td>
              {skills.map((skill, c) => {
                const level = agent.skills[skill.id] ?? 0;
                return (
                  <td key={skill.id}>
                    <button
                      type="button"
                      className={classes.level}
                      data-level={level}
                      data-place={`${r}.${c}`}
                      disabled={disabled}
                      tabIndex={r === row && c === Math.min(place.column, skills.length - 1) ? 0 : -1}
                      aria-label={t('admin.agents.level', {
                        agent: agent.name,
                        skill: skill.name,
                        level: level === 0 ? t('admin.agents.noLevel') : level,
                      })}
                      onFocus={() => setPlace({ row: r, column: c })}
                      onKeyDown={(event) => onKey(event, agent, skill.id, { row: r, column: c })}
                      onClick={() => onChange(withLevel(agent, skill.id, nextLevel(level)))}
                      data-testid={`level-${agent.id}-${skill.id}`}
                    >
                      {level === 0 ? '·' : level}
                    </button>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
