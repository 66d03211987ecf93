/** Random bytes fetched at once. */
const POOL_BYTES = 512;

/** Names that must be unique and hard to guess: tags, Call-IDs, branches (RFC 3261 19.3, 8.1.1.7). */
export class Ids {
  readonly #random: (bytes: number) => string;
  #counter = 0;
  /** Randomness not yet used: one call of the source serves many names. */
  #pool = '';
  #used = 0;

  constructor(random: (bytes: number) => string) {
    this.#random = random;
  }

  /** A tag of 64 random bits; the counter keeps it unique whatever the source of randomness. */
  tag(): string {
    return `${this.token(8)}${this.#next()}`;
  }

  callId(): string {
    return `${this.token(12)}${this.#next()}`;
  }

  branch(): string {
    return `z9hG4bK${this.token(8)}${this.#next()}`;
  }

  /** A random whole number below `limit`. */
  below(limit: number): number {
    const text = this.#random(4);
    let hash = 2_166_136_261;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16_777_619) >>> 0;
    return hash % limit;
  }

  /** Letters and digits worth `bytes` random bytes in hexadecimal (more in a denser alphabet). */
  token(bytes: number): string {
    const length = bytes * 2;
    if (this.#used + length > this.#pool.length) {
      const text = this.#random(POOL_BYTES);
      this.#pool = /^[A-Za-z0-9]+$/.test(text) ? text : text.replace(/[^A-Za-z0-9]/g, 'x');
      this.#used = 0;
    }
    this.#used += length;
    return this.#pool.slice(this.#used - length, this.#used);
  }

  #next(): string {
    this.#counter = (this.#counter + 1) % 0x7fffffff;
    return `x${this.#counter.toString(36)}`;
  }
}
