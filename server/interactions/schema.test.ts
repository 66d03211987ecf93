import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dialects } from '../../tests/kits/databases/index.ts';
import { eventually } from '../../tests/support/eventually.ts';
import { testKernel } from '../../tests/support/kernel.ts';
import { turns } from '../../tests/support/turns.ts';
import { customersMigrations } from '../customers/index.ts';
import {
  type Db,
  FakeClock,
  journalMigrations,
  localBus,
  openDatabase,
  openJournal,
  silentLog,
  statements,
  tablesOf,
} from '../kernel/index.ts';
import { createInteractions, interactionsMigrations, interactionsProjections } from './index.ts';
import type { InteractionsTables } from './schema.ts';

const START = 1_700_000_000_000;
const sql = statements<InteractionsTables>();
const rows = sql((q) => q.selectFrom('interaction').selectAll().orderBy('n'));
const words = sql((q) => q.selectFrom('interaction_words').selectAll().orderBy('interaction_id'));
const empty = sql((q) => q.deleteFrom('interaction'));

const names = {
  user: () => undefined,
  queue: () => undefined,
  customers: async () => new Map(),
};

/** As the first version wrote them: words in the facts, rows counted one by one. */
function oldFacts(id: string, seq: number, notes: string) {
  const fact = (n: number, type: string, data: object) => ({
    seq: seq + n,
    at: START + seq + n,
    type,
    id,
    data,
  });
  return [
    fact(0, 'call.arrived', { callId: 'c', interactionId: id, ani: '+1415', dnis: '4001' }),
    fact(1, 'interaction.opened', {
      interactionId: id,
      channel: 'call',
      direction: 'inbound',
      ani: '+1415',
      dnis: '4001',
      customerId: 'cust1',
    }),
    fact(2, 'interaction.assigned', { interactionId: id, agentId: 'agent1' }),
    fact(3, 'call.digit', { callId: 'c', interactionId: id, digit: '7' }),
    fact(4, 'interaction.noted', { interactionId: id, agentId: 'agent1', notes, rev: 1 }),
    fact(5, 'recording.ended', { interactionId: id, file: 'a.wav', durationMs: 1.5 }),
    fact(6, 'interaction.ended', { interactionId: id, end: 'caller-hung-up' }),
  ];
}

describe('data of the first version', () => {
  let folder: string;
  let path: string;
  let db: Db;
  const clock = new FakeClock(START);
  const now = (): number => clock.now();

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cordboard-old-'));
    path = join(folder, 'cordboard.db');
    const old = [...journalMigrations.slice(0, 1), ...interactionsMigrations.slice(0, 3)];
    await (await openDatabase({ kind: 'sqlite', path }, old, now)).close();
    const file = new Sqlite(path);
    const fact = file.prepare(
      'INSERT INTO journal (seq, at, type, interaction_id, agent_id, data) VALUES (?, ?, ?, ?, NULL, ?)',
    );
    const contact = file.prepare(
      `INSERT INTO interaction (id, channel, direction, ani, dnis, customer_id, agent_id, started_at, ended_at, end, notes,
         notes_rev, recording_file, recording_ms)
       VALUES (?, 'call', 'inbound', '+1415', '4001', 'cust1', 'agent1', ?, ?, 'caller-hung-up', ?, 1, 'a.wav', 1.5)`,
    );
    // Imported history lies below 0; two contacts are older than their journal, one came between.
    const contacts = [
      ['lost1', undefined],
      ['seeded', -20],
      ['lost2', undefined],
      ['first', 1],
      ['second', 8],
    ] as const;
    for (const [id, seq] of contacts) {
      for (const one of seq === undefined ? [] : oldFacts(id, seq, `notes of ${id}`))
        fact.run(one.seq, one.at, one.type, one.id, JSON.stringify({ type: one.type, ...one.data }));
      const start = START + (seq ?? -1000) + 1;
      contact.run(id, start, start + 5, `notes of ${id}`);
    }
    file.prepare("UPDATE disposition SET name = 'Sold' WHERE id = 'sale'").run();
    file.prepare('INSERT INTO interaction_text (rowid, text) VALUES (1, ?)').run('an old index');
    file.close();
    db = await openDatabase(
      { kind: 'sqlite', path },
      [...journalMigrations, ...customersMigrations, ...interactionsMigrations],
      now,
    );
  });
  afterEach(async () => {
    await db.close();
    rmSync(folder, { recursive: true });
  });

  it('I12 people’s words stand in their own table, none is lost', async () => {
    const ids = ['first', 'lost1', 'lost2', 'second', 'seeded'];
    expect(await db.all(words())).toEqual(
      ids.map((id) => ({
        interaction_id: id,
        ani: '+1415',
        dnis: '4001',
        notes: `notes of ${id}`,
        notes_rev: 1,
      })),
    );
  });

  it('I1 contacts have the number of the fact that opened them; those without one stand below, each with its own', async () => {
    const stored = await db.all(rows());
    expect(stored.map(({ n, id }) => [n, id])).toEqual([
      [-22, 'lost1'],
      [-21, 'lost2'],
      [-19, 'seeded'],
      [2, 'first'],
      [9, 'second'],
    ]);
    const journal = await openJournal(db, clock, silentLog);
    const facts = await journal.since(Number.MIN_SAFE_INTEGER);
    await db.write([
      empty(),
      ...facts.flatMap((fact) => interactionsProjections.flatMap(({ project }) => project(fact))),
    ]);
    expect(await db.all(rows())).toEqual(stored.slice(2));
  });

  it('I6 I7 is listed, searched and paged at once, and while its text index is made anew', async () => {
    const journal = await openJournal(db, clock, silentLog);
    const ids = { next: (prefix: string) => prefix };
    const kernel = { clock, ids, db, journal, bus: localBus(() => undefined), log: silentLog };
    const interactions = await createInteractions({ kernel, names });
    const every = async (search?: string) => {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await interactions.history({ limit: 1, search, cursor });
        seen.push(...page.items.map(({ id, notes }) => `${id}: ${notes}`));
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      return seen;
    };
    const all = ['second', 'first', 'seeded', 'lost2', 'lost1'].map((id) => `${id}: notes of ${id}`);
    const indexed = statements<{ interaction_text: object }>()((q) =>
      q.selectFrom('interaction_text').select((e) => e.fn.countAll<number>().as('count')),
    );
    expect(await db.one(indexed())).toEqual({ count: 0 });
    for (let round = 0; round < 2; round++) {
      expect(await every()).toEqual(all);
      expect(await every('notes')).toEqual(all);
      expect(await every('seeded')).toEqual(['seeded: notes of seeded']);
      expect(await every('1415')).toEqual(all);
      expect(await every('index')).toEqual([]);
      await eventually(async () => {
        clock.advance(1000);
        await turns();
        return (await db.one(indexed()))?.count === 5;
      }, 'everything is indexed');
      await turns();
    }
    expect(interactions.dispositions()).toContainEqual({ id: 'sale', name: 'Sold', key: 6 });
    await interactions.stop();
  });
});

describe('the tables', () => {
  it.runIf(dialects.length > 1)('are the same on both databases, but for the text index', async () => {
    const tables = await Promise.all(
      dialects.map(async (dialect) => {
        const { db } = await testKernel([...customersMigrations, ...interactionsMigrations], dialect);
        const found = Object.entries(await tablesOf(db)).filter(([name]) => !/_text(_|$)/.test(name));
        const dispositions = await db.all(
          sql((q) => q.selectFrom('disposition').selectAll().orderBy('id'))(),
        );
        await db.close();
        return { tables: Object.fromEntries(found), dispositions };
      }),
    );
    expect(tables[1]).toEqual(tables[0]);
    expect(tables[0]?.dispositions).toHaveLength(9);
    expect(Object.keys(tables[0]?.tables ?? {})).toContain('interaction_words');
  });
});
