import { createHash, randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  DatabaseUnavailable,
  type Db,
  type Op,
  openJournal,
  type Params,
  statements,
} from '#server/kernel/index.ts';
import type { AppError } from '#shared/contract/app-error.ts';
import { type Permission, permissions } from '#shared/contract/index.ts';
import { testKernel } from '../../tests/support/kernel.ts';
import { WRONG_IN_A_ROW } from './lock-out.core.ts';
import { createPeople, type PeopleOptions } from './people.service.ts';
import { peopleMigrations, readPeople } from './people.store.ts';
import { Sessions } from './sessions.ts';
import type { NewUser, People } from './types.ts';

const setRoles = statements<{ user: { id: string; roles: string } }>()(
  (q, p: Params<{ id: string; roles: string }>) =>
    q
      .updateTable('user')
      .set({ roles: p('roles') })
      .where('id', '=', p('id')),
);
const HOUR = 3_600_000;
const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** A database that can be told to take no writes; `written` holds the texts of what it was asked to write. */
function lockable(db: Db): Db & { locked: boolean } {
  const lock = {
    locked: false,
    async write(ops: readonly Op[]) {
      if (lock.locked)
        throw new DatabaseUnavailable('another program holds the database', { cause: undefined });
      return db.write(ops);
    },
  };
  return Object.assign(lock, {
    dialect: db.dialect,
    all: db.all.bind(db),
    one: db.one.bind(db),
    close: db.close.bind(db),
  });
}

async function centre(more: Partial<PeopleOptions> = {}) {
  const made = await testKernel(peopleMigrations);
  const db = lockable(made.db);
  const journal = await openJournal(db, made.clock, made.log);
  const kernel = { ...made, db, journal };
  const open = () => createPeople({ kernel, realm: 'cordboard', sipPath: '/sip', ...more });
  /** Another start on the same data. */
  const start = async () => {
    await journal.flush();
    return open();
  };
  /** Time stands still here: whoever waits for the database is helped along. */
  const done = async <T>(work: Promise<T>): Promise<T> => {
    let over = false;
    const watched = work.finally(() => {
      over = true;
    });
    watched.catch(() => undefined);
    while (!over) {
      if (journal.pending > 0) await journal.flush();
      await setImmediate();
    }
    return watched;
  };
  const people = await open();
  const signIn = (name = 'agent1', password = 'right', at: People = people) =>
    done(at.signIn(name, password, '10.0.0.1'));
  const addUser = (user: NewUser, by?: string) => done(people.addUser(user, by));
  const ann = await addUser({ username: 'Agent1', name: 'Ann', roles: ['agent'], password: 'right' });
  const eve = await addUser({ username: 'admin1', name: 'Eve', roles: ['administrator'], password: null });
  /** Everything told since these two were added. */
  const facts = async () => {
    await journal.flush();
    return (await journal.since(0)).slice(2);
  };
  /** All that is stored of people, as one text. */
  const stored = async () => {
    await journal.flush();
    return JSON.stringify(await readPeople(db, made.log));
  };
  return { kernel, people, start, done, signIn, addUser, ann, eve, facts, stored };
}

/** The code of the failure; throws when there was none. */
async function refusal(attempt: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof attempt === 'function' ? attempt() : attempt);
  } catch (error) {
    return (error as AppError).code;
  }
  throw new Error('was not refused');
}
const wrong = (people: People, name: string, source = '10.0.0.1') =>
  refusal(people.signIn(name, 'wrong', source));

describe('sign-in', () => {
  it('P1 opens a session for the right password, whatever the case of the name, and writes it down', async () => {
    const { people, ann, done, facts, stored } = await centre();
    const { token, principal } = await done(people.signIn(' AGENT1 ', 'right', '10.0.0.1'));
    expect(principal.user).toEqual({
      id: ann.id,
      username: 'agent1',
      name: 'Ann',
      roles: ['agent'],
      team: null,
    });
    expect(people.session(token)).toBe(principal);
    expect(await facts()).toMatchObject([
      { type: 'user.signed-in', agentId: ann.id, sessionId: principal.sessionId },
    ]);
    expect(await stored()).toContain('$argon2id$v=19$m=19456,t=2,p=1$');
    expect(await stored()).not.toContain(token);
    expect(await stored()).not.toContain('right');
  });

  it('P2 refuses a wrong password, an unknown name and a user without a password alike', async () => {
    const { people } = await centre();
    expect(await wrong(people, 'agent1')).toBe('sign-in.failed');
    expect(await wrong(people, 'nobody')).toBe('sign-in.failed');
    expect(await wrong(people, 'admin1')).toBe('sign-in.failed');
    expect(await refusal(people.signIn('', '', ''))).toBe('sign-in.failed');
    expect(await refusal(people.signIn('x'.repeat(5000), 'wrong', '10.0.0.1'))).toBe('sign-in.failed');
  });

  it('P3 the lock outlives a restart', async () => {
    const { people, start, signIn } = await centre();
    for (let i = 0; i < WRONG_IN_A_ROW; i++) await wrong(people, 'agent1');
    await people.stop();
    expect(await refusal(signIn('agent1', 'right', await start()))).toBe('sign-in.locked');
  });

  it('P1 a new password ends the sessions and lifts the lock, also after a restart', async () => {
    const { people, ann, done, signIn, start, facts } = await centre();
    const { token } = await signIn();
    for (let i = 0; i < WRONG_IN_A_ROW; i++) await wrong(people, 'agent1');
    await done(people.setPassword(ann.id, 'newer', 'usr_admin'));
    const again = await start();
    for (const p of [people, again]) {
      expect(p.session(token)).toBeUndefined();
      expect(await wrong(p, 'agent1')).toBe('sign-in.failed');
      await signIn('agent1', 'newer', p);
    }
    await done(people.setPassword(ann.id, null));
    expect(await refusal(signIn('agent1', 'newer'))).toBe('sign-in.failed');
    expect(await refusal(people.setPassword('usr_none', 'x'))).toBe('not-found');
    expect((await facts()).filter(({ type }) => type === 'user.changed')).toMatchObject([
      { agentId: ann.id, what: 'password', by: 'usr_admin' },
      { agentId: ann.id, what: 'password' },
    ]);
  });

  it('P1 a new password is in force once it is stored, not before', async () => {
    const { people, kernel, ann, signIn } = await centre();
    const { token } = await signIn();
    kernel.db.locked = true;
    const before = kernel.journal.pending;
    let stored = false;
    const setting = people.setPassword(ann.id, 'newer').then(() => {
      stored = true;
    });
    while (kernel.journal.pending === before) await setImmediate();
    kernel.clock.advance(60_000);
    await setImmediate();
    expect([stored, people.session(token) !== undefined]).toEqual([false, true]);
    kernel.db.locked = false;
    kernel.clock.advance(1_000);
    await setting;
    expect(people.session(token)).toBeUndefined();
    await signIn('agent1', 'newer');
  });
});

describe('sessions', () => {
  it('P6 ends 12 hours after its last use, and is told once as expired', async () => {
    const { people, kernel, signIn, facts } = await centre();
    const told: string[] = [];
    people.onSessionEnded(() => {
      throw new Error('a listener that fails holds nobody up');
    });
    people.onSessionEnded((principal, reason) => told.push(`${principal.user.username} ${reason}`));
    const { token, principal } = await signIn();
    kernel.clock.advance(11 * HOUR);
    expect(people.session(token)).toBe(principal);
    kernel.clock.advance(11 * HOUR);
    expect(people.touch(principal.sessionId)).toBe(principal);
    kernel.clock.advance(12 * HOUR - 1);
    expect(people.sessionCount()).toBe(1);
    kernel.clock.advance(60_001);
    expect(told).toEqual(['agent1 expired']);
    expect(people.session(token)).toBeUndefined();
    expect(people.touch(principal.sessionId)).toBeUndefined();
    people.signOut(principal.sessionId);
    expect(told).toHaveLength(1);
    expect((await facts()).map((fact) => fact.type)).toEqual(['user.signed-in', 'user.signed-out']);
  });

  it('P6 does not end while its user has a call or a wrap-up in hand', async () => {
    const busy = new Set<string>();
    const { people, kernel, signIn } = await centre({ inUse: (userId) => busy.has(userId) });
    const { token, principal } = await signIn();
    busy.add(principal.user.id);
    kernel.clock.advance(13 * HOUR);
    expect(people.sessionCount()).toBe(1);
    busy.clear();
    kernel.clock.advance(60_001);
    expect(people.session(token)).toBeUndefined();
  });

  it('P6 ends after seven days however much it is used', async () => {
    const { people, kernel, signIn } = await centre();
    const { token } = await signIn();
    for (let i = 0; i < 167; i++) {
      kernel.clock.advance(HOUR);
      expect(people.session(token)).toBeDefined();
    }
    kernel.clock.advance(HOUR);
    expect(people.session(token)).toBeUndefined();
  });

  it('P6 survives a restart with its last use, and an ended one does not come back', async () => {
    const { people, kernel, signIn, start } = await centre();
    const kept = await signIn();
    const ended = await signIn();
    people.signOut(ended.principal.sessionId);
    kernel.clock.advance(11 * HOUR);
    people.session(kept.token);
    await people.stop();
    kernel.clock.advance(11 * HOUR);
    const again = await start();
    expect(again.session(kept.token)).toEqual(kept.principal);
    expect(again.session(ended.token)).toBeUndefined();
  });

  it('P6 a session is stored before it is told: a kill right afterwards does not end it', async () => {
    const { people, kernel, signIn } = await centre();
    const { token, principal } = await signIn();
    const killed = await createPeople({ kernel, realm: 'cordboard', sipPath: '/sip' }); // nothing flushed, nothing stopped
    expect(killed.session(token)).toEqual(principal);
    expect(people.session(token)).toBe(principal);
  });

  it('P6 a user’s sessions are revoked together, another’s stay', async () => {
    const { people, ann, eve, done, signIn } = await centre();
    await done(people.setPassword(eve.id, 'right'));
    const told: string[] = [];
    people.onSessionEnded((_, reason) => told.push(reason));
    const mine = [await signIn(), await signIn()];
    const hers = await signIn('admin1');
    people.revoke(ann.id);
    expect(told).toEqual(['revoked', 'revoked']);
    expect(mine.map(({ token }) => people.session(token))).toEqual([undefined, undefined]);
    expect(people.session(hers.token)).toBeDefined();
  });

  it('P6 a hundred sessions of one user are enough: the one not used for longest gives way', async () => {
    const { kernel, ann } = await centre();
    const ended: string[] = [];
    const sessions = new Sessions({
      kernel,
      rows: [],
      limits: { idleMs: HOUR, absoluteMs: HOUR },
      write: () => undefined,
      random: (n) => randomBytes(n),
      user: () => ann,
      ended: ({ sessionId }, reason) => ended.push(`${sessionId} ${reason}`),
      inUse: () => false,
    });
    const opened = Array.from({ length: 100 }, () => sessions.open(ann));
    kernel.clock.advance(1);
    for (const { token } of opened.slice(1)) sessions.find(token);
    expect(ended).toEqual([]);
    sessions.open(ann);
    expect([sessions.count, ended]).toEqual([100, [`${opened[0]?.principal.sessionId} revoked`]]);
  });

  it('P10 a session that ends on one node ends on the others, told once on each and stored once', async () => {
    const { people, kernel, signIn, start, facts } = await centre();
    const { token, principal } = await signIn();
    people.sipCredentials(principal);
    const other = await start();
    const told: string[] = [];
    const heard: unknown[] = [];
    people.onSessionEnded((_, reason) => told.push(`here ${reason}`));
    other.onSessionEnded(({ sessionId }, reason) => told.push(`there ${reason} ${sessionId}`));
    kernel.bus.subscribe('session.ended', (message) => heard.push(message));
    expect([other.session(token), other.sipHa1('agent1', 'MD5')?.length]).toEqual([principal, 1]);
    people.signOut(principal.sessionId);
    expect(told).toEqual(['here signed-out', `there signed-out ${principal.sessionId}`]);
    expect([other.session(token), other.sipHa1('agent1', 'MD5')]).toEqual([undefined, []]);
    expect(heard).toEqual([{ sessionId: principal.sessionId, reason: 'signed-out' }]);
    expect((await facts()).map(({ type }) => type)).toEqual(['user.signed-in', 'user.signed-out']);
  });

  it('P10 a session used on one node does not idle out on the others', async () => {
    const { people, kernel, signIn, start } = await centre();
    const { token, principal } = await signIn();
    const other = await start();
    kernel.clock.advance(11 * HOUR);
    people.session(token);
    kernel.clock.advance(11 * HOUR);
    expect([people.sessionCount(), other.sessionCount()]).toEqual([1, 1]);
    expect(other.session(token)).toEqual(principal);
  });

  it('P10 what other nodes say of sessions nobody knows, or in words nobody knows, harms nothing', async () => {
    const { people, kernel, signIn } = await centre();
    const told: string[] = [];
    people.onSessionEnded((_, reason) => told.push(reason));
    const { principal } = await signIn();
    kernel.bus.publish('session.ended', { sessionId: 'ses_none', reason: 'expired' });
    kernel.bus.publish('session.ended', { sessionId: null });
    expect(told).toEqual([]);
    kernel.bus.publish('session.ended', { sessionId: principal.sessionId, reason: 'of a newer version' });
    expect(told).toEqual(['revoked']);
    const { principal: stays } = await signIn();
    await people.stop();
    kernel.bus.publish('session.ended', { sessionId: stays.sessionId, reason: 'expired' });
    expect(people.sessionCount()).toBe(1);
  });

  it.each(['', 'x', 'a'.repeat(43), '€'.repeat(43), 'a'.repeat(100_000)])(
    'P6 an invented token is nobody’s (%#)',
    async (token) => {
      const { people } = await centre();
      expect(people.session(token)).toBeUndefined();
    },
  );

  it('P9 signing in and out works while the database is locked, a second later, and is written down afterwards', async () => {
    const { people, kernel, start } = await centre();
    kernel.db.locked = true;
    const { journal, clock } = kernel;
    /** Signs in; the database is waited for no longer than a second. */
    const signIn = async () => {
      const before = journal.pending;
      let opened = false;
      const signing = people.signIn('agent1', 'right', '10.0.0.1').finally(() => {
        opened = true;
      });
      while (journal.pending === before) await setImmediate(); // the password is compared
      clock.advance(999);
      await setImmediate();
      expect(opened).toBe(false);
      clock.advance(1);
      return signing;
    };
    const { token, principal } = await signIn();
    const gone = await signIn();
    people.sipCredentials(principal);
    people.signOut(gone.principal.sessionId);
    expect(people.session(token)).toBe(principal);
    kernel.db.locked = false;
    clock.advance(1000);
    await people.stop();
    const again = await start();
    expect(again.session(token)).toEqual(principal);
    expect(again.session(gone.token)).toBeUndefined();
    expect(again.sipHa1('agent1', 'MD5')).toHaveLength(1);
  });
});

describe('SIP secrets', () => {
  it('P7 hands out a password and keeps its HA1, until the session ends', async () => {
    const { people, kernel, signIn, stored } = await centre();
    const { principal } = await signIn();
    const sip = people.sipCredentials(principal);
    expect(sip).toMatchObject({
      uri: 'sip:agent1@cordboard',
      username: 'agent1',
      realm: 'cordboard',
      path: '/sip',
      expiresAt: kernel.clock.now() + 12 * HOUR,
    });
    expect(sip.password).toMatch(/^[\w-]{24}$/);
    const kept = md5(`agent1:cordboard:${sip.password}`);
    expect(people.sipHa1('agent1', 'MD5')).toEqual([kept]);
    expect(people.sipHa1('agent1', 'SHA-256')).toEqual([sha256(`agent1:cordboard:${sip.password}`)]);
    expect(await stored()).toContain(kept);
    expect(await stored()).not.toContain(sip.password);
    people.signOut(principal.sessionId);
    expect(people.sipHa1('agent1', 'MD5')).toEqual([]);
    expect(await stored()).not.toContain(kept);
    expect(await refusal(() => people.sipCredentials(principal))).toBe('session.expired');
  });

  it('P7 is good for 12 hours, never longer than its session, and survives a restart', async () => {
    const { people, kernel, signIn, start, stored } = await centre();
    const { token, principal } = await signIn();
    const sip = people.sipCredentials(principal);
    expect((await start()).sipHa1('agent1', 'MD5')).toEqual(people.sipHa1('agent1', 'MD5'));
    for (let i = 0; i < 12; i++) {
      kernel.clock.advance(HOUR);
      people.session(token);
    }
    expect(people.sipHa1('agent1', 'MD5')).toEqual([]);
    expect(await stored()).not.toContain(md5(`agent1:cordboard:${sip.password}`));
    for (let i = 12; i < 167; i++) {
      kernel.clock.advance(HOUR);
      people.session(token);
    }
    expect(people.sipCredentials(principal).expiresAt).toBe(kernel.clock.now() + HOUR);
  });

  it('P7 a session keeps its newest eight', async () => {
    const { people, signIn, start } = await centre();
    const { principal } = await signIn();
    const made = Array.from({ length: 10 }, () => people.sipCredentials(principal).password);
    const kept = made.slice(2).map((password) => md5(`agent1:cordboard:${password}`));
    expect(people.sipHa1('agent1', 'MD5')).toEqual(kept);
    expect((await start()).sipHa1('agent1', 'MD5')?.toSorted()).toEqual(kept.toSorted());
  });

  it('P7 a desk phone has a password of its own, which no sign-out removes', async () => {
    const { people, ann, done, start, facts } = await centre();
    expect(people.sipHa1('agent1', 'MD5')).toEqual([]);
    expect(people.sipHa1('nobody', 'MD5')).toBeUndefined();
    await done(people.setDevicePassword(ann.id, 'phone', 'usr_admin'));
    await done(people.setFixedUri(ann.id, 'sip:agent1@127.0.0.1:7000;transport=udp', 'usr_admin'));
    for (const p of [people, await start()]) {
      expect(p.sipHa1('agent1', 'SHA-256')).toEqual([sha256('agent1:cordboard:phone')]);
      expect(p.fixedUri(ann.id)).toBe('sip:agent1@127.0.0.1:7000;transport=udp');
    }
    await done(people.setFixedUri(ann.id, null));
    expect(people.fixedUri(ann.id)).toBeUndefined();
    expect(await refusal(people.setFixedUri(ann.id, 'sip:a@b\r\nVia: x'))).toBe('bad-request');
    expect(await refusal(people.setFixedUri(ann.id, 'http://a'))).toBe('bad-request');
    expect(await refusal(people.setDevicePassword('usr_none', 'x'))).toBe('not-found');
    expect(await facts()).toMatchObject([
      { type: 'user.changed', agentId: ann.id, what: 'device', by: 'usr_admin' },
      { type: 'user.changed', agentId: ann.id, what: 'fixed-phone', by: 'usr_admin' },
      { type: 'user.changed', agentId: ann.id, what: 'fixed-phone' },
    ]);
    expect(JSON.stringify(await facts())).not.toContain('127.0.0.1');
  });
});

describe('users and permissions', () => {
  it('P8 allows exactly what the table says for every role', async () => {
    const { people } = await centre();
    for (const [permission, roles] of Object.entries(permissions) as [Permission, readonly string[]][])
      for (const role of ['agent', 'supervisor', 'administrator'] as const) {
        const user = { id: 'u', username: 'u', name: 'U', roles: [role], team: null };
        const principal = { sessionId: 's', user };
        expect(people.may(principal, permission)).toBe(roles.includes(role));
        if (roles.includes(role)) people.authorize(principal, permission);
        else expect(await refusal(() => people.authorize(principal, permission))).toBe('forbidden');
      }
  });

  it('adds a user once, also when asked twice at the same time, and refuses what cannot be a user', async () => {
    const { people, addUser, done } = await centre();
    const same = { username: 'twin', name: 'Twin', roles: ['agent' as const], password: 'demo' };
    const both = await done(Promise.allSettled([people.addUser(same), people.addUser(same)]));
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(await refusal(addUser(same))).toBe('conflict');
    for (const bad of [
      { ...same, username: 'two words' },
      { ...same, username: 'o', name: ' ' },
      { ...same, username: 'o', name: 'Zero\0' },
      { ...same, username: 'o', team: { id: 'north', name: 'North\n' } },
      { ...same, username: 'o', roles: [] },
      { ...same, username: 'o', password: '' },
      { ...same, username: 'o', id: '../x' },
    ])
      expect(await refusal(addUser(bad))).toBe('bad-request');
    await addUser({ ...same, username: 'o' }); // nothing of the refused ones is left behind
  });

  it('P11 a user is there once stored; meanwhile the name is taken', async () => {
    const { people, kernel, facts } = await centre();
    kernel.db.locked = true;
    const max = { username: 'max', name: 'Max', roles: ['agent' as const], password: null };
    const adding = people.addUser(max, 'usr_admin');
    await setImmediate();
    kernel.clock.advance(60_000);
    await setImmediate();
    expect(people.userByName('max')).toBeUndefined();
    expect(await refusal(people.addUser(max))).toBe('conflict');
    kernel.db.locked = false;
    kernel.clock.advance(1_000);
    const user = await adding;
    expect(people.userByName('max')).toEqual(user);
    expect(await facts()).toMatchObject([{ type: 'user.added', agentId: user.id, by: 'usr_admin' }]);
  });

  it('knows users by id and name, also after a restart, and agents by their role', async () => {
    const { people, ann, eve, addUser, start } = await centre();
    const lou = await addUser({
      id: 'lou',
      username: 'lou',
      name: 'Lou',
      roles: ['agent', 'supervisor'],
      team: { id: 'north', name: 'North' },
      password: null,
    });
    for (const p of [people, await start()]) {
      expect(p.users()).toEqual([ann, eve, lou]);
      expect(p.agents()).toEqual([ann, lou]);
      expect(p.user('lou')).toEqual(lou);
      expect(p.userByName('LOU')).toEqual(lou);
      expect(p.user('nobody')).toBeUndefined();
    }
  });

  it('P12 a damaged user does not stop the start: known by name, and let in nowhere', async () => {
    const { people, kernel, ann, eve, done, signIn, start } = await centre();
    const { token } = await signIn();
    await done(people.setDevicePassword(ann.id, 'phone'));
    await done(people.setPassword(eve.id, 'right'));
    await kernel.db.write([
      setRoles({ id: ann.id, roles: '["agent"' }),
      setRoles({ id: eve.id, roles: '["wizard","administrator"]' }),
    ]);
    const again = await start();
    expect(again.users()).toEqual([{ ...ann, roles: [] }, eve]);
    expect(again.agents()).toEqual([]);
    expect(again.session(token)).toBeUndefined();
    expect(again.sipHa1('agent1', 'MD5')).toBeUndefined();
    expect(await refusal(signIn('agent1', 'right', again))).toBe('sign-in.failed');
    const name = { username: 'agent1', name: 'Ann', roles: ['agent' as const], password: null };
    expect(await refusal(again.addUser(name))).toBe('conflict');
    expect((await signIn('admin1', 'right', again)).principal.user).toEqual(eve);
  });
});
