import { Button, Loader } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { endpoints, recordingPath } from '#shared/contract/endpoints.ts';
import type { InteractionDetail } from '#shared/contract/views.ts';
import { formatNumber } from '#shared/model/phone.ts';
import { clock, dateTime } from '../../components/dates.ts';
import { Empty } from '../../components/empty.tsx';
import { isAnonymous, useCallerName } from '../../components/names.ts';
import { problemText } from '../../components/problems.ts';
import { TierBadge } from '../../components/tier-badge.tsx';
import { call } from '../../stores/api.ts';
import { formatSpan } from '../../stores/time.core.ts';
import classes from './history.module.css';

export function HistoryDetail({ id }: { id: string }) {
  const { t } = useTranslation();
  const detail = useQuery({
    queryKey: ['interaction', id],
    queryFn: ({ signal }) => call(endpoints.getInteraction, { params: { id }, signal }),
    // A contact that is going on changes; a finished one may still get its recording and notes.
    refetchInterval: (query) => (query.state.data?.endedAt === null ? 5000 : 30_000),
  });
  if (detail.isError) {
    const { text, code } = problemText(detail.error);
    return (
      <Empty title={text}>
        <p>{t('common.code', { code })}</p>
        <Button variant="light" onClick={() => void detail.refetch()}>
          {t('common.retry')}
        </Button>
      </Empty>
    );
  }
  if (detail.data === undefined) {
    return (
      <Empty>
        <Loader size="sm" />
      </Empty>
    );
  }
  return <Detail item={detail.data} />;
}

function Detail({ item }: { item: InteractionDetail }) {
  const { t } = useTranslation();
  const nameOf = useCallerName();
  const name = nameOf({ number: item.ani, customer: item.customer });
  return (
    <div className={classes.sheet} data-testid="history-detail" data-id={item.id}>
      <header>
        <div className="row">
          <h2 className="grow">
            {item.customer === null ? name : <Link href={`/customers/${item.customer.id}`}>{name}</Link>}
          </h2>
          {item.customer === null ? null : <TierBadge tier={item.customer.tier} />}
        </div>
        <div className="dimmed">
          {dateTime(item.startedAt)} · {t(`channel.${item.channel}`)},{' '}
          {t(`history.direction.${item.direction}`)}
        </div>
      </header>
      <Facts item={item} />
      <div>
        <h3 className="label">{t('history.recording')}</h3>
        {item.hasRecording ? (
          <>
            {/* biome-ignore lint/a11y/useMediaCaption: a telephone call has no captions */}
            <audio
              controls
              preload="metadata"
              src={recordingPath(item.id)}
              aria-label={t('history.play', { name })}
              data-testid="history-audio"
            />
            <p className="dimmed">
              {t('history.recordingHint')}
              {item.recordingMs === null ? '' : ` · ${formatSpan(item.recordingMs)}`}
            </p>
          </>
        ) : (
          <p className="dimmed">{t('history.noRecording')}</p>
        )}
      </div>
      <div>
        <h3 className="label">{t('history.notes')}</h3>
        {item.notes === '' ? (
          <p className="dimmed">{t('notes.empty')}</p>
        ) : (
          <p className={classes.notes} data-testid="history-notes">
            {item.notes}
          </p>
        )}
      </div>
      <Timeline item={item} />
    </div>
  );
}

function Facts({ item }: { item: InteractionDetail }) {
  const { t } = useTranslation();
  const waited = (item.answeredAt ?? item.endedAt ?? item.startedAt) - item.startedAt;
  const talked = item.answeredAt === null || item.endedAt === null ? null : item.endedAt - item.answeredAt;
  const facts: [string, string | null | undefined][] = [
    [t('pop.number'), isAnonymous(item.ani) ? t('common.anonymous') : formatNumber(item.ani)],
    [t('history.dialled'), formatNumber(item.dnis)],
    [t('history.queue'), item.queue?.name],
    [t('history.agent'), item.agent?.name ?? t('history.notAnswered')],
    [t('history.waited'), formatSpan(waited)],
    [t('history.duration'), talked === null ? null : formatSpan(talked)],
    [t('history.end'), item.end === null ? t('history.live') : t(`callEnd.${item.end}`)],
    [t('history.disposition'), item.disposition?.name],
  ];
  return (
    <dl className={classes.facts}>
      {facts.map(([label, value]) =>
        value == null || value === '' ? null : (
          <div key={label}>
            <dt className="dimmed">{label}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

function Timeline({ item }: { item: InteractionDetail }) {
  const { t, i18n } = useTranslation();
  return (
    <div>
      <h3 className="label">{t('history.timeline')}</h3>
      <ol className={classes.timeline} data-testid="history-timeline">
        {item.timeline.map((event) => {
          // The server's own words say more, in English; other languages have the kind of event.
          const key = `facts.${event.type}`;
          return (
            <li key={event.seq} data-type={event.type}>
              <time className="tabular dimmed" dateTime={new Date(event.at).toISOString()}>
                {clock(event.at)}
              </time>
              <span>
                {i18n.exists(key) && (i18n.language !== 'en' || event.text === '')
                  ? t(key as 'app.name')
                  : event.text || event.type}
                {event.agent === null ? null : <span className="dimmed"> · {event.agent.name}</span>}
              </span>
            </li>
          );
        })}
      </ol>
    </div>
  );
}
