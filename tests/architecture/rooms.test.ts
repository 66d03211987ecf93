import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { journalMigrations, openDatabase, tablesOf } from '#server/kernel/index.ts';
import { migrations, projections, rooms } from '#server/rooms.ts';
import { permissions } from '#shared/contract/index.ts';
import { factDeclarations } from '#shared/model/facts/index.ts';
import { dialects, freshDatabase } from '../kits/databases/index.ts';

const server = fileURLToPath(new URL('../../server/', import.meta.url));

describe('the rooms of the server', () => {
  it('tell every fact there is, each by one room', () => {
    const told = rooms.flatMap((room) => room.facts.map(({ type }) => type));
    expect([...told].sort()).toEqual(factDeclarations.map(({ type }) => type).sort());
  });

  it('declare every permission there is', () => {
    expect(Object.assign({}, ...rooms.map((room) => room.permissions))).toEqual(permissions);
  });

  it('have migrations of their own names, each once', () => {
    const names = migrations.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(migrations.slice(0, journalMigrations.length)).toEqual(journalMigrations);
  });

  it.skipIf(dialects.length < 2)(
    'MI1 come to the same tables and columns on both databases, but for text indices',
    async () => {
      const made = [];
      for (const dialect of dialects) {
        const db = await openDatabase(await freshDatabase(dialect), migrations, () => 0);
        made.push(
          Object.fromEntries(
            Object.entries(await tablesOf(db)).filter(([name]) => !/_text(_\w+)?$/.test(name)),
          ),
        );
        await db.close();
      }
      expect(made[0]).toEqual(made[1]);
      for (const table of projections.flatMap(({ tables }) => tables)) expect(made[0]).toHaveProperty(table);
    },
  );

  it('no room above the kernel names a driver, prepares a statement or opens a transaction', () => {
    const touching = readdirSync(server, { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.ts$/.test(path) && !path.startsWith('kernel/') && !/\.test\.ts$/.test(path))
      .filter((path) =>
        /(from|import\() ?'(better-sqlite3|pg|@electric-sql\/pglite)|\.prepare *[<(]|\bdb\.file\b/.test(
          readFileSync(server + path, 'utf8'),
        ),
      );
    expect(touching).toEqual([]);
  });
});
