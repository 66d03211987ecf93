import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { endpoints } from '#shared/contract/index.ts';
import { call } from '../../stores/api.ts';
import { useConnection } from '../../stores/connection.ts';
import { useMay } from '../../stores/session.ts';
import { Empty } from '../empty.tsx';
import { problemText } from '../problems.ts';
import type { Intent } from './manage.tsx';
import classes from './waiting.module.css';
import { WaitingRow } from './waiting-row.tsx';

/** Asked for again this often, and soon after anything on the desk changed, ms. */
const EVERY = 3_000;
const SOON = 250;

type Opened = ReadonlyMap<string, Intent>;

interface Props {
  /** One queue; undefined: the person's own. */
  readonly queue?: string;
  /** Shown when nothing waits. */
  readonly empty: string;
}

/** What waits, best first, each with its reasons; a list that cannot be fetched again stays as it is, and says so. */
export function WaitingList({ queue, empty }: Props) {
  const { t } = useTranslation();
  const manage = useMay('work.manage');
  const online = useConnection((s) => s.status === 'online');
  const rev = useConnection((s) => s.desk?.rev);
  const own = useConnection((s) => s.desk?.offer?.itemId);
  /** Rows that are open, and what was set in them: also of work that is offered just now and may be back in a moment. */
  const [opened, setOpened] = useState<Opened>(new Map());
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
  if (list.data === undefined)
    return list.isError ? (
      <Empty title={t('waiting.failed')}>
        <p>{whyOf(list.error, t)}</p>
        <Button variant="light" onClick={() => void refetch()}>
          {t('common.retry')}
        </Button>
      </Empty>
    ) : (
      <p className="dimmed">{t('common.loading')}</p>
    );
  // What is offered to this very person stands above, as an offer.
  const items = list.data.items.filter((item) => item.itemId !== own && item.state !== 'in-hands');
  return (
    <>
      {list.isError ? (
        <p className={classes.stale} role="status">
          {t('waiting.failed')} {whyOf(list.error, t)}
        </p>
      ) : null}
      {items.length === 0 ? (
        <p className="dimmed">{empty}</p>
      ) : (
        <ol className={classes.rows} data-testid="waiting-list">
          {items.map((item) => (
            <WaitingRow
              key={item.itemId}
              item={item}
              withQueue={queue === undefined}
              manage={manage}
              opened={opened.get(item.itemId)}
              onOpened={(intent) => setOpened((before) => withIntent(before, item.itemId, intent))}
            />
          ))}
        </ol>
      )}
    </>
  );
}

function withIntent(opened: Opened, itemId: string, intent: Intent | undefined): Opened {
  const others = [...opened].filter(([id]) => id !== itemId);
  return new Map(intent === undefined ? others : [...others, [itemId, intent]]);
}

function whyOf(error: unknown, t: TFunction): string {
  const { text, code } = problemText(error);
  return `${text} (${t('common.code', { code })})`;
}
