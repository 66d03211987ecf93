import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Recorded } from '#shared/model/facts/index.ts';
import { freshDatabase, onEachDatabase } from '../../tests/kits/databases/index.ts';
import { eventually } from '../../tests/support/eventually.ts';
import { turns } from '../../tests/support/turns.ts';
import {
  type DatabaseAddress,
  DatabaseUnavailable,
  type Db,
  FakeClock,
  type Journal,
  journalMigrations,
  type Op,
  openDatabase,
  openJournal,
  type Params,
  portable,
  silentLog,
  statements,
} from './index.ts';
import { SLOW_MS } from './journal.ts';

interface Tables {
  derived: { seq: number };
  word: { id: string; text: string };
  journal: {
    partition: string;
    seq: number;
    epoch: number;
    at: number;
    type: string;
    version: number;
    data: string;
  };
}
const tables = portable(
  'test-1',
  'CREATE TABLE derived (seq INTEGER PRIMARY KEY); CREATE TABLE word (id TEXT PRIMARY KEY, text TEXT NOT NULL)',
);
const statement = statements<Tables>();
const derive = statement((q, p: Params<{ seq: number }>) =>
  q.insertInto('derived').values({ seq: p('seq') }),
);
const derived = statement((q) => q.selectFrom('derived').select('seq').orderBy('seq'));
const say = statement((q, p: Params<{ id: string; text: string }>) =>
  q.insertInto('word').values({ id: p('id'), text: p('text') }),
);
const words = statement((q) => q.selectFrom('word').selectAll().orderBy('id'));
const plant = statement((q, p: Params<Tables['journal']>) =>
  q.insertInto('journal').values({
    partition: p('partition'),
    seq: p('seq'),
    epoch: p('epoch'),
    at: p('at'),
    type: p('type'),
    version: p('version'),
    data: p('data'),
  }),
);

const arrived = (n: number) =>
  ({ type: 'call.arrived', callId: `call_${n}`, interactionId: `int_${n}` }) as const;
const seqs = (facts: readonly Recorded[]) => facts.map(({ seq }) => seq);

/** A database that can be told to fail. */
function breakable(db: Db) {
  const state = {
    failure: undefined as Error | undefined,
    writes: 0,
    after: undefined as Error | undefined,
    /** Resolves when the database begins to carry out what it is given. */
    begins: undefined as Promise<void> | undefined,
    /** What it was given last. */
    given: [] as readonly Op[],
  };
  const broken: Db = {
    ...db,
    async write(ops) {
      state.writes += 1;
      state.given = ops;
      if (state.failure) throw state.failure;
      await state.begins;
      const results = await db.write(ops);
      if (state.after) {
        const error = state.after;
        state.after = undefined;
        throw error;
      }
      return results;
    },
  };
  return Object.assign(broken, { state });
}

onEachDatabase('the journal', (dialect) => {
  let address: DatabaseAddress;
  let clock: FakeClock;
  let db: ReturnType<typeof breakable>;
  let journal: Journal;
  beforeEach(async () => {
    address = await freshDatabase(dialect);
    clock = new FakeClock();
    db = breakable(await openDatabase(address, [...journalMigrations, tables], () => 0));
    journal = await openJournal(db, clock, silentLog);
  });
  afterEach(() => db.close());

  it('J1 gives each fact its number and time when it is appended', () => {
    const first = journal.append(arrived(1));
    clock.advance(5);
    const second = journal.append(arrived(2));
    expect([first.seq, second.seq, second.at - first.at]).toEqual([1, 2, 5]);
  });

  it('J2 commits the facts of one turn together and in order', async () => {
    const batches: number[][] = [];
    journal.subscribe((facts) => batches.push(seqs(facts)));
    journal.append(arrived(1));
    journal.append(arrived(2));
    expect(batches).toEqual([]);
    await journal.flush();
    expect(batches).toEqual([[1, 2]]);
    expect(db.state.writes).toBe(2); // the first took the journal over
    expect(await journal.since(0)).toMatchObject([arrived(1), arrived(2)]);
    expect(seqs(await journal.ofInteraction('int_2'))).toEqual([2]);
  });

  it('J2 what is appended while a commit is under way comes with the next', async () => {
    const batches: number[][] = [];
    journal.subscribe((facts) => batches.push(seqs(facts)));
    journal.append(arrived(1));
    const first = journal.flush();
    journal.append(arrived(2));
    journal.append(arrived(3));
    await first;
    expect(batches.flat()).toEqual([1, 2, 3]);
  });

  it('J3 stores a fact with its words and what is projected from it', async () => {
    journal.project({ tables: ['derived'], project: ({ seq }) => [derive({ seq })] });
    await journal.record(arrived(1), [say({ id: 'int_1', text: '+1' })]);
    expect([await db.all(derived()), await db.all(words())]).toEqual([
      [{ seq: 1 }],
      [{ id: 'int_1', text: '+1' }],
    ]);
  });

  it('J4 followers see a fact when it is appended, subscribers when it is stored, whoever else throws', async () => {
    const seen: string[] = [];
    journal.follow(() => {
      throw new Error('bad follower');
    });
    journal.subscribe(() => {
      throw new Error('bad subscriber');
    });
    journal.follow(({ seq }) => seen.push(`followed ${seq}`));
    const stop = journal.subscribe((facts) => seen.push(`stored ${seqs(facts)}`));
    journal.append(arrived(1));
    seen.push('appended');
    await journal.flush();
    stop();
    journal.append(arrived(2));
    await journal.flush();
    expect(seen).toEqual(['followed 1', 'appended', 'stored 1', 'followed 2']);
  });

  it('J4 what is awaited as stored is in the table by then, and not before', async () => {
    db.state.failure = new DatabaseUnavailable('locked', { cause: undefined });
    let acknowledged = false;
    const told = journal.record(arrived(1)).then(() => {
      acknowledged = true;
    });
    await turns();
    expect(acknowledged).toBe(false);
    db.state.failure = undefined;
    clock.advance(1_000);
    await told;
    expect(seqs(await journal.since(0))).toEqual([1]);
  });

  it('J5 keeps what a failing database does not take, says so, and stores it in order afterwards', async () => {
    const told: boolean[] = [];
    journal.onHealth(({ ok }) => told.push(ok));
    db.state.failure = new DatabaseUnavailable('the disk is full', { cause: undefined });
    journal.append(arrived(1));
    await turns();
    journal.append(arrived(2));
    clock.advance(300);
    await turns();
    expect(journal.health).toMatchObject({ ok: false, pending: 2, problem: 'the disk is full' });
    expect(seqs(await journal.ofInteraction('int_2'))).toEqual([2]);
    db.state.failure = undefined;
    clock.advance(1_000);
    await turns();
    await journal.stored({ seq: 2 });
    expect(seqs(await journal.since(0))).toEqual([1, 2]);
    expect([journal.health.ok, journal.pending, told]).toEqual([true, 0, [false, true]]);
  });

  it('J5 a commit that came through although its answer was lost is not stored twice', async () => {
    db.state.after = new DatabaseUnavailable('connection lost', { cause: undefined, maybeStored: true });
    journal.append(arrived(1));
    await journal.flush();
    journal.append(arrived(2));
    await journal.flush();
    expect(seqs(await journal.since(0))).toEqual([1, 2]);
  });

  it('J5 nor is one that comes through when it was given up already, and it is acknowledged', async () => {
    db.state.failure = new DatabaseUnavailable('connection lost', { cause: undefined, maybeStored: true });
    const said = [journal.record(arrived(1), [say({ id: 'a', text: '1' })])];
    await eventually(() => journal.health.problem, 'it was given up');
    const { given } = db.state;
    said.push(journal.record(arrived(2), [say({ id: 'b', text: '2' })]));
    db.state.failure = undefined;
    await db.write(given);
    await eventually(() => {
      clock.advance(100);
      return journal.pending === 0;
    }, 'both are stored');
    expect(seqs(await Promise.all(said))).toEqual([1, 2]);
    expect(seqs(await journal.since(0))).toEqual([1, 2]);
    expect(await db.all(words())).toEqual([
      { id: 'a', text: '1' },
      { id: 'b', text: '2' },
    ]);
    expect(journal.health).toMatchObject({ ok: true, pending: 0 });
  });

  it('J5 a commit that is not answered is trouble after half a second, until it is', async () => {
    let begin = (): void => undefined;
    db.state.begins = new Promise<void>((resolve) => {
      begin = resolve;
    });
    journal.append(arrived(1));
    await turns();
    clock.advance(SLOW_MS - 1);
    expect(journal.health.ok).toBe(true);
    clock.advance(1);
    expect(journal.health).toMatchObject({ ok: false, pending: 1, problem: 'the database is slow' });
    begin();
    await journal.stored({ seq: 1 });
    expect(journal.health.ok).toBe(true);
  });

  it('J5 is well again when all that waited is stored, in however many commits', async () => {
    const many = 4_500;
    db.state.failure = new DatabaseUnavailable('locked', { cause: undefined });
    for (let n = 1; n <= many; n++) journal.append(arrived(n));
    await turns();
    clock.advance(SLOW_MS + 1);
    await turns();
    const stored: number[] = [];
    journal.onHealth(({ ok }) => ok && stored.push(journal.storedSeq));
    db.state.failure = undefined;
    const before = db.state.writes;
    await eventually(() => {
      clock.advance(100);
      return journal.pending === 0;
    }, 'all of it is stored');
    expect(db.state.writes - before).toBeGreaterThan(2);
    expect(stored).toEqual([many]);
  });

  it('J6 what can never be stored holds nothing else up, and its fact is kept', async () => {
    journal.project({
      tables: ['derived'],
      project: ({ seq }) => (seq === 2 ? [derive({ seq: 1 })] : [derive({ seq })]),
    });
    for (const n of [1, 2, 3]) journal.append(arrived(n));
    const refused = journal.write([say({ id: 'a', text: '1' }), say({ id: 'a', text: '2' })]);
    const taken = journal.write([say({ id: 'b', text: '1' })]);
    const half = journal.record(arrived(4), [say({ id: 'b', text: '2' })]);
    await expect(refused).rejects.toThrow();
    await expect(half).rejects.toThrow();
    await taken;
    expect(seqs(await journal.since(0))).toEqual([1, 2, 3, 4]);
    expect(await db.all(derived())).toEqual([{ seq: 1 }, { seq: 3 }]);
    expect(await db.all(words())).toEqual([{ id: 'b', text: '1' }]);
    expect(journal.health.ok).toBe(true);
  });

  it('J7 a server that another has taken over from stores nothing any more', async () => {
    await journal.record(arrived(1));
    const next = await openJournal(db, clock, silentLog);
    journal.append(arrived(2));
    await turns();
    clock.advance(1_000);
    await turns();
    await next.record(arrived(3));
    expect(await next.since(0)).toMatchObject([arrived(1), arrived(3)]);
    expect(journal.health).toMatchObject({
      ok: false,
      problem: 'another Cordboard has taken over this database',
    });
  });

  it('J8 what it does not know is counted and passed over: an unknown type, a newer version, a damaged row', async () => {
    await journal.record(arrived(1));
    const row = { partition: 'main', epoch: 1, at: 1 };
    const data = JSON.stringify({ callId: 'c', interactionId: 'i' });
    await db.write([
      plant({ ...row, seq: 2, type: 'moon.landed', version: 1, data: '{}' }),
      plant({ ...row, seq: 3, type: 'call.arrived', version: 99, data }),
      plant({ ...row, seq: 4, type: 'call.arrived', version: 2, data: '{"broken' }),
      plant({
        ...row,
        seq: 5,
        type: 'call.ended',
        version: 1,
        data: '{"callId":"c","interactionId":"i","end":"moon"}',
      }),
      plant({
        ...row,
        seq: 6,
        type: 'call.arrived',
        version: 1,
        data: JSON.stringify({ ...JSON.parse(data), ani: '+1' }),
      }),
    ]);
    const facts = await journal.since(0);
    expect(seqs(facts)).toEqual([1, 6]);
    expect(facts[1]).not.toHaveProperty('ani');
    expect(Object.fromEntries(journal.unknown)).toEqual({
      'moon.landed unknown-type': 1,
      'call.arrived newer-version': 1,
      'call.arrived damaged': 1,
      'call.ended damaged': 1,
    });
  });

  it('the past is stored with its own times, before what is to come', async () => {
    journal.project({ tables: ['derived'], project: ({ seq }) => [derive({ seq })] });
    await journal.import([
      { at: 10, fact: arrived(1) },
      { at: 20, fact: arrived(2), words: [say({ id: 'x', text: 'y' })] },
    ]);
    await journal.record(arrived(3));
    expect((await journal.since(0)).map(({ seq, at }) => [seq, at])).toEqual([
      [1, 10],
      [2, 20],
      [3, clock.now()],
    ]);
    expect((await db.all(derived())).length).toBe(3);
  });

  it('goes on counting after a restart, in the next epoch', async () => {
    await journal.record(arrived(1));
    await journal.close();
    const next = await openJournal(db, clock, silentLog);
    expect((await next.record(arrived(2))).seq).toBe(2);
  });

  it('an idle journal notices a database that takes no writes, and that it takes them again', async () => {
    journal.watch();
    db.state.failure = new DatabaseUnavailable('locked', { cause: undefined });
    clock.advance(500);
    await turns();
    expect(journal.health.ok).toBe(false);
    db.state.failure = undefined;
    await eventually(() => {
      clock.advance(100);
      return journal.health.ok && journal.pending === 0;
    }, 'the journal has caught up');
  });

  it('a stop stores what is left, and says whether it could', async () => {
    journal.append(arrived(1));
    expect(await journal.close()).toBe(true);
    const next = await openJournal(db, clock, silentLog);
    db.state.failure = new DatabaseUnavailable('locked', { cause: undefined });
    next.append(arrived(2));
    expect(await next.close()).toBe(false);
  });
});

describe('the journal on a file that another program locks', () => {
  it('J5 is not stored meanwhile and is stored afterwards', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cordboard-'));
    const path = join(folder, 'test.db');
    const clock = new FakeClock();
    const db = await openDatabase({ kind: 'sqlite', path }, journalMigrations, () => 0);
    const journal = await openJournal(db, clock, silentLog);
    const other = new Sqlite(path);
    other.exec('BEGIN IMMEDIATE');
    journal.append(arrived(1));
    await turns();
    expect(journal.health).toMatchObject({ ok: false, problem: 'another program holds the database' });
    other.exec('ROLLBACK');
    other.close();
    clock.advance(1_000);
    await journal.stored({ seq: 1 });
    await db.close();
    rmSync(folder, { recursive: true });
  });
});
