import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite, { type Statement as Prepared, type Database as SqliteFile } from 'better-sqlite3';
import { Conflict, DatabaseRefused, DatabaseUnavailable, type Db, type Result } from './db.ts';
import { type Bound, type Op, valuesOf } from './statement.ts';

/** How long a statement waits for another process's lock, ms: the server must not freeze. */
const BUSY_MS = 5;

/** What SQLite says when the fault is not the statement's: locked, full, a disk or its rights that fail, a damaged file. */
const UNAVAILABLE = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|NOMEM|PROTOCOL|CORRUPT|NOTADB)/;

/** The embedded database: one file, WAL mode; `:memory:` for tests. */
export interface SqliteDb extends Db {
  readonly dialect: 'sqlite';
  /** For the kernel alone: migrations, backup, integrity. */
  readonly file: SqliteFile;
}

/** Opens or creates the file. Throws `DatabaseRefused` when it is no database of ours, the system's error for its rights. */
export function openSqlite(path: string): SqliteDb {
  const file = openFile(path);
  const prepared: (Prepared | undefined)[] = [];

  const prepare = (bound: Bound): Prepared => {
    const { id } = bound.source;
    const known = prepared[id];
    if (known) return known;
    const made = file.prepare(bound.source.compiled('sqlite').sql);
    prepared[id] = made;
    return made;
  };
  const values = (bound: Bound) => valuesOf(bound, bound.source.compiled('sqlite'));
  const begin = file.prepare('BEGIN IMMEDIATE');
  const commit = file.prepare('COMMIT');

  const run = (op: Op): Result => {
    const statement = prepare(op);
    const rows = statement.reader ? statement.all(...values(op)) : [];
    const changes = statement.reader ? rows.length : statement.run(...values(op)).changes;
    if (op.expect !== undefined && changes !== op.expect)
      throw new Conflict(`${changes} rows changed in place of ${op.expect}`);
    return { changes, rows };
  };

  return {
    dialect: 'sqlite',
    file,
    async all<R>(query: Bound<R>) {
      try {
        return prepare(query).all(...values(query)) as R[];
      } catch (error) {
        throw sqliteError(error);
      }
    },
    async one<R>(query: Bound<R>) {
      try {
        return prepare(query).get(...values(query)) as R | undefined;
      } catch (error) {
        throw sqliteError(error);
      }
    },
    // Without an await: nothing of this process can come between the statements of a transaction.
    async write(ops) {
      try {
        begin.run();
        const results = ops.map(run);
        commit.run();
        return results;
      } catch (error) {
        if (file.inTransaction) file.exec('ROLLBACK');
        throw sqliteError(error);
      }
    },
    async close() {
      file.close();
    },
  };
}

function openFile(path: string): SqliteFile {
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
    const file = new Sqlite(path, { timeout: BUSY_MS });
    file.pragma('journal_mode = WAL');
    file.pragma('synchronous = NORMAL');
    file.pragma('foreign_keys = ON');
    file.pragma('cache_size = -65536');
    return file;
  } catch (error) {
    const { code } = error as Error & { code?: string };
    if (code === 'SQLITE_NOTADB') throw new DatabaseRefused(`${path} is not a Cordboard database`);
    if (code === 'SQLITE_CORRUPT')
      throw new DatabaseRefused(`${path} is damaged: npm run doctor says what can be saved`);
    throw error;
  }
}

/** In the kernel's own classes. */
export function sqliteError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = (error as Error & { code?: unknown }).code;
  if (typeof code !== 'string') return error;
  if (code.startsWith('SQLITE_CONSTRAINT')) return new Conflict(error.message, { cause: error });
  if (UNAVAILABLE.test(code)) return new DatabaseUnavailable(words(code), { cause: error });
  return error;
}

function words(code: string): string {
  if (code.startsWith('SQLITE_FULL')) return 'the disk is full';
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED'))
    return 'another program holds the database';
  if (code.startsWith('SQLITE_READONLY')) return 'the database may not be written';
  if (code.startsWith('SQLITE_CORRUPT') || code.startsWith('SQLITE_NOTADB'))
    return 'the database file is damaged';
  return 'the disk of the database fails';
}
