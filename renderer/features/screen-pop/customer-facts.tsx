import { useTranslation } from 'react-i18next';
import type { CustomerSummary } from '#shared/contract/customers.ts';
import { formatNumber } from '#shared/model/phone.ts';
import { localTime } from '../../components/dates.ts';
import { isAnonymous } from '../../components/names.ts';
import { useServerNow } from '../../components/time.tsx';
import classes from './screen-pop.module.css';

export function CustomerFacts({ customer, number }: { customer: CustomerSummary; number: string }) {
  const { t } = useTranslation();
  const now = useServerNow(10_000);
  const facts: [label: string, value: string | null | undefined][] = [
    [t('pop.account'), customer.account],
    [t('pop.number'), isAnonymous(number) ? null : formatNumber(number)],
    [t('pop.owner'), customer.owner?.name],
    [t('pop.city'), customer.city],
    [t('pop.localTime'), localTime(now, customer.timeZone)],
    [t('pop.language'), t(`pop.languageName.${customer.language}`)],
  ];
  return (
    <dl className={classes.facts}>
      {facts.map(([label, value]) =>
        value == null || value === '' ? null : (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
