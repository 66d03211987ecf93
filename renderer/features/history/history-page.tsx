import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams } from 'wouter';
import { endpoints } from '#shared/contract/index.ts';
import { Empty } from '../../components/empty.tsx';
import { IconHistory } from '../../components/icons.ts';
import { ListPage } from '../../components/list-page.tsx';
import { useDebounced } from '../../components/use-debounced.ts';
import { call } from '../../stores/api.ts';
import { useMay, useSession } from '../../stores/session.ts';
import { dayRange } from '../../stores/time.core.ts';
import { type Filter, Filters, noFilter } from './filters.tsx';
import classes from './history.module.css';
import { HistoryDetail } from './history-detail.tsx';
import { HistoryRow } from './history-row.tsx';

/** Every contact, newest first: one's own, or everybody's for those who may see them. */
export function HistoryPage() {
  const { t } = useTranslation();
  const { id } = useParams<{ id?: string }>();
  const seesAll = useMay('history.all');
  const me = useSession((s) => s.user?.id);
  const [filter, setFilter] = useState<Filter>(noFilter);
  const search = useDebounced(filter.search.trim());
  const query = {
    ...(search === '' ? {} : { search: search.slice(0, 100) }),
    ...(filter.queue === '' ? {} : { queue: filter.queue }),
    ...(filter.mine && me !== undefined ? { agent: me } : {}),
    ...dayRange(filter.from, filter.to),
  };
  const list = useInfiniteQuery({
    queryKey: ['interactions', query],
    queryFn: ({ pageParam, signal }) =>
      call(endpoints.listInteractions, {
        query: { ...query, limit: 50, ...(pageParam === '' ? {} : { cursor: pageParam }) },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next ?? undefined,
    refetchInterval: 20_000,
  });
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  const filtered = Object.keys(query).length > 0;

  return (
    <ListPage
      title={t('history.title')}
      search={<Filters filter={filter} onChange={setFilter} />}
      list={list}
      empty={
        items.length > 0 ? undefined : (
          <Empty icon={<IconHistory size={36} stroke={1.3} />}>
            <p>{t(filtered ? 'history.emptyFiltered' : 'history.empty')}</p>
            {filtered ? (
              <Button variant="light" onClick={() => setFilter(noFilter)}>
                {t('history.clear')}
              </Button>
            ) : null}
          </Empty>
        )
      }
      rows={
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col" className={classes.when}>
                {t('history.time')}
              </th>
              <th scope="col">{t('history.caller')}</th>
              <th scope="col" className={classes.queue}>
                {t('history.queue')}
              </th>
              {seesAll ? (
                <th scope="col" className={classes.agent}>
                  {t('history.agent')}
                </th>
              ) : null}
              <th scope="col" className={classes.number}>
                {t('history.waited')}
              </th>
              <th scope="col" className={classes.number}>
                {t('history.duration')}
              </th>
              <th scope="col" className={classes.result}>
                {t('history.disposition')}
              </th>
              <th scope="col" className={classes.icon}>
                <span className="visually-hidden">{t('history.recording')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {items.map((item) => (
              <HistoryRow key={item.id} item={item} open={item.id === id} withAgent={seesAll} />
            ))}
          </tbody>
        </table>
      }
      detail={
        id === undefined ? (
          <Empty icon={<IconHistory size={36} stroke={1.3} />}>{t('history.choose')}</Empty>
        ) : (
          <HistoryDetail key={id} id={id} />
        )
      }
    />
  );
}
