import { Popover, UnstyledButton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Desk } from '#shared/contract/desk.ts';
import { ChannelIcon } from '../../components/channel-icon.tsx';
import { useNames } from '../../components/default-names.ts';
import { useCallerName } from '../../components/names.ts';
import { offerReason } from '../../components/offer-reason.ts';
import { Tag } from '../../components/state-badge.tsx';
import { Left, Since } from '../../components/time.tsx';
import { WaitingList } from '../../components/waiting/waiting-list.tsx';
import { useConnection } from '../../stores/connection.ts';
import { type WorkRow, workRows } from '../../stores/desk.core.ts';
import { useMay } from '../../stores/session.ts';
import classes from './work-list.module.css';

/** Everything in this agent's hands, ranked; below it what waits in the agent's queues. */
export function WorkList() {
  const { t } = useTranslation();
  const desk = useConnection((s) => s.desk);
  const seesAll = useMay('board.read');
  if (desk === undefined) return null;
  /** Serves no queue, and sees what waits in all of them. */
  const overseer = seesAll && desk.queues.length === 0;
  const rows = workRows(desk);
  return (
    <section className={classes.list} aria-label={t('work.title')}>
      <h2 className="label">{t('work.title')}</h2>
      {rows.length === 0 ? (
        <p className={classes.empty}>
          {t(
            desk.presence === 'available' && desk.state !== 'not-responding'
              ? 'work.emptyAvailable'
              : 'work.emptyNotReady',
          )}
        </p>
      ) : (
        <ol className={classes.rows}>
          {rows.map((row) => (
            <Row key={row.kind} row={row} />
          ))}
        </ol>
      )}
      <h2 className="label">{t('waiting.title')}</h2>
      <WaitingList empty={t(overseer ? 'board.nothingWaits' : 'waiting.empty')} />
      {overseer ? null : (
        <>
          <h2 className="label">{t('work.queues')}</h2>
          <Queues desk={desk} />
        </>
      )}
    </section>
  );
}

function Row({ row }: { row: WorkRow }) {
  const { t } = useTranslation();
  const nameOf = useCallerName();
  const named = useNames();
  const item = row.kind === 'offer' ? row.offer : row.work;
  const name = nameOf({ number: item.number, customer: item.pop.customer });
  return (
    <li className={classes.row} data-kind={row.kind} data-testid="work-row">
      <ChannelIcon channel={item.channel} />
      <div className="grow">
        <div className={`${classes.name} ellipsis`}>{name}</div>
        <div className={`${classes.sub} ellipsis`}>{named('queue', item.queue)}</div>
      </div>
      <div className={classes.state}>
        {row.kind === 'offer' ? (
          <>
            <Tag tone="offered">{t('work.offer')}</Tag>
            <Left until={row.offer.expiresAt} />
          </>
        ) : (
          <>
            <Tag tone={row.work.phase === 'wrap-up' ? 'wrap-up' : 'on-work'}>
              {t(`work.${row.work.phase}`)}
            </Tag>
            <Since
              at={
                row.work.phase === 'wrap-up' ? (row.work.endedAt ?? row.work.answeredAt) : row.work.answeredAt
              }
            />
          </>
        )}
      </div>
      <Why row={row} />
    </li>
  );
}

function Why({ row }: { row: WorkRow }) {
  const { t } = useTranslation();
  const named = useNames();
  const text =
    row.kind === 'offer'
      ? offerReason(t, row.offer)
      : t('work.whyWork', {
          channel: t(`channel.${row.work.channel}`),
          queue: named('queue', row.work.queue),
        });
  return (
    <Popover width={240} shadow="md" position="bottom-start">
      <Popover.Target>
        <UnstyledButton className={classes.why}>{t('work.why')}</UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>{text}</Popover.Dropdown>
    </Popover>
  );
}

function Queues({ desk }: { desk: Desk }) {
  const { t } = useTranslation();
  const named = useNames();
  if (desk.queues.length === 0) return <p className={classes.empty}>{t('work.noQueues')}</p>;
  return (
    <ul className={classes.queues}>
      {desk.queues.map((queue) => (
        <li key={queue.id} data-testid={`queue-${queue.id}`}>
          <span className="grow ellipsis">{named('queue', queue)}</span>
          {queue.longestSince === null ? null : (
            <span className="dimmed">
              <Since at={queue.longestSince} />
            </span>
          )}
          <span
            className={classes.count}
            data-waiting={queue.waiting > 0}
            title={t('work.waiting', { count: queue.waiting })}
          >
            {queue.waiting}
          </span>
        </li>
      ))}
    </ul>
  );
}
