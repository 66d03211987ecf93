import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { endpoints } from '#shared/contract/endpoints.ts';
import { call } from '../../stores/api.ts';
import { useConnection } from '../../stores/connection.ts';
import { useMay } from '../../stores/session.ts';
import { Empty } from '../empty.tsx';
import { problemText } from '../problems.ts';
import classes from './waiting.module.css';
import { WaitingRow } from './waiting-row.tsx';

/** Asked for again this often, and soon after anything on the desk changed, ms. */
const EVERY = 3_000;
const SOON = 250;

interface Props {
  /** One queue; undefined: the person's own. */
  readonly queue?: string;
  /** Shown when nothing waits. */
  readonly empty: string;
}

/** What waits, best first, each with its reasons. */
export function WaitingList({ queue, empty }: Props) {
  const { t } = useTranslation();
  const manage = useMay('work.manage');
  const online = useConnection((s) => s.status === 'online');
  const rev = useConnection((s) => s.desk?.rev);
  const own = useConnection((s) => s.desk?.offer?.itemId);
  const list = useQuery({
    queryKey: ['work', queue ?? ''],
    queryFn: ({ signal }) =>
      call(endpoints.listWork, { signal, query: queue === undefined ? {} : { queue } }),
    refetchInterval: EVERY,
    enabled: online,
  });
  const { refetch } = list;
  useEffect(() => {
    if (rev === undefined) return;
    const timer = setTimeout(() => void refetch({ cancelRefetch: false }), SOON);
    return () => clearTimeout(timer);
  }, [rev, refetch]);
  if (list.isError) {
    const { text, code } = problemText(list.error);
    return (
      <Empty title={t('waiting.failed')}>
        <p>
          {text} ({t('common.code', { code })})
        </p>
        <Button variant="light" onClick={() => void refetch()}>
          {t('common.retry')}
        </Button>
      </Empty>
    );
  }
  // What is offered to this very person stands above, as an offer.
  const items = list.data?.items.filter((item) => item.itemId !== own && item.state !== 'in-hands') ?? [];
  if (items.length === 0) return <p className="dimmed">{list.isPending ? t('common.loading') : empty}</p>;
  return (
    <ol className={classes.rows} data-testid="waiting-list">
      {items.map((item) => (
        <WaitingRow key={item.itemId} item={item} withQueue={queue === undefined} manage={manage} />
      ))}
    </ol>
  );
}
