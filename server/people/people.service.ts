import { randomBytes } from 'node:crypto';
import type { Kernel, Timer } from '#server/kernel/index.ts';
import { AppError } from '#shared/contract/errors.ts';
import { type Permission, permissions } from '#shared/contract/permissions.ts';
import type { User } from '#shared/contract/views.ts';
import { idSchema } from '#shared/model/ids.ts';
import type { Role } from '#shared/model/states.ts';
import { unlocked } from './lock-out.core.ts';
import { Passwords } from './password.ts';
import { type Account, peopleStore } from './people.store.ts';
import { type EndReason, Sessions } from './sessions.ts';
import { nameKey, SignIn } from './sign-in.ts';
import { ha1, SipSecrets } from './sip-secrets.ts';
import type { NewUser, People, Principal } from './types.ts';
import { WriteBehind } from './write-behind.ts';

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
const USERNAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const SIP_URI = /^sips?:[^\s<>"\p{Cc}]{1,250}$/iu;
const MAX_PASSWORD = 256;

/** Users, sign-in, sessions and permissions. Reads everything once; afterwards memory answers. */
export function createPeople(options: PeopleOptions): People {
  const { kernel, realm, sipPath } = options;
  const { clock, ids, journal, log } = kernel;
  const random = options.random ?? randomBytes;
  const store = peopleStore(kernel.db);
  const writes = new WriteBehind(clock, log);
  const byId = new Map<string, Account>();
  const byName = new Map<string, Account>();
  const reserved = new Set<string>(); // names and ids being added while their password is hashed
  const listeners: ((principal: Principal, reason: EndReason) => void)[] = [];
  for (const account of store.accounts()) keep(account);

  const passwords = new Passwords(Buffer.from(random(32)).toString('base64'));
  const secrets = new SipSecrets({ kernel, store, writes, random });
  const sessions = new Sessions({
    kernel,
    store,
    writes,
    random,
    limits: { idleMs: options.sessionMs ?? 12 * HOUR, absoluteMs: options.sessionMaxMs ?? 168 * HOUR },
    user: (id) => byId.get(id)?.user,
    ended: sessionEnded,
    inUse: options.inUse ?? (() => false),
  });
  const signIn = new SignIn({
    kernel,
    store,
    writes,
    passwords,
    account: (name) => byName.get(name),
  });

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

  function sessionEnded(principal: Principal, reason: EndReason): void {
    const { sessionId, user } = principal;
    secrets.endSession(user.id, sessionId);
    journal.append({ type: 'user.signed-out', agentId: user.id, sessionId });
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

  return {
    async signIn(username, password, source) {
      const { user } = await signIn.check(username, password, source);
      const opened = sessions.open(user);
      journal.append({
        type: 'user.signed-in',
        agentId: user.id,
        sessionId: opened.principal.sessionId,
      });
      return opened;
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
      const account = byName.get(nameKey(username));
      if (!account) return undefined;
      const valid = [...secrets.valid(account.user.id), ...(account.device ? [account.device] : [])];
      return valid.map((secret) => (algorithm === 'MD5' ? secret.md5 : secret.sha256));
    },
    setDevicePassword(userId, password) {
      const account = known(userId);
      checkPassword(password);
      const device = ha1(account.user.username, realm, password);
      store.setDevice(userId, device);
      account.device = device;
    },
    setFixedUri(userId, uri) {
      const account = known(userId);
      if (uri !== null && !SIP_URI.test(uri))
        throw new AppError('bad-request', 'A fixed phone must be a SIP URI such as sip:desk7@10.0.0.7.');
      store.setFixedUri(userId, uri);
      account.fixedUri = uri ?? undefined;
    },
    fixedUri: (userId) => byId.get(userId)?.fixedUri,
    async addUser(given) {
      const user = newUser(given, () => ids.next('usr'));
      const names = [`name ${user.username}`, `id ${user.id}`];
      if (byName.has(user.username) || byId.has(user.id) || names.some((name) => reserved.has(name)))
        throw new AppError('conflict', 'This user name is taken.', { username: user.username });
      if (given.password !== null) checkPassword(given.password);
      for (const name of names) reserved.add(name);
      try {
        const hash = given.password === null ? undefined : await passwords.hash(given.password);
        store.addUser(user, hash, clock.now());
        keep({ user, passwordHash: hash, lock: unlocked, device: undefined, fixedUri: undefined });
      } finally {
        for (const name of names) reserved.delete(name);
      }
      return user;
    },
    async setPassword(userId, password) {
      const account = known(userId);
      if (password !== null) checkPassword(password);
      const hash = password === null ? undefined : await passwords.hash(password);
      store.setPassword(userId, hash);
      account.passwordHash = hash;
      account.lock = unlocked;
      writes.write(() => store.setLock(userId, unlocked));
      sessions.endAllOf(userId);
    },
    onSessionEnded: (listener) => void listeners.push(listener),
    stop() {
      sweeping?.cancel();
      sessions.sweep();
      writes.stop();
    },
  };
}

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
  if (name === '' || name.length > 120)
    throw new AppError('bad-request', 'A user needs a name of 1 to 120 letters.');
  if (roles.length === 0) throw new AppError('bad-request', 'A user needs at least one role.');
  if (!idSchema.safeParse(id).success) throw new AppError('bad-request', 'This id cannot be used.', { id });
  return { id, username, name, roles, team: given.team ?? null };
}

function checkPassword(password: string): void {
  if (password === '' || password.length > MAX_PASSWORD)
    throw new AppError('bad-request', `A password has 1 to ${MAX_PASSWORD} characters.`);
}
