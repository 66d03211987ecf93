import type { Kernel, Op } from '#server/kernel/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import { type BucketLimit, Buckets } from './buckets.core.ts';
import { afterWrong, isLocked, type LockState, unlocked } from './lock-out.core.ts';
import type { Passwords } from './password.ts';
import { type Account, peopleOps } from './people.store.ts';
import { isLoopback, sourceKey } from './source.core.ts';

/** Wrong sign-ins only: a right one gives its tokens back, so a whole shift may sign in from behind one address. */
const PER_SOURCE: BucketLimit = { burst: 100, perSecond: 1 };
const PER_LOOPBACK: BucketLimit = { burst: 500, perSecond: 20 };
const PER_NAME: BucketLimit = { burst: 20, perSecond: 1 / 6 };
const MAX_NAMES = 10_000;

/**
 * Decides whether a name and a password belong together.
 * Unknown names are counted, locked and compared just as known ones, so that nothing tells them apart.
 * Attempts on one name run one after another: a burst of guesses is never more than the lock-out allows.
 */
export class SignIn {
  readonly #kernel: Pick<Kernel, 'clock' | 'journal'>;
  readonly #write: (ops: readonly Op[]) => void;
  readonly #passwords: Pick<Passwords, 'matches'>;
  readonly #account: (name: string) => Account | undefined;
  readonly #bySource = new Buckets(PER_SOURCE);
  readonly #byLoopback = new Buckets(PER_LOOPBACK);
  readonly #byName = new Buckets(PER_NAME, MAX_NAMES);
  readonly #unknown = new Map<string, LockState>();
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(options: {
    kernel: Pick<Kernel, 'clock' | 'journal'>;
    /** Stores what memory has decided already. */
    write: (ops: readonly Op[]) => void;
    passwords: Pick<Passwords, 'matches'>;
    account: (name: string) => Account | undefined;
  }) {
    this.#kernel = options.kernel;
    this.#write = options.write;
    this.#passwords = options.passwords;
    this.#account = options.account;
  }

  /** The account whose password this is. Rejects with `sign-in.failed`, `sign-in.locked`, `sign-in.too-many`, `overloaded`. */
  async check(username: string, password: string, source: string): Promise<Account> {
    const name = nameKey(username);
    this.#refuseLocked(name);
    const key = sourceKey(source);
    const sources = isLoopback(source) ? this.#byLoopback : this.#bySource;
    this.#takeToken(sources, key);
    this.#takeToken(this.#byName, name);
    const account = await this.#inTurn(name, () => this.#try(name, password));
    sources.giveBack(key);
    this.#byName.giveBack(name);
    return account;
  }

  async #try(name: string, password: string): Promise<Account> {
    this.#refuseLocked(name); // by the attempts before this one
    const account = this.#account(name);
    const stored = account?.passwordHash;
    const right = await this.#passwords.matches(stored, password);
    const changed = account !== undefined && account.passwordHash !== stored; // while it was being compared
    if (!right || !account || changed) {
      this.#wrong(name);
      throw new AppError('sign-in.failed', 'The name or the password is wrong.');
    }
    if (account.lock.wrong > 0) this.#setLock(name, unlocked);
    return account;
  }

  #wrong(name: string): void {
    const now = this.#kernel.clock.now();
    const { state, locked } = afterWrong(this.#lockOf(name), now);
    this.#setLock(name, state);
    const account = this.#account(name);
    if (locked && account)
      this.#kernel.journal.append({
        type: 'user.locked',
        agentId: account.user.id,
        until: state.lockedUntil,
      });
  }

  #lockOf(name: string): LockState {
    return this.#account(name)?.lock ?? this.#unknown.get(name) ?? unlocked;
  }

  #setLock(name: string, state: LockState): void {
    const account = this.#account(name);
    if (account) {
      account.lock = state;
      this.#write([peopleOps.setLock(account.user.id, state)]);
      return;
    }
    this.#unknown.delete(name);
    this.#unknown.set(name, state);
    if (this.#unknown.size <= MAX_NAMES) return;
    const oldest = this.#unknown.keys().next();
    if (!oldest.done) this.#unknown.delete(oldest.value);
  }

  #refuseLocked(name: string): void {
    const lock = this.#lockOf(name);
    if (isLocked(lock, this.#kernel.clock.now()))
      throw new AppError('sign-in.locked', 'Too many wrong passwords: this name is locked for a while.', {
        until: lock.lockedUntil,
      });
  }

  #takeToken(buckets: Buckets, key: string): void {
    const now = this.#kernel.clock.now();
    if (!buckets.take(key, now))
      throw new AppError('sign-in.too-many', 'Too many attempts to sign in; wait a moment.', {
        retryAfterMs: buckets.waitMs(key, now),
      });
  }

  async #inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(name) ?? Promise.resolve();
    const mine = before.then(work, work);
    const settled = mine.catch(() => undefined);
    this.#turns.set(name, settled);
    try {
      return await mine;
    } finally {
      if (this.#turns.get(name) === settled) this.#turns.delete(name);
    }
  }
}

/** Names are compared in lower case; one too long to exist is cut, so that it costs no memory. */
export const nameKey = (username: string): string => username.trim().toLowerCase().slice(0, 65);
