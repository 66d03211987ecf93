import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { endpoints } from '#shared/contract/index.ts';
import { Empty } from '../../components/empty.tsx';
import { call } from '../../stores/api.ts';
import { useConnection, watchBoard } from '../../stores/connection.ts';
import { AgentsTable } from './agents-table.tsx';
import classes from './board.module.css';
import { QueuesTable } from './queues-table.tsx';

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
          <QueuesTable queues={board.queues} />
          <AgentsTable board={board} />
        </div>
      )}
    </div>
  );
}
