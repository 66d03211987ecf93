import type { Permission } from '#shared/contract/permissions.ts';
import type { SipCredentials, User } from '#shared/contract/views.ts';

/** Who is asking: the owner of a live session. */
export interface Principal {
  readonly sessionId: string;
  readonly user: User;
}

export interface People {
  /**
   * Checks a password (argon2id) and opens a session. `source` is the caller's address, for the rate limit.
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
  /** Sets the password of a user's desk phone; stored as HA1 for both algorithms. */
  setDevicePassword(userId: string, password: string): void;
  /** A phone outside the registrar, rung at this SIP URI whenever the agent is signed in; null removes it. */
  setFixedUri(userId: string, uri: string | null): void;
  fixedUri(userId: string): string | undefined;
  /** Adds a user; for the seed, the first administrator and administration. Throws `conflict` for a name taken. */
  addUser(user: NewUser): Promise<User>;
  /** Marks the session as used (it idles out otherwise) and returns its owner; undefined once it has ended. For sockets. */
  touch(sessionId: string): Principal | undefined;
  /** Ends every session of a user, as `revoked`, and removes its SIP secrets. */
  revoke(userId: string): void;
  /** Sets the sign-in password (null: none), lifts a lock-out and revokes the user's sessions. Throws `not-found`, `bad-request`. */
  setPassword(userId: string, password: string | null): Promise<void>;
  /** Everybody, in the order they were added. */
  users(): readonly User[];
  /** Live sessions, for the metrics. */
  sessionCount(): number;
  /** Stops the timers and writes down when each session was last used. Sessions stay valid. */
  stop(): void;
  /** Told when a session ends: sign-out, expiry, revocation. */
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
