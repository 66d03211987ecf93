import { type Timer, type Timers, timer } from '../timers.ts';
import { T1, T2, TIMEOUT } from '../transaction/index.ts';

/**
 * A 2xx to an INVITE, repeated until its ACK comes, over every transport (RFC 3261 13.3.1.4): after T1, doubling up
 * to T2, for 64*T1 in all.
 */
export class Unacked {
  readonly seq: number;
  /** The ACK must carry the answer to an offer of ours. */
  readonly wantsAnswer: boolean;
  readonly #timers: Timers;
  readonly #repeat: Timer;
  readonly #limit: Timer;
  #interval = T1;

  constructor(timers: Timers, seq: number, wantsAnswer: boolean, send: () => void, expired: () => void) {
    this.seq = seq;
    this.wantsAnswer = wantsAnswer;
    this.#timers = timers;
    this.#repeat = timer(() => {
      send();
      this.#interval = Math.min(this.#interval * 2, T2);
      timers.start(this.#repeat, this.#interval);
    });
    this.#limit = timer(() => {
      this.stop();
      expired();
    });
    timers.start(this.#repeat, T1);
    timers.start(this.#limit, TIMEOUT);
  }

  stop(): void {
    this.#timers.stop(this.#repeat);
    this.#timers.stop(this.#limit);
  }
}
