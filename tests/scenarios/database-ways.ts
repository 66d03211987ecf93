import { spawnSync } from 'node:child_process';
import { closeSync, copyFileSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import pg from 'pg';
import { build } from '../../scripts/lib/build.ts';
import { createDatabase, type OwnServer, ownPostgres } from '../kits/databases/find-postgres.ts';
import { holdSqlite } from '../kits/databases/hold.ts';
import { DatabaseLine } from '../kits/databases/line.ts';
import type { Place } from '../support/agent.ts';
import { ADMIN, type AppOptions, startApp } from '../support/app.ts';
import { ServerProcess } from '../support/server-process.ts';

/** A centre whose database a test can take away and give back. */
export interface Fragile {
  readonly place: Place;
  /** From when this resolves the database takes no writes. */
  take(): Promise<void>;
  giveBack(): Promise<void>;
  /** Asks the database itself, not the server. */
  query<R>(sql: string): Promise<R[]>;
  close(): Promise<void>;
}

/** A way in which a database goes away. */
export interface Way {
  readonly name: string;
  /** Can the server read meanwhile? */
  readonly reads: boolean;
  /** How long a server may need to find it again, ms. */
  readonly backMs: number;
  open(centre: Pick<AppOptions, 'agents' | 'support'>): Promise<Fragile>;
}

const folder = (): string => mkdtempSync(join(tmpdir(), 'cordboard-fragile-'));
const remove = (path: string): void => rmSync(path, { recursive: true, force: true });

/** Opens the file for each question: it may lie on a disk that comes and goes. */
function askSqlite<R>(path: string, sql: string): R[] {
  const file = new Sqlite(path, { timeout: 5_000 });
  try {
    return file.prepare<[], R>(sql).all();
  } finally {
    file.close();
  }
}

async function askPostgres<R>(url: string, sql: string): Promise<R[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as R[];
  } finally {
    await client.end();
  }
}

/** Another program begins to write and does not end. */
export const locked: Way = {
  name: 'another program holds the SQLite file',
  reads: true,
  backMs: 500,
  async open(centre) {
    const dataDir = folder();
    const app = await startApp({ ...centre, dataDir, database: 'sqlite' });
    const path = join(dataDir, 'cordboard.db');
    let release = async (): Promise<void> => undefined;
    return {
      place: app,
      async take() {
        release = await holdSqlite(path);
      },
      giveBack: () => release(),
      query: async (sql) => askSqlite(path, sql),
      async close() {
        await release();
        await app.stop();
        remove(dataDir);
      },
    };
  },
};

/** Room for the demo's tables and what a test writes. */
const DISK = 24 * 1024 * 1024;
/** Mounts a small disk over `$1` with what is in `$2`, seen by this program alone, and runs the rest. */
const ON_SMALL_DISK = [
  ...['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c'],
  `mount -t tmpfs -o size=${DISK} tmpfs "$1" && cp -r "$2"/. "$1" && shift 2 && exec "$@"`,
  'sh',
];
function canMount(): boolean {
  const [at, from] = [folder(), folder()];
  const [unshare = '', ...args] = [...ON_SMALL_DISK, at, from, 'true'];
  const { status } = spawnSync(unshare, args, { stdio: 'ignore' });
  remove(at);
  remove(from);
  return status === 0;
}

/** The built server as a process, on data that an app in this process prepared. */
async function onDisk(
  centre: Pick<AppOptions, 'agents' | 'support'>,
  before: (dataDir: string, prepared: string) => readonly string[],
): Promise<{ server: ServerProcess; dataDir: string; clear(): Promise<void> }> {
  await build(false, ['server']);
  const prepared = folder();
  await (await startApp({ ...centre, dataDir: prepared, database: 'sqlite' })).stop();
  const dataDir = folder();
  const server = await ServerProcess.start({
    env: { DATA_DIR: dataDir, CORDBOARD_ADMIN_PASSWORD: ADMIN.password, LOG_LEVEL: 'silent' },
    args: ['--production'],
    before: before(dataDir, prepared),
  });
  return {
    server,
    dataDir,
    async clear() {
      await server.dispose();
      remove(dataDir);
      remove(prepared);
    },
  };
}

const placeOf = (server: ServerProcess): Place => ({
  url: server.url,
  sip: { host: '127.0.0.1', port: server.sipPort },
});

/** The disk that the data lies on is filled by something else. */
const diskFull: Way = {
  name: 'the disk is full (a small one of its own)',
  reads: true,
  backMs: 500,
  async open(centre) {
    const { server, dataDir, clear } = await onDisk(centre, (at, prepared) => [
      ...ON_SMALL_DISK,
      at,
      prepared,
    ]);
    const inside = join(`/proc/${server.pid}/root`, dataDir);
    const filler = join(inside, 'something else');
    const outside = folder();
    return {
      place: placeOf(server),
      async take() {
        const file = openSync(filler, 'w');
        try {
          const block = Buffer.alloc(4_096);
          for (;;) writeSync(file, block);
        } catch (error) {
          if ((error as { code?: string }).code !== 'ENOSPC') throw error;
        } finally {
          closeSync(file);
        }
      },
      giveBack: async () => remove(filler),
      async query(sql) {
        // A copy: SQLite would follow the link to a folder of the same name on our own disk.
        for (const name of ['cordboard.db', 'cordboard.db-wal'])
          copyFileSync(join(inside, name), join(outside, name));
        return askSqlite(join(outside, 'cordboard.db'), sql);
      },
      async close() {
        await clear();
        remove(outside);
      },
    };
  },
};

/** Where no disk can be mounted: the system lets the server make no file longer. */
const noLongerFiles: Way = {
  name: 'the disk takes no more (a limit in its place)',
  reads: true,
  backMs: 500,
  async open(centre) {
    const copy = ['sh', '-c', 'cp -r "$2"/. "$1" && shift 2 && exec "$@"', 'sh'];
    const { server, dataDir, clear } = await onDisk(centre, (at, prepared) => [...copy, at, prepared]);
    const path = join(dataDir, 'cordboard.db');
    const limit = (bytes: string): void => {
      const { status } = spawnSync('prlimit', ['--pid', String(server.pid), `--fsize=${bytes}:unlimited`]);
      if (status !== 0) throw new Error('prlimit (of util-linux) is needed');
    };
    return {
      place: placeOf(server),
      take: async () => limit('1'),
      giveBack: async () => limit('unlimited'),
      query: async (sql) => askSqlite(path, sql),
      close: clear,
    };
  },
};
export const full = canMount() ? diskFull : noLongerFiles;

/** On a PostgreSQL of its own, over a line that can break: the run's is everybody's. */
export async function onLine(centre: Pick<AppOptions, 'agents' | 'support'>) {
  const database: OwnServer = await ownPostgres();
  try {
    const direct = await createDatabase(database.url);
    const line = await DatabaseLine.to(direct);
    const app = await startApp({ ...centre, database: 'sqlite', env: { DATABASE_URL: line.url } });
    return {
      database,
      line,
      place: app,
      query: <R>(sql: string) => askPostgres<R>(direct, sql),
      async close() {
        await app.stop();
        await line.close();
        await database.stop();
      },
    };
  } catch (error) {
    await database.stop();
    throw error;
  }
}

export const stopped: Way = {
  name: 'PostgreSQL is stopped and started',
  reads: false,
  backMs: 1_000,
  async open(centre) {
    const { database, ...rest } = await onLine(centre);
    return { ...rest, take: () => database.power.off(), giveBack: () => database.power.on() };
  },
};

export const cut: Way = {
  name: 'the connection to PostgreSQL is cut',
  reads: false,
  backMs: 1_000,
  async open(centre) {
    const { line, ...rest } = await onLine(centre);
    return { ...rest, take: () => line.cut(), giveBack: () => line.mend() };
  },
};

export const silent: Way = {
  name: 'the line to PostgreSQL falls silent',
  reads: false,
  backMs: 1_000,
  async open(centre) {
    const { line, ...rest } = await onLine(centre);
    return { ...rest, take: async () => line.hang(), giveBack: () => line.mend() };
  },
};
