import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Config, ConfigError, readConfig } from '../../server/config.ts';
import type { Centre, Schema } from '../../server/keeping/index.ts';
import {
  createLog,
  type DatabaseAddress,
  DatabaseRefused,
  DatabaseUnavailable,
  type Db,
  lockFolder,
  openDatabase,
  systemClock,
} from '../../server/kernel/index.ts';
import { derive, derived, migrations } from '../../server/rooms.ts';
import { UsageError } from './args.ts';

export const schema: Schema = { migrations, derived, derive };
export const { now } = systemClock;
const log = createLog('warn');
/** A copy takes longer than a call may wait, ms. */
const PATIENCE_MS = 600_000;

/** Settings from the environment, as the server reads them. */
export function settings(): Config {
  try {
    return readConfig(process.env, []);
  } catch (error) {
    throw error instanceof ConfigError ? new UsageError(error.message) : error;
  }
}

const postgres = (url: string): DatabaseAddress => ({ kind: 'postgres', url, log, patienceMs: PATIENCE_MS });

/** Where the centre of these settings lies. */
export const centreOf = (config: Config): Centre => ({
  database: config.databaseUrl
    ? postgres(config.databaseUrl)
    : { kind: 'sqlite', path: join(config.dataDir, 'cordboard.db') },
  recordings: join(config.dataDir, 'recordings'),
});

/** `postgres://...`, or a folder for the embedded database. */
export const addressOf = (text: string): DatabaseAddress =>
  /^postgres(ql)?:\/\//.test(text)
    ? postgres(text)
    : { kind: 'sqlite', path: join(resolve(text), 'cordboard.db') };

/**
 * Runs with the database of the centre, alone: refused while a server runs.
 * @param resumes the words of unfinished data that this goes on with
 */
export async function alone<T>(config: Config, work: (db: Db) => Promise<T>, resumes?: string): Promise<T> {
  const { database } = centreOf(config);
  if (database.kind === 'sqlite' && !existsSync(database.path))
    throw new UsageError(`there is no centre: ${database.path} does not exist`);
  const release = lockFolder(config.dataDir);
  try {
    const db = await openDatabase(database, migrations, now, resumes);
    try {
      return await work(db);
    } finally {
      await db.close();
    }
  } finally {
    release();
  }
}

const SYSTEM: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EACCES: 'this may not be written or read',
  EPERM: 'this may not be written or read',
  EROFS: 'this disk cannot be written',
  EEXIST: 'a file is in the way',
  ENOTDIR: 'a file is in the way',
  ENOENT: 'there is no such file',
  EISDIR: 'this is a folder',
};

/** What a command of keeping refuses, or the system does not let it do, is one line for people. */
export async function inWords<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { name, message, code } = error as Error & { code?: string };
    if (error instanceof DatabaseRefused || error instanceof DatabaseUnavailable)
      throw new UsageError(message);
    if (name === 'AbortError') throw new UsageError('broken off; nothing was kept');
    if (code !== undefined && SYSTEM[code]) throw new UsageError(`${SYSTEM[code]}: ${message}`);
    throw error instanceof Error && message.includes('another Cordboard') ? new UsageError(message) : error;
  }
}
