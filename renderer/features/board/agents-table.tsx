import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Ref } from '#shared/contract/kit.ts';
import type { Board } from '#shared/contract/supervision.ts';
import { ChannelIcon } from '../../components/channel-icon.tsx';
import { useNames } from '../../components/default-names.ts';
import { Empty } from '../../components/empty.tsx';
import { useReason } from '../../components/lists.ts';
import { useRouting } from '../../components/routing-data.ts';
import { StateBadge, Tag } from '../../components/state-badge.tsx';
import { Since } from '../../components/time.tsx';
import { useMay } from '../../stores/session.ts';
import { AgentDrawer } from './agent-drawer.tsx';
import { AgentMenu } from './agent-menu.tsx';
import { type Chosen, Filters } from './agents-filters.tsx';
import { inOrder, narrowed } from './board.core.ts';
import classes from './board.module.css';
import { Head } from './head.tsx';

type Agent = Board['agents'][number];

/** More rows than anybody reads; each is painted anew every second. */
const MOST = 200;

export function AgentsTable({ board }: { board: Board }) {
  const { t } = useTranslation();
  const serves = useServes();
  const [chosen, setChosen] = useState<Chosen>({
    search: '',
    queue: '',
    state: '',
    hideOffline: true,
    order: 'urgency',
  });
  const [editing, setEditing] = useState<Ref>();
  const manage = useMay('work.manage');
  const agents = inOrder(narrowed(board.agents, chosen, serves), chosen.order);
  return (
    <section aria-label={t('board.agents')}>
      <h2 className="label">{t('board.agents')}</h2>
      <Filters chosen={chosen} onChange={setChosen} queues={board.queues} />
      {agents.length === 0 ? (
        <Empty>{t(emptyText(board.agents, chosen.hideOffline))}</Empty>
      ) : (
        <div className={classes.scroll}>
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">{t('board.agent')}</th>
                <th scope="col">{t('board.state')}</th>
                <Head label={t('board.since')} hint={t('board.hintFor')} />
                <Head label={t('board.work')} hint={t('board.hintWork')} figure={false} />
                <th scope="col">{t('board.next')}</th>
                <Head label={t('board.phones')} hint={t('board.hintPhones')} />
                {manage ? (
                  <th scope="col">
                    <span className="visually-hidden">{t('common.edit')}</span>
                  </th>
                ) : null}
              </tr>
            </thead>
            <tbody>
              {agents.slice(0, MOST).map((agent) => (
                <Row key={agent.id} agent={agent} manage={manage} onEdit={() => setEditing(agent)} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {agents.length > MOST ? (
        <p className="dimmed">{t('board.more', { count: agents.length - MOST })}</p>
      ) : null}
      <AgentDrawer agent={editing} onClose={() => setEditing(undefined)} />
    </section>
  );
}

function Row({ agent, manage, onEdit }: { agent: Agent; manage: boolean; onEdit: () => void }) {
  const { t } = useTranslation();
  const reasonOf = useReason();
  return (
    <tr data-testid={`board-agent-${agent.id}`}>
      <th scope="row">{agent.name}</th>
      <td>
        <StateBadge state={agent.state} reason={reasonOf(agent.reason)} />
      </td>
      <td className={classes.number}>{agent.since === 0 ? '' : <Since at={agent.since} />}</td>
      <td>
        <Hands agent={agent} />
      </td>
      <td>{agent.next === null ? '' : t(`presence.${agent.next}`)}</td>
      <td className={classes.number}>
        {agent.phones === 0 && agent.state !== 'offline' ? (
          <span className={classes.stale}>{t('board.noPhone')}</span>
        ) : (
          agent.phones
        )}
      </td>
      {manage ? (
        <td className={classes.tools}>
          <AgentMenu agent={agent} onEdit={onEdit} />
        </td>
      ) : null}
    </tr>
  );
}

function emptyText(agents: Board['agents'], hideOffline: boolean) {
  if (agents.length === 0) return 'board.emptyAgents';
  return hideOffline && agents.every(({ state }) => state === 'offline')
    ? 'board.emptyOffline'
    : 'board.emptyFiltered';
}

/** What the agent holds; while only offered, the queue it comes from. */
function Hands({ agent: { hands, queue } }: { agent: Agent }) {
  const { t } = useTranslation();
  const named = useNames();
  if (hands.length === 0) return named('queue', queue);
  return (
    <ul className={classes.hands}>
      {hands.map((hand) => (
        <li key={`${hand.channel} ${hand.queue.id} ${hand.since}`}>
          <ChannelIcon channel={hand.channel} size={15} />
          <span className="visually-hidden">{t(`channel.${hand.channel}`)}</span>
          <span>{named('queue', hand.queue)}</span>
          {hand.phase === 'wrap-up' ? <Tag tone="wrap-up">{t('work.wrap-up')}</Tag> : null}
          <span className="dimmed">
            <Since at={hand.since} />
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Which agent serves which queue, by the profiles. */
function useServes(): (agentId: string, queueId: string) => boolean {
  const routing = useRouting().data;
  return (agentId, queueId) => {
    const profileId = routing?.agents.find(({ id }) => id === agentId)?.profileId;
    const profile = routing?.profiles.find(({ id }) => id === profileId);
    return profile?.queues.some((serves) => serves.queueId === queueId) ?? false;
  };
}
