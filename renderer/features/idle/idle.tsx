import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Desk } from '#shared/contract/desk.ts';
import { Empty } from '../../components/empty.tsx';
import { IconAlertTriangle, IconBellRinging, IconHeadset } from '../../components/icons.ts';
import { setPresence } from '../../stores/actions.ts';
import { useConnection } from '../../stores/connection.ts';
import { softphone } from '../../stores/phone.ts';
import { usePhoneTrouble } from '../../stores/phone-trouble.ts';
import classes from './idle.module.css';

/** The middle of the desk with nothing in hand: what is the matter and the one thing to do about it. */
export function Idle({ desk }: { desk: Desk }) {
  const { t } = useTranslation();
  const online = useConnection((s) => s.status === 'online');
  const trouble = usePhoneTrouble();
  const waiting = desk.queues.reduce((sum, queue) => sum + queue.waiting, 0);
  // Who serves no queue and has not gone available needs no phone.
  if (trouble !== undefined && (desk.queues.length > 0 || desk.presence !== 'offline')) {
    const available = desk.presence === 'available';
    return (
      <div className={classes.alarm} role="alert" data-testid="no-phone" data-trouble={trouble}>
        <Empty
          icon={<IconAlertTriangle size={40} stroke={1.5} />}
          title={t(available ? 'desk.unreachableTitle' : 'desk.noPhoneTitle')}
        >
          {available ? <p>{t('desk.unreachableText')}</p> : null}
          <p>
            <strong>{t(`phone.problem.${trouble}`)}</strong>
          </p>
          <Button color="alarm" onClick={() => softphone.retry()} data-testid="no-phone-retry">
            {t('common.retry')}
          </Button>
        </Empty>
      </div>
    );
  }
  const ready = desk.presence === 'available' && desk.state !== 'not-responding';
  const kind =
    desk.state === 'not-responding'
      ? 'notResponding'
      : ready
        ? 'idle'
        : desk.presence === 'offline'
          ? 'offline'
          : 'notReady';
  return (
    <Empty icon={<IconHeadset size={40} stroke={1.3} />} title={t(`desk.${kind}Title`)}>
      <p>{t(`desk.${kind}Text`)}</p>
      {ready ? null : (
        <Button
          rightSection={<kbd>P</kbd>}
          disabled={!online}
          onClick={() => void setPresence('available')}
          data-testid="go-available"
        >
          {t('presence.goAvailable')}
        </Button>
      )}
      {desk.queues.length === 0 ? null : (
        <p>{waiting === 0 ? t('desk.nobodyWaits') : t('desk.waitingNow', { count: waiting })}</p>
      )}
      <AskForNotifications />
    </Empty>
  );
}

/** Asked for by a click of the person, as browsers want it; not shown where the shell notifies or all is decided. */
function AskForNotifications() {
  const { t } = useTranslation();
  const [asked, setAsked] = useState(true);
  useEffect(() => {
    setAsked(
      window.cordboard !== undefined || !('Notification' in window) || Notification.permission !== 'default',
    );
  }, []);
  if (asked) return null;
  return (
    <Button
      variant="subtle"
      color="gray"
      size="compact-sm"
      leftSection={<IconBellRinging size={15} />}
      onClick={() => void Notification.requestPermission().then(() => setAsked(true))}
    >
      {t('offer.enableNotifications')}
    </Button>
  );
}
