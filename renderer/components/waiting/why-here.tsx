import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { WorkItemView } from '#shared/contract/routing.ts';
import { formatLeft } from '../../stores/time.core.ts';
import { useNames } from '../default-names.ts';
import { useServerNow } from '../time.tsx';
import { reasonsOf, scoreRows, totalOf } from './waiting.core.ts';
import classes from './waiting.module.css';

/** From here on every agent of the queue may be asked. */
const LAST_TIER = 9;

/** Where the work stands, by which score, what it asks for, why nobody has it, and when that changes by itself. */
export function WhyHere({ item }: { item: WorkItemView }) {
  const { t, i18n } = useTranslation();
  const named = useNames();
  const now = useServerNow();
  const points = (value: number) => new Intl.NumberFormat(i18n.language).format(value);
  const asks = item.skills.map((skill) => t('waiting.skill', skill));
  return (
    <dl className={classes.facts}>
      <Fact label={t('waiting.whyNobody')}>
        <strong data-testid="waiting-why-text">
          {t(`waiting.why.${item.why}`, {
            agent: item.heldFor?.name ?? '',
            time: formatLeft((item.heldFor?.until ?? now) - now),
          })}
        </strong>
        <ul className={classes.reasons} aria-label={t('waiting.agents')}>
          {reasonsOf(item.agents).map(([reason, count]) => (
            <li key={reason}>
              <span className="tabular">{count}</span> {t(`waiting.notMine.${reason}`)}
            </li>
          ))}
        </ul>
      </Fact>
      <Fact label={t('waiting.asks')}>
        {asks.length === 0 ? t('waiting.asksNothing') : asks.join(', ')}
        {' · '}
        {item.tier < LAST_TIER ? t('waiting.tier', { tier: item.tier }) : t('waiting.anyTier')}
      </Fact>
      <Fact label={t('waiting.score')}>
        <div>
          {t('waiting.place', { position: item.position, queue: named('queue', item.queue) })}
          {' · '}
          {t('waiting.points', { points: points(totalOf(item)) })}
        </div>
        <ul className={classes.terms}>
          {scoreRows(item).map(([term, value]) => (
            <li key={term}>
              <span>{t(`waiting.terms.${term}`)}</span>
              <span className="tabular">{points(value)}</span>
            </li>
          ))}
        </ul>
      </Fact>
      <Fact label={t('waiting.next')}>
        {item.changesAt === null
          ? t('waiting.nextNone')
          : t('waiting.nextIn', { time: formatLeft(item.changesAt - now) })}
      </Fact>
    </dl>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt className="dimmed">{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
