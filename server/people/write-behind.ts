import type { Clock, Log, Timer } from '#server/kernel/index.ts';

const RETRY_MS = 1000;
const MAX_WAITING = 10_000;

/**
 * Writes for which memory is the truth and the database its copy for the next start. A locked or full database
 * holds nobody up: the write is kept, in order, and tried again.
 */
export class WriteBehind {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #waiting: (() => void)[] = [];
  #timer: Timer | undefined;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  write(run: () => void): void {
    this.#waiting.push(run);
    if (this.#timer) return; // the database was not writable a moment ago
    this.#drain();
  }

  /** Tries everything that waits once more; for a clean stop. */
  stop(): void {
    this.#timer?.cancel();
    this.#drain();
    this.#cancel();
  }

  #cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #drain(): void {
    this.#timer = undefined;
    for (let run = this.#waiting[0]; run; run = this.#waiting[0]) {
      try {
        run();
      } catch (error) {
        if (!isConstraint(error) && this.#waiting.length < MAX_WAITING) {
          this.#log.error(
            { err: error, waiting: this.#waiting.length },
            'people: write failed, trying again',
          );
          this.#timer = this.#clock.after(RETRY_MS, () => this.#drain());
          return;
        }
        this.#log.error({ err: error }, 'people: write given up'); // trying again could never help
      }
      this.#waiting.shift();
    }
  }
}

const isConstraint = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_CONSTRAINT');
