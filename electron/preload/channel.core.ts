/** Hands strings to whoever listens. With `keepLast` the last one waits for the first listener. */
export class Channel {
  readonly #listeners = new Set<(value: string) => void>();
  readonly #keepLast: boolean;
  #kept: string | undefined;

  constructor(keepLast: boolean) {
    this.#keepLast = keepLast;
  }

  say(value: string): void {
    if (this.#listeners.size === 0 && this.#keepLast) this.#kept = value;
    for (const listener of [...this.#listeners]) listener(value);
  }

  /** Returns a function that unsubscribes. */
  listen(listener: (value: string) => void): () => void {
    this.#listeners.add(listener);
    const kept = this.#kept;
    this.#kept = undefined;
    if (kept !== undefined) listener(kept);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}
