import { Button, Loader } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Empty } from './empty.tsx';
import classes from './list-page.module.css';
import { problemText } from './problems.ts';

interface Props {
  readonly title: string;
  readonly search: ReactNode;
  /** An infinite query, as far as a page needs it. */
  readonly list: {
    readonly isError: boolean;
    readonly isPending: boolean;
    readonly error: unknown;
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    refetch(): Promise<unknown>;
    fetchNextPage(): Promise<unknown>;
  };
  /** Shown instead of the rows; undefined while there are rows, which stay when they cannot be fetched again. */
  readonly empty: ReactNode | undefined;
  readonly rows: ReactNode;
  readonly detail: ReactNode;
}

/** A list that grows page by page, and beside it what was chosen from it. */
export function ListPage({ title, search, list, empty, rows, detail }: Props) {
  const { t } = useTranslation();
  return (
    <div className={classes.page}>
      <section className={classes.list} aria-label={title}>
        <h1 className={classes.title}>{title}</h1>
        {search}
        {list.isError ? <Failed error={list.error} retry={() => void list.refetch()} /> : null}
        {list.isPending ? <Waiting /> : null}
        {list.isPending || (list.isError && empty !== undefined) ? null : (empty ?? rows)}
        {list.hasNextPage ? (
          <div className={classes.more}>
            <Button
              variant="default"
              loading={list.isFetchingNextPage}
              onClick={() => void list.fetchNextPage()}
              data-testid="list-more"
            >
              {t('common.more')}
            </Button>
          </div>
        ) : null}
      </section>
      <aside className={classes.detail} aria-label={t('common.details')}>
        {detail}
      </aside>
    </div>
  );
}

/** Something could not be fetched: why, the code to quote, and another try. */
export function Failed({ error, retry }: { error: unknown; retry: () => void }) {
  const { t } = useTranslation();
  const { text, code } = problemText(error);
  return (
    <Empty title={text}>
      <p>{t('common.code', { code })}</p>
      <Button variant="light" onClick={retry}>
        {t('common.retry')}
      </Button>
    </Empty>
  );
}

export function Waiting() {
  const { t } = useTranslation();
  return (
    <Empty>
      <Loader size="sm" aria-label={t('common.loading')} />
    </Empty>
  );
}

/** Everything known of one thing, below one another. */
export function Sheet({ children, testId, id }: { children: ReactNode; testId: string; id: string }) {
  return (
    <div className={classes.sheet} data-testid={testId} data-id={id}>
      {children}
    </div>
  );
}

export type FactRow = readonly [label: string, value: string | null | undefined];

/** Labels and values; what is not known is left out. */
export function FactList({ facts }: { facts: readonly FactRow[] }) {
  return (
    <dl className={classes.facts}>
      {facts.map(([label, value]) =>
        value == null || value === '' ? null : (
          <div key={`${label} ${value}`}>
            <dt className="dimmed">{label}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
