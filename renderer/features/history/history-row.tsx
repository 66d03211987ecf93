import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { InteractionSummary } from '#shared/contract/interactions.ts';
import { ChannelIcon } from '../../components/channel-icon.tsx';
import { dateTime } from '../../components/dates.ts';
import { useNames } from '../../components/default-names.ts';
import { IconVolume } from '../../components/icons.ts';
import { useCallerName } from '../../components/names.ts';
import { TierBadge } from '../../components/tier-badge.tsx';
import { formatSpan } from '../../stores/time.core.ts';
import classes from './history.module.css';

interface Props {
  readonly item: InteractionSummary;
  readonly open: boolean;
  /** Left out where every row would say the same. */
  readonly withAgent: boolean;
}

export function HistoryRow({ item, open, withAgent }: Props) {
  const { t } = useTranslation();
  const nameOf = useCallerName();
  const named = useNames();
  const result =
    named('disposition', item.disposition) ||
    (item.endedAt === null ? t('history.live') : item.end === null ? '' : t(`callEnd.${item.end}`));
  const waited = (item.answeredAt ?? item.endedAt ?? item.startedAt) - item.startedAt;
  const talked =
    item.answeredAt === null || item.endedAt === null ? undefined : item.endedAt - item.answeredAt;
  return (
    <tr data-testid="history-row" data-id={item.id} data-open={open}>
      <td className="tabular">
        <Link
          href={`/history/${item.id}`}
          className={classes.link ?? ''}
          aria-current={open ? 'true' : undefined}
        >
          <ChannelIcon channel={item.channel} size={14} />
          {dateTime(item.startedAt)}
        </Link>
      </td>
      <td>
        <span className="row">
          <strong className="ellipsis">{nameOf({ number: item.ani, customer: item.customer })}</strong>
          {item.customer === null || item.customer.tier === 'standard' ? null : (
            <TierBadge tier={item.customer.tier} />
          )}
        </span>
      </td>
      <td className="ellipsis">{named('queue', item.queue)}</td>
      {withAgent ? (
        <td className="ellipsis">
          {item.agent?.name ?? <span className="dimmed">{t('history.notAnswered')}</span>}
        </td>
      ) : null}
      <td className={`${classes.number} tabular`}>{formatSpan(waited)}</td>
      <td className={`${classes.number} tabular`}>{talked === undefined ? '' : formatSpan(talked)}</td>
      <td className={`${classes.result} ellipsis`}>
        {item.disposition === null ? <span className="dimmed">{result}</span> : result}
      </td>
      <td>
        {item.hasRecording ? <IconVolume size={15} aria-label={t('history.recording')} role="img" /> : null}
      </td>
    </tr>
  );
}
