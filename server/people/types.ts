import type { Principal } from '#server/kernel/index.ts';
import type { Permission } from '#shared/contract/index.ts';
import type { SipCredentials, User } from '#shared/contract/people.ts';

export type { Principal } from '#server/kernel/index.ts';

export interface People {
  /**
   * Checks a password (argon2id) and opens a session. `source` is the caller's address, for the rate limit. Resolves once
   * the session is stored, or after 1 s when the database takes no writes: it is stored later then.
   * Throws `sign-in.failed`, `sign-in.locked`, `sign-in.too-many`; takes as long for an unknown name as for a wrong password.
   */
  signIn(
    username: string,
    password: string,
    source: string,
  ): Promise<{ token: string; principal: Principal }>;
  /** The principal of a token, or undefined when it is unknown, expired or revoked. Fast: called on every request. */
  session(token: string): Principal | undefined;
  signOut(sessionId: string): void;
  /** Throws `forbidden` unless one of the user's roles has the permission. The one place where it is decided. */
  authorize(principal: Principal, permission: Permission): void;
  may(principal: Principal, permission: Permission): boolean;
  user(id: string): User | undefined;
  userByName(username: string): User | undefined;
  /** Every user who takes work. */
  agents(): readonly User[];
  /** A new short-lived SIP password (its HA1 is kept, not itself), bound to the session. */
  sipCredentials(principal: Principal): SipCredentials;
  /** Every HA1 valid now for this SIP user: short-lived secrets and device passwords. Undefined: no such user. */
  sipHa1(username: string, algorithm: 'MD5' | 'SHA-256'): readonly string[] | undefined;
  /**
   * Sets the password of a user's desk phone; kept as HA1 for both algorithms. Resolves once it is stored and in force.
   * Rejects with `not-found`, `bad-request`. `by` is the user who does it; left out for the seed.
   */
  setDevicePassword(userId: string, password: string, by?: string): Promise<void>;
  /**
   * A phone outside the registrar, rung at this SIP URI whenever the agent is signed in; null removes it. Resolves once it is
   * stored and in force. Rejects with `not-found`, `bad-request`.
   */
  setFixedUri(userId: string, uri: string | null, by?: string): Promise<void>;
  fixedUri(userId: string): string | undefined;
  /**
   * Adds a user, the last in the order of users; for the seed, the first administrator and administration. Resolves once it
   * is stored. Rejects with `conflict` for a name or id taken (or about to be), `bad-request` for what cannot be a user.
   */
  addUser(user: NewUser, by?: string): Promise<User>;
  /** Marks the session as used (it idles out otherwise) and returns its owner; undefined once it has ended. For sockets. */
  touch(sessionId: string): Principal | undefined;
  /** Ends every session of a user, as `revoked`, and removes its SIP secrets. */
  revoke(userId: string): void;
  /**
   * Sets the sign-in password (null: none), lifts a lock-out and revokes the user's sessions. Resolves once that is stored and
   * in force. Rejects with `not-found`, `bad-request`.
   */
  setPassword(userId: string, password: string | null, by?: string): Promise<void>;
  /** Everybody, in the order they were added. */
  users(): readonly User[];
  /** Live sessions, for the metrics. */
  sessionCount(): number;
  /**
   * Stops the timers; when each session was last used goes into the journal's next commit. Does not wait for the database:
   * closing the journal does. Sessions stay valid.
   */
  stop(): Promise<void>;
  /** Told when a session ends, here or on another node: sign-out, expiry, revocation. */
  onSessionEnded(
    listener: (principal: Principal, reason: 'signed-out' | 'revoked' | 'expired') => void,
  ): void;
}

export interface NewUser {
  readonly id?: string;
  readonly username: string;
  readonly name: string;
  readonly roles: User['roles'];
  readonly team?: { id: string; name: string };
  /** A plain password, or null for a user who cannot sign in with one. */
  readonly password: string | null;
}
