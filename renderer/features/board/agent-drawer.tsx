import { Alert, Button, Drawer, Group, NativeSelect, NumberInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Ref } from '#shared/contract/kit.ts';
import { type AgentRouting, agentRoutingSchema, type Skills } from '#shared/model/routing.ts';
import { problemText, showNotice } from '../../components/problems.ts';
import {
  insisting,
  type RoutingData,
  saveAgent,
  useRouting,
  useRoutingChanged,
} from '../../components/routing-data.ts';
import { ask } from '../../stores/questions.ts';
import classes from './board.module.css';

interface Props {
  /** Undefined: closed. */
  readonly agent: Ref | undefined;
  readonly onClose: () => void;
}

/** Skills and profile of one agent, beside the board. */
export function AgentDrawer({ agent, onClose }: Props) {
  const { t } = useTranslation();
  const { data } = useRouting(agent !== undefined);
  const [dirty, setDirty] = useState(false);
  const set = data?.agents.find(({ id }) => id === agent?.id);
  async function close(): Promise<void> {
    const leave =
      !dirty ||
      (await ask({
        title: t('admin.leaveTitle'),
        text: t('admin.leaveText'),
        yes: t('admin.leaveYes'),
        no: t('admin.leaveNo'),
        danger: true,
      }));
    if (!leave) return;
    setDirty(false);
    onClose();
  }
  return (
    <Drawer
      opened={agent !== undefined}
      onClose={() => void close()}
      position="right"
      size="md"
      title={<strong>{agent?.name}</strong>}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {agent === undefined || data === undefined ? null : set === undefined ? (
        <p>{t('board.notRouted', { name: agent.name })}</p>
      ) : (
        <Form key={agent.id} agent={agent} set={set} data={data} onDirty={setDirty} onClose={onClose} />
      )}
    </Drawer>
  );
}

interface FormProps {
  readonly agent: Ref;
  readonly set: AgentRouting;
  readonly data: RoutingData;
  readonly onDirty: (dirty: boolean) => void;
  readonly onClose: () => void;
}

function Form({ agent, set, data, onDirty, onClose }: FormProps) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState<AgentRouting>(set);
  const [base] = useState(set);
  const [problem, setProblem] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const changed = useRoutingChanged();
  const change = (part: Partial<AgentRouting>) => {
    setDraft({ ...draft, ...part });
    onDirty(true);
  };
  const valid = agentRoutingSchema.omit({ id: true }).safeParse(draft);
  async function save(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (!valid.success) return;
    setBusy(true);
    setProblem(undefined);
    try {
      if (!(await insisting((force) => saveAgent({ id: agent.id, ...valid.data }, base, force)))) return;
      await changed();
      showNotice(t('board.saved', { name: agent.name }));
      onDirty(false);
      onClose();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  }
  return (
    <form className={classes.form} onSubmit={(event) => void save(event)} data-testid="agent-form">
      {problem === undefined ? null : <Problem error={problem} />}
      <NativeSelect
        label={t('board.profile')}
        description={t('board.profileHelp')}
        value={draft.profileId}
        onChange={(event) => change({ profileId: event.currentTarget.value })}
        data={data.profiles.map(({ id, name }) => ({ value: id, label: name }))}
        data-autofocus
        data-testid="agent-profile"
      />
      <NumberInput
        label={t('board.rank')}
        description={t('board.rankHelp')}
        min={1}
        max={999}
        allowDecimal={false}
        hideControls
        value={draft.rank}
        onChange={(rank) => change({ rank: Number(rank) })}
        error={valid.success ? undefined : t('admin.invalid.whole')}
      />
      <fieldset className={classes.levels}>
        <legend>{t('board.levels')}</legend>
        {data.skills.map((skill) => (
          <div key={skill.id} className={classes.level}>
            <label className="grow ellipsis" htmlFor={`level-${skill.id}`}>
              {skill.name}
            </label>
            <NativeSelect
              id={`level-${skill.id}`}
              size="xs"
              w={90}
              value={draft.skills[skill.id] ?? ''}
              onChange={(event) =>
                change({ skills: withLevel(draft.skills, skill.id, Number(event.currentTarget.value)) })
              }
              data={[
                { value: '', label: t('board.noSkill') },
                ...['1', '2', '3', '4', '5'].map((level) => ({ value: level, label: level })),
              ]}
              data-testid={`agent-skill-${skill.id}`}
            />
          </div>
        ))}
      </fieldset>
      <Group justify="flex-end">
        <Button type="submit" loading={busy} data-testid="agent-save">
          {t('common.save')}
        </Button>
      </Group>
    </form>
  );
}

/** Level 0 takes the skill away. */
function withLevel(skills: Skills, id: string, level: number): AgentRouting['skills'] {
  const { [id]: _, ...others } = skills;
  return level === 0 ? others : { ...others, [id]: level };
}

function Problem({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const { text, code } = problemText(error);
  return (
    <Alert color="red" role="alert">
      {text} ({t('common.code', { code })})
    </Alert>
  );
}
