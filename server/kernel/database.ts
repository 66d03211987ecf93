import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Sqlite, { type Database as SqliteFile } from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';

/** One step of the schema. Steps run forward only, in the order of the list; a step once released never changes. */
export interface Migration {
  /** `people-1`: the room and its count. */
  readonly name: string;
  readonly sql: string;
}

export interface Database<Tables = unknown> {
  /** Typed queries. */
  readonly query: Kysely<Tables>;
  /** The file itself, for statements on a hot path and for transactions. */
  readonly file: SqliteFile;
  /** The same database seen with another room's tables. */
  as<T>(): Kysely<T>;
  close(): void;
}

const KEPT_BACKUPS = 5;

/**
 * Opens (or creates) the database, WAL mode, and runs the migrations it lacks; a copy of the file is kept beside it
 * before any migration of an existing one. Throws the system's own error when the folder cannot be written.
 * A writer waits at most 20 ms for another process's lock: the server must not freeze.
 */
export function openDatabase(path: string, migrations: readonly Migration[], now: () => number): Database {
  const existed = path !== ':memory:' && existsSync(path);
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  const file = new Sqlite(path, { timeout: 20 });
  file.pragma('journal_mode = WAL');
  file.pragma('synchronous = NORMAL');
  file.pragma('foreign_keys = ON');
  file.pragma('cache_size = -65536');
  file.exec('CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT');
  migrate(file, path, existed, migrations, now());
  const query = new Kysely<unknown>({ dialect: new SqliteDialect({ database: file }) });
  return {
    query,
    file,
    as: <T>() => query as unknown as Kysely<T>, // each room declares the tables of its own migrations
    close: () => file.close(),
  };
}

function migrate(
  file: SqliteFile,
  path: string,
  existed: boolean,
  migrations: readonly Migration[],
  at: number,
): void {
  const done = new Set(file.prepare('SELECT name FROM migration').pluck().all() as string[]);
  const missing = migrations.filter((m) => !done.has(m.name));
  if (missing.length === 0) return;
  if (existed && done.size > 0) backup(file, path, at);
  file.transaction(() => {
    for (const step of missing) {
      file.exec(step.sql);
      file.prepare('INSERT INTO migration (name, at) VALUES (?, ?)').run(step.name, at);
    }
  })();
}

function backup(file: SqliteFile, path: string, at: number): void {
  file.pragma('wal_checkpoint(TRUNCATE)');
  copyFileSync(path, `${path}.before-${new Date(at).toISOString().replace(/[:.]/g, '-')}`);
  const folder = dirname(path);
  const old = readdirSync(folder)
    .filter((name) => join(folder, name).startsWith(`${path}.before-`))
    .sort()
    .slice(0, -KEPT_BACKUPS);
  for (const name of old) rmSync(join(folder, name));
}
