import { Alert, Button, TextInput, UnstyledButton } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import { Empty } from '../../components/empty.tsx';
import { IconPlus, IconSearch, IconSortAscending, IconSortDescending } from '../../components/icons.ts';
import type { RoutingData } from '../../components/routing-data.ts';
import { useMay } from '../../stores/session.ts';
import { useUnsaved } from '../../stores/unsaved.ts';
import { listed, type Sorting } from './admin.core.ts';
import classes from './admin.module.css';

export interface TabProps {
  readonly data: RoutingData;
  /** What is chosen, from the address; `NEW` for a new one. */
  readonly id: string | undefined;
}

/** No id of anything begins with this. */
export const NEW = '~new';

export type Kind = 'queues' | 'skills' | 'profiles' | 'hours' | 'reasons' | 'dispositions';

interface Thing {
  readonly id: string;
  readonly name: string;
}

export interface Column<T> {
  readonly key: string;
  readonly label: string;
  /** What is sorted by, and shown unless `show` is given. */
  readonly value: (row: T) => string | number;
  readonly show?: (row: T) => ReactNode;
}

interface Props<T extends Thing> {
  readonly kind: Kind;
  readonly rows: readonly T[];
  /** As it is shown, if that is not its own name. */
  readonly nameOf?: (row: T) => string;
  /** Beside the name. */
  readonly columns: readonly Column<T>[];
  readonly id: string | undefined;
  /** The form of what is chosen; undefined for a new one. */
  readonly form: (row: T | undefined) => ReactNode;
}

/** A list to search and sort, and beside it the form of what is chosen from it. */
export function Things<T extends Thing>({
  kind,
  rows,
  nameOf = ({ name }) => name,
  columns,
  id,
  form,
}: Props<T>) {
  const { t, i18n } = useTranslation();
  const [, navigate] = useLocation();
  const may = useMay('routing.manage');
  const [sought, setSought] = useState('');
  const [sorting, setSorting] = useState<Sorting>({ column: 'name', down: false });
  const all: readonly Column<T>[] = [{ key: 'name', label: t('admin.name'), value: nameOf }, ...columns];
  const cell = (row: T, column: string) => all.find(({ key }) => key === column)?.value(row) ?? '';
  const shown = listed(rows, sought, sorting, { name: nameOf, cell }, i18n.language);
  const found = rows.find((row) => row.id === id);
  const [last, setLast] = useState<T>();
  if (found !== undefined && found !== last) setLast(found);
  // Somebody else removed it; what was changed of it here is not lost with it.
  const unsaved = useUnsaved((s) => s.at !== undefined);
  const gone = found === undefined && unsaved && last?.id === id;
  const chosen = gone ? last : found;
  return (
    <div className={classes.split}>
      <section className={classes.list} aria-label={t(`admin.tabs.${kind}`)}>
        <div className={classes.bar}>
          <TextInput
            className="grow"
            leftSection={<IconSearch size={15} />}
            aria-label={t('admin.search', { what: t(`admin.tabs.${kind}`) })}
            placeholder={t('common.search')}
            value={sought}
            maxLength={80}
            onChange={(event) => setSought(event.currentTarget.value)}
            data-testid="admin-search"
          />
          {may ? (
            <Button
              leftSection={<IconPlus size={16} />}
              onClick={() => navigate(`/admin/${kind}/${NEW}`)}
              data-testid="admin-new"
            >
              {t(`admin.new.${kind}`)}
            </Button>
          ) : null}
        </div>
        {shown.length === 0 ? (
          <Empty>{rows.length === 0 ? t(`admin.empty.${kind}`) : t('common.nothingFound')}</Empty>
        ) : (
          <table className={classes.table}>
            <thead>
              <tr>
                {all.map(({ key, label }) => (
                  <SortHead key={key} column={key} label={label} sorting={sorting} onSort={setSorting} />
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.map((row) => (
                <tr key={row.id} data-chosen={row.id === id} data-testid={`admin-row-${row.id}`}>
                  {all.map(({ key, value, show }) =>
                    key === 'name' ? (
                      <th key={key} scope="row">
                        <Link
                          href={`/admin/${kind}/${row.id}`}
                          className={classes.link ?? ''}
                          aria-current={row.id === id ? 'true' : undefined}
                        >
                          {nameOf(row)}
                        </Link>
                      </th>
                    ) : (
                      <td key={key}>{show === undefined ? value(row) : show(row)}</td>
                    ),
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
      <section
        className={classes.detail}
        aria-label={chosen === undefined ? t('common.edit') : nameOf(chosen)}
      >
        {gone ? <Alert color="orange">{t('admin.removedElsewhere')}</Alert> : null}
        {chosen !== undefined || (id === NEW && may) ? (
          form(chosen)
        ) : (
          <Empty>{t(id === undefined || id === NEW ? `admin.choose.${kind}` : 'admin.gone')}</Empty>
        )}
      </section>
    </div>
  );
}

interface SortHeadProps {
  readonly column: string;
  readonly label: string;
  readonly sorting: Sorting;
  readonly onSort: (sorting: Sorting) => void;
}

export function SortHead({ column, label, sorting, onSort }: SortHeadProps) {
  const by = sorting.column === column;
  const Icon = sorting.down ? IconSortDescending : IconSortAscending;
  return (
    <th scope="col" aria-sort={by ? (sorting.down ? 'descending' : 'ascending') : undefined}>
      <UnstyledButton className={classes.sort} onClick={() => onSort({ column, down: by && !sorting.down })}>
        {label}
        {by ? <Icon size={14} aria-hidden="true" /> : null}
      </UnstyledButton>
    </th>
  );
}
