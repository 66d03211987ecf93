import { afterEach, beforeEach, expect, it } from 'vitest';
import { freshDatabase, onEachDatabase } from '../../tests/kits/databases/index.ts';
import { Conflict, type Db, openDatabase, type Params, portable, statements } from './index.ts';

interface Tables {
  thing: { id: string; size: number | null; n: number };
  part: { thing_id: string; name: string };
}
const tables = portable(
  'thing-1',
  `CREATE TABLE thing (n IDENTITY, id TEXT NOT NULL UNIQUE, size INTEGER);
   CREATE TABLE part (thing_id TEXT NOT NULL REFERENCES thing (id), name TEXT NOT NULL, PRIMARY KEY (thing_id, name));`,
);
const statement = statements<Tables>();
const add = statement((q, p: Params<{ id: string; size: number | null }>) =>
  q.insertInto('thing').values({ id: p('id'), size: p('size') } as never),
);
const addReturning = statement((q, p: Params<{ id: string }>) =>
  q
    .insertInto('thing')
    .values({ id: p('id'), size: 1 } as never)
    .returning('n'),
);
const addPart = statement((q, p: Params<{ thing: string; name: string }>) =>
  q.insertInto('part').values({ thing_id: p('thing'), name: p('name') }),
);
const resize = statement((q, p: Params<{ id: string; size: number }>) =>
  q
    .updateTable('thing')
    .set({ size: p('size') })
    .where('id', '=', p('id')),
);
const all = statement((q) => q.selectFrom('thing').select(['id', 'size']).orderBy('id'));
const some = statement((q, p: Params<{ ids: readonly string[] }>) =>
  q.selectFrom('thing').select('id').where(p.among('id', 'ids')).orderBy('id'),
);
const count = statement((q) => q.selectFrom('thing').select((e) => e.fn.countAll<number>().as('count')));

onEachDatabase('the contract of Db', (dialect) => {
  let db: Db;
  beforeEach(async () => {
    db = await openDatabase(await freshDatabase(dialect), [tables], () => 0);
  });
  afterEach(() => db.close());
  const names = async () => (await db.all(all())).map(({ id }) => id);

  it('DB1 stores and reads text, numbers and null as they are', async () => {
    const big = 1_795_000_000_123;
    await db.write([add({ id: 'ä中\u{1F600}', size: big }), add({ id: 'b', size: null })]);
    expect(await db.all(all())).toEqual([
      { id: 'b', size: null },
      { id: 'ä中\u{1F600}', size: big },
    ]);
    expect(await db.one(count())).toEqual({ count: 2 });
  });

  it('DB2 a write is stored entirely or not at all', async () => {
    await expect(db.write([add({ id: 'a', size: 1 }), add({ id: 'a', size: 2 })])).rejects.toThrow(Conflict);
    expect(await names()).toEqual([]);
    await db.write([add({ id: 'a', size: 1 })]);
    expect(await names()).toEqual(['a']);
  });

  it('DB3 a write that changes another number of rows than expected is a conflict, whatever else it holds', async () => {
    await db.write([add({ id: 'a', size: 1 })]);
    const missing = { ...resize({ id: 'none', size: 9 }), expect: 1 };
    await expect(db.write([add({ id: 'b', size: 1 }), missing])).rejects.toThrow(Conflict);
    await db.write([{ ...resize({ id: 'a', size: 5 }), expect: 1 }]);
    expect(await db.all(all())).toEqual([{ id: 'a', size: 5 }]);
  });

  it('DB4 says how many rows changed and gives what is returned', async () => {
    const [first, second, third] = await db.write([
      addReturning({ id: 'a' }),
      resize({ id: 'a', size: 2 }),
      resize({ id: 'x', size: 2 }),
    ]);
    expect(first).toEqual({ changes: 1, rows: [{ n: expect.any(Number) }] });
    expect([second?.changes, third?.changes]).toEqual([1, 0]);
  });

  it('DB5 a reference that leads nowhere is a conflict', async () => {
    await expect(db.write([addPart({ thing: 'none', name: 'x' })])).rejects.toThrow(Conflict);
  });

  it('DB6 a list may be empty, long, and hold anything', async () => {
    const ids = ["it's", '"quoted"', 'c'];
    await db.write(ids.map((id) => add({ id, size: 1 })));
    expect((await db.all(some({ ids }))).length).toBe(3);
    expect(await db.all(some({ ids: [] }))).toEqual([]);
    const many = Array.from({ length: 5_000 }, (_, i) => `id${i}`);
    expect(await db.all(some({ ids: [...many, 'c'] }))).toEqual([{ id: 'c' }]);
  });

  it('DB7 writes sent together are carried out in order', async () => {
    await Promise.all([
      db.write([add({ id: 'a', size: 1 })]),
      db.write([resize({ id: 'a', size: 2 })]),
      db.write([resize({ id: 'a', size: 3 })]),
      db.write([add({ id: 'b', size: 1 })]).then(() => undefined),
    ]);
    expect(await db.all(all())).toEqual([
      { id: 'a', size: 3 },
      { id: 'b', size: 1 },
    ]);
  });

  it('DB8 a failed write harms neither the one before nor the one behind it', async () => {
    const outcomes = await Promise.allSettled([
      db.write([add({ id: 'a', size: 1 })]),
      db.write([add({ id: 'a', size: 2 })]),
      db.write([add({ id: 'b', size: 3 })]),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await names()).toEqual(['a', 'b']);
  });

  it('DB9 text is ordered by its bytes', async () => {
    await db.write(['b', 'B', 'a', 'Z', 'é'].map((id) => add({ id, size: 1 })));
    expect(await names()).toEqual(['B', 'Z', 'a', 'b', 'é']);
  });
});
