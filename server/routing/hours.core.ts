import { DateTime } from 'luxon';
import type { Hours, OpenSpan } from '#shared/model/routing.ts';

/** `until`: the first instant (ms) at which it may be different, at most a day away. */
export interface Opening {
  readonly open: boolean;
  readonly until: number;
}

/**
 * Whether these hours are open at `now` (ms since the epoch). Times are those of the clocks in their zone, summer time
 * included; a holiday's spans replace those of its weekday.
 */
export function openingAt(hours: Hours, now: number): Opening {
  const local = DateTime.fromMillis(now, { zone: hours.zone });
  const midnight = local.startOf('day');
  const date = local.toISODate();
  const holiday = hours.holidays.find((day) => day.date === date);
  const weekday = String(local.weekday) as keyof Hours['weekly'];
  const spans = holiday ? holiday.open : (hours.weekly[weekday] ?? []);
  let until = nextMidnight(midnight).toMillis();
  let open = false;
  for (const span of spans) {
    const [from, to] = [at(midnight, span.from), at(midnight, span.to)];
    if (from <= now && now < to) open = true;
    for (const edge of [from, to]) if (edge > now && edge < until) until = edge;
  }
  return { open, until };
}

/** Some days begin at 01:00: their clocks are put forward at midnight. */
const nextMidnight = (midnight: DateTime): DateTime => midnight.plus({ days: 1 }).startOf('day');

/** `24:00` is the next midnight. */
function at(midnight: DateTime, time: OpenSpan['from']): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  if (hour === 24) return nextMidnight(midnight).toMillis();
  return midnight.set({ hour, minute }).toMillis();
}

/** Answers from memory until the answer may have changed. */
export class Openings {
  readonly #hours = new Map<string, { readonly hours: Hours; from: number; opening: Opening }>();

  set(hours: Hours): void {
    this.#hours.set(hours.id, { hours, from: 0, opening: { open: true, until: 0 } });
  }

  remove(id: string): void {
    this.#hours.delete(id);
  }

  has(id: string): boolean {
    return this.#hours.has(id);
  }

  open(id: string, now: number): boolean {
    const known = this.#hours.get(id);
    if (!known) return true;
    if (now < known.from || now >= known.opening.until) {
      known.opening = openingAt(known.hours, now);
      known.from = now;
    }
    return known.opening.open;
  }
}
