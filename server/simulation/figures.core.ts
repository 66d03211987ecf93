/** What became of one piece of work, as far as its queue is concerned. */
export type Outcome =
  | 'answered'
  | 'abandoned'
  /** An overflow rule gave it to a flow or voicemail. */
  | 'overflowed'
  /** Its call went with a restart of the server. */
  | 'lost'
  /** Still waiting at the end. */
  | 'left';

export interface Served {
  readonly outcome: Outcome;
  /** From arrival to answer, or to leaving the queue. */
  readonly waitMs: number;
  /** The expected wait told on arrival. */
  readonly ewtMs: number | undefined;
}

/** The queue's thresholds, ms. */
export interface Thresholds {
  readonly targetMs: number;
  /** Who leaves sooner than this does not count against the service level; 0: everybody counts. */
  readonly shortMs: number;
}

/** Counts and sums (ms) that add up: of a queue, of a half-hour, of a batch. */
export interface Tally {
  offered: number;
  answered: number;
  inTime: number;
  /** Not answered at once. */
  waited: number;
  abandoned: number;
  shortAbandons: number;
  overflowed: number;
  lost: number;
  left: number;
  /** Turned away by a full or closed queue, or while the server was down: never offered. */
  refused: number;
  answeredWaitMs: number;
  waitMs: number;
  longestWaitMs: number;
  handled: number;
  handleMs: number;
  ewtSamples: number;
  ewtMs: number;
  ewtErrorMs: number;
  ewtAbsoluteMs: number;
}

export const emptyTally = (): Tally => ({
  offered: 0,
  answered: 0,
  inTime: 0,
  waited: 0,
  abandoned: 0,
  shortAbandons: 0,
  overflowed: 0,
  lost: 0,
  left: 0,
  refused: 0,
  answeredWaitMs: 0,
  waitMs: 0,
  longestWaitMs: 0,
  handled: 0,
  handleMs: 0,
  ewtSamples: 0,
  ewtMs: 0,
  ewtErrorMs: 0,
  ewtAbsoluteMs: 0,
});

export function count(tally: Tally, { outcome, waitMs, ewtMs }: Served, by: Thresholds): void {
  tally.offered += 1;
  tally[outcome] += 1;
  tally.waitMs += waitMs;
  tally.longestWaitMs = Math.max(tally.longestWaitMs, waitMs);
  if (outcome !== 'answered' || waitMs > 0) tally.waited += 1;
  if (outcome === 'abandoned' && waitMs < by.shortMs) tally.shortAbandons += 1;
  if (outcome !== 'answered') return;
  tally.answeredWaitMs += waitMs;
  if (waitMs <= by.targetMs) tally.inTime += 1;
  if (ewtMs === undefined) return;
  tally.ewtSamples += 1;
  tally.ewtMs += ewtMs;
  tally.ewtErrorMs += waitMs - ewtMs;
  tally.ewtAbsoluteMs += Math.abs(waitMs - ewtMs);
}

export function addTally(to: Tally, more: Tally): void {
  for (const key of Object.keys(to) as (keyof Tally)[])
    to[key] = key === 'longestWaitMs' ? Math.max(to[key], more[key]) : to[key] + more[key];
}

/** Time of agents, ms: on work or in wrap-up, and idle. */
export interface AgentTime {
  readonly busyMs: number;
  readonly idleMs: number;
}

/** Each figure as a fraction of two sums, so that parts can be added before dividing; 0 / 0 where there is none. */
export const fractions = {
  /** answered within T / (offered - short abandons) */
  serviceLevel: (t: Tally): Fraction => [t.inTime, t.offered - t.shortAbandons],
  /** mean wait of those answered, ms */
  asaMs: (t: Tally): Fraction => [t.answeredWaitMs, t.answered],
  /** abandoned / offered */
  abandon: (t: Tally): Fraction => [t.abandoned, t.offered],
  /** share not answered at once */
  pWait: (t: Tally): Fraction => [t.waited, t.offered],
  /** mean wait of all, ms */
  meanWaitMs: (t: Tally): Fraction => [t.waitMs, t.offered],
  /** (talk + hold + wrap-up) / handled, ms */
  ahtMs: (t: Tally): Fraction => [t.handleMs, t.handled],
  /** mean of the expected waits told to those answered, ms */
  ewtMs: (t: Tally): Fraction => [t.ewtMs, t.ewtSamples],
  /** mean of (actual - expected) wait, ms */
  ewtBiasMs: (t: Tally): Fraction => [t.ewtErrorMs, t.ewtSamples],
  /** mean of its absolute value, ms */
  ewtAbsoluteMs: (t: Tally): Fraction => [t.ewtAbsoluteMs, t.ewtSamples],
} as const;
export type Fraction = readonly [over: number, under: number];
export type FigureName = keyof typeof fractions | 'occupancy';

/** (on work + wrap-up) / (on work + wrap-up + idle) */
export const occupancy = ({ busyMs, idleMs }: AgentTime): Fraction => [busyMs, busyMs + idleMs];

/** Every figure; null where there is nothing to divide by. */
export type Figures = Readonly<Record<FigureName, number | null>>;

export function figuresOf(tally: Tally, time: AgentTime): Figures {
  const all = Object.entries(fractions).map(([name, of]) => [name, divide(of(tally))]);
  return { ...Object.fromEntries(all), occupancy: divide(occupancy(time)) } as Figures;
}

const divide = ([over, under]: Fraction): number | null => (under > 0 ? over / under : null);
