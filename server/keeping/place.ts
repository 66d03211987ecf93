import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { sql } from 'kysely';
import {
  type DatabaseAddress,
  DatabaseRefused,
  type Db,
  finishedOps,
  type Migration,
  newerSteps,
  openDatabase,
  openSnapshot,
  type Snapshot,
  statements,
  unfinishedOps,
  unfinishedWords,
} from '#server/kernel/index.ts';

/** Where a centre lies. */
export interface Centre {
  readonly database: DatabaseAddress;
  /** Absolute path of the folder of recordings. */
  readonly recordings: string;
}

/** What the rooms know of their tables. */
export interface Schema {
  readonly migrations: readonly Migration[];
  /** Tables that are made from others and not copied: text indices. */
  readonly derived: ReadonlySet<string>;
  /** Makes those anew. */
  derive(db: Db): Promise<void>;
}

const statement = statements<{ migration: { name: string } }>();
const allSteps = statement((q) => q.selectFrom('migration').select('name').orderBy('name'));

/** Names of the steps this data has gone through. Rejects with `DatabaseRefused` when it is no centre. */
export async function stepsDone(snapshot: Snapshot): Promise<string[]> {
  if (!snapshot.tables.includes('migration'))
    throw new DatabaseRefused('there is no centre in this database');
  return (await snapshot.all(allSteps())).map(({ name }) => name);
}

/** The same; rejects also when the data is not whole. */
export async function stepsOf(snapshot: Snapshot): Promise<string[]> {
  const steps = await stepsDone(snapshot);
  const unfinished = unfinishedWords(steps);
  if (unfinished !== undefined) throw new DatabaseRefused(unfinished);
  return steps;
}

/** Rejects with `DatabaseRefused` when a newer program has been at this data. */
export function refuseNewer(steps: readonly string[], { migrations }: Schema, what: string): void {
  const newer = newerSteps(steps, migrations);
  if (newer.length > 0)
    throw new DatabaseRefused(`${what} is of a newer Cordboard (${newer.join(', ')}); use that one`);
}

const BROKEN_OFF =
  'this data is only half there: what was to fill it was broken off; remove it, and begin again in an empty place';

/**
 * Fills an empty place: a new file, or a database without any table. Until `fill` has resolved nobody can open it, and
 * when it rejects, everything is taken away again. Rejects with `DatabaseRefused` where something is already.
 * @param steps the tables it begins with; the rest of the schema's follow when it is full
 */
export async function fillEmpty(
  database: DatabaseAddress,
  schema: Schema,
  steps: readonly Migration[],
  now: () => number,
  fill: (db: Db) => Promise<void>,
): Promise<void> {
  await refuseFull(database);
  const others = filesBeside(database);
  try {
    const db = await openDatabase(database, steps, now);
    try {
      await db.write(unfinishedOps(BROKEN_OFF));
      await fill(db);
    } finally {
      await db.close();
    }
    const whole = await openDatabase(database, schema.migrations, now, BROKEN_OFF);
    try {
      await schema.derive(whole);
      await whole.write(finishedOps());
    } finally {
      await whole.close();
    }
    dropCopies(database, others);
  } catch (error) {
    await clear(database, others, schema).catch(() => undefined); // what failed first is what is to be told
    throw error;
  }
}

async function refuseFull(database: DatabaseAddress): Promise<void> {
  if (database.kind === 'sqlite') {
    if (existsSync(database.path))
      throw new DatabaseRefused(`${database.path} is there already; choose an empty folder`);
  } else if ((await allTables(database)).length > 0)
    throw new DatabaseRefused('this PostgreSQL database is not empty; make a new one');
}

/** Names in the folder of a file. */
function filesBeside(database: DatabaseAddress): ReadonlySet<string> {
  const folder = database.kind === 'sqlite' ? dirname(database.path) : undefined;
  return new Set(folder !== undefined && existsSync(folder) ? readdirSync(folder) : []);
}

/** Bringing the tables up to date kept a copy of what was there before: of nothing that anybody had. */
function dropCopies(database: DatabaseAddress, others: ReadonlySet<string>): void {
  if (database.kind !== 'sqlite') return;
  for (const name of filesBeside(database))
    if (!others.has(name) && name.startsWith(`${basename(database.path)}.before-`))
      rmSync(join(dirname(database.path), name), { force: true });
}

/** Takes away everything that came into a place that was empty. */
async function clear(
  database: DatabaseAddress,
  others: ReadonlySet<string>,
  { migrations }: Schema,
): Promise<void> {
  if (database.kind === 'sqlite') {
    for (const name of filesBeside(database))
      if (!others.has(name) && name.startsWith(basename(database.path)))
        rmSync(join(dirname(database.path), name), { force: true });
    return;
  }
  const names = await allTables(database);
  if (names.length === 0) return;
  const snapshot = await openSnapshot(database);
  const done = await snapshot.all(allSteps()).finally(() => snapshot.close());
  const steps = new Set(done.map(({ name }) => name));
  const known = migrations.filter(({ name }) => steps.has(name)); // none is to be run now
  const db = await openDatabase(database, known, () => 0, BROKEN_OFF);
  const list = sql.join(names.map((name) => sql.table(name)));
  await db.write([statement(() => sql`drop table ${list} cascade`)()]).finally(() => db.close());
}

const tables = statement(
  () => sql<{ name: string }>`select relname as name from pg_class
     where relkind = 'r' and relnamespace = cast(current_schema() as regnamespace)`,
);
/** Those of text indices too. */
async function allTables(database: DatabaseAddress): Promise<string[]> {
  const snapshot = await openSnapshot(database);
  return (await snapshot.all(tables()).finally(() => snapshot.close())).map(({ name }) => name);
}
