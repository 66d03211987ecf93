import { Alert, Button, NativeSelect, Pagination, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type AgentRouting, agentRoutingSchema } from '#shared/model/routing.ts';
import { Empty } from '../../../components/empty.tsx';
import { IconSearch } from '../../../components/icons.ts';
import { problemText, showNotice } from '../../../components/problems.ts';
import {
  insisting,
  type RoutingData,
  saveAgent,
  useRoutingChanged,
} from '../../../components/routing-data.ts';
import { useShortcuts } from '../../../components/use-shortcuts.ts';
import { useMay } from '../../../stores/session.ts';
import { useKeepsUnsaved } from '../../../stores/unsaved.ts';
import { listed, type Sorting, same } from '../admin.core.ts';
import classes from '../admin.module.css';
import forms from '../form.module.css';
import type { TabProps } from '../things.tsx';
import { Matrix } from './matrix.tsx';

type Agent = RoutingData['agents'][number];
type Drafts = ReadonlyMap<string, AgentRouting>;

const PAGE = 50;

/** Every agent's profile, place and skills in one table; changes are kept until they are saved together. */
export function AgentsTab({ data }: TabProps) {
  const { t, i18n } = useTranslation();
  const may = useMay('work.manage');
  const changed = useRoutingChanged();
  const [sought, setSought] = useState('');
  const [profile, setProfile] = useState('');
  const [sorting, setSorting] = useState<Sorting>({ column: 'name', down: false });
  const [page, setPage] = useState(1);
  const [all, setDrafts] = useState<Drafts>(new Map());
  /** What the agents were when their drafts began. */
  const [bases, setBases] = useState<Drafts>(new Map());
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<{ readonly error: unknown; readonly names: string }>();

  // A draft that says what the server says is none.
  const drafts = new Map(
    [...all].filter(([id, draft]) => !same(draft, settings(data.agents.find((a) => a.id === id)))),
  );
  useKeepsUnsaved(drafts.size > 0);
  const rows = listed(
    data.agents.filter((agent) => profile === '' || agent.profileId === profile),
    sought,
    sorting,
    { name: ({ name }) => name, cell: (agent, column) => cellOf(agent, column, data) },
    i18n.language,
  );
  const pages = Math.max(1, Math.ceil(rows.length / PAGE));
  const shown = rows.slice((Math.min(page, pages) - 1) * PAGE, Math.min(page, pages) * PAGE);
  const invalid = [...drafts.values()].some((draft) => !agentRoutingSchema.safeParse(draft).success);

  async function save(): Promise<void> {
    if (busy || invalid || drafts.size === 0) return;
    setBusy(true);
    setProblem(undefined);
    const failed: string[] = [];
    let error: unknown;
    for (const [id, draft] of drafts) {
      try {
        if (!(await insisting((force) => saveAgent(draft, bases.get(id) ?? draft, force)))) failed.push(id);
      } catch (why) {
        failed.push(id);
        error = why;
      }
    }
    await changed();
    const names = failed.map((id) => data.agents.find((agent) => agent.id === id)?.name ?? id).join(', ');
    if (error !== undefined) setProblem({ error, names });
    const done = drafts.size - failed.length;
    if (done > 0) showNotice(t('admin.agents.saved', { count: done }), { id: 'admin-saved' });
    setDrafts(new Map([...drafts].filter(([id]) => failed.includes(id))));
    setBusy(false);
  }
  useShortcuts({ 'Mod+s': may ? () => void save() : undefined });

  return (
    <div className={classes.whole}>
      <div className={classes.bar}>
        <TextInput
          w={260}
          leftSection={<IconSearch size={15} />}
          aria-label={t('admin.search', { what: t('admin.tabs.agents') })}
          placeholder={t('common.search')}
          value={sought}
          maxLength={80}
          onChange={(event) => setSought(event.currentTarget.value)}
          data-testid="admin-search"
        />
        <NativeSelect
          aria-label={t('admin.agents.profile')}
          value={profile}
          onChange={(event) => setProfile(event.currentTarget.value)}
          data={[
            { value: '', label: t('admin.agents.everyProfile') },
            ...data.profiles.map(({ id, name }) => ({ value: id, label: name })),
          ]}
        />
        <span className="grow" />
        <span className="dimmed" role="status">
          {drafts.size === 0 ? '' : t('admin.agents.changed', { count: drafts.size })}
        </span>
        {may ? (
          <>
            <Button
              variant="default"
              disabled={drafts.size === 0 || busy}
              onClick={() => setDrafts(new Map())}
            >
              {t('admin.discard')}
            </Button>
            <Button
              loading={busy}
              disabled={drafts.size === 0 || invalid}
              onClick={() => void save()}
              data-testid="agents-save"
            >
              {t('admin.agents.save')} <kbd className={forms.key}>Ctrl S</kbd>
            </Button>
          </>
        ) : null}
      </div>
      {problem === undefined ? null : <Problem {...problem} />}
      <p className={forms.help}>
        {t(data.skills.length === 0 ? 'admin.agents.noSkills' : 'admin.agents.hint')}
      </p>
      {rows.length === 0 ? (
        <Empty>{t(data.agents.length === 0 ? 'admin.empty.agents' : 'common.nothingFound')}</Empty>
      ) : (
        <Matrix
          agents={shown.map((agent) => ({ ...agent, ...drafts.get(agent.id) }))}
          changed={drafts}
          onChange={({ id, profileId, skills, rank }) => {
            const base = settings(data.agents.find((agent) => agent.id === id));
            if (base && !drafts.has(id)) setBases(new Map([...bases, [id, base]]));
            setDrafts(new Map([...drafts, [id, { id, profileId, skills, rank }]]));
          }}
          data={data}
          sorting={sorting}
          onSort={setSorting}
          disabled={!may || busy}
        />
      )}
      {pages > 1 ? (
        <Pagination mt="sm" total={pages} value={Math.min(page, pages)} onChange={setPage} />
      ) : null}
    </div>
  );
}

/** What can be set of an agent. */
function settings(agent: Agent | undefined): AgentRouting | undefined {
  if (agent === undefined) return undefined;
  const { id, profileId, skills, rank } = agent;
  return { id, profileId, skills, rank };
}

/** By which text or number a column sorts: a profile by its name, a skill by its level. */
function cellOf(agent: Agent, column: string, { profiles }: RoutingData): string | number {
  if (column === 'name') return agent.name;
  if (column === 'profile') return profiles.find(({ id }) => id === agent.profileId)?.name ?? '';
  if (column === 'rank') return agent.rank;
  return agent.skills[column.slice('skill/'.length)] ?? 0;
}

function Problem({ error, names }: { error: unknown; names: string }) {
  const { t } = useTranslation();
  const { text, code } = problemText(error);
  return (
    <Alert color="red" role="alert">
      {text} ({t('common.code', { code })}) {t('admin.agents.kept', { names })}
    </Alert>
  );
}
