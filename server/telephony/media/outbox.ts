/**
 * Messages to another thread, sent together once per turn of the event loop: waking the other thread costs more than
 * the message.
 */
export class Outbox<M> {
  readonly #send: (batch: M[]) => void;
  #waiting: M[] = [];

  constructor(send: (batch: M[]) => void) {
    this.#send = send;
  }

  post(message: M): void {
    this.#waiting.push(message);
    if (this.#waiting.length === 1) setImmediate(() => this.flush());
  }

  /** Sends what waits now. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    const batch = this.#waiting;
    this.#waiting = [];
    this.#send(batch);
  }
}
