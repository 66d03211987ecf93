import { useTranslation } from 'react-i18next';
import { Empty } from '../components/empty.tsx';
import { IconUserQuestion } from '../components/icons.ts';
import { CallBar } from '../features/call-bar/call-bar.tsx';
import { Idle } from '../features/idle/idle.tsx';
import { Notes } from '../features/notes/notes.tsx';
import { OfferPanel } from '../features/offer/offer-panel.tsx';
import { ScreenPop } from '../features/screen-pop/screen-pop.tsx';
import { WorkList } from '../features/work-list/work-list.tsx';
import { Dispositions, WrapUpBar } from '../features/wrap-up/wrap-up.tsx';
import { useConnection } from '../stores/connection.ts';
import classes from './desk-page.module.css';

/** Work on the left, the contact in the middle, the customer on the right. */
export function DeskPage() {
  const { t } = useTranslation();
  const desk = useConnection((s) => s.desk);
  if (desk === undefined) return <Empty>{t('connection.first')}</Empty>;
  const { offer, work } = desk;
  const on = offer ?? work;
  // Digits belong to whoever asks first: who is it, then how did it end.
  const choosing = on !== null && on.pop.customer === null && on.pop.candidates.length > 0;
  const digitsChoose = choosing && (offer !== null || work?.phase !== 'wrap-up');
  return (
    <div className={classes.desk}>
      <div className={classes.left}>
        <WorkList />
      </div>
      <div className={classes.middle}>
        {offer === null ? null : <OfferPanel key={offer.offerId} offer={offer} />}
        {work === null ? null : (
          <>
            {work.phase === 'wrap-up' ? <WrapUpBar work={work} /> : <CallBar work={work} />}
            <Notes key={work.interactionId} work={work} />
            <Dispositions work={work} keys={offer === null && !digitsChoose} />
          </>
        )}
        {on === null ? <Idle desk={desk} /> : null}
      </div>
      <div className={classes.right}>
        {on === null ? (
          <Empty icon={<IconUserQuestion size={36} stroke={1.3} />}>{t('pop.empty')}</Empty>
        ) : (
          <ScreenPop key={on.interactionId} on={on} keys={digitsChoose} />
        )}
      </div>
    </div>
  );
}
