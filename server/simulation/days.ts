import { type DayResult, type Line, lineOf, runDay } from './day.ts';
import { addTally, emptyTally, type FigureName, fractions, occupancy } from './figures.core.ts';
import { type Estimate, estimate } from './interval.core.ts';
import type { Scenario } from './scenario.core.ts';

export type Intervals = Readonly<Record<FigureName, Estimate>>;

export interface DaysResult {
  /** Counts of all days together; figures from them. */
  readonly sum: DayResult;
  /** From the differences between the days; undefined for a single one, which says nothing about chance. */
  readonly intervals: { readonly all: Intervals; readonly queues: readonly Intervals[] } | undefined;
}

/** Independent runs of the same day, with seeds from `seed` on. */
export function runDays(
  scenario: Scenario,
  seed: number,
  days: number,
  onProgress: (share: number) => void = () => {},
): DaysResult {
  const results = Array.from({ length: days }, (_, d) =>
    runDay(scenario, seed + d, (share) => onProgress((d + share) / days)),
  );
  const [first] = results;
  if (!first) throw new RangeError('at least one day');
  const queue = (q: number) => results.map((day) => day.queues[q] as DayResult['queues'][number]);
  const sum: DayResult = {
    all: total(results.map((day) => day.all)),
    queues: first.queues.map((one, q) => ({
      ...one,
      ...total(queue(q)),
      halfHours: one.halfHours.map((hour, h) => ({
        ...hour,
        ...total(queue(q).flatMap((day) => day.halfHours[h] ?? [])),
      })),
    })),
    endedAt: Math.max(...results.map((day) => day.endedAt)),
  };
  if (days === 1) return { sum, intervals: undefined };
  return {
    sum,
    intervals: {
      all: intervalsOf(results.map((day) => day.all)),
      queues: first.queues.map((_, q) => intervalsOf(queue(q))),
    },
  };
}

function total(lines: readonly Line[]): Line {
  const tally = emptyTally();
  let busyMs = 0;
  let idleMs = 0;
  for (const line of lines) {
    addTally(tally, line.tally);
    busyMs += line.time.busyMs;
    idleMs += line.time.idleMs;
  }
  return lineOf(tally, { busyMs, idleMs });
}

const SHARES = new Set<string>(['serviceLevel', 'abandon', 'pWait']);

function intervalsOf(lines: readonly Line[]): Intervals {
  const all = Object.entries(fractions).map(([name, of]) => {
    const parts = lines.map(({ tally }) => of(tally));
    // The error of an expected wait may lie on either side of 0: no logarithm of it.
    const kind = SHARES.has(name) ? 'share' : name === 'ewtBiasMs' ? 'difference' : 'mean';
    return [name, estimate(parts, kind, false)];
  });
  const times = lines.map(({ time }) => occupancy(time));
  return { ...Object.fromEntries(all), occupancy: estimate(times, 'share', false) } as Intervals;
}
