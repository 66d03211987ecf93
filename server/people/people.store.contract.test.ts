import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  Conflict,
  type Kernel,
  openDatabase,
  type Params,
  silentLog,
  statements,
} from '#server/kernel/index.ts';
import { onEachDatabase } from '../../tests/kits/databases/index.ts';
import { testKernel } from '../../tests/support/kernel.ts';
import { unlocked } from './lock-out.core.ts';
import { peopleMigrations, peopleOps, readPeople, type SessionRow, type SipSecret } from './people.store.ts';

const user = (id: string, more: object = {}) => ({
  id,
  username: `name-${id}`,
  name: `N ${id} 中`,
  roles: ['agent' as const],
  team: null,
  ...more,
});
const session = (id: string, userId: string): SessionRow => ({
  id,
  tokenHash: `hash of ${id}`,
  userId,
  createdAt: 1_795_000_000_000,
  usedAt: 1_795_000_000_000,
});
const secret = (id: string, sessionId: string, userId: string): SipSecret => ({
  id,
  sessionId,
  userId,
  md5: `md5 ${id}`,
  sha256: `sha ${id}`,
  expiresAt: 1_795_000_000_000,
});
const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id);

onEachDatabase('the store of people', (dialect) => {
  let kernel: Kernel;
  beforeEach(async () => {
    kernel = await testKernel(peopleMigrations, dialect);
  });
  afterEach(() => kernel.db.close());
  const read = () => readPeople(kernel.db, silentLog);

  it('gives users in the order they were added, whole', async () => {
    const team = { id: 'north', name: 'North' };
    await kernel.db.write([
      peopleOps.addUser(user('b', { roles: ['supervisor', 'agent'] }), 'hash', 7),
      peopleOps.addUser(user('a', { team }), undefined, 7),
    ]);
    await kernel.db.write([peopleOps.addUser(user('0'), undefined, 7)]);
    const { accounts } = await read();
    expect(accounts).toEqual([
      {
        user: user('b', { roles: ['supervisor', 'agent'] }),
        passwordHash: 'hash',
        lock: unlocked,
        device: undefined,
        fixedUri: undefined,
      },
      {
        user: user('a', { team }),
        passwordHash: undefined,
        lock: unlocked,
        device: undefined,
        fixedUri: undefined,
      },
      expect.objectContaining({ user: user('0') }),
    ]);
  });

  it('changes password, lock, device and fixed phone of one user alone', async () => {
    await kernel.db.write([
      peopleOps.addUser(user('a'), 'old', 1),
      peopleOps.addUser(user('b'), 'hers', 1),
      peopleOps.setPassword('a', 'new'),
      peopleOps.setLock('a', { wrong: 3, lockedUntil: 1_795_000_000_123 }),
      peopleOps.setDevice('a', { md5: 'm', sha256: 's' }),
      peopleOps.setFixedUri('a', 'sip:a@b'),
    ]);
    const [a, b] = (await read()).accounts;
    expect(a).toMatchObject({
      passwordHash: 'new',
      lock: { wrong: 3, lockedUntil: 1_795_000_000_123 },
      device: { md5: 'm', sha256: 's' },
      fixedUri: 'sip:a@b',
    });
    expect(b).toMatchObject({ passwordHash: 'hers', lock: unlocked, device: undefined, fixedUri: undefined });
    await kernel.db.write([peopleOps.setPassword('a', undefined), peopleOps.setFixedUri('a', null)]);
    expect((await read()).accounts[0]).toMatchObject({ passwordHash: undefined, fixedUri: undefined });
  });

  it('a name or id taken is a conflict', async () => {
    await kernel.db.write([peopleOps.addUser(user('a'), undefined, 1)]);
    const sameName = { ...user('b'), username: 'name-a' };
    await expect(kernel.db.write([peopleOps.addUser(sameName, undefined, 1)])).rejects.toThrow(Conflict);
    await expect(kernel.db.write([peopleOps.addUser(user('a'), undefined, 1)])).rejects.toThrow(Conflict);
  });

  it('keeps sessions with their last use and their secrets, which go with them', async () => {
    await kernel.db.write([
      peopleOps.addUser(user('a'), undefined, 1),
      peopleOps.addUser(user('b'), undefined, 1),
      peopleOps.addSession(session('s1', 'a')),
      peopleOps.addSession(session('s2', 'a')),
      peopleOps.addSession(session('s3', 'b')),
      peopleOps.setUsed('s2', 1_795_000_000_999),
      peopleOps.addSecret(secret('p1', 's1', 'a')),
      peopleOps.addSecret(secret('p2', 's2', 'a')),
      peopleOps.addSecret(secret('p3', 's3', 'b')),
      peopleOps.addSecret(secret('p4', 's3', 'b')),
    ]);
    expect((await read()).sessions).toEqual([
      session('s1', 'a'),
      { ...session('s2', 'a'), usedAt: 1_795_000_000_999 },
      session('s3', 'b'),
    ]);
    expect((await read()).secrets[0]).toEqual(secret('p1', 's1', 'a'));
    await kernel.db.write([...peopleOps.removeSession('s1'), peopleOps.removeSecret('p4')]);
    const left = await read();
    expect([ids(left.sessions), ids(left.secrets)]).toEqual([
      ['s2', 's3'],
      ['p2', 'p3'],
    ]);
    await kernel.db.write([peopleOps.removeSessionsOf('a')]);
    expect([ids((await read()).sessions), ids((await read()).secrets)]).toEqual([['s3'], ['p3']]);
  });

  it('a session of nobody is a conflict', async () => {
    await expect(kernel.db.write([peopleOps.addSession(session('s1', 'none'))])).rejects.toThrow(Conflict);
  });

  it('P12 roles that cannot be read are said once, by the id, and known ones are kept', async () => {
    const setRoles = statements<{ user: { id: string; roles: string } }>()(
      (q, p: Params<{ id: string; roles: string }>) =>
        q
          .updateTable('user')
          .set({ roles: p('roles') })
          .where('id', '=', p('id')),
    );
    const damage = { a: '[', b: '["wizard","agent",7]', c: '{}', d: '"agent"', e: '[]', f: 'null' };
    for (const [id, roles] of Object.entries(damage))
      await kernel.db.write([peopleOps.addUser(user(id), undefined, 1), setRoles({ id, roles })]);
    const said: unknown[] = [];
    const log = Object.assign(Object.create(silentLog), { error: (fields: object) => said.push(fields) });
    const { accounts } = await readPeople(kernel.db, log);
    expect(accounts.map((account) => account.user.roles)).toEqual([[], ['agent'], [], [], [], []]);
    expect(said).toEqual(Object.keys(damage).map((userId) => ({ userId })));
  });
});

describe('an older data folder', () => {
  it('people-2 keeps users in the order they were added', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cordboard-people-'));
    try {
      const address = { kind: 'sqlite', path: join(folder, 'old.db') } as const;
      const add = statements<{ user: Record<string, string | number> }>()((q, p: Params<{ id: string }>) =>
        q
          .insertInto('user')
          .values({ id: p('id'), username: p('id'), name: p('id'), roles: '["agent"]', created_at: 1 }),
      );
      const old = await openDatabase(address, peopleMigrations.slice(0, 1), () => 0);
      await old.write(['b', 'c', 'a'].map((id) => add({ id })));
      await old.close();
      const db = await openDatabase(address, peopleMigrations, () => 0);
      await db.write([peopleOps.addUser(user('0'), undefined, 1)]);
      const { accounts } = await readPeople(db, silentLog);
      expect(accounts.map((account) => account.user.id)).toEqual(['b', 'c', 'a', '0']);
      await db.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
