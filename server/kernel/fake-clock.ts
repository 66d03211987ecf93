import type { Clock, Timer } from './clock.ts';

/** A clock that stands still until told: for tests and for the simulator's virtual time. */
export class FakeClock implements Clock {
  #now: number;
  #order = 0;
  readonly #due = new Map<number, { at: number; order: number; run: () => void }>();

  constructor(start = 1_700_000_000_000) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): Timer {
    const order = this.#order++;
    this.#due.set(order, { at: this.#now + Math.max(0, ms), order, run });
    return { cancel: () => void this.#due.delete(order) };
  }

  /** Timers not yet run or cancelled. */
  get pending(): number {
    return this.#due.size;
  }

  /** Moves time forward, running what falls due in order of time, then of creation. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      let next: { at: number; order: number; run: () => void } | undefined;
      for (const entry of this.#due.values()) {
        if (
          entry.at <= end &&
          (!next || entry.at < next.at || (entry.at === next.at && entry.order < next.order))
        )
          next = entry;
      }
      if (!next) break;
      this.#due.delete(next.order);
      this.#now = next.at;
      next.run();
    }
    this.#now = end;
  }
}
