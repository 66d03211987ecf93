import { Drawer, Tooltip, UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Board } from '#shared/contract/supervision.ts';
import { useNames } from '../../components/default-names.ts';
import { Empty } from '../../components/empty.tsx';
import { Tag } from '../../components/state-badge.tsx';
import { Since } from '../../components/time.tsx';
import { WaitingList } from '../../components/waiting/waiting-list.tsx';
import { formatSpan } from '../../stores/time.core.ts';
import classes from './board.module.css';
import { Head } from './head.tsx';

type Queue = Board['queues'][number];

export function QueuesTable({ queues }: { queues: Board['queues'] }) {
  const { t } = useTranslation();
  const named = useNames();
  const [open, setOpen] = useState<string>();
  const [shown, setShown] = useState(false);
  const chosen = queues.find(({ id }) => id === open) ?? null;
  return (
    <section aria-label={t('board.queues')}>
      <h2 className="label">{t('board.queues')}</h2>
      {queues.length === 0 ? <Empty>{t('board.emptyQueues')}</Empty> : null}
      <div className={classes.scroll}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">{t('board.queue')}</th>
              <Head label={t('board.waiting')} hint={t('board.hint.waiting')} />
              <Head label={t('board.longest')} hint={t('board.hint.longest')} />
              <Head label={t('board.ewt')} hint={t('board.hintEwt')} />
              <Head label={t('board.idle')} hint={t('board.hint.idle')} />
              <Head label={t('board.onWork')} hint={t('board.hint.onWork')} />
              <Head label={t('board.signedIn')} hint={t('board.hint.signedIn')} />
            </tr>
          </thead>
          <tbody>
            {queues.map((queue) => (
              <tr key={queue.id} data-testid={`board-queue-${queue.id}`}>
                <th scope="row">
                  <span className={classes.named}>
                    {named('queue', queue)}
                    <Tag tone={queue.open ? 'idle' : 'not-responding'}>
                      {t(queue.open ? 'board.open' : 'board.closed')}
                    </Tag>
                  </span>
                </th>
                <td className={classes.figure} data-alarm={queue.waiting > 0}>
                  <UnstyledButton
                    className={classes.drill}
                    aria-label={`${queue.waiting}: ${t('board.showWaiting', { queue: named('queue', queue) })}`}
                    onClick={() => {
                      setOpen(queue.id);
                      setShown(true);
                    }}
                    data-testid={`board-waiting-${queue.id}`}
                  >
                    {queue.waiting}
                  </UnstyledButton>
                </td>
                <td className={classes.figure}>
                  {queue.longestSince === null ? '–' : <Since at={queue.longestSince} />}
                </td>
                <td className={classes.figure}>
                  <Expected queue={queue} />
                </td>
                <td className={classes.figure}>{queue.agentsIdle}</td>
                <td className={classes.figure}>{queue.agentsOnWork}</td>
                <td className={classes.figure}>{queue.agentsSignedIn}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Drawer
        opened={shown && chosen !== null}
        onClose={() => setShown(false)}
        position="right"
        size="lg"
        title={<strong>{t('board.waitingIn', { queue: named('queue', chosen) })}</strong>}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        {chosen === null ? null : <WaitingList queue={chosen.id} empty={t('board.nothingWaits')} />}
      </Drawer>
    </section>
  );
}

/** The expected wait; how far such figures were off stands on hover. */
function Expected({ queue: { ewtMs, ewtError } }: { queue: Queue }) {
  const { t } = useTranslation();
  const off =
    ewtMs === null
      ? t('board.ewtNone')
      : ewtError === null
        ? t('board.ewtNoError')
        : t('board.ewtError', {
            count: ewtError.samples,
            absolute: formatSpan(ewtError.absoluteMs),
            bias: formatSpan(Math.abs(ewtError.biasMs)),
            way: t(ewtError.biasMs >= 0 ? 'board.longer' : 'board.shorter'),
          });
  return (
    <Tooltip label={off} multiline w={260} events={{ hover: true, focus: true, touch: true }}>
      <button type="button" className={classes.value}>
        {ewtMs === null ? '–' : formatSpan(ewtMs)}
        <span className="visually-hidden">. {off}</span>
      </button>
    </Tooltip>
  );
}
