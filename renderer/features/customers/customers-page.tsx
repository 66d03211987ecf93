import { TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'wouter';
import { endpoints } from '#shared/contract/index.ts';
import { Empty } from '../../components/empty.tsx';
import { IconSearch, IconUsers } from '../../components/icons.ts';
import { ListPage } from '../../components/list-page.tsx';
import { TierBadge } from '../../components/tier-badge.tsx';
import { useDebounced } from '../../components/use-debounced.ts';
import { call } from '../../stores/api.ts';
import { CustomerDetailSheet } from './customer-detail.tsx';
import classes from './customers.module.css';

export function CustomersPage() {
  const { t } = useTranslation();
  const { id } = useParams<{ id?: string }>();
  const [typed, setTyped] = useState('');
  const search = useDebounced(typed.trim());
  const list = useInfiniteQuery({
    queryKey: ['customers', search],
    queryFn: ({ pageParam, signal }) =>
      call(endpoints.listCustomers, {
        query: { search, limit: 50, ...(pageParam === '' ? {} : { cursor: pageParam }) },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <ListPage
      title={t('customers.title')}
      search={
        <TextInput
          mb="sm"
          leftSection={<IconSearch size={15} />}
          aria-label={t('common.search')}
          placeholder={t('customers.search')}
          value={typed}
          maxLength={100}
          onChange={(event) => setTyped(event.currentTarget.value)}
          data-testid="customers-search"
        />
      }
      list={list}
      empty={
        items.length > 0 ? undefined : (
          <Empty icon={<IconUsers size={36} stroke={1.3} />}>
            {t(search === '' ? 'customers.empty' : 'customers.emptyFiltered')}
          </Empty>
        )
      }
      rows={
        <>
          <div className={classes.heads} aria-hidden="true">
            <span>{t('customers.name')}</span>
            <span>{t('customers.account')}</span>
            <span>{t('customers.city')}</span>
            <span>{t('customers.owner')}</span>
            <span>{t('customers.tier')}</span>
          </div>
          <ul className={classes.rows}>
            {items.map((customer) => (
              <li key={customer.id}>
                <Link
                  href={`/customers/${customer.id}`}
                  className={classes.row ?? ''}
                  aria-current={customer.id === id ? 'true' : undefined}
                  data-testid="customer-row"
                >
                  <strong className="ellipsis">{customer.name}</strong>
                  <span className="ellipsis">{customer.account ?? ''}</span>
                  <span className="ellipsis dimmed">{customer.city ?? ''}</span>
                  <span className="ellipsis dimmed">{customer.owner?.name ?? ''}</span>
                  <TierBadge tier={customer.tier} />
                </Link>
              </li>
            ))}
          </ul>
        </>
      }
      detail={
        id === undefined ? (
          <Empty icon={<IconUsers size={36} stroke={1.3} />}>{t('customers.choose')}</Empty>
        ) : (
          <CustomerDetailSheet key={id} id={id} />
        )
      }
    />
  );
}
