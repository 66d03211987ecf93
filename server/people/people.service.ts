import { randomBytes } from 'node:crypto';
import type { Kernel, Op, Principal, Timer } from '#server/kernel/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import { type Permission, permissions } from '#shared/contract/index.ts';
import type { User } from '#shared/contract/people.ts';
import type { FactOf } from '#shared/model/facts/index.ts';
import { idSchema } from '#shared/model/ids.ts';
import type { Role } from '#shared/model/states.ts';
import { unlocked } from './lock-out.core.ts';
import { Passwords } from './password.ts';
import { type Account, peopleOps, readPeople } from './people.store.ts';
import { type EndReason, Sessions } from './sessions.ts';
import { nameKey, SignIn } from './sign-in.ts';
import { ha1, SipSecrets } from './sip-secrets.ts';
import type { NewUser, People } from './types.ts';

export interface PeopleOptions {
  readonly kernel: Kernel;
  /** Digest realm, and the host part of every address of record. */
  readonly realm: string;
  /** Path of SIP over WebSocket, told to softphones. */
  readonly sipPath: string;
  /** A session not used for this long ends; default 12 h. */
  readonly sessionMs?: number;
  /** A session ends after this long however much it is used; default 7 d. */
  readonly sessionMaxMs?: number;
  /** How long a softphone's password is good for; default 12 h. */
  readonly sipSecretMs?: number;
  readonly random?: (bytes: number) => Uint8Array;
  /** Has this user something in hand (a call, a wrap-up)? Then no session of theirs expires. */
  readonly inUse?: (userId: string) => boolean;
}

const HOUR = 3_600_000;
const SWEEP_MS = 60_000;
/** How long a sign-in waits for its session to be stored. */
const SIGN_IN_WAITS_MS = 1_000;
const USERNAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const SIP_URI = /^sips?:[^\s<>"\p{Cc}]{1,250}$/iu;
/** No name needs them, and a database may refuse them. */
const CONTROL = /\p{Cc}/u;
const MAX_PASSWORD = 256;

/** Users, sign-in, sessions and permissions. Reads everything once; afterwards memory answers. */
export async function createPeople(options: PeopleOptions): Promise<People> {
  const { kernel, realm, sipPath } = options;
  const { clock, ids, journal, log } = kernel;
  const random = options.random ?? randomBytes;
  const stored = await readPeople(kernel.db, log);
  const byId = new Map<string, Account>();
  const byName = new Map<string, Account>();
  const reserved = new Set<string>(); // names and ids of users who are being added
  const listeners: ((principal: Principal, reason: EndReason) => void)[] = [];
  for (const account of stored.accounts) keep(account);

  const write = (ops: readonly Op[]): void => {
    journal.write(ops).catch((error: unknown) => log.error({ err: error }, 'people: a write was given up'));
  };
  const passwords = new Passwords(Buffer.from(random(32)).toString('base64'));
  const secrets = new SipSecrets({ kernel, secrets: stored.secrets, write, random });
  const sessions = new Sessions({
    kernel,
    rows: stored.sessions,
    write,
    random,
    limits: { idleMs: options.sessionMs ?? 12 * HOUR, absoluteMs: options.sessionMaxMs ?? 168 * HOUR },
    user: (id) => whole(byId.get(id))?.user,
    ended: sessionEnded,
    inUse: options.inUse ?? (() => false),
  });
  const signIn = new SignIn({ kernel, write, passwords, account: (name) => whole(byName.get(name)) });

  let sweeping: Timer | undefined;
  const sweepLater = (): void => {
    sweeping = clock.after(SWEEP_MS, () => {
      sessions.sweep();
      secrets.sweep();
      sweepLater();
    });
  };
  sweepLater();

  function keep(account: Account): void {
    byId.set(account.user.id, account);
    byName.set(account.user.username, account);
  }

  function sessionEnded(principal: Principal, reason: EndReason, here: boolean): void {
    const { sessionId, user } = principal;
    secrets.forgetSession(user.id, sessionId);
    if (here)
      journal.append(
        { type: 'user.signed-out', agentId: user.id, sessionId },
        peopleOps.removeSession(sessionId),
      );
    for (const listener of listeners) {
      try {
        listener(principal, reason);
      } catch (error) {
        log.error({ err: error }, 'people: listener of ended sessions failed');
      }
    }
  }

  function known(userId: string): Account {
    const account = byId.get(userId);
    if (!account) throw new AppError('not-found', 'There is no such user.');
    return account;
  }

  function may({ user }: Principal, permission: Permission): boolean {
    const allowed: readonly Role[] = permissions[permission];
    return user.roles.some((role) => allowed.includes(role));
  }

  /** A session told to a browser must survive a kill; but calls go on while the database takes no writes (P9). */
  async function storedOrLater(fact: { readonly seq: number }): Promise<void> {
    let timer: Timer | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = clock.after(SIGN_IN_WAITS_MS, resolve);
    });
    await Promise.race([journal.stored(fact), patience]);
    timer?.cancel();
  }

  /** Told and stored in one; resolves once it is. */
  async function change(
    what: FactOf<'user.changed'>['what'],
    agentId: string,
    by: string | undefined,
    ops: readonly Op[],
  ): Promise<void> {
    await journal.record({ type: 'user.changed', agentId, what, by }, ops);
  }

  return {
    async signIn(username, password, source) {
      const { user } = await signIn.check(username, password, source);
      const { token, principal, row } = sessions.open(user);
      const { sessionId } = principal;
      await storedOrLater(
        journal.append({ type: 'user.signed-in', agentId: user.id, sessionId }, [peopleOps.addSession(row)]),
      );
      return { token, principal };
    },
    session: (token) => sessions.find(token),
    touch: (sessionId) => sessions.touch(sessionId),
    signOut: (sessionId) => sessions.end(sessionId, 'signed-out'),
    revoke: (userId) => sessions.endAllOf(userId),
    may,
    authorize(principal, permission) {
      if (!may(principal, permission))
        throw new AppError('forbidden', 'You are not allowed to do this.', { permission });
    },
    user: (id) => byId.get(id)?.user,
    userByName: (username) => byName.get(nameKey(username))?.user,
    users: () => [...byId.values()].map(({ user }) => user),
    agents: () => [...byId.values()].map(({ user }) => user).filter((user) => user.roles.includes('agent')),
    sessionCount: () => sessions.count,
    sipCredentials({ sessionId, user }) {
      const latest = sessions.latestEnd(sessionId);
      if (latest === undefined) throw new AppError('session.expired', 'You are signed out; sign in again.');
      const expiresAt = Math.min(clock.now() + (options.sipSecretMs ?? 12 * HOUR), latest);
      const { username } = user;
      const password = secrets.make(user, sessionId, realm, expiresAt);
      return { uri: `sip:${username}@${realm}`, username, password, realm, path: sipPath, expiresAt };
    },
    sipHa1(username, algorithm) {
      const account = whole(byName.get(nameKey(username)));
      if (!account) return undefined;
      const valid = [...secrets.valid(account.user.id), ...(account.device ? [account.device] : [])];
      return valid.map((secret) => (algorithm === 'MD5' ? secret.md5 : secret.sha256));
    },
    async setDevicePassword(userId, password, by) {
      const account = known(userId);
      checkPassword(password);
      const device = ha1(account.user.username, realm, password);
      await change('device', userId, by, [peopleOps.setDevice(userId, device)]);
      account.device = device;
    },
    async setFixedUri(userId, uri, by) {
      const account = known(userId);
      if (uri !== null && !SIP_URI.test(uri))
        throw new AppError('bad-request', 'A fixed phone must be a SIP URI such as sip:desk7@10.0.0.7.');
      await change('fixed-phone', userId, by, [peopleOps.setFixedUri(userId, uri)]);
      account.fixedUri = uri ?? undefined;
    },
    fixedUri: (userId) => byId.get(userId)?.fixedUri,
    async addUser(wanted, by) {
      const user = newUser(wanted, () => ids.next('usr'));
      const names = [`name ${user.username}`, `id ${user.id}`];
      if (byName.has(user.username) || byId.has(user.id) || names.some((name) => reserved.has(name)))
        throw new AppError('conflict', 'This user name is taken.', { username: user.username });
      if (wanted.password !== null) checkPassword(wanted.password);
      for (const name of names) reserved.add(name);
      try {
        const hash = wanted.password === null ? undefined : await passwords.hash(wanted.password);
        const words = [peopleOps.addUser(user, hash, clock.now())];
        await journal.record({ type: 'user.added', agentId: user.id, by }, words);
        keep({ user, passwordHash: hash, lock: unlocked, device: undefined, fixedUri: undefined });
      } finally {
        for (const name of names) reserved.delete(name);
      }
      return user;
    },
    async setPassword(userId, password, by) {
      const account = known(userId);
      if (password !== null) checkPassword(password);
      const hash = password === null ? undefined : await passwords.hash(password);
      account.lock = unlocked;
      await change('password', userId, by, [
        peopleOps.setPassword(userId, hash),
        peopleOps.setLock(userId, unlocked),
        peopleOps.removeSessionsOf(userId), // whoever knew the old password is out after a crash too
      ]);
      account.passwordHash = hash;
      sessions.endAllOf(userId);
    },
    onSessionEnded: (listener) => void listeners.push(listener),
    async stop() {
      sweeping?.cancel();
      sessions.sweep();
      sessions.stop();
    },
  };
}

/** An account whose row could be read: one without roles cannot sign in, by whatever way. */
const whole = (account: Account | undefined): Account | undefined =>
  account && account.user.roles.length > 0 ? account : undefined;

function newUser(given: NewUser, nextId: () => string): User {
  const username = given.username.trim().toLowerCase();
  const name = given.name.trim();
  const id = given.id ?? nextId();
  const roles = [...new Set(given.roles)];
  if (!USERNAME.test(username))
    throw new AppError(
      'bad-request',
      'A user name has 1 to 64 letters, digits, dots, dashes or underscores.',
      { username: given.username },
    );
  if (name === '' || name.length > 120 || hasControls(name, given.team?.id, given.team?.name))
    throw new AppError('bad-request', 'A user needs a name of 1 to 120 letters.');
  if (roles.length === 0) throw new AppError('bad-request', 'A user needs at least one role.');
  if (!idSchema.safeParse(id).success) throw new AppError('bad-request', 'This id cannot be used.', { id });
  return { id, username, name, roles, team: given.team ?? null };
}

const hasControls = (...texts: readonly (string | undefined)[]): boolean =>
  texts.some((text) => text !== undefined && CONTROL.test(text));

function checkPassword(password: string): void {
  if (password === '' || password.length > MAX_PASSWORD)
    throw new AppError('bad-request', `A password has 1 to ${MAX_PASSWORD} characters.`);
}
