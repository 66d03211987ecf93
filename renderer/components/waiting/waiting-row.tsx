import { UnstyledButton } from '@mantine/core';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { WorkItemView } from '#shared/contract/routing.ts';
import { formatLeft, formatSpan } from '../../stores/time.core.ts';
import { ChannelIcon } from '../channel-icon.tsx';
import { useNames } from '../default-names.ts';
import { IconChevronRight } from '../icons.ts';
import { useCallerName } from '../names.ts';
import { Tag } from '../state-badge.tsx';
import { Since, useServerNow } from '../time.tsx';
import { type Intent, Manage } from './manage.tsx';
import { dueIn } from './waiting.core.ts';
import classes from './waiting.module.css';
import { WhyHere } from './why-here.tsx';

interface Props {
  readonly item: WorkItemView;
  /** Show the queue's name: the list has several queues. */
  readonly withQueue: boolean;
  /** The person may move and boost it. */
  readonly manage: boolean;
  /** Undefined: closed. */
  readonly opened: Intent | undefined;
  readonly onOpened: (opened: Intent | undefined) => void;
}

/** One piece of waiting work in two lines; below them, once opened, why it stands here. */
export function WaitingRow({ item, withQueue, manage, opened, onOpened }: Props) {
  const { t } = useTranslation();
  const named = useNames();
  const nameOf = useCallerName();
  const open = opened !== undefined;
  const details = useId();
  return (
    <li className={classes.row} data-testid="waiting-row" data-item={item.itemId} data-why={item.why}>
      <div className={classes.line}>
        <ChannelIcon channel={item.channel} />
        <span className="visually-hidden">{t(`channel.${item.channel}`)}</span>
        <strong className={`${classes.name} grow ellipsis`}>{nameOf(item)}</strong>
        {withQueue ? null : <Waited item={item} />}
      </div>
      {withQueue ? (
        <div className={classes.line}>
          <span className={`${classes.queue} grow ellipsis`}>{named('queue', item.queue)}</span>
          <Waited item={item} />
        </div>
      ) : null}
      <div className={classes.line}>
        <UnstyledButton
          className={classes.toggle}
          aria-expanded={open}
          aria-controls={details}
          onClick={() => onOpened(open ? undefined : {})}
          data-testid="waiting-why"
        >
          <IconChevronRight size={14} className={classes.chevron ?? ''} aria-hidden="true" />
          {t('work.why')}
        </UnstyledButton>
        <span className="grow" />
        <Due at={item.dueAt} />
      </div>
      <div id={details} hidden={!open} className={classes.details} data-testid="waiting-details">
        {open ? <WhyHere item={item} /> : null}
        {open && manage && item.state === 'waiting' ? (
          <Manage item={item} name={nameOf(item)} intent={opened} onIntent={onOpened} />
        ) : null}
      </div>
    </li>
  );
}

function Waited({ item }: { item: WorkItemView }) {
  const { t } = useTranslation();
  return (
    <>
      {item.state === 'offered' ? <Tag tone="offered">{t('waiting.offered')}</Tag> : null}
      <Since at={item.arrivedAt} label={t('waiting.waited')} className={classes.waited ?? ''} />
    </>
  );
}

function Due({ at }: { at: number }) {
  const { t } = useTranslation();
  const { late, ms } = dueIn(at, useServerNow());
  return (
    <span className={`${classes.sub} tabular`} data-late={late}>
      {late ? t('waiting.overdue', { time: formatSpan(ms) }) : t('waiting.due', { time: formatLeft(ms) })}
    </span>
  );
}
