import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { IconArrowLeft } from '../components/icons.ts';
import { useCallerName } from '../components/names.ts';
import { Tag } from '../components/state-badge.tsx';
import { Left } from '../components/time.tsx';
import { CallBar } from '../features/call-bar/call-bar.tsx';
import { OfferPanel } from '../features/offer/offer-panel.tsx';
import { ScreenPop } from '../features/screen-pop/screen-pop.tsx';
import { useConnection } from '../stores/connection.ts';
import classes from './dock.module.css';

/** Work in hand, on pages other than the desk: the call stays at the top of the window. */
export function WorkDock() {
  const { t } = useTranslation();
  const nameOf = useCallerName();
  const work = useConnection((s) => s.desk?.work ?? null);
  if (work === null) return null;
  const back = (
    <Link href="/" className={classes.back ?? ''}>
      <IconArrowLeft size={15} aria-hidden="true" /> {t('call.backToDesk')}
    </Link>
  );
  if (work.phase !== 'wrap-up') {
    return <CallBar work={work} compact aside={back} />;
  }
  return (
    <div className={classes.wrapUp}>
      <Tag tone="wrap-up">{t('work.wrap-up')}</Tag>
      <strong className="ellipsis">{nameOf({ number: work.number, customer: work.pop.customer })}</strong>
      {work.wrapUp?.deadline == null ? null : <Left until={work.wrapUp.deadline} />}
      {back}
    </div>
  );
}

/** An offer, on pages other than the desk: beside what the person is doing, not instead of it. */
export function OfferDock() {
  const offer = useConnection((s) => s.desk?.offer ?? null);
  if (offer === null) return null;
  return (
    <div className={classes.offer}>
      <OfferPanel key={offer.offerId} offer={offer} />
      <ScreenPop
        key={offer.interactionId}
        on={offer}
        keys={offer.pop.customer === null && offer.pop.candidates.length > 0}
      />
    </div>
  );
}
