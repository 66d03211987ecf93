import { createHmac, timingSafeEqual } from 'node:crypto';

/** How long a nonce may be used, in ms. */
export const NONCE_MS = 300_000;
const MAX_USED = 50_000;

/**
 * Nonces that need no memory until they are used: time, salt and their HMAC (RFC 7616 3.3). Of used nonces the
 * highest count is kept, in two generations; when one is dropped early, nonces older than it are no longer believed.
 */
export class Nonces {
  readonly #secret: string;
  readonly #salt: () => string;
  readonly #max: number;
  #young = new Map<string, number>();
  #old = new Map<string, number>();
  #turned = 0;
  #notBefore = 0;

  constructor(secret: string, salt: () => string, max = MAX_USED) {
    this.#secret = secret;
    this.#salt = salt;
    this.#max = max;
  }

  issue(now: number): string {
    const body = `${now.toString(36)}.${this.#salt()}`;
    return `${body}.${this.#sign(body)}`;
  }

  /**
   * - `fresh`: ours, in time, and this count was not used: it now is
   * - `stale`: ours, but expired or replayed: challenge with stale=true
   * - `foreign`: not ours
   */
  use(nonce: string, count: number, now: number): 'fresh' | 'stale' | 'foreign' {
    const dot = nonce.lastIndexOf('.');
    if (dot < 0) return 'foreign';
    const body = nonce.slice(0, dot);
    const expected = Buffer.from(this.#sign(body));
    const given = Buffer.from(nonce.slice(dot + 1));
    if (expected.length !== given.length || !timingSafeEqual(expected, given)) return 'foreign';
    const issued = Number.parseInt(body, 36);
    if (!(now - issued <= NONCE_MS) || issued < this.#notBefore) return 'stale';
    const last = this.#young.get(nonce) ?? this.#old.get(nonce) ?? -1;
    if (count <= last) return 'stale';
    this.#turn(now);
    this.#young.set(nonce, count);
    return 'fresh';
  }

  #turn(now: number): void {
    const full = this.#young.size >= this.#max;
    if (!full && now - this.#turned <= NONCE_MS) return;
    // What the old generation knew is forgotten: safe by age, or made safe by refusing what is as old.
    if (full && now - this.#turned <= NONCE_MS) this.#notBefore = this.#turned;
    this.#old = this.#young;
    this.#young = new Map();
    this.#turned = now;
  }

  #sign(body: string): string {
    return createHmac('sha256', this.#secret).update(body).digest('base64url').slice(0, 22);
  }
}
