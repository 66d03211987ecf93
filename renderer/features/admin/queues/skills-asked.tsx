import { Button, MultiSelect, NativeSelect, Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useChoice } from '../../../components/choice.ts';
import { IconPlus } from '../../../components/icons.ts';
import { omitted, replaced, without } from '../admin.core.ts';
import { Amount, RowTools, Seconds, useProblem } from '../fields.tsx';
import classes from '../form.module.css';
import type { QueueFieldsProps } from './queue-fields.tsx';

const LEVELS = ['1', '2', '3', '4', '5'];

/** What every agent of the queue must know, and how well. */
export function SkillsAsked({ draft, set, data }: QueueFieldsProps) {
  const { t } = useTranslation();
  const asked = Object.entries(draft.skills);
  const unasked = data.skills.filter(({ id }) => !(id in draft.skills));
  const choice = useChoice(unasked.map(({ id, name }) => ({ value: id, label: name })));
  const nameOf = (id: string) => data.skills.find((skill) => skill.id === id)?.name ?? id;
  return (
    <div>
      <h4 className={classes.sub}>{t('admin.queue.skills')}</h4>
      <p className={classes.help}>
        {t(asked.length === 0 ? 'admin.queue.noSkills' : 'admin.queue.skillsHelp')}
      </p>
      <ul className={classes.rows}>
        {asked.map(([id, level]) => (
          <li key={id} data-testid={`asked-${id}`}>
            <span className={classes.rowName}>{nameOf(id)}</span>
            <NativeSelect
              aria-label={`${t('admin.queue.level')}: ${nameOf(id)}`}
              value={String(level)}
              onChange={(event) =>
                set({ skills: { ...draft.skills, [id]: Number(event.currentTarget.value) } })
              }
              data={LEVELS.map((one) => ({ value: one, label: `${t('admin.queue.level')} ${one}` }))}
            />
            <RowTools name={nameOf(id)} onRemove={() => set({ skills: omitted(draft.skills, id) })} />
          </li>
        ))}
      </ul>
      {unasked.length === 0 ? null : (
        <Select
          w={240}
          aria-label={t('admin.queue.addSkill')}
          placeholder={t('admin.queue.addSkill')}
          leftSection={<IconPlus size={15} />}
          {...choice}
          value={null}
          onChange={(id) => {
            if (id !== null) set({ skills: { ...draft.skills, [id]: 1 } });
          }}
          nothingFoundMessage={t('common.nothingFound')}
          data-testid="add-skill"
        />
      )}
    </div>
  );
}

/** Rings of relaxing: less is asked for the longer the work waits. */
export function Relaxing({ draft, set, data }: QueueFieldsProps) {
  const { t } = useTranslation();
  const problem = useProblem();
  const { relax } = draft;
  const skills = data.skills.map(({ id, name }) => ({ value: id, label: name }));
  const unordered = relax.some((step, i) => step.afterMs < (relax[i - 1]?.afterMs ?? 0));
  const last = relax.at(-1)?.afterMs ?? 0;
  return (
    <div>
      <h4 className={classes.sub}>{t('admin.queue.relax')}</h4>
      <p className={classes.help}>{t('admin.queue.relaxHelp')}</p>
      <ol className={classes.rows}>
        {relax.map((step, i) => {
          const change = (part: Partial<typeof step>) =>
            set({ relax: replaced(relax, i, { ...step, ...part }) });
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a ring is nothing but its place among the rings
            <li key={i}>
              <Seconds
                path={`relax.${i}.afterMs`}
                label={t('admin.queue.relaxAfter')}
                value={step.afterMs}
                onChange={(afterMs) => change({ afterMs })}
              />
              <Amount
                path={`relax.${i}.lower`}
                label={t('admin.queue.relaxLower')}
                value={step.lower}
                onChange={(lower) => change({ lower })}
              />
              <Drop skills={skills} drop={step.drop} onChange={(drop) => change({ drop })} />
              <RowTools
                name={`${t('admin.queue.relaxAfter')} ${step.afterMs / 1_000}`}
                onRemove={() => set({ relax: without(relax, i) })}
              />
            </li>
          );
        })}
      </ol>
      {unordered && problem('relax') !== undefined ? <p className={classes.bad}>{problem('relax')}</p> : null}
      {relax.length < 10 ? (
        <Button
          variant="default"
          size="xs"
          leftSection={<IconPlus size={15} />}
          onClick={() => set({ relax: [...relax, { afterMs: last + 30_000, lower: 1, drop: [] }] })}
          data-testid="add-ring"
        >
          {t('admin.queue.addRelax')}
        </Button>
      ) : null}
    </div>
  );
}

interface DropProps {
  readonly skills: readonly { readonly value: string; readonly label: string }[];
  readonly drop: string[];
  readonly onChange: (drop: string[]) => void;
}

/** Skills that a ring no longer asks for. */
function Drop({ skills, drop, onChange }: DropProps) {
  const { t } = useTranslation();
  return (
    <MultiSelect
      className={`grow ${classes.drop}`}
      {...useChoice(skills)}
      nothingFoundMessage={t('common.nothingFound')}
      label={t('admin.queue.relaxDrop')}
      value={drop}
      onChange={onChange}
    />
  );
}
