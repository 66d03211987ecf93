import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { endpoints } from '#shared/contract/index.ts';
import { type InteractionDetail, recordingPath } from '#shared/contract/interactions.ts';
import { formatNumber } from '#shared/model/phone.ts';
import { clock, dateTime } from '../../components/dates.ts';
import { useNames } from '../../components/default-names.ts';
import { FactList, type FactRow, Failed, Sheet, Waiting } from '../../components/list-page.tsx';
import { isAnonymous, useCallerName } from '../../components/names.ts';
import { TierBadge } from '../../components/tier-badge.tsx';
import { call } from '../../stores/api.ts';
import { formatSpan } from '../../stores/time.core.ts';
import { Corrections, useCorrectable } from './corrections.tsx';
import classes from './history.module.css';

export function HistoryDetail({ id }: { id: string }) {
  const detail = useQuery({
    queryKey: ['interaction', id],
    queryFn: ({ signal }) => call(endpoints.getInteraction, { params: { id }, signal }),
    // A contact that is going on changes; a finished one may still get its recording and notes.
    refetchInterval: (query) => (query.state.data?.endedAt === null ? 5000 : 30_000),
  });
  // One that cannot be fetched again stays as it is: it may be listened to, and corrected.
  if (detail.data === undefined)
    return detail.isError ? <Failed error={detail.error} retry={() => void detail.refetch()} /> : <Waiting />;
  return <Detail item={detail.data} />;
}

function Detail({ item }: { item: InteractionDetail }) {
  const { t } = useTranslation();
  const nameOf = useCallerName();
  const correctable = useCorrectable(item);
  const name = nameOf({ number: item.ani, customer: item.customer });
  return (
    <Sheet testId="history-detail" id={item.id}>
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
      {correctable ? <Corrections item={item} /> : <WrittenNotes notes={item.notes} />}
      <Timeline item={item} />
    </Sheet>
  );
}

function Facts({ item }: { item: InteractionDetail }) {
  const { t } = useTranslation();
  const named = useNames();
  const waited = (item.answeredAt ?? item.endedAt ?? item.startedAt) - item.startedAt;
  const talked = item.answeredAt === null || item.endedAt === null ? null : item.endedAt - item.answeredAt;
  const facts: FactRow[] = [
    [t('pop.number'), isAnonymous(item.ani) ? t('common.anonymous') : formatNumber(item.ani)],
    [t('history.dialled'), formatNumber(item.dnis)],
    [t('history.queue'), named('queue', item.queue)],
    [t('history.agent'), item.agent?.name ?? t('history.notAnswered')],
    [t('history.waited'), formatSpan(waited)],
    [t('history.duration'), talked === null ? null : formatSpan(talked)],
    [t('history.end'), item.end === null ? t('history.live') : t(`callEnd.${item.end}`)],
    [t('history.disposition'), named('disposition', item.disposition)],
  ];
  return <FactList facts={facts} />;
}

function WrittenNotes({ notes }: { notes: string }) {
  const { t } = useTranslation();
  return (
    <div>
      <h3 className="label">{t('history.notes')}</h3>
      {notes === '' ? (
        <p className="dimmed">{t('notes.empty')}</p>
      ) : (
        <p className={classes.notes} data-testid="history-notes">
          {notes}
        </p>
      )}
    </div>
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
