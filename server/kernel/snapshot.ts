import { existsSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import pg from 'pg';
import { DatabaseRefused } from './db.ts';
import type { DatabaseAddress } from './migrate.ts';
import { postgresError, postgresRefusal, postgresTypes } from './postgres.ts';
import { sqliteError } from './sqlite.ts';
import { type Bound, type Dialect, type SqlValue, valuesOf } from './statement.ts';

/** How many rows are read at once. */
const PAGE = 1_000;
const PATIENCE_MS = 5_000;

export type Row = Readonly<Record<string, SqlValue>>;

/** A database as it was at one moment, beside a server that goes on writing; nothing can be written here. */
export interface Snapshot {
  readonly dialect: Dialect;
  /** Tables that hold data of their own (no text indices and what lies behind them), parents before children. */
  readonly tables: readonly string[];
  /** Every row, in pages, in no particular order. NUL bytes are left out: no text means them, and PostgreSQL takes none. */
  rows(table: string): AsyncIterable<readonly Row[]>;
  all<R>(query: Bound<R>): Promise<R[]>;
  close(): Promise<void>;
}

/**
 * Opens a snapshot. Rejects with `DatabaseRefused` when there is no database or it cannot be opened; reading rejects with
 * `DatabaseUnavailable` or the database's own error. Not for `:memory:`.
 */
export function openSnapshot(address: DatabaseAddress): Promise<Snapshot> {
  return address.kind === 'sqlite' ? ofSqlite(address.path) : ofPostgres(address.url);
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

async function ofSqlite(path: string): Promise<Snapshot> {
  if (!existsSync(path)) throw new DatabaseRefused(`there is no centre: ${path} does not exist`);
  // Not read-only: such a connection would leave files beside a database at rest, with an owner of their own.
  const file = inWords(() => new Sqlite(path, { fileMustExist: true, timeout: PATIENCE_MS }));
  try {
    return inWords(() => snapshotOf(file));
  } catch (error) {
    file.close();
    if ((error as Error & { cause?: { code?: string } }).cause?.code === 'SQLITE_NOTADB')
      throw new DatabaseRefused(`${path} is not a Cordboard database`);
    throw error;
  }
}

function snapshotOf(file: Sqlite.Database): Snapshot {
  file.pragma('query_only = ON');
  file.exec('BEGIN');
  const names = file
    .prepare<[], string>(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
         AND sql NOT LIKE 'CREATE VIRTUAL%'
         AND NOT EXISTS (SELECT 1 FROM sqlite_master v WHERE v.sql LIKE 'CREATE VIRTUAL%'
           AND substr(sqlite_master.name, 1, length(v.name) + 1) = v.name || '_')
       ORDER BY name`,
    )
    .pluck()
    .all(); // the first read fixes the moment
  const parents = (table: string): string[] =>
    (file.pragma(`foreign_key_list(${quoted(table)})`) as { table: string }[]).map((key) => key.table);
  return {
    dialect: 'sqlite',
    tables: parentsFirst(names, parents),
    async *rows(table) {
      let page: Row[] = [];
      try {
        for (const row of file.prepare<[], Row>(`SELECT * FROM ${quoted(table)}`).iterate()) {
          page.push(withoutNul(row));
          if (page.length < PAGE) continue;
          yield page;
          page = [];
        }
      } catch (error) {
        throw sqliteError(error);
      }
      if (page.length > 0) yield page;
    },
    async all<R>(query: Bound<R>) {
      const compiled = query.source.compiled('sqlite');
      return inWords(() => file.prepare(compiled.sql).all(...valuesOf(query, compiled)) as R[]);
    },
    async close() {
      file.close();
    },
  };
}

function inWords<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw sqliteError(error);
  }
}

function withoutNul(row: Row): Row {
  for (const value of Object.values(row))
    if (typeof value === 'string' && value.includes('\0'))
      return Object.fromEntries(
        Object.entries(row).map(([name, text]) => [
          name,
          typeof text === 'string' ? text.replaceAll('\0', '') : text,
        ]),
      );
  return row;
}

async function ofPostgres(url: string): Promise<Snapshot> {
  const client = new pg.Client({
    connectionString: url,
    types: postgresTypes,
    connectionTimeoutMillis: PATIENCE_MS,
    application_name: 'cordboard-copy',
  });
  client.on('error', () => undefined); // told by the query that it takes with it
  const query = async <R extends pg.QueryResultRow>(text: string, values: SqlValue[] = []): Promise<R[]> => {
    try {
      return (await client.query<R>(text, values)).rows;
    } catch (error) {
      throw postgresError(error);
    }
  };
  try {
    await client.connect();
  } catch (error) {
    throw postgresRefusal(error, url);
  }
  try {
    await query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const tables = await query<{ name: string }>(
      `SELECT t.table_name AS name FROM information_schema.tables t
        WHERE t.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND NOT EXISTS (
          SELECT 1 FROM information_schema.columns c
           WHERE c.table_schema = t.table_schema AND c.table_name = t.table_name AND c.data_type = 'tsvector')
        ORDER BY 1`,
    );
    const keys = await query<{ child: string; parent: string }>(
      `SELECT child.relname AS child, parent.relname AS parent
         FROM pg_constraint c JOIN pg_class child ON child.oid = c.conrelid JOIN pg_class parent ON parent.oid = c.confrelid
        WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace`,
    );
    return {
      dialect: 'postgres',
      tables: parentsFirst(
        tables.map(({ name }) => name),
        (table) => keys.filter(({ child }) => child === table).map(({ parent }) => parent),
      ),
      async *rows(table) {
        await query(`DECLARE page CURSOR FOR SELECT * FROM ${quoted(table)}`);
        for (;;) {
          const page = await query<Record<string, SqlValue>>(`FETCH ${PAGE} FROM page`);
          if (page.length === 0) break;
          yield page;
        }
        await query('CLOSE page');
      },
      async all<R>(bound: Bound<R>) {
        const compiled = bound.source.compiled('postgres');
        return (await query(compiled.sql, valuesOf(bound, compiled))) as R[];
      },
      close: () => client.end(),
    };
  } catch (error) {
    await client.end();
    throw error;
  }
}

function parentsFirst(names: readonly string[], parents: (table: string) => readonly string[]): string[] {
  const done = new Set<string>();
  const visit = (table: string): void => {
    if (done.has(table) || !names.includes(table)) return;
    for (const parent of parents(table)) if (parent !== table) visit(parent);
    done.add(table);
  };
  for (const name of names) visit(name);
  return [...done];
}
