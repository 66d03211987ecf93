/** Messages that nobody waits for are held back this long, so that they go with others. */
const patienceMs = 5;

/**
 * Messages to another thread, in order, many at once: waking the other thread costs more than a message. What
 * somebody waits for goes at the end of this turn of the event loop and takes along all that was held back.
 */
export class Outbox<M> {
  readonly #send: (batch: M[]) => void;
  #waiting: M[] = [];
  #timer: NodeJS.Timeout | undefined;
  #soon = false;

  constructor(send: (batch: M[]) => void) {
    this.#send = send;
  }

  post(message: M, when: 'now' | 'soon'): void {
    this.#waiting.push(message);
    if (this.#soon) return;
    if (when === 'now') {
      this.#soon = true;
      setImmediate(() => this.flush());
    } else {
      this.#timer ??= setTimeout(() => this.flush(), patienceMs);
    }
  }

  /** Sends all that waits. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#soon = false;
    if (this.#waiting.length === 0) return;
    const batch = this.#waiting;
    this.#waiting = [];
    this.#send(batch);
  }
}
