import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { createPostgres, freshDatabase, onEachDatabase } from '../../tests/kits/databases/index.ts';
import {
  DatabaseRefused,
  type Db,
  openDatabase,
  portable,
  silentLog,
  sqliteOnly,
  statements,
  tablesOf,
} from './index.ts';

const folders: string[] = [];
const tempFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'cordboard-'));
  folders.push(folder);
  return folder;
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});
const statement = statements<Record<string, Record<string, string | number | null>>>();
const rows = (db: Db, table: string) => db.all(statement((q) => q.selectFrom(table).selectAll())());
const run = (text: string) => statement(() => sql.raw(text))();

const one = portable('room-1', 'CREATE TABLE thing (id INTEGER PRIMARY KEY, note TEXT, size REAL)');
const two = portable('room-2', 'ALTER TABLE thing ADD COLUMN name TEXT');

onEachDatabase('migrations', (dialect) => {
  it('MI1 run once each, forward, and make the same columns on both databases', async () => {
    const address = await freshDatabase(dialect);
    const db = await openDatabase(address, [one, two], () => 7);
    expect((await tablesOf(db)).thing).toEqual({ id: 'integer', name: 'text', note: 'text', size: 'real' });
    expect(await rows(db, 'migration')).toEqual([
      { name: 'room-1', at: 7 },
      { name: 'room-2', at: 7 },
    ]);
    await db.close();
  });

  it('MI2 a step that fails leaves what was before', async () => {
    const path = join(tempFolder(), 'cordboard.db');
    const address =
      dialect === 'sqlite'
        ? ({ kind: 'sqlite', path } as const)
        : ({ kind: 'postgres', url: await createPostgres(), log: silentLog, alone: false } as const);
    await expect(
      openDatabase(address, [one, portable('room-2', 'CREATE TABLE half (id TEXT); NOT SQL')], () => 0),
    ).rejects.toThrow();
    const db = await openDatabase(address, [one], () => 0);
    expect(Object.keys(await tablesOf(db)).sort()).toEqual(['migration', 'thing']);
    await db.close();
  });

  it('MI3 what a newer program has changed is refused in words', async () => {
    const path = join(tempFolder(), 'cordboard.db');
    const address =
      dialect === 'sqlite'
        ? ({ kind: 'sqlite', path } as const)
        : ({ kind: 'postgres', url: await createPostgres(), log: silentLog, alone: false } as const);
    await (await openDatabase(address, [one, two], () => 0)).close();
    const refused = openDatabase(address, [one], () => 0);
    await expect(refused).rejects.toThrow(DatabaseRefused);
    await expect(refused).rejects.toThrow('this data was changed by a newer Cordboard (room-2)');
  });
});

describe('migrations of a file', () => {
  it('MI4 a copy of the file is kept before one that exists is changed', async () => {
    const folder = tempFolder();
    const path = join(folder, 'cordboard.db');
    const backups = () => readdirSync(folder).filter((name) => name.includes('.before-'));
    await (await openDatabase({ kind: 'sqlite', path }, [one], () => 0)).close();
    await (await openDatabase({ kind: 'sqlite', path }, [one], () => 0)).close();
    expect(backups()).toEqual([]);
    await (await openDatabase({ kind: 'sqlite', path }, [one, two], () => 0)).close();
    expect(backups()).toHaveLength(1);
    const old = await openDatabase(
      { kind: 'sqlite', path: join(folder, backups()[0] ?? '') },
      [one],
      () => 0,
    );
    expect((await tablesOf(old)).thing).not.toHaveProperty('name');
    await old.close();
  });

  const family = sqliteOnly(
    'family-1',
    `CREATE TABLE parent (id TEXT PRIMARY KEY);
     CREATE TABLE child (id TEXT PRIMARY KEY, parent_id TEXT NOT NULL REFERENCES parent (id) ON DELETE CASCADE);
     INSERT INTO parent VALUES ('p'); INSERT INTO child VALUES ('c', 'p');`,
  );
  const rebuilt = `CREATE TABLE parent_2 (id TEXT PRIMARY KEY, name TEXT);
     INSERT INTO parent_2 (id) SELECT id FROM parent; DROP TABLE parent; ALTER TABLE parent_2 RENAME TO parent;`;

  it('OB11 rebuilding a table that others point to keeps them', async () => {
    const steps = [family, sqliteOnly('family-2', rebuilt, { rebuilds: true })];
    const db = await openDatabase({ kind: 'sqlite', path: ':memory:' }, steps, () => 0);
    expect(await rows(db, 'child')).toEqual([{ id: 'c', parent_id: 'p' }]);
    await expect(db.write([run("INSERT INTO child VALUES ('d', 'nobody')")])).rejects.toThrow(); // keys are on again
    await db.close();
  });

  it('OB11 a rebuild that leaves references to nothing is undone', async () => {
    const path = join(tempFolder(), 'cordboard.db');
    const losing = rebuilt.replace('SELECT id FROM parent', "SELECT 'q' FROM parent");
    const steps = [family, sqliteOnly('family-2', losing, { rebuilds: true })];
    await expect(openDatabase({ kind: 'sqlite', path }, steps, () => 0)).rejects.toThrow(
      'references lead to nothing',
    );
    const db = await openDatabase({ kind: 'sqlite', path }, [family], () => 0);
    expect(await rows(db, 'parent')).toEqual([{ id: 'p' }]);
    await db.close();
  });
});
