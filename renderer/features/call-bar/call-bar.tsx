import { Button, Popover } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { WorkView } from '#shared/contract/calls.ts';
import { ChannelIcon } from '../../components/channel-icon.tsx';
import { useNames } from '../../components/default-names.ts';
import {
  IconDialpad,
  IconMicrophone,
  IconMicrophoneOff,
  IconPhoneOff,
  IconPlayerPause,
  IconPlayerPlay,
} from '../../components/icons.ts';
import { KEYS, Keypad } from '../../components/keypad.tsx';
import { LevelMeter } from '../../components/level-meter.tsx';
import { useCallerName } from '../../components/names.ts';
import { Since } from '../../components/time.tsx';
import { useShortcuts } from '../../components/use-shortcuts.ts';
import { hangUp, sendDigit, toggleHold, toggleMute, usePending } from '../../stores/actions.ts';
import { useConnection } from '../../stores/connection.ts';
import { softphone, usePhone } from '../../stores/phone.ts';
import classes from './call-bar.module.css';
import { CallWarnings } from './call-warnings.tsx';
import { useHangUpKey } from './use-hang-up-key.ts';

interface CallBarProps {
  readonly work: WorkView;
  readonly compact?: boolean;
  /** A way elsewhere, at the end of the compact bar. */
  readonly aside?: ReactNode;
}

/** The call in hand: who, how long, and what can be done with it. `compact` on pages other than the desk. */
export function CallBar({ work, compact = false, aside }: CallBarProps) {
  const { t } = useTranslation();
  const nameOf = useCallerName();
  const named = useNames();
  const online = useConnection((s) => s.status === 'online');
  const pendingMuted = usePending((s) => s.muted);
  const pendingHeld = usePending((s) => s.held);
  const here = usePhone((s) => s.call?.phase === 'talking');
  const [keypad, setKeypad] = useState(false);
  const muted = pendingMuted ?? work.muted;
  const held = pendingHeld ?? work.phase === 'held';
  const armed = useHangUpKey(() => void hangUp());
  useShortcuts({
    m: () => void toggleMute(),
    h: online ? () => void toggleHold() : undefined,
    k: online || here ? () => setKeypad((open) => !open) : undefined,
  });

  return (
    <section
      className={classes.bar}
      data-compact={compact}
      data-muted={muted}
      data-held={held}
      aria-label={t('call.label')}
      data-testid="call-bar"
      data-phase={work.phase}
    >
      <header className={classes.head}>
        <ChannelIcon channel={work.channel} size={20} />
        <div className="grow">
          <h2 className="ellipsis" data-testid="call-name">
            {nameOf({ number: work.number, customer: work.pop.customer })}
          </h2>
          <div className="dimmed ellipsis">
            {[work.pop.customer?.account, t('call.via', { queue: named('queue', work.queue) })]
              .filter((part) => part != null && part !== '')
              .join(' · ')}
          </div>
        </div>
        <span className={classes.recording} data-recording={work.recording} data-testid="call-recording">
          {t(
            work.recording === 'on'
              ? 'call.recordingOn'
              : work.recording === 'off'
                ? 'call.recordingOff'
                : 'call.recordingFailed',
          )}
        </span>
        <LevelMeter
          read={() => softphone.remoteLevel()}
          label={t('phone.remoteLevel')}
          testId="remote-level"
        />
        <Since
          at={work.answeredAt}
          className={classes.timer ?? ''}
          label={t('call.duration')}
          testId="call-timer"
        />
      </header>
      <div className={classes.buttons}>
        <div className={classes.keys}>
          <Button
            px={9}
            variant={muted ? 'filled' : 'default'}
            color={muted ? 'alarm' : 'cobalt'}
            leftSection={muted ? <IconMicrophoneOff size={17} /> : <IconMicrophone size={17} />}
            rightSection={<kbd>M</kbd>}
            aria-pressed={muted}
            onClick={() => void toggleMute()}
            data-testid="call-mute"
          >
            {t(muted ? 'call.unmute' : 'call.mute')}
          </Button>
          <Button
            px={9}
            variant={held ? 'filled' : 'default'}
            leftSection={held ? <IconPlayerPlay size={17} /> : <IconPlayerPause size={17} />}
            rightSection={<kbd>H</kbd>}
            aria-pressed={held}
            disabled={!online}
            onClick={() => void toggleHold()}
            data-testid="call-hold"
          >
            {t(held ? 'call.retrieve' : 'call.hold')}
          </Button>
          <Popover opened={keypad} onChange={setKeypad} position="bottom" shadow="md" closeOnEscape withArrow>
            <Popover.Target>
              <Button
                px={9}
                variant="default"
                leftSection={<IconDialpad size={17} />}
                rightSection={<kbd>K</kbd>}
                aria-expanded={keypad}
                disabled={!online && !here}
                onClick={() => setKeypad((open) => !open)}
                data-testid="call-keypad"
              >
                {t('call.keypad')}
              </Button>
            </Popover.Target>
            <Popover.Dropdown>
              <CallKeypad onClose={() => setKeypad(false)} />
            </Popover.Dropdown>
          </Popover>
        </div>
        <Button
          px={9}
          color="alarm"
          leftSection={<IconPhoneOff size={17} />}
          rightSection={<kbd>Esc Esc</kbd>}
          onClick={() => void hangUp()}
          data-testid="call-hangup"
        >
          {armed ? t('call.hangUpAgain') : t('call.hangUp')}
        </Button>
        {aside}
      </div>
      <CallWarnings work={work} muted={muted} held={held} here={here} />
    </section>
  );
}

function CallKeypad({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [sent, setSent] = useState('');
  const press = (key: string) => {
    void sendDigit(key).then((ok) => ok && setSent((before) => (before + key).slice(-24)));
  };
  useShortcuts({
    ...Object.fromEntries(KEYS.map((key) => [key, () => press(key)])),
    Escape: onClose,
  });
  return (
    <>
      <Keypad onKey={press} label={(key) => t('call.keyLabel', { key })} testPrefix="keypad" />
      <p
        className="dimmed"
        aria-live="polite"
        style={{ margin: '8px 0 0', minHeight: 20 }}
        data-testid="keypad-sent"
      >
        {sent === '' ? '' : t('call.sent', { digits: sent })}
      </p>
    </>
  );
}
