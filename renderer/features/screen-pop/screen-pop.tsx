import { Alert } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { OfferView, WorkView } from '#shared/contract/calls.ts';
import { formatNumber } from '#shared/model/phone.ts';
import { IconAlertTriangle } from '../../components/icons.ts';
import { InteractionLine } from '../../components/interaction-line.tsx';
import { isAnonymous } from '../../components/names.ts';
import { TierBadge } from '../../components/tier-badge.tsx';
import { Candidates } from './candidates.tsx';
import { CustomerFacts } from './customer-facts.tsx';
import { NewRecord } from './new-record.tsx';
import { Repoint } from './repoint.tsx';
import classes from './screen-pop.module.css';

interface Props {
  readonly on: OfferView | WorkView;
  /** Digits choose a candidate now. */
  readonly keys: boolean;
}

/** Everything known of the caller, before the first ring and until the end of wrap-up. */
export function ScreenPop({ on, keys }: Props) {
  const { t } = useTranslation();
  const { pop } = on;
  const { customer } = pop;
  return (
    <section
      className={classes.pop}
      aria-label={t('pop.title')}
      data-testid="screen-pop"
      data-reason={pop.reason}
    >
      <header>
        <div className={classes.reason}>
          <span className="label">{t('pop.title')}</span>
          <span className="dimmed" data-testid="pop-reason">
            {t(`pop.reason.${pop.reason}`)}
          </span>
        </div>
        <div className="row">
          <h2 className={`${classes.name} grow`} data-testid="pop-name">
            {customer?.name ?? (isAnonymous(pop.number) ? t('common.anonymous') : formatNumber(pop.number))}
          </h2>
          {customer === null ? null : <TierBadge tier={customer.tier} testId="pop-tier" />}
        </div>
      </header>
      {pop.openComplaint ? (
        <Alert
          color="red"
          p="xs"
          icon={<IconAlertTriangle size={18} />}
          data-testid="pop-complaint"
          role="note"
        >
          <strong>{t('pop.complaint')}</strong>
        </Alert>
      ) : null}
      {customer === null ? null : <CustomerFacts customer={customer} number={pop.number} />}
      {customer === null && pop.candidates.length > 0 ? <Candidates on={on} keys={keys} /> : null}
      {customer === null && pop.candidates.length === 0 ? <NewRecord key={on.interactionId} on={on} /> : null}
      {customer === null ? null : (
        <>
          <div>
            <h3 className="label">{t('pop.cases')}</h3>
            {pop.openCases.length === 0 ? (
              <p className={classes.nothing}>{t('pop.noCases')}</p>
            ) : (
              <ul className={classes.cases}>
                {pop.openCases.map((item) => (
                  <li key={item.id} data-kind={item.kind}>
                    <span className={classes.number}>#{item.number}</span>
                    <span>{item.subject}</span>
                    <span className="dimmed">
                      {t(`pop.caseKind.${item.kind}`)} · {t(`pop.caseStatus.${item.status}`)}
                    </span>
                  </li>
                ))}
              </ul>
            )}
          </div>
          <div>
            <h3 className="label">{t('pop.history')}</h3>
            {pop.recent.length === 0 ? (
              <p className={classes.nothing}>{t('pop.noHistory')}</p>
            ) : (
              pop.recent.map((item) => <InteractionLine key={item.id} item={item} />)
            )}
          </div>
        </>
      )}
      <Repoint key={`${on.interactionId}-${customer?.id ?? ''}`} on={on} />
    </section>
  );
}
