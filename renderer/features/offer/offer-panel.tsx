import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { OfferView } from '#shared/contract/calls.ts';
import { formatNumber } from '#shared/model/phone.ts';
import { ChannelIcon } from '../../components/channel-icon.tsx';
import { useNames } from '../../components/default-names.ts';
import { IconPhone, IconPhoneOff } from '../../components/icons.ts';
import { isAnonymous, useCallerName } from '../../components/names.ts';
import { offerReason } from '../../components/offer-reason.ts';
import { Left, Since } from '../../components/time.tsx';
import { useShortcuts } from '../../components/use-shortcuts.ts';
import { answer, decline } from '../../stores/actions.ts';
import { useConnection } from '../../stores/connection.ts';
import { usePhone } from '../../stores/phone.ts';
import classes from './offer.module.css';
import { useOfferTitle, useShown } from './use-shown.ts';

/** Who calls, why, and two buttons. Takes no focus: somebody may be typing. */
export function OfferPanel({ offer }: { offer: OfferView }) {
  const { t } = useTranslation();
  const nameOf = useCallerName();
  const named = useNames();
  const online = useConnection((s) => s.status === 'online');
  const registration = usePhone((s) => s.registration);
  const ringing = usePhone((s) => s.call?.phase === 'ringing');
  const wanted = usePhone((s) => s.wanted === offer.offerId);
  const name = nameOf({ number: offer.number, customer: offer.pop.customer });
  useShown(offer.offerId);
  useOfferTitle(t('offer.notification', { name }));
  const canAnswer = registration === 'registered' || ringing;
  useShortcuts({ a: canAnswer ? answer : undefined, d: () => void decline() });

  return (
    <section
      className={classes.panel}
      aria-label={t('offer.title', { channel: t(`channel.${offer.channel}`) })}
      data-testid="offer-panel"
      data-offer={offer.offerId}
    >
      <header className={classes.head}>
        <span className={classes.icon} data-ringing={ringing || offer.ringing}>
          <ChannelIcon channel={offer.channel} size={26} />
        </span>
        <div className="grow">
          <div className="label">{t('offer.title', { channel: t(`channel.${offer.channel}`) })}</div>
          <h2 data-testid="offer-name">{name}</h2>
          <div className="dimmed">{offer.pop.customer?.account ?? ''}</div>
        </div>
        <div className={classes.expires}>
          <div className="label">{t('offer.expires')}</div>
          <Left until={offer.expiresAt} className={classes.left ?? ''} testId="offer-left" />
        </div>
      </header>
      <dl className={classes.facts}>
        <Fact label={t('offer.queue')}>{named('queue', offer.queue)}</Fact>
        <Fact label={t('offer.number')}>
          {isAnonymous(offer.number) ? t('common.anonymous') : formatNumber(offer.number)}
        </Fact>
        <Fact label={t('offer.waited')}>
          <Since at={offer.arrivedAt} />
        </Fact>
        <Fact label={t('offer.dialled')}>{formatNumber(offer.dnis)}</Fact>
        <Fact label={t('offer.digits')}>
          <span data-testid="offer-digits">{offer.digits === '' ? t('offer.noDigits') : offer.digits}</span>
        </Fact>
      </dl>
      <p className={classes.because} data-testid="offer-because">
        {offerReason(t, offer)}
      </p>
      <div className={classes.buttons}>
        <Button
          size="lg"
          color="confirm"
          leftSection={<IconPhone size={20} />}
          rightSection={<kbd>A</kbd>}
          onClick={answer}
          disabled={!canAnswer || wanted}
          data-testid="offer-answer"
        >
          {wanted ? t(ringing ? 'offer.answering' : 'offer.waitingForRing') : t('offer.answer')}
        </Button>
        <Button
          size="lg"
          variant="default"
          leftSection={<IconPhoneOff size={20} />}
          rightSection={<kbd>D</kbd>}
          onClick={() => void decline()}
          disabled={!online}
          data-testid="offer-decline"
        >
          {t('offer.decline')}
        </Button>
      </div>
      <p className="dimmed" data-testid="offer-hint">
        {canAnswer
          ? t(ringing || offer.ringing ? 'offer.ringing' : 'offer.preparing')
          : t(offer.ringing ? 'offer.elsewhere' : 'offer.noPhone')}
      </p>
    </section>
  );
}

function Fact({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div>
      <dt className="label">{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
