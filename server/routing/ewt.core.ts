import type { QueueRecord } from './records.core.ts';
import type { EwtError } from './types.ts';

/** How many of the latest handle times, and of the latest errors, count. */
const WINDOW = 50;

/** The mean of the latest values. */
export class Recent {
  readonly #values: number[] = [];
  #at = 0;
  #sum = 0;

  add(value: number): void {
    this.#sum += value - (this.#values[this.#at] ?? 0);
    this.#values[this.#at] = value;
    this.#at = (this.#at + 1) % WINDOW;
  }

  get size(): number {
    return this.#values.length;
  }

  /** Undefined before the first value. */
  get mean(): number | undefined {
    return this.#values.length === 0 ? undefined : this.#sum / this.#values.length;
  }
}

/** How far expected waits were off, for those who were answered. */
export class RecentErrors {
  readonly #bias = new Recent();
  readonly #absolute = new Recent();

  /** @param errorMs actual wait minus expected wait */
  add(errorMs: number): void {
    this.#bias.add(errorMs);
    this.#absolute.add(Math.abs(errorMs));
  }

  view(): EwtError | undefined {
    const { mean: biasMs, size: samples } = this.#bias;
    const { mean: absoluteMs } = this.#absolute;
    return biasMs === undefined || absoluteMs === undefined ? undefined : { biasMs, absoluteMs, samples };
  }
}

/**
 * Expected wait of a new arrival by this channel, in ms: 0 while somebody stands ready for it and nobody waits, else
 *
 *     EWT = (items ahead + 1) x mean handle time / agents serving
 *
 * since a busy queue lets one item go every handle time / agents (measures.md). The mean is that of the latest 50
 * handled here. Undefined while nobody serves the queue or nothing was handled yet.
 */
export function expectedWait(queue: QueueRecord, channelBit: number): number | undefined {
  const waiting = queue.waiting.size + queue.coming;
  if (waiting === 0 && queue.crowd.anyReady(channelBit)) return 0;
  const mean = queue.handleTimes.mean;
  if (mean === undefined || queue.serving === 0) return undefined;
  return Math.round(((waiting + 1) * mean) / queue.serving);
}
