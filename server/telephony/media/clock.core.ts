import { frameMs } from './codec/g711.core.ts';

/** Time as the ticker needs it: `now` in milliseconds, with fractions; `after` returns what cancels it. */
export interface TickTime {
  now(): number;
  after(ms: number, run: () => void): () => void;
}

/** More ticks than this are not caught up with: the missed time is skipped, for all listeners alike. */
const mostCatchUp = 5;

/**
 * A tick each 20 ms that does not drift: tick n belongs to origin + n * 20 ms, however late timers are. After a
 * stall the missed ticks run at once, at most five; those before them are skipped (their numbers too, so that
 * timestamps and recordings stay with the wall clock). Numbers go on across `stop` and `start`.
 */
export class Ticker {
  readonly #time: TickTime;
  readonly #tick: (index: number) => void;
  readonly #origin: number;
  #last = 0;
  #cancel: (() => void) | undefined;

  constructor(time: TickTime, tick: (index: number) => void) {
    this.#time = time;
    this.#tick = tick;
    this.#origin = time.now();
  }

  get running(): boolean {
    return this.#cancel !== undefined;
  }

  /** The number of the tick that time has reached. */
  get reached(): number {
    return Math.floor((this.#time.now() - this.#origin) / frameMs);
  }

  start(): void {
    if (this.#cancel !== undefined) return;
    this.#last = Math.max(this.#last, this.reached);
    this.#arm();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #arm(): void {
    const due = this.#origin + (this.#last + 1) * frameMs;
    this.#cancel = this.#time.after(Math.max(0, Math.ceil(due - this.#time.now())), () => this.#run());
  }

  #run(): void {
    const reached = this.reached;
    if (reached - this.#last > mostCatchUp) this.#last = reached - mostCatchUp;
    while (this.#last < reached && this.#cancel !== undefined) {
      this.#last++;
      this.#tick(this.#last);
    }
    if (this.#cancel !== undefined) this.#arm();
  }
}
