import { createHash } from 'node:crypto';
import type { Kernel } from '#server/kernel/index.ts';
import type { Ha1, PeopleStore, SipSecret } from './people.store.ts';
import type { WriteBehind } from './write-behind.ts';

/** One session may be open in a few tabs, each with a phone of its own; older secrets give way. */
const MAX_PER_SESSION = 8;
const PASSWORD_BYTES = 18; // 24 characters

const digest = (algorithm: 'md5' | 'sha256', text: string): string =>
  createHash(algorithm).update(text).digest('hex');

/** HA1 = H(username ":" realm ":" password), RFC 7616 3.4.2. */
export function ha1(username: string, realm: string, password: string): Ha1 {
  const text = `${username}:${realm}:${password}`;
  return { md5: digest('md5', text), sha256: digest('sha256', text) };
}

/** Short-lived SIP passwords: made here, kept only as HA1, gone with their session or at their time. */
export class SipSecrets {
  readonly #kernel: Pick<Kernel, 'clock' | 'ids'>;
  readonly #store: PeopleStore;
  readonly #writes: WriteBehind;
  readonly #random: (bytes: number) => Uint8Array;
  /** By user; within it in the order they were made. */
  readonly #byUser = new Map<string, SipSecret[]>();

  constructor(options: {
    kernel: Pick<Kernel, 'clock' | 'ids'>;
    store: PeopleStore;
    writes: WriteBehind;
    random: (bytes: number) => Uint8Array;
  }) {
    this.#kernel = options.kernel;
    this.#store = options.store;
    this.#writes = options.writes;
    this.#random = options.random;
    for (const secret of options.store.secrets()) this.#keep(secret);
  }

  /** The new password; only its HA1 stays. */
  make(owner: { id: string; username: string }, sessionId: string, realm: string, expiresAt: number): string {
    const password = Buffer.from(this.#random(PASSWORD_BYTES)).toString('base64url');
    const secret: SipSecret = {
      id: this.#kernel.ids.next('sip'),
      sessionId,
      userId: owner.id,
      ...ha1(owner.username, realm, password),
      expiresAt,
    };
    this.#keep(secret);
    this.#writes.write(() => this.#store.addSecret(secret));
    const ofSession = this.#of(owner.id).filter((kept) => kept.sessionId === sessionId);
    for (const old of ofSession.slice(0, -MAX_PER_SESSION)) this.#remove(old);
    return password;
  }

  valid(userId: string): readonly SipSecret[] {
    const now = this.#kernel.clock.now();
    return this.#of(userId).filter((secret) => secret.expiresAt > now);
  }

  endSession(userId: string, sessionId: string): void {
    for (const secret of this.#of(userId)) if (secret.sessionId === sessionId) this.#remove(secret);
  }

  sweep(): void {
    const now = this.#kernel.clock.now();
    for (const ofUser of [...this.#byUser.values()])
      for (const secret of ofUser) if (secret.expiresAt <= now) this.#remove(secret);
  }

  #of(userId: string): readonly SipSecret[] {
    return this.#byUser.get(userId) ?? [];
  }

  #keep(secret: SipSecret): void {
    this.#byUser.set(secret.userId, [...this.#of(secret.userId), secret]);
  }

  #remove(secret: SipSecret): void {
    const rest = this.#of(secret.userId).filter((kept) => kept !== secret);
    if (rest.length > 0) this.#byUser.set(secret.userId, rest);
    else this.#byUser.delete(secret.userId);
    this.#writes.write(() => this.#store.removeSecret(secret.id));
  }
}
