import { sql as raw } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { onEachDatabase } from '../../tests/kits/databases/index.ts';
import { eventually } from '../../tests/support/eventually.ts';
import { testKernel } from '../../tests/support/kernel.ts';
import { turns } from '../../tests/support/turns.ts';
import { customersMigrations } from '../customers/index.ts';
import { type Bound, type Dialect, type Params, statements } from '../kernel/index.ts';
import {
  createInteractions,
  type HistoryFilter,
  type Interactions,
  interactionsMigrations,
  interactionsProjections,
  wordsOps,
} from './index.ts';
import type { InteractionsTables } from './schema.ts';

const names: Readonly<Record<string, string>> = { c0: 'Li Wei', c1: '欧阳建国', c2: 'Maria Johnson' };
const notes = ['asked for a refund', '客户要求退款', 'washing machine leaks', ''];
/** How many contacts a busy centre's index takes at a time, and how many each look past the index reads. */
const BATCH = 50;

const sql = statements<InteractionsTables & { interaction_text: { text: string } }>();
const indexedCount = sql((q) =>
  q.selectFrom('interaction_text').select((e) => e.fn.countAll<number>().as('count')),
);
const analyze = sql(() => raw`analyze`);

async function openRoom(dialect: Dialect) {
  const kernel = await testKernel([...customersMigrations, ...interactionsMigrations], dialect);
  for (const projection of interactionsProjections) kernel.journal.project(projection);
  const read: Bound[] = [];
  const asked: (readonly string[])[] = [];
  const watched = {
    ...kernel,
    db: {
      ...kernel.db,
      all<R>(query: Bound<R>) {
        read.push(query);
        return kernel.db.all(query);
      },
      one<R>(query: Bound<R>) {
        read.push(query);
        return kernel.db.one(query);
      },
    },
  };
  const create = () =>
    createInteractions({
      kernel: watched,
      names: {
        user: (id) => ({ id, name: id }),
        queue: (id) => ({ id, name: id }),
        async customers(ids) {
          asked.push(ids);
          return new Map(ids.map((id) => [id, { id, name: names[id] ?? '', tier: 'standard' }]));
        },
      },
    });
  return { kernel: watched, create, read, asked };
}

/** A whole contact. */
function contact(interactions: Interactions, journal: Kernel['journal'], i: number, ends = true): void {
  const interactionId = `i${i}`;
  const agentId = `agent${i % 4}`;
  interactions.open({
    interactionId,
    channel: 'call',
    direction: 'inbound',
    ani: `+1415555${String(100 + (i % 40)).padStart(4, '0')}`,
    dnis: '4001',
    customerId: `c${i % 3}`,
  });
  journal.append({ type: 'interaction.queued', interactionId, queueId: i % 2 ? 'sales' : 'support' });
  journal.append({ type: 'interaction.assigned', interactionId, agentId });
  void interactions.saveNotes(interactionId, agentId, notes[i % 4] ?? '', 0);
  if (ends) journal.append({ type: 'interaction.ended', interactionId, end: 'caller-hung-up' });
}
type Kernel = Awaited<ReturnType<typeof testKernel>>;

/** @param open is this one still open? */
async function setUp(dialect: Dialect, count: number, open = (i: number) => i % 10 === 9) {
  const opened = await openRoom(dialect);
  const { kernel, create } = opened;
  const { clock, db, journal } = kernel;
  const interactions = await create();
  for (let i = 0; i < count; i++) {
    if (i % 3 !== 0) clock.advance(1000); // some begin in the same millisecond
    contact(interactions, journal, i, !open(i));
  }
  await journal.flush();
  const indexed = async () => Number((await db.one(indexedCount()))?.count);
  return {
    ...opened,
    clock,
    journal,
    interactions,
    indexed,
    every: paging(interactions),
    async upToDate(): Promise<void> {
      const ended = Array.from({ length: count }, (_, i) => i).filter((i) => !open(i)).length;
      await eventually(async () => {
        clock.advance(1000);
        await turns();
        return (await indexed()) >= ended;
      }, 'the index has caught up');
      await turns(); // and knows it
    },
    async stop(): Promise<void> {
      await interactions.stop();
      await db.close();
    },
  };
}
type World = Awaited<ReturnType<typeof setUp>>;

function paging(interactions: Interactions) {
  return async (filter: Omit<HistoryFilter, 'limit'>, limit: number): Promise<string[]> => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await interactions.history({ ...filter, limit, cursor });
      expect(page.items.length).toBeLessThanOrEqual(limit);
      seen.push(...page.items.map((line) => line.id));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return seen;
  };
}

const numbered = (count: number, keep: (i: number) => boolean): string[] =>
  Array.from({ length: count }, (_, i) => i)
    .filter(keep)
    .reverse()
    .map((i) => `i${i}`);

const N = 120;
const start = 1_700_000_000_000;
const at = (i: number): number => start + 1000 * (Math.floor(i / 3) * 2 + (i % 3));
const filters: [string, Omit<HistoryFilter, 'limit'>, (i: number) => boolean][] = [
  ['nothing', {}, () => true],
  ['an agent', { agent: 'agent1' }, (i) => i % 4 === 1],
  ['a queue', { queue: 'sales' }, (i) => i % 2 === 1],
  ['a customer', { customer: 'c1' }, (i) => i % 3 === 1],
  ['all of them', { agent: 'agent1', queue: 'sales', customer: 'c1' }, (i) => i % 12 === 1],
  ['an agent who never served the queue', { agent: 'agent0', queue: 'sales' }, () => false],
  ['a span of time', { from: at(50), to: at(100) }, (i) => at(i) >= at(50) && at(i) < at(100)],
  [
    'a span, an agent and a queue',
    { from: at(50), agent: 'agent1', queue: 'sales' },
    (i) => at(i) >= at(50) && i % 4 === 1,
  ],
  ['an English word', { search: 'refund' }, (i) => i % 4 === 0],
  ['a Chinese word', { search: '退款' }, (i) => i % 4 === 1],
  ['a part of a name', { search: 'ohns' }, (i) => i % 3 === 2],
  ['a Chinese name', { search: '建国' }, (i) => i % 3 === 1],
  ['three signs of a name', { search: '阳建国' }, (i) => i % 3 === 1],
  ['signs that stand apart', { search: '客要' }, () => false],
  ['the end of a number', { search: '0105' }, (i) => i % 40 === 5],
  ['a word and a name', { search: 'li refund' }, (i) => i % 12 === 0],
  ['a word, for one agent', { search: 'refund', agent: 'agent0' }, (i) => i % 4 === 0],
  ['a word, for another agent', { search: 'refund', agent: 'agent1' }, () => false],
  [
    'a word in a span',
    { search: 'refund', from: at(50), to: at(100) },
    (i) => i % 4 === 0 && i > 50 && i < 100,
  ],
  ['a word before anything', { search: 'refund', to: start - 1 }, () => false],
  ['punctuation', { search: '"*()' }, () => false],
];

onEachDatabase('history', (dialect) => {
  const phases: [string, (world: World) => Promise<unknown>][] = [
    ['before the text index has caught up', async ({ indexed }) => expect(await indexed()).toBe(0)],
    [
      'while it has got half way',
      async ({ clock, indexed }) => {
        clock.advance(1000);
        await eventually(async () => (await indexed()) > 0, 'a first batch');
        await turns();
        expect(await indexed()).toBe(BATCH);
      },
    ],
    ['when it is up to date', ({ upToDate }) => upToDate()],
  ];
  describe.each(phases)('%s', (_, reach) => {
    let world: World;
    beforeAll(async () => {
      world = await setUp(dialect, N);
      await reach(world);
    });
    afterAll(() => world.stop());

    it.each(filters)('I6 I7 by %s: every line once, newest first', async (_name, filter, keep) => {
      expect(await world.every(filter, 7)).toEqual(numbered(N, keep));
    });
  });

  describe('a small one', () => {
    let world: World;
    beforeEach(async () => {
      world = await setUp(dialect, 12);
    });
    afterEach(() => world.stop());

    it('I7 notes changed after the end are found by their new words only, at once and when they are indexed', async () => {
      const { interactions, clock, every, upToDate } = world;
      await upToDate();
      clock.advance(5000);
      await interactions.saveNotes('i0', 'agent0', 'exchange instead', 1);
      for (let i = 0; i < 2; i++) {
        expect(await every({ search: 'exchange' }, 5)).toEqual(['i0']);
        expect(await every({ search: 'refund' }, 5)).toEqual(['i8', 'i4']);
        clock.advance(5000);
        await turns();
      }
    });

    it('I7 a contact pointed at another customer is found by the new name', async () => {
      const { journal, clock, every, upToDate } = world;
      await upToDate();
      journal.append({ type: 'interaction.matched', interactionId: 'i0', customerId: 'c2' });
      await journal.flush();
      for (let i = 0; i < 2; i++) {
        expect(await every({ search: 'maria' }, 5)).toEqual(['i11', 'i8', 'i5', 'i2', 'i0']);
        expect(await every({ search: 'li wei' }, 5)).toEqual(['i9', 'i6', 'i3']);
        clock.advance(5000);
        await turns();
      }
    });

    it('I7 what changed while the server was down, or was not indexed when it stopped, is found by the next', async () => {
      const { interactions, journal, create, upToDate } = world;
      await upToDate();
      await interactions.stop();
      journal.append(
        { type: 'interaction.noted', interactionId: 'i1', agentId: 'agent1', rev: 2 },
        wordsOps({ interactionId: 'i1', notes: 'exchange', rev: 2 }),
      );
      journal.append({ type: 'interaction.ended', interactionId: 'i9', end: 'caller-hung-up' });
      await journal.flush();
      const next = await create();
      const every = paging(next);
      expect(await every({ search: 'exchange' }, 5)).toEqual(['i1']);
      expect(await every({ search: '退款' }, 5)).toEqual(['i9', 'i5']);
      await next.stop();
    });

    it('I6 a cursor that is none is bad-request; one of a line that is gone ends the list', async () => {
      const { interactions } = world;
      for (const cursor of ['', '-', '1-', 'x y', "1' OR 1", '12345678901'])
        await expect(interactions.history({ limit: 5, cursor })).rejects.toMatchObject({
          code: 'bad-request',
        });
      expect(await interactions.history({ limit: 5, cursor: 'zzzz' })).toEqual({ items: [], next: null });
    });

    it('I6 customers are looked up once for each page, none twice', async () => {
      const { interactions, asked } = world;
      asked.length = 0;
      await interactions.history({ limit: 10 });
      expect(asked).toEqual([['c2', 'c1', 'c0']]);
    });
  });

  it('I6 I7 imported history, also of before the first fact there was, is listed and searched like the rest', async () => {
    const { kernel, create } = await openRoom(dialect);
    const { db, journal, clock } = kernel;
    const interactions = await create();
    const say = (i: number) =>
      ({
        at: start - 1_000_000 + i,
        fact: {
          type: 'interaction.opened',
          interactionId: `past${i}`,
          channel: 'call',
          direction: 'inbound',
        },
      }) as const;
    await journal.import([0, 1, 2, 3].map(say));
    await db.write([0, 1].map((i) => moved({ id: `past${i}`, n: i - 5 })));
    await db.write(
      [0, 1, 2, 3].flatMap((i) => wordsOps({ interactionId: `past${i}`, notes: 'refund', rev: 1 })),
    );
    for (const i of [0, 1, 2, 3])
      await journal.import([
        { at: start, fact: { type: 'interaction.ended', interactionId: `past${i}`, end: 'caller-hung-up' } },
      ]);
    contact(interactions, journal, 0);
    await journal.flush();
    const every = paging(interactions);
    for (let round = 0; round < 2; round++) {
      for (const limit of [1, 2, 10]) {
        expect(await every({}, limit)).toEqual(['i0', 'past3', 'past2', 'past1', 'past0']);
        expect(await every({ search: 'refund' }, limit)).toEqual(['i0', 'past3', 'past2', 'past1', 'past0']);
      }
      await eventually(async () => {
        clock.advance(1000);
        await turns();
        return Number((await db.one(indexedCount()))?.count) === 5;
      }, 'the index has caught up');
      await turns();
    }
    await interactions.stop();
    await db.close();
  });

  describe('a large one', () => {
    const many = 2000;
    let world: World;
    beforeAll(async () => {
      world = await setUp(dialect, many, () => false);
      await world.upToDate();
    }, 60_000);
    afterAll(() => world.stop());

    it('I6 every list is read from an index: no scan of the table, no sorting', async () => {
      const { interactions, kernel, read } = world;
      const { db } = kernel;
      if (dialect === 'postgres') await db.write([analyze()]);
      read.length = 0;
      for (const [, filter] of filters) {
        const page = await interactions.history({ ...filter, limit: 1 });
        if (page.next !== null) await interactions.history({ ...filter, limit: 1, cursor: page.next });
      }
      await interactions.recentOf('c1', 5);
      await interactions.detail('i5');
      await interactions.recordingFile('i5');
      expect(new Set(read.map(({ source }) => source.id)).size).toBeGreaterThan(12);
      // PostgreSQL reads a text index of a few thousand rows as a whole where a word is in most of them.
      for (const query of [...read]) {
        const text = query.source.compiled(dialect).sql;
        for (const step of await planOf(db, query)) {
          expect(step, text).not.toMatch(/TEMP B-TREE|\bSort\b/);
          expect(step, text).not.toMatch(/^SCAN (?!CONSTANT|json_each)\w+$|Seq Scan on interaction(?!_text)/);
        }
      }
    }, 30_000);

    it('I6 I7 a search for a common word gives every line once, newest first, page by page', async () => {
      const { every } = world;
      expect(await every({ search: 'li wei' }, 100)).toEqual(numbered(many, (i) => i % 3 === 0));
      expect(await every({ search: '0105' }, 100)).toEqual(numbered(many, (i) => i % 40 === 5));
    }, 30_000);
  });
});

const moved = sql((q, p: Params<{ id: string; n: number }>) =>
  q
    .updateTable('interaction')
    .set({ n: p('n') })
    .where('id', '=', p('id')),
);

/** How the database would carry out a statement, a line for each step. */
async function planOf(db: Kernel['db'], { source, params }: Bound): Promise<string[]> {
  const { sql: text, slots } = source.compiled(db.dialect);
  const explain = db.dialect === 'sqlite' ? 'explain query plan' : 'explain';
  const id = 1_000_000 + source.id;
  const rows = await db.all<{ detail?: string; 'QUERY PLAN'?: string }>({
    source: { id, compiled: () => ({ sql: `${explain} ${text}`, slots }) },
    params,
  });
  return rows.map((row) => row.detail ?? row['QUERY PLAN'] ?? '');
}
