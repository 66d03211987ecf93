import { useTranslation } from 'react-i18next';
import { Dispositions } from '../components/dispositions.tsx';
import { Empty } from '../components/empty.tsx';
import { IconUserQuestion } from '../components/icons.ts';
import { Notes } from '../components/notes.tsx';
import { CallBar } from '../features/call-bar/call-bar.tsx';
import { Idle } from '../features/idle/idle.tsx';
import { OfferPanel } from '../features/offer/offer-panel.tsx';
import { ScreenPop } from '../features/screen-pop/screen-pop.tsx';
import { WorkList } from '../features/work-list/work-list.tsx';
import { WrapUpBar } from '../features/wrap-up/wrap-up.tsx';
import { chooseDisposition, usePending } from '../stores/actions.ts';
import { useConnection } from '../stores/connection.ts';
import classes from './desk-page.module.css';

/** Work on the left, the contact in the middle, the customer on the right. */
export function DeskPage() {
  const { t } = useTranslation();
  const desk = useConnection((s) => s.desk);
  const pending = usePending((s) => s.disposition);
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
            <Notes
              key={work.interactionId}
              interactionId={work.interactionId}
              notes={work.notes}
              phase={work.phase}
              hurry={work.wrapUp?.deadline != null}
            />
            <Dispositions
              label={t(work.phase === 'wrap-up' ? 'wrapUp.disposition' : 'wrapUp.dispositionNow')}
              chosen={pending ?? work.disposition}
              onChoose={(id) => void chooseDisposition(id)}
              keys={offer === null && !digitsChoose}
              hints
            />
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
