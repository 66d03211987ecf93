import { hash, verify } from '@node-rs/argon2';
import { AppError } from '#shared/contract/app-error.ts';

/** OWASP Password Storage Cheat Sheet, argon2id (the library's default variant): 19 MiB, two passes, one lane. */
const OWASP = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Hashing runs on the thread pool that files use too: never all of its four threads. */
const AT_ONCE = 2;
const MAX_WAITING = 500;

/** Checks and makes password hashes, a few at a time. */
export class Passwords {
  readonly #dummy: Promise<string>;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** @param random a text nobody knows, hashed for the comparisons of unknown names */
  constructor(random: string) {
    this.#dummy = hash(random, OWASP);
    this.#dummy.catch(() => undefined); // told to whoever compares with it
  }

  /** Rejects with `overloaded` when too many wait. */
  async hash(password: string): Promise<string> {
    return this.#inTurn(() => hash(password, OWASP));
  }

  /** False for an undefined hash, after the same work. Rejects with `overloaded` when too many wait. */
  async matches(stored: string | undefined, password: string): Promise<boolean> {
    const against = stored ?? (await this.#dummy);
    const same = await this.#inTurn(() => verify(against, password));
    return same && stored !== undefined;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= AT_ONCE) {
      if (this.#waiting.length >= MAX_WAITING)
        throw new AppError('overloaded', 'Too many people are signing in at this moment; try again.');
      await new Promise<void>((resolve) => this.#waiting.push(resolve)); // the slot is handed over, not freed
    } else {
      this.#running += 1;
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}
