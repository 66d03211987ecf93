import { Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { IconWifi, IconWifiOff } from '../../components/icons.ts';
import { useConnection } from '../../stores/connection.ts';
import { usePhone } from '../../stores/phone.ts';
import { networkHealth } from './network.core.ts';
import classes from './state-strip.module.css';

const tones = { good: 'good', fair: 'warn', poor: 'bad', lost: 'bad' } as const;

/** Of the call while there is one, else of the server's answers. */
export function NetworkStatus() {
  const { t } = useTranslation();
  const connected = useConnection((s) => s.status === 'online');
  const rtt = useConnection((s) => s.rtt);
  const figures = usePhone((s) => s.network);
  const health = networkHealth({ connected, rtt: figures?.rtt ?? rtt, loss: figures?.loss ?? 0 });
  const detail =
    figures !== undefined
      ? t('phone.network.detail', { rtt: figures.rtt ?? '–', loss: figures.loss })
      : rtt === undefined
        ? ''
        : t('phone.network.detailNoCall', { rtt });
  const label = t(`phone.network.${health}`);
  return (
    <Tooltip label={detail === '' ? label : `${label}: ${detail}`}>
      <span
        className={classes.network}
        style={{ color: `var(--${tones[health]})` }}
        role="img"
        aria-label={label}
        data-testid="network-status"
        data-state={health}
      >
        {health === 'lost' ? <IconWifiOff size={17} /> : <IconWifi size={17} />}
      </span>
    </Tooltip>
  );
}
