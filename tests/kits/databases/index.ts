import { describe, inject } from 'vitest';
import { type DatabaseAddress, type Dialect, silentLog } from '#server/kernel/index.ts';
import { createDatabase } from './find-postgres.ts';

/** What tests run on that do not name a database: `npm run test:postgres` sets it. */
export const usual: Dialect = process.env.CORDBOARD_TEST_ON === 'postgres' ? 'postgres' : 'sqlite';

/** A fresh, empty database of this kind: in memory, or of its own on the run's PostgreSQL. */
export async function freshDatabase(dialect: Dialect): Promise<DatabaseAddress> {
  if (dialect === 'sqlite') return { kind: 'sqlite', path: ':memory:' };
  return { kind: 'postgres', url: await createPostgres(), log: silentLog, alone: false };
}

/** Makes an empty database on the run's PostgreSQL; its address. Dropped with the server. */
export const createPostgres = (): Promise<string> => createDatabase(inject('postgres'));

/** The databases to run a suite on: `describe.each(dialects)('... on %s', ...)`. */
export const dialects: readonly Dialect[] = inject('postgres') === '' ? ['sqlite'] : ['sqlite', 'postgres'];

/** Runs a suite once on each database. */
export function onEachDatabase(title: string, suite: (dialect: Dialect) => void): void {
  for (const dialect of dialects) describe(`${title} on ${dialect}`, () => suite(dialect));
}
