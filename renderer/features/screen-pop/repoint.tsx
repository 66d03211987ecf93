import { Button, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OfferView, WorkView } from '#shared/contract/calls.ts';
import { endpoints } from '#shared/contract/index.ts';
import { IconUserSearch } from '../../components/icons.ts';
import { useDebounced } from '../../components/use-debounced.ts';
import { chooseCustomer } from '../../stores/actions.ts';
import { call } from '../../stores/api.ts';
import classes from './screen-pop.module.css';

/** The match was wrong, or nobody was matched: point this contact at another record. The server keeps a trace of it. */
export function Repoint({ on }: { on: OfferView | WorkView }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [search, setSearch] = useState('');
  const wanted = useDebounced(search.trim());
  const found = useQuery({
    queryKey: ['customers', 'repoint', wanted],
    queryFn: ({ signal }) => call(endpoints.listCustomers, { query: { search: wanted, limit: 8 }, signal }),
    enabled: open && wanted.length >= 2,
  });
  const choose = (id: string | null) => {
    void chooseCustomer(on, id).then((done) => done && setOpen(false));
  };
  if (!open) {
    return (
      <Button
        variant="subtle"
        color="gray"
        size="compact-sm"
        leftSection={<IconUserSearch size={15} />}
        onClick={() => setOpen(true)}
        data-testid="pop-repoint"
        style={{ alignSelf: 'start' }}
      >
        {on.pop.customer === null ? t('pop.find') : t('pop.wrongPerson')}
      </Button>
    );
  }
  return (
    <div className={classes.form}>
      <TextInput
        label={t('pop.find')}
        placeholder={t('customers.search')}
        value={search}
        autoFocus
        onChange={(event) => setSearch(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          setOpen(false);
        }}
        data-testid="pop-find"
      />
      <ul className={classes.candidates}>
        {(found.data?.items ?? []).map((customer) => (
          <li key={customer.id}>
            <button type="button" onClick={() => choose(customer.id)} title={t('pop.useThis')}>
              <span className="grow">
                <strong>{customer.name}</strong>
                <span className="dimmed">
                  {[customer.account, customer.city].filter(Boolean).join(' · ')}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {found.data?.items.length === 0 ? <p className={classes.nothing}>{t('pop.findEmpty')}</p> : null}
      <div className="row">
        {on.pop.customer === null ? null : (
          <Button variant="default" size="compact-sm" onClick={() => choose(null)}>
            {t('pop.detach')}
          </Button>
        )}
        <Button variant="subtle" color="gray" size="compact-sm" onClick={() => setOpen(false)}>
          {t('common.cancel')}
        </Button>
      </div>
    </div>
  );
}
