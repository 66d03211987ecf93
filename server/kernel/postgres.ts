import pg from 'pg';
import { Conflict, DatabaseRefused, DatabaseUnavailable, type Db, type Result } from './db.ts';
import type { Log } from './log.ts';
import { type Bound, type Op, type SqlValue, valuesOf } from './statement.ts';

const OLDEST = 15;
/** How many reads run side by side. */
const READERS = 4;
const PATIENCE_MS = 5_000;
/**
 * A server that is cut off holds its lock (and a transaction it was in) for some ten seconds, not for the two hours in
 * which the system notices: then it, or another in its place, may come back.
 */
const WRITER =
  '-c idle_in_transaction_session_timeout=2000 -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 -c jit=off';
/** Held for as long as a server runs on this database ("Cord" in ASCII). */
const LOCK = 0x43_6f_72_64;

const INT8 = 20;
const NUMERIC = 1700;
/** Numbers beyond 2^53 do not occur: times, counts and sequences. */
export const postgresTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === INT8 || oid === NUMERIC
      ? (text: string) => Number(text)
      : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser,
};

export interface PostgresOptions {
  readonly url: string;
  readonly log: Log;
  /** Take the lock of a running server; without it (tools, tests) several may be open. Default true. */
  readonly alone?: boolean;
  /** A database that answers nothing for so long is not there, ms; default 5 s. */
  readonly patienceMs?: number;
}

/** A PostgreSQL database: writes over one pipelined connection, reads from a small pool. */
export interface PostgresDb extends Db {
  readonly dialect: 'postgres';
  /** For the kernel alone: migrations. Several statements in one string, in one transaction. */
  script(sql: string): Promise<void>;
}

/**
 * Connects. Rejects with `DatabaseRefused` in the user's words: a wrong address, no rights, a server too old, or another
 * Cordboard on the same database. Later losses of the connection reject single calls; the next call connects again.
 */
export async function openPostgres({
  url,
  log,
  alone = true,
  patienceMs = PATIENCE_MS,
}: PostgresOptions): Promise<PostgresDb> {
  const settings = {
    connectionString: url,
    types: postgresTypes,
    keepAlive: true,
    application_name: 'cordboard',
  };
  const pool = new pg.Pool({
    ...settings,
    max: READERS,
    connectionTimeoutMillis: PATIENCE_MS,
    query_timeout: patienceMs,
    idleTimeoutMillis: 0, // an idle connection keeps its prepared statements
    options: '-c max_parallel_workers_per_gather=0 -c jit=off',
  });
  pool.on('error', (error) => log.warn({ err: error }, 'a reading connection to the database was lost'));

  let writer: Promise<pg.Client> | undefined;
  let lost = false;
  let closed = false;

  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({
      ...settings,
      pipeline: true,
      connectionTimeoutMillis: PATIENCE_MS,
      query_timeout: patienceMs,
      options: WRITER,
    } as pg.ClientConfig);
    client.on('error', () => drop(client));
    client.on('end', () => drop(client));
    await client.connect();
    if (alone) await lock(client);
    current = client;
    if (lost) log.warn('the database answers again');
    lost = false;
    return client;
  };
  let current: pg.Client | undefined;
  const drop = (client: pg.Client): void => {
    if (current !== client) return;
    current = undefined;
    writer = undefined;
    if (!closed && !lost) log.error('the connection to the database is lost');
    lost = true;
  };
  const writing = (): Promise<pg.Client> => {
    writer ??= connect().catch((error: unknown) => {
      writer = undefined;
      throw error;
    });
    return writer;
  };

  try {
    const client = await writing();
    await checkVersion(client);
  } catch (error) {
    await pool.end();
    throw postgresRefusal(error, url);
  }

  const config = (bound: Bound): pg.QueryConfig => {
    const compiled = bound.source.compiled('postgres');
    return { name: `s${bound.source.id}`, text: compiled.sql, values: valuesOf(bound, compiled) };
  };
  /** An `Op` that expects a number of rows fails by dividing by zero when it changes another. */
  const opConfig = (op: Op): pg.QueryConfig => {
    const plain = config(op);
    if (op.expect === undefined) return plain;
    return {
      name: `${plain.name}e${op.expect}`,
      text: `with changed as (${plain.text} returning 1) select 1 / (case when count(*) = ${op.expect} then 1 else 0 end) from changed`,
      values: plain.values as SqlValue[],
    };
  };

  const read = async <R>(query: Bound<R>): Promise<R[]> => {
    try {
      return (await pool.query(config(query))).rows as R[];
    } catch (error) {
      throw postgresError(error);
    }
  };

  return {
    dialect: 'postgres',
    all: read,
    one: async (query) => (await read(query))[0],
    async write(ops) {
      let client: pg.Client;
      try {
        client = await writing();
      } catch (error) {
        throw postgresError(error);
      }
      // Sent without waiting: one round trip for the whole transaction. After a failed statement the rest fails too.
      const answers = [
        client.query('BEGIN'),
        ...ops.map((op) => client.query(opConfig(op))),
        client.query('COMMIT'),
      ];
      const settled = await Promise.allSettled(answers);
      const failed = settled.find((one) => one.status === 'rejected');
      if (failed) throw postgresError(failed.reason);
      const results = settled.map((one) => (one as PromiseFulfilledResult<pg.QueryResult>).value);
      // A transaction that failed answers COMMIT with ROLLBACK and no error.
      if (results.at(-1)?.command !== 'COMMIT') throw new Conflict('the transaction was rolled back');
      return ops.map((op, i): Result => {
        const { rowCount, rows } = results[i + 1] as pg.QueryResult;
        return op.expect === undefined ? { changes: rowCount ?? 0, rows } : { changes: op.expect, rows: [] };
      });
    },
    async script(text) {
      const client = await writing();
      await client.query(`BEGIN; ${text}; COMMIT`);
    },
    async close() {
      closed = true;
      await Promise.allSettled([pool.end(), writer?.then((client) => client.end())]);
    },
  };
}

async function lock(client: pg.Client): Promise<void> {
  const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS got', [LOCK]);
  if (rows[0]?.got === true) return;
  await client.end();
  throw new DatabaseRefused(
    'another Cordboard is using this database; stop it, or choose another with DATABASE_URL',
  );
}

async function checkVersion(client: pg.Client): Promise<void> {
  const { rows } = await client.query(
    "SELECT current_setting('server_version_num')::int AS number, current_setting('server_encoding') AS encoding",
  );
  const { number, encoding } = rows[0] as { number: number; encoding: string };
  if (number < OLDEST * 10_000)
    throw new DatabaseRefused(
      `DATABASE_URL leads to PostgreSQL ${Math.floor(number / 10_000)}; version ${OLDEST} or newer is needed`,
    );
  if (encoding !== 'UTF8')
    throw new DatabaseRefused(`the database of DATABASE_URL is encoded in ${encoding}; UTF8 is needed`);
}

/** The address without its password. */
const shown = (url: string): string => url.replace(/(\/\/[^:/@]*):[^@]*@/, '$1:…@');

const REFUSALS: Readonly<Record<string, string>> = {
  '28P01': 'the password is wrong',
  '28000': 'this user may not come in',
  '3D000': 'there is no such database',
  '42501': 'this user has not the rights it needs',
  ECONNREFUSED: 'nothing answers there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'there is no such host',
};

export function postgresRefusal(error: unknown, url: string): DatabaseRefused {
  if (error instanceof DatabaseRefused) return error;
  const { code, message } = error as Error & { code?: string };
  return new DatabaseRefused(`DATABASE_URL=${shown(url)}: ${REFUSALS[code ?? ''] ?? message}`);
}

/** Classes of SQLSTATE after which trying again may help: connection, resources, operator, system; and 25006 read only. */
const UNAVAILABLE = /^(08|53|57|58|25006|40001|40P01|55P03|XX)/;

/** In the kernel's own classes. */
export function postgresError(error: unknown): unknown {
  if (error instanceof DatabaseRefused) return new DatabaseUnavailable(error.message, { cause: error });
  if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError) return error;
  const code = (error as Error & { code?: unknown }).code;
  if (typeof code !== 'string' || /^E[A-Z]+$/.test(code))
    return new DatabaseUnavailable('the connection to the database is lost', {
      cause: error,
      maybeStored: true,
    });
  if (code === '22012' || code.startsWith('23')) return new Conflict(error.message, { cause: error });
  if (UNAVAILABLE.test(code))
    return new DatabaseUnavailable(
      code === '53100' ? 'the disk of the database is full' : 'the database does not answer',
      {
        cause: error,
        maybeStored: !/^(53|40|55)/.test(code),
      },
    );
  return error;
}
