import type { Kernel, Timer } from '#server/kernel/index.ts';
import type { EnqueueNode } from '#shared/flow/index.ts';

/** What is told to a caller who waits, in breaks of the music (K14). */
export class Announcement {
  readonly #clock: Kernel['clock'];
  readonly #settings: NonNullable<EnqueueNode['announce']>;
  readonly #caller: { say(prompt: string): void; music(): void };
  #timer: Timer | undefined;
  #speaking = false;

  constructor(
    clock: Kernel['clock'],
    settings: NonNullable<EnqueueNode['announce']>,
    caller: { say(prompt: string): void; music(): void },
  ) {
    this.#clock = clock;
    this.#settings = settings;
    this.#caller = caller;
  }

  /** The music has begun. */
  begin(): void {
    this.stop();
    this.#after(this.#settings.afterMs);
  }

  /** Nothing is to be heard any more; also when it is just being told. */
  stop(): void {
    this.#timer?.cancel();
    this.#speaking = false;
  }

  /** Whatever was played to the caller came to its end. */
  played(): void {
    if (!this.#speaking) return;
    this.#speaking = false;
    this.#caller.music();
    this.#after(this.#settings.everyMs);
  }

  #after(ms: number): void {
    this.#timer = this.#clock.after(ms, () => {
      this.#speaking = true;
      this.#caller.say(this.#settings.prompt);
    });
  }
}
