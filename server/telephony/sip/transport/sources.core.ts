import type { SipBucket, SipLimits } from '../types.ts';

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * Token buckets by source address, bounded and forgetful without a sweep: entries live in two generations, a lookup
 * moves an entry into the young one, and the old one is dropped whole when the young one is full or has aged. An
 * entry that is dropped would have been refilled by then (age), or the table is under attack from very many
 * addresses (size).
 */
export class Buckets {
  readonly #size: SipBucket;
  readonly #max: number;
  readonly #ageMs: number;
  #young = new Map<string, Bucket>();
  #old = new Map<string, Bucket>();
  #turned = 0;

  constructor(size: SipBucket, max = 20_000) {
    this.#size = size;
    this.#max = max;
    this.#ageMs = Math.max(10_000, (size.burst / size.rate) * 1000);
  }

  get entries(): number {
    return this.#young.size + this.#old.size;
  }

  /** Takes `cost` tokens at `now` (ms). False, and nothing taken, when there are not enough. */
  take(address: string, now: number, cost = 1): boolean {
    const bucket = this.#refilled(address, now);
    if (bucket.tokens < cost) return false;
    bucket.tokens -= cost;
    return true;
  }

  /** True when at least one token is left; takes none. */
  allows(address: string, now: number): boolean {
    const bucket = this.#young.get(address) ?? this.#old.get(address);
    return bucket === undefined || bucket.tokens + this.#gain(bucket, now) >= 1;
  }

  #gain(bucket: Bucket, now: number): number {
    return (Math.max(0, now - bucket.at) * this.#size.rate) / 1000;
  }

  #refilled(address: string, now: number): Bucket {
    if (now - this.#turned > this.#ageMs || this.#young.size >= this.#max) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#turned = now;
    }
    let bucket = this.#young.get(address);
    if (bucket === undefined) {
      bucket = this.#old.get(address) ?? { tokens: this.#size.burst, at: now };
      this.#young.set(address, bucket);
    }
    bucket.tokens = Math.min(this.#size.burst, bucket.tokens + this.#gain(bucket, now));
    bucket.at = now;
    return bucket;
  }
}

/** True for 127.0.0.0/8, ::1 and their mapped form. */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || address.startsWith('::ffff:127.');
}

/** `::ffff:1.2.3.4` as `1.2.3.4`. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

export const DEFAULT_LIMITS: SipLimits = {
  messages: { rate: 200, burst: 400 },
  loopback: { rate: 20_000, burst: 40_000 },
  accountFailures: { rate: 0.1, burst: 20 },
  failures: { rate: 2, burst: 400 },
  connections: 256,
  loopbackConnections: 4000,
  allConnections: 10_000,
};

/** A key of bounded length, since whoever asks chooses the name. */
function accountAt(address: string, account: string): string {
  return `${address} ${account.slice(0, 64)}`;
}

/** What each source may still do. */
export class Sources {
  readonly #limits: SipLimits;
  readonly #now: () => number;
  readonly #messages: Buckets;
  readonly #loopback: Buckets;
  readonly #accountFailures: Buckets;
  readonly #failures: Buckets;
  readonly #open = new Map<string, number>();
  #all = 0;

  constructor(limits: SipLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
    this.#messages = new Buckets(limits.messages);
    this.#loopback = new Buckets(limits.loopback, 1000);
    this.#accountFailures = new Buckets(limits.accountFailures);
    this.#failures = new Buckets(limits.failures);
  }

  /** May this source send one more message? */
  message(address: string): boolean {
    return (isLoopback(address) ? this.#loopback : this.#messages).take(address, this.#now());
  }

  /** Counts one failed authentication. `account` need not exist. */
  failed(address: string, account: string): void {
    const now = this.#now();
    this.#accountFailures.take(accountAt(address, account), now);
    this.#failures.take(address, now);
  }

  /**
   * S16: may this source try a password for this account? One phone with a wrong password behind an address translator
   * uses up its own account's allowance there; one who tries many accounts, that of the whole address.
   */
  mayAuthenticate(address: string, account: string): boolean {
    const now = this.#now();
    return (
      this.#failures.allows(address, now) && this.#accountFailures.allows(accountAt(address, account), now)
    );
  }

  /** Counts a connection in; false when it must be refused. */
  connected(address: string): boolean {
    const count = this.#open.get(address) ?? 0;
    const max = isLoopback(address) ? this.#limits.loopbackConnections : this.#limits.connections;
    if (count >= max || this.#all >= this.#limits.allConnections) return false;
    this.#open.set(address, count + 1);
    this.#all++;
    return true;
  }

  disconnected(address: string): void {
    const count = this.#open.get(address) ?? 0;
    if (count <= 1) this.#open.delete(address);
    else this.#open.set(address, count - 1);
    this.#all = Math.max(0, this.#all - 1);
  }
}
