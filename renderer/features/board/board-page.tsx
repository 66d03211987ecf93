import { Switch, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { endpoints } from '#shared/contract/endpoints.ts';
import type { Board } from '#shared/contract/views.ts';
import { Empty } from '../../components/empty.tsx';
import { StateBadge } from '../../components/state-badge.tsx';
import { Since } from '../../components/time.tsx';
import { call } from '../../stores/api.ts';
import { useConnection, watchBoard } from '../../stores/connection.ts';
import { byUrgency } from './board.core.ts';
import classes from './board.module.css';

/** Queues and agents as they are now; the server sends them about once a second while this is open. */
export function BoardPage() {
  const { t } = useTranslation();
  const live = useConnection((s) => s.board);
  const online = useConnection((s) => s.status === 'online');
  const first = useQuery({
    queryKey: ['board'],
    queryFn: () => call(endpoints.board),
    enabled: live === undefined,
  });
  useEffect(() => watchBoard(), []);
  const board = live ?? first.data;
  return (
    <div className={classes.page} data-testid="board">
      <div className="row">
        <h1 className={classes.title}>{t('board.title')}</h1>
        {online ? null : <span className={classes.stale}>{t('board.stale')}</span>}
      </div>
      {board === undefined ? (
        <Empty>{t('common.loading')}</Empty>
      ) : (
        <div className={classes.columns}>
          <Queues board={board} />
          <Agents board={board} />
        </div>
      )}
    </div>
  );
}

function Queues({ board }: { board: Board }) {
  const { t } = useTranslation();
  const heads = [
    ['board.waiting', 'board.hint.waiting'],
    ['board.longest', 'board.hint.longest'],
    ['board.idle', 'board.hint.idle'],
    ['board.onWork', 'board.hint.onWork'],
    ['board.signedIn', 'board.hint.signedIn'],
  ] as const;
  return (
    <section>
      <h2 className="label">{t('board.queues')}</h2>
      {board.queues.length === 0 ? <Empty>{t('board.emptyQueues')}</Empty> : null}
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{t('board.queue')}</th>
            {heads.map(([label, hint]) => (
              <th key={label} scope="col" className={classes.number}>
                <Tooltip label={t(hint)} multiline w={220}>
                  <button type="button" className={classes.hint} aria-label={`${t(label)}: ${t(hint)}`}>
                    {t(label)}
                  </button>
                </Tooltip>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {board.queues.map((queue) => (
            <tr key={queue.id} data-testid={`board-queue-${queue.id}`}>
              <th scope="row">{queue.name}</th>
              <td className={classes.figure} data-alarm={queue.waiting > 0}>
                {queue.waiting}
              </td>
              <td className={classes.figure}>
                {queue.longestSince === null ? '–' : <Since at={queue.longestSince} />}
              </td>
              <td className={classes.figure}>{queue.agentsIdle}</td>
              <td className={classes.figure}>{queue.agentsOnWork}</td>
              <td className={classes.figure}>{queue.agentsSignedIn}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Agents({ board }: { board: Board }) {
  const { t } = useTranslation();
  const [hide, setHide] = useState(true);
  const agents = byUrgency(board.agents).filter((agent) => !hide || agent.state !== 'offline');
  return (
    <section>
      <div className="row">
        <h2 className="label grow">{t('board.agents')}</h2>
        <Switch
          size="xs"
          checked={hide}
          onChange={(event) => setHide(event.currentTarget.checked)}
          label={t('board.hideOffline')}
        />
      </div>
      {agents.length === 0 ? <Empty>{t('board.emptyAgents')}</Empty> : null}
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{t('board.agent')}</th>
            <th scope="col">{t('board.state')}</th>
            <th scope="col" className={classes.number}>
              {t('board.since')}
            </th>
            <th scope="col">{t('board.queue')}</th>
            <th scope="col" className={classes.number}>
              {t('board.phones')}
            </th>
          </tr>
        </thead>
        <tbody>
          {agents.map((agent) => (
            <tr key={agent.id} data-testid={`board-agent-${agent.id}`}>
              <th scope="row">{agent.name}</th>
              <td>
                <StateBadge state={agent.state} reason={agent.reason} />
              </td>
              <td className={classes.number}>{agent.since === 0 ? '' : <Since at={agent.since} />}</td>
              <td>{agent.queue?.name ?? ''}</td>
              <td className={classes.number}>
                {agent.phones === 0 && agent.state !== 'offline' ? (
                  <span className={classes.stale}>{t('board.noPhone')}</span>
                ) : (
                  agent.phones
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
