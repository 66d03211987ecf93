import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { endpoints } from '#shared/contract/index.ts';
import { formatNumber } from '#shared/model/phone.ts';
import { localTime, shortDate } from '../../components/dates.ts';
import { useNames } from '../../components/default-names.ts';
import { InteractionLine } from '../../components/interaction-line.tsx';
import { FactList, Failed, Sheet, Waiting } from '../../components/list-page.tsx';
import { TierBadge } from '../../components/tier-badge.tsx';
import { useServerNow } from '../../components/time.tsx';
import { call } from '../../stores/api.ts';
import classes from './customers.module.css';

export function CustomerDetailSheet({ id }: { id: string }) {
  const { t } = useTranslation();
  const named = useNames();
  const now = useServerNow(10_000);
  const customer = useQuery({
    queryKey: ['customer', id],
    queryFn: ({ signal }) => call(endpoints.getCustomer, { params: { id }, signal }),
  });
  const history = useQuery({
    queryKey: ['interactions', 'customer', id],
    queryFn: ({ signal }) => call(endpoints.listInteractions, { query: { customer: id, limit: 20 }, signal }),
  });
  const record = customer.data;
  if (record === undefined)
    return customer.isError ? (
      <Failed error={customer.error} retry={() => void customer.refetch()} />
    ) : (
      <Waiting />
    );
  return (
    <Sheet testId="customer-detail" id={id}>
      <header className="row">
        <h2 className="grow">{record.name}</h2>
        <TierBadge tier={record.tier} />
      </header>
      <FactList
        facts={[
          [t('pop.account'), record.account],
          [t('pop.owner'), record.owner?.name],
          [t('pop.city'), record.city],
          [t('pop.localTime'), localTime(now, record.timeZone)],
          [t('pop.language'), t(`pop.languageName.${record.language}`)],
        ]}
      />
      <div>
        <h3 className="label">{t('customers.contactPoints')}</h3>
        {record.contactPoints.length === 0 ? (
          <p className="dimmed">{t('customers.noContactPoints')}</p>
        ) : null}
        <FactList
          facts={record.contactPoints.map(({ kind, label, value }) => [
            named('point', { id: label, name: label }) || t(kind === 'phone' ? 'pop.number' : 'pop.email'),
            kind === 'phone' ? formatNumber(value) : value,
          ])}
        />
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
    </Sheet>
  );
}
