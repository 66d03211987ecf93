import { useTranslation } from 'react-i18next';
import { useNames } from '../../components/default-names.ts';
import { useCallerName } from '../../components/names.ts';
import { useConnection } from '../../stores/connection.ts';

/** Speaks an offer through a screen reader. Always in the page, since a live region tells only what changes in it. */
export function OfferAnnouncer() {
  const { t } = useTranslation();
  const nameOf = useCallerName();
  const named = useNames();
  const offer = useConnection((s) => s.desk?.offer ?? null);
  return (
    <div className="visually-hidden" aria-live="assertive" data-testid="offer-announcer">
      {offer === null
        ? ''
        : t('offer.announce', {
            name: nameOf({ number: offer.number, customer: offer.pop.customer }),
            queue: named('queue', offer.queue),
            key: 'Alt A',
          })}
    </div>
  );
}
