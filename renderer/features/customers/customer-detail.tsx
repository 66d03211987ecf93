import { Button, Loader } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { endpoints } from '#shared/contract/endpoints.ts';
import { formatNumber } from '#shared/model/phone.ts';
import { localTime, shortDate } from '../../components/dates.ts';
import { Empty } from '../../components/empty.tsx';
import { InteractionLine } from '../../components/interaction-line.tsx';
import { problemText } from '../../components/problems.ts';
import { TierBadge } from '../../components/tier-badge.tsx';
import { useServerNow } from '../../components/time.tsx';
import { call } from '../../stores/api.ts';
import classes from './customers.module.css';

export function CustomerDetailSheet({ id }: { id: string }) {
  const { t } = useTranslation();
  const now = useServerNow(10_000);
  const customer = useQuery({
    queryKey: ['customer', id],
    queryFn: ({ signal }) => call(endpoints.getCustomer, { params: { id }, signal }),
  });
  const history = useQuery({
    queryKey: ['interactions', 'customer', id],
    queryFn: ({ signal }) => call(endpoints.listInteractions, { query: { customer: id, limit: 20 }, signal }),
  });
  if (customer.isError) {
    return (
      <Empty title={problemText(customer.error).text}>
        <Button variant="light" onClick={() => void customer.refetch()}>
          {t('common.retry')}
        </Button>
      </Empty>
    );
  }
  const record = customer.data;
  if (record === undefined) {
    return (
      <Empty>
        <Loader size="sm" />
      </Empty>
    );
  }
  const facts: [string, string | null | undefined][] = [
    [t('pop.account'), record.account],
    [t('pop.owner'), record.owner?.name],
    [t('pop.city'), record.city],
    [t('pop.localTime'), localTime(now, record.timeZone)],
    [t('pop.language'), t(`pop.languageName.${record.language}`)],
  ];
  return (
    <div className={classes.sheet} data-testid="customer-detail">
      <header className="row">
        <h2 className="grow">{record.name}</h2>
        <TierBadge tier={record.tier} />
      </header>
      <dl className={classes.facts}>
        {facts.map(([label, value]) =>
          value == null ? null : (
            <div key={label}>
              <dt className="dimmed">{label}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
      </dl>
      <div>
        <h3 className="label">{t('customers.contactPoints')}</h3>
        {record.contactPoints.length === 0 ? (
          <p className="dimmed">{t('customers.noContactPoints')}</p>
        ) : null}
        <dl className={classes.facts}>
          {record.contactPoints.map((point) => (
            <div key={`${point.kind}-${point.value}`}>
              <dt className="dimmed">{point.label}</dt>
              <dd>{point.kind === 'phone' ? formatNumber(point.value) : point.value}</dd>
            </div>
          ))}
        </dl>
      </div>
      <div>
        <h3 className="label">{t('customers.cases')}</h3>
        {record.cases.length === 0 ? <p className="dimmed">{t('pop.noCases')}</p> : null}
        <ul className={classes.cases}>
          {record.cases.map((item) => (
            <li key={item.id}>
              <strong>#{item.number}</strong> {item.subject}
              <div className="dimmed">
                {t(`pop.caseKind.${item.kind}`)} · {t(`pop.caseStatus.${item.status}`)} ·{' '}
                {shortDate(item.openedAt)}
              </div>
            </li>
          ))}
        </ul>
      </div>
      <div>
        <h3 className="label">{t('customers.history')}</h3>
        {history.data?.items.length === 0 ? <p className="dimmed">{t('pop.noHistory')}</p> : null}
        {(history.data?.items ?? []).map((item) => (
          <InteractionLine key={item.id} item={item} href={`#/history/${item.id}`} />
        ))}
      </div>
    </div>
  );
}
