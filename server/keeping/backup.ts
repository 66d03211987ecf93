import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync, renameSync, rmSync } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { openSnapshot, type Snapshot } from '#server/kernel/index.ts';
import { Summing, type Sums } from './copy.ts';
import { OPEN, recordingsTold } from './files.ts';
import { FORMAT, lineOf } from './format.ts';
import { type Centre, refuseNewer, type Schema, stepsOf } from './place.ts';

const PIECE = 768 * 1024;

/** What a backup holds, or a restore brought back. */
export interface Kept {
  readonly rows: number;
  readonly files: number;
  /** Of the backup. */
  readonly bytes: number;
}

export interface BackupOptions {
  readonly recordings: boolean;
  readonly now: number;
  /** Breaks it off: it rejects, and leaves nothing. */
  readonly signal?: AbortSignal;
}

/**
 * Writes a whole centre into one file, as it is at this moment, while its server goes on. Written beside and renamed at
 * the end: a backup that exists is complete. Rejects with `DatabaseRefused` or the system's error, and leaves no file then.
 */
export async function backup(
  { database, recordings }: Centre,
  schema: Schema,
  file: string,
  { signal, ...options }: BackupOptions,
): Promise<Kept> {
  const target = resolve(file);
  const partial = `${target}.part-${process.pid}`;
  const snapshot = await openSnapshot(database);
  const count = { rows: 0, files: 0 };
  try {
    const steps = await stepsOf(snapshot);
    refuseNewer(steps, schema, 'this data');
    mkdirSync(dirname(target), { recursive: true });
    rmSync(partial, { force: true });
    await pipeline(
      Readable.from(linesOf(snapshot, schema, steps, recordings, options, count)),
      createGzip(),
      createWriteStream(partial, { flags: 'wx', mode: 0o600 }),
      { ...(signal && { signal }) },
    );
    await settle(partial);
    renameSync(partial, target);
  } finally {
    await snapshot.close();
    rmSync(partial, { force: true });
  }
  return { ...count, bytes: (await stat(target)).size };
}

/** A name must not outlive a power cut that its content did not. */
async function settle(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.sync().finally(() => handle.close());
}

async function* linesOf(
  snapshot: Snapshot,
  { derived }: Schema,
  migrations: readonly string[],
  recordings: string,
  options: Pick<BackupOptions, 'recordings' | 'now'>,
  count: { rows: number; files: number },
): AsyncGenerator<string> {
  yield lineOf({ cordboard: FORMAT, at: options.now, migrations });
  const sums: Record<string, Sums[string]> = {};
  for (const table of snapshot.tables) {
    if (derived.has(table) || table === 'migration') continue;
    yield lineOf({ table });
    const summing = new Summing();
    for await (const page of snapshot.rows(table)) {
      for (const row of page) summing.add(row);
      count.rows += page.length;
      yield lineOf([...page]);
    }
    sums[table] = summing.sum;
  }
  const files = new Summing();
  // Of those that the snapshot tells of: later ones belong to no contact in it.
  if (options.recordings)
    for (const { file, ms, problem } of await snapshot.all(recordingsTold())) {
      const handle = await openThere(join(recordings, file));
      if (!handle) continue; // the doctor says so
      count.files += 1;
      yield* fileLines(file, handle, files);
      // It may be complete by now, but this snapshot does not know it: the restored server is to mend it.
      if (ms === null && problem === null) yield* fileLines(`${file}${OPEN}`, undefined, files);
    }
  yield lineOf({ sums, files: files.sum });
}

async function openThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** @param handle closed at the end; undefined: an empty file */
async function* fileLines(
  file: string,
  handle: FileHandle | undefined,
  files: Summing,
): AsyncGenerator<string, void> {
  yield lineOf({ file });
  const hash = createHash('sha256');
  try {
    const pieces = handle?.createReadStream({ highWaterMark: PIECE, autoClose: false }) ?? [];
    for await (const piece of pieces as AsyncIterable<Buffer>) {
      hash.update(piece);
      yield lineOf(piece.toString('base64'));
    }
  } finally {
    await handle?.close();
  }
  files.add({ file, hash: hash.digest('hex') });
}
