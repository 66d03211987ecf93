import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { AppError } from '#shared/contract/errors.ts';
import { type Permission, permissions } from '#shared/contract/permissions.ts';
import { testKernel } from '../../tests/support/kernel.ts';
import { WRONG_IN_A_ROW } from './lock-out.core.ts';
import { createPeople, type PeopleOptions } from './people.service.ts';
import { peopleMigrations } from './people.store.ts';
import type { People } from './types.ts';

const HOUR = 3_600_000;
const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

async function centre(more: Partial<PeopleOptions> = {}) {
  const kernel = testKernel(peopleMigrations);
  const start = () => createPeople({ kernel, realm: 'cordboard', sipPath: '/sip', ...more });
  const people = start();
  const ann = await people.addUser({ username: 'Agent1', name: 'Ann', roles: ['agent'], password: 'right' });
  const eve = await people.addUser({
    username: 'admin1',
    name: 'Eve',
    roles: ['administrator'],
    password: null,
  });
  const facts = () => {
    kernel.journal.flush();
    return kernel.journal.since(0);
  };
  return { kernel, people, start, ann, eve, facts };
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
    const { people, kernel, ann, facts } = await centre();
    const { token, principal } = await people.signIn(' AGENT1 ', 'right', '10.0.0.1');
    expect(principal.user).toEqual({
      id: ann.id,
      username: 'agent1',
      name: 'Ann',
      roles: ['agent'],
      team: null,
    });
    expect(people.session(token)).toBe(principal);
    expect(facts()).toMatchObject([
      { type: 'user.signed-in', agentId: ann.id, sessionId: principal.sessionId },
    ]);
    const stored = JSON.stringify(kernel.db.file.prepare('SELECT * FROM user, session').all());
    expect(stored).toContain('$argon2id$v=19$m=19456,t=2,p=1$');
    expect(stored).not.toContain(token);
    expect(stored).not.toContain('right');
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
    const { people, start } = await centre();
    for (let i = 0; i < WRONG_IN_A_ROW; i++) await wrong(people, 'agent1');
    people.stop();
    expect(await refusal(start().signIn('agent1', 'right', '10.0.0.1'))).toBe('sign-in.locked');
  });

  it('P1 a new password ends the sessions and lifts the lock', async () => {
    const { people, ann } = await centre();
    const { token } = await people.signIn('agent1', 'right', '10.0.0.1');
    for (let i = 0; i < WRONG_IN_A_ROW; i++) await wrong(people, 'agent1');
    await people.setPassword(ann.id, 'newer');
    expect(people.session(token)).toBeUndefined();
    expect(await wrong(people, 'agent1')).toBe('sign-in.failed');
    await people.signIn('agent1', 'newer', '10.0.0.1');
    await people.setPassword(ann.id, null);
    expect(await refusal(people.signIn('agent1', 'newer', '10.0.0.1'))).toBe('sign-in.failed');
    expect(await refusal(people.setPassword('usr_none', 'x'))).toBe('not-found');
  });
});

describe('sessions', () => {
  it('P6 ends 12 hours after its last use, and is told once as expired', async () => {
    const { people, kernel, facts } = await centre();
    const told: string[] = [];
    people.onSessionEnded(() => {
      throw new Error('a listener that fails holds nobody up');
    });
    people.onSessionEnded((principal, reason) => told.push(`${principal.user.username} ${reason}`));
    const { token, principal } = await people.signIn('agent1', 'right', '10.0.0.1');
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
    expect(facts().map((fact) => fact.type)).toEqual(['user.signed-in', 'user.signed-out']);
  });

  it('P6 does not end while its user has a call or a wrap-up in hand', async () => {
    const busy = new Set<string>();
    const { people, kernel } = await centre({ inUse: (userId) => busy.has(userId) });
    const { token, principal } = await people.signIn('agent1', 'right', '10.0.0.1');
    busy.add(principal.user.id);
    kernel.clock.advance(13 * HOUR);
    expect(people.sessionCount()).toBe(1);
    busy.clear();
    kernel.clock.advance(60_001);
    expect(people.session(token)).toBeUndefined();
  });

  it('P6 ends after seven days however much it is used', async () => {
    const { people, kernel } = await centre();
    const { token } = await people.signIn('agent1', 'right', '10.0.0.1');
    for (let i = 0; i < 167; i++) {
      kernel.clock.advance(HOUR);
      expect(people.session(token)).toBeDefined();
    }
    kernel.clock.advance(HOUR);
    expect(people.session(token)).toBeUndefined();
  });

  it('P6 survives a restart with its last use, and an ended one does not come back', async () => {
    const { people, kernel, start } = await centre();
    const kept = await people.signIn('agent1', 'right', '10.0.0.1');
    const ended = await people.signIn('agent1', 'right', '10.0.0.1');
    people.signOut(ended.principal.sessionId);
    kernel.clock.advance(11 * HOUR);
    people.session(kept.token);
    people.stop();
    kernel.clock.advance(11 * HOUR);
    const again = start();
    expect(again.session(kept.token)).toEqual(kept.principal);
    expect(again.session(ended.token)).toBeUndefined();
  });

  it('P6 a user’s sessions are revoked together, another’s stay', async () => {
    const { people, ann, eve } = await centre();
    await people.setPassword(eve.id, 'right');
    const told: string[] = [];
    people.onSessionEnded((_, reason) => told.push(reason));
    const mine = [
      await people.signIn('agent1', 'right', '10.0.0.1'),
      await people.signIn('agent1', 'right', '10.0.0.1'),
    ];
    const hers = await people.signIn('admin1', 'right', '10.0.0.1');
    people.revoke(ann.id);
    expect(told).toEqual(['revoked', 'revoked']);
    expect(mine.map(({ token }) => people.session(token))).toEqual([undefined, undefined]);
    expect(people.session(hers.token)).toBeDefined();
  });

  it.each(['', 'x', 'a'.repeat(43), '€'.repeat(43), 'a'.repeat(100_000)])(
    'P6 an invented token is nobody’s (%#)',
    async (token) => {
      const { people } = await centre();
      expect(people.session(token)).toBeUndefined();
    },
  );

  it('P9 signing in and out works while the database is locked, and is written down afterwards', async () => {
    const { people, kernel, start } = await centre();
    kernel.db.file.pragma('query_only = ON');
    const { token, principal } = await people.signIn('agent1', 'right', '10.0.0.1');
    const gone = await people.signIn('agent1', 'right', '10.0.0.1');
    people.sipCredentials(principal);
    people.signOut(gone.principal.sessionId);
    expect(people.session(token)).toBe(principal);
    kernel.db.file.pragma('query_only = OFF');
    kernel.clock.advance(1000);
    people.stop();
    const again = start();
    expect(again.session(token)).toEqual(principal);
    expect(again.session(gone.token)).toBeUndefined();
    expect(again.sipHa1('agent1', 'MD5')).toHaveLength(1);
  });
});

describe('SIP secrets', () => {
  it('P7 hands out a password and keeps its HA1, until the session ends', async () => {
    const { people, kernel } = await centre();
    const { principal } = await people.signIn('agent1', 'right', '10.0.0.1');
    const sip = people.sipCredentials(principal);
    expect(sip).toMatchObject({
      uri: 'sip:agent1@cordboard',
      username: 'agent1',
      realm: 'cordboard',
      path: '/sip',
      expiresAt: kernel.clock.now() + 12 * HOUR,
    });
    expect(sip.password).toMatch(/^[\w-]{24}$/);
    expect(people.sipHa1('agent1', 'MD5')).toEqual([md5(`agent1:cordboard:${sip.password}`)]);
    expect(people.sipHa1('agent1', 'SHA-256')).toEqual([sha256(`agent1:cordboard:${sip.password}`)]);
    const rows = JSON.stringify(kernel.db.file.prepare('SELECT * FROM sip_secret').all());
    expect(rows).not.toContain(sip.password);
    people.signOut(principal.sessionId);
    expect(people.sipHa1('agent1', 'MD5')).toEqual([]);
    expect(kernel.db.file.prepare('SELECT count(*) FROM sip_secret').pluck().get()).toBe(0);
    expect(await refusal(() => people.sipCredentials(principal))).toBe('session.expired');
  });

  it('P7 is good for 12 hours, never longer than its session, and survives a restart', async () => {
    const { people, kernel, start } = await centre();
    const { token, principal } = await people.signIn('agent1', 'right', '10.0.0.1');
    people.sipCredentials(principal);
    expect(start().sipHa1('agent1', 'MD5')).toEqual(people.sipHa1('agent1', 'MD5'));
    for (let i = 0; i < 12; i++) {
      kernel.clock.advance(HOUR);
      people.session(token);
    }
    expect(people.sipHa1('agent1', 'MD5')).toEqual([]);
    for (let i = 12; i < 167; i++) {
      kernel.clock.advance(HOUR);
      people.session(token);
    }
    expect(people.sipCredentials(principal).expiresAt).toBe(kernel.clock.now() + HOUR);
  });

  it('P7 a session keeps its newest eight', async () => {
    const { people } = await centre();
    const { principal } = await people.signIn('agent1', 'right', '10.0.0.1');
    const made = Array.from({ length: 10 }, () => people.sipCredentials(principal).password);
    expect(people.sipHa1('agent1', 'MD5')).toEqual(
      made.slice(2).map((password) => md5(`agent1:cordboard:${password}`)),
    );
  });

  it('P7 a desk phone has a password of its own, which no sign-out removes', async () => {
    const { people, ann, start } = await centre();
    expect(people.sipHa1('agent1', 'MD5')).toEqual([]);
    expect(people.sipHa1('nobody', 'MD5')).toBeUndefined();
    people.setDevicePassword(ann.id, 'phone');
    people.setFixedUri(ann.id, 'sip:agent1@127.0.0.1:7000;transport=udp');
    for (const p of [people, start()]) {
      expect(p.sipHa1('agent1', 'SHA-256')).toEqual([sha256('agent1:cordboard:phone')]);
      expect(p.fixedUri(ann.id)).toBe('sip:agent1@127.0.0.1:7000;transport=udp');
    }
    people.setFixedUri(ann.id, null);
    expect(people.fixedUri(ann.id)).toBeUndefined();
    expect(await refusal(() => people.setFixedUri(ann.id, 'sip:a@b\r\nVia: x'))).toBe('bad-request');
    expect(await refusal(() => people.setFixedUri(ann.id, 'http://a'))).toBe('bad-request');
    expect(await refusal(() => people.setDevicePassword('usr_none', 'x'))).toBe('not-found');
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
    const { people } = await centre();
    const same = { username: 'twin', name: 'Twin', roles: ['agent' as const], password: 'demo' };
    const both = await Promise.allSettled([people.addUser(same), people.addUser(same)]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(await refusal(people.addUser(same))).toBe('conflict');
    for (const bad of [
      { ...same, username: 'two words' },
      { ...same, username: 'o', name: ' ' },
      { ...same, username: 'o', roles: [] },
      { ...same, username: 'o', password: '' },
      { ...same, username: 'o', id: '../x' },
    ])
      expect(await refusal(people.addUser(bad))).toBe('bad-request');
    await people.addUser({ ...same, username: 'o' }); // nothing of the refused ones is left behind
  });

  it('knows users by id and name, also after a restart, and agents by their role', async () => {
    const { people, ann, eve, start } = await centre();
    const lou = await people.addUser({
      id: 'lou',
      username: 'lou',
      name: 'Lou',
      roles: ['agent', 'supervisor'],
      team: { id: 'north', name: 'North' },
      password: null,
    });
    for (const p of [people, start()]) {
      expect(p.users()).toEqual([ann, eve, lou]);
      expect(p.agents()).toEqual([ann, lou]);
      expect(p.user('lou')).toEqual(lou);
      expect(p.userByName('LOU')).toEqual(lou);
      expect(p.user('nobody')).toBeUndefined();
    }
  });
});
