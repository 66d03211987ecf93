import { createHash } from 'node:crypto';
import type { Kernel, Op } from '#server/kernel/index.ts';
import { type Ha1, peopleOps, type SipSecret } from './people.store.ts';

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
  readonly #write: (ops: readonly Op[]) => void;
  readonly #random: (bytes: number) => Uint8Array;
  /** By user; within it in the order they were made. */
  readonly #byUser = new Map<string, SipSecret[]>();

  constructor(options: {
    kernel: Pick<Kernel, 'clock' | 'ids'>;
    /** As they were stored. */
    secrets: readonly SipSecret[];
    /** Stores what memory has decided already. */
    write: (ops: readonly Op[]) => void;
    random: (bytes: number) => Uint8Array;
  }) {
    this.#kernel = options.kernel;
    this.#write = options.write;
    this.#random = options.random;
    for (const secret of options.secrets) this.#keep(secret);
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
    const ofSession = this.#of(owner.id).filter((kept) => kept.sessionId === sessionId);
    const old = ofSession.slice(0, -MAX_PER_SESSION);
    this.#forget(owner.id, old);
    this.#write([peopleOps.addSecret(secret), ...old.map(({ id }) => peopleOps.removeSecret(id))]);
    return password;
  }

  valid(userId: string): readonly SipSecret[] {
    const now = this.#kernel.clock.now();
    return this.#of(userId).filter((secret) => secret.expiresAt > now);
  }

  /** Only in memory: whoever ends a session removes its stored secrets with it. */
  forgetSession(userId: string, sessionId: string): void {
    this.#forget(
      userId,
      this.#of(userId).filter((secret) => secret.sessionId === sessionId),
    );
  }

  sweep(): void {
    const now = this.#kernel.clock.now();
    const ops: Op[] = [];
    for (const [userId, ofUser] of [...this.#byUser]) {
      const over = ofUser.filter(({ expiresAt }) => expiresAt <= now);
      if (over.length === 0) continue;
      this.#forget(userId, over);
      for (const { id } of over) ops.push(peopleOps.removeSecret(id));
    }
    if (ops.length > 0) this.#write(ops);
  }

  #of(userId: string): readonly SipSecret[] {
    return this.#byUser.get(userId) ?? [];
  }

  #keep(secret: SipSecret): void {
    this.#byUser.set(secret.userId, [...this.#of(secret.userId), secret]);
  }

  #forget(userId: string, secrets: readonly SipSecret[]): void {
    const rest = this.#of(userId).filter((kept) => !secrets.includes(kept));
    if (rest.length > 0) this.#byUser.set(userId, rest);
    else this.#byUser.delete(userId);
  }
}
