import { useTranslation } from 'react-i18next';
import type { InteractionSummary } from '#shared/contract/interactions.ts';
import { ChannelIcon } from './channel-icon.tsx';
import { dateTime } from './dates.ts';
import { useNames } from './default-names.ts';
import classes from './interaction-line.module.css';

/** One contact of a customer, in two lines: when, who and how it ended; then what was written. */
export function InteractionLine({ item, href }: { item: InteractionSummary; href?: string }) {
  const { t } = useTranslation();
  const named = useNames();
  const outcome =
    named('disposition', item.disposition) ||
    (item.endedAt === null ? t('history.live') : item.end === null ? '' : t(`callEnd.${item.end}`));
  const head = (
    <span className={classes.head}>
      <ChannelIcon channel={item.channel} size={14} />
      <span className="tabular">{dateTime(item.startedAt)}</span>
      <span className="ellipsis">{[item.agent?.name, outcome].filter(Boolean).join(' · ')}</span>
    </span>
  );
  return (
    <div className={classes.line}>
      {href === undefined ? head : <a href={href}>{head}</a>}
      {item.notes === '' ? null : <div className={classes.notes}>{item.notes}</div>}
    </div>
  );
}
