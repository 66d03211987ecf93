import type { Random } from './random.core.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Sunday first. The mean is near 1. */
const WEEKDAYS = [0.35, 1.45, 1.25, 1.15, 1.15, 1.1, 0.55] as const;
/** Share of a day's calls in each hour from 8 to 20: a morning peak, a dip at lunch, a second one, a thin evening. */
const OPENING = 8;
const HOURS = [0.5, 0.9, 1.25, 1.3, 1.0, 0.8, 1.0, 1.2, 1.15, 0.9, 0.6, 0.35, 0.2] as const;

/**
 * When calls arrive, oldest first: `perDay` on an ordinary day, shaped by weekday and hour, from `days` before `now` up
 * to `until`.
 * @param offset the centre's distance from UTC, in milliseconds
 */
export function arrivals(
  random: Random,
  span: { now: number; until: number; days: number; perDay: number; offset: number },
): number[] {
  const total = HOURS.reduce<number>((sum, share) => sum + share, 0);
  const today = Math.floor((span.now + span.offset) / DAY);
  const times: number[] = [];
  for (let day = today - span.days; day <= today; day++) {
    const weekday = WEEKDAYS[(((day + 4) % 7) + 7) % 7] ?? 1; // 1970-01-01 was a Thursday
    const busy = random.logNormal(1, 0.08);
    HOURS.forEach((share, index) => {
      const expected = (span.perDay * weekday * busy * share) / total;
      const begin = day * DAY + (OPENING + index) * HOUR - span.offset;
      for (let at = random.exponential(HOUR / expected); at < HOUR; at += random.exponential(HOUR / expected))
        if (begin + at < span.until) times.push(Math.floor(begin + at));
    });
  }
  return times;
}
