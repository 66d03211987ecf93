import {
  type AgentTime,
  addTally,
  count,
  emptyTally,
  type Fraction,
  fractions,
  occupancy,
  type Served,
  type Tally,
  type Thresholds,
} from './figures.core.ts';
import { type Estimate, estimate } from './interval.core.ts';
import type { Counted, Reader } from './ledger.ts';

/** What one run measured. Times in ms. */
export interface Measured {
  readonly pWait: Estimate;
  readonly serviceLevel: Estimate;
  readonly asaMs: Estimate;
  /** Of all arrivals, E[W]. */
  readonly meanWaitMs: Estimate;
  readonly abandon: Estimate;
  readonly occupancy: Estimate;
  /** Arrivals per ms. */
  readonly rate: Estimate;
}

/** Long enough to be nearly independent, enough of them for a variance (Schmeiser 1982: 10 to 30). */
const BATCHES = 20;

/** Sums since the beginning, at an instant. */
interface Edge {
  readonly at: number;
  readonly time: AgentTime;
  readonly looks: number;
  readonly seen: number;
}

/**
 * Cuts one long run into batches of equally many arrivals. S5 What arrives during the warm-up is not counted, and time
 * is counted from the first measured arrival to the first beyond the last.
 */
export class Batches implements Reader {
  readonly #streams: number;
  readonly #size: number;
  readonly #warmUp: number;
  readonly #thresholds: ReadonlyMap<string, Thresholds>;
  readonly #onProgress: (share: number) => void;
  /** By batch, by stream. */
  readonly #tallies: Tally[][];
  readonly #edges: Edge[] = [];
  #centre: { now(): number; time(): AgentTime } | undefined;
  #looks = 0;
  #seen = 0;
  #served = 0;

  /** @param streams whose items have ids that begin with their number and `-` */
  constructor(
    streams: number,
    options: { items: number; warmUp: number; onProgress?: (share: number) => void },
    thresholds: ReadonlyMap<string, Thresholds>,
  ) {
    this.#streams = streams;
    this.#size = Math.max(1, Math.floor(options.items / BATCHES));
    this.#warmUp = options.warmUp;
    this.#thresholds = thresholds;
    this.#onProgress = options.onProgress ?? (() => {});
    this.#tallies = Array.from({ length: BATCHES }, () => Array.from({ length: streams }, emptyTally));
  }

  watch(centre: { now(): number; time(): AgentTime }): void {
    this.#centre = centre;
  }

  /** Everything measured is served, and the last batch has its end. */
  get done(): boolean {
    return this.#served >= this.#size * BATCHES && this.#edges.length > BATCHES;
  }

  looked(waiting: number): void {
    this.#looks += 1;
    this.#seen += waiting;
  }

  onArrived({ index }: Counted): void {
    const since = index - this.#warmUp;
    if (since < 0 || since % this.#size !== 0 || this.#edges.length > BATCHES || !this.#centre) return;
    const { now, time } = this.#centre;
    this.#edges.push({ at: now(), time: { ...time() }, looks: this.#looks, seen: this.#seen });
  }

  onServed(work: Counted, served: Served): void {
    const since = work.index - this.#warmUp;
    const batch = this.#tallies[Math.floor(since / this.#size)];
    const tally = batch?.[Number.parseInt(work.itemId, 10)];
    const thresholds = this.#thresholds.get(work.queueId);
    if (!tally || !thresholds) return; // warm-up, or beyond the last
    count(tally, served, thresholds);
    this.#served += 1;
    if (this.#served % this.#size === 0) this.#onProgress(this.#served / (this.#size * BATCHES));
  }

  onHandled(): void {}
  onWrappedUp(): void {}
  onRefused(queueId: string): void {
    throw new Error(`work for ${queueId} was refused: a steady centre takes everything`);
  }

  result(): { all: Measured; streams: Measured[]; queueLength: Estimate | undefined } {
    const all = this.#tallies.map((batch) => {
      const sum = emptyTally();
      for (const tally of batch) addTally(sum, tally);
      return sum;
    });
    const spans = this.#edges.slice(1).map((to, i) => ({ from: this.#edges[i] as Edge, to }));
    const looks = spans.map(({ from, to }): Fraction => [to.seen - from.seen, to.looks - from.looks]);
    return {
      all: measure(all, spans),
      streams: Array.from({ length: this.#streams }, (_, s) =>
        measure(
          this.#tallies.map((batch) => batch[s] as Tally),
          spans,
        ),
      ),
      queueLength: this.#looks > 0 ? estimate(looks, 'mean') : undefined,
    };
  }
}

function measure(tallies: readonly Tally[], spans: readonly { from: Edge; to: Edge }[]): Measured {
  const part = (of: (tally: Tally) => Fraction, kind: 'share' | 'mean') => estimate(tallies.map(of), kind);
  const times = spans.map(({ from, to }) => ({
    busyMs: to.time.busyMs - from.time.busyMs,
    idleMs: to.time.idleMs - from.time.idleMs,
  }));
  const rates = spans.map(({ from, to }, i): Fraction => [tallies[i]?.offered ?? 0, to.at - from.at]);
  return {
    pWait: part(fractions.pWait, 'share'),
    serviceLevel: part(fractions.serviceLevel, 'share'),
    asaMs: part(fractions.asaMs, 'mean'),
    meanWaitMs: part(fractions.meanWaitMs, 'mean'),
    abandon: part(fractions.abandon, 'share'),
    occupancy: estimate(times.map(occupancy), 'share'),
    rate: estimate(rates, 'mean'),
  };
}
