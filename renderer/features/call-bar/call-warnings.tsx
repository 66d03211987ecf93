import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { WorkView } from '#shared/contract/calls.ts';
import { takeSound } from '../../stores/actions.ts';
import { usePhone } from '../../stores/phone.ts';
import classes from './call-bar.module.css';

interface Props {
  readonly work: WorkView;
  readonly muted: boolean;
  readonly held: boolean;
  /** The sound of the call is in this window: known here sooner than by the server. */
  readonly here: boolean;
}

/** What must not be overlooked during a call, in words. */
export function CallWarnings({ work, muted, held, here }: Props) {
  const { t } = useTranslation();
  const talking = usePhone((s) => s.talkingWhileMuted);
  const reconnecting = usePhone((s) => s.call?.reconnecting ?? false);
  const rings = usePhone((s) => s.call?.phase === 'ringing');
  const answering = usePhone((s) => s.call?.phase === 'answering');
  const registered = usePhone((s) => s.registration === 'registered');
  return (
    <div className={classes.warnings} aria-live="polite">
      {muted ? (
        <p className={classes.muted} data-talking={talking} data-testid="muted-banner">
          {t(talking ? 'call.talkingMuted' : 'call.muted')}
        </p>
      ) : null}
      {held ? (
        <p className={classes.held} data-testid="held-banner">
          {t('call.held')}
        </p>
      ) : null}
      {here && !reconnecting ? null : (
        <p className={classes.elsewhere} data-testid="sound-banner">
          <span className="grow">
            {t(reconnecting || answering || work.audioLost ? 'call.reconnecting' : 'call.elsewhere')}
          </span>
          {!here && (registered || rings) && !answering ? (
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => void takeSound()}
              data-testid="take-sound"
            >
              {t('call.takeSound')}
            </Button>
          ) : null}
        </p>
      )}
    </div>
  );
}
