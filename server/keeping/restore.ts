import { createHash, type Hash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import {
  type DatabaseAddress,
  DatabaseRefused,
  DatabaseUnavailable,
  type Db,
  openSnapshot,
} from '#server/kernel/index.ts';
import type { Kept } from './backup.ts';
import { differing, Filling, Summing, type Sums, sumsOf } from './copy.ts';
import { OPEN } from './files.ts';
import { bodySchema, headSchema, readLines, type Tail } from './format.ts';
import { type Centre, fillEmpty, refuseNewer, type Schema } from './place.ts';

/**
 * Makes a centre from a backup: in an empty data folder or database, and only there. What was restored is counted and
 * hashed again, and compared with what was backed up. Rejects with `DatabaseRefused` in the user's words or the system's
 * error; then the place is empty again.
 */
export async function restore(
  file: string,
  { database, recordings }: Centre,
  schema: Schema,
  now: () => number,
): Promise<Kept> {
  const lines = readLines(file);
  try {
    const steps = new Set(await readHead(file, lines, schema));
    refuseFull(recordings);
    const existed = existsSync(recordings);
    const source = new Source(file, lines, recordings);
    // With the tables of then; what changed since is changed when they are full.
    const then = schema.migrations.filter(({ name }) => steps.has(name));
    try {
      await fillEmpty(database, schema, then, now, async (db) => {
        const tail = await source.pour(db, await tablesAt(database, schema));
        const wrong = differing(tail.sums, await sumsAt(database, leftOut(schema)));
        if (wrong.length > 0)
          throw new DatabaseRefused(`${file} was not restored as it was: ${wrong.join(', ')} differ`);
      });
    } catch (error) {
      for (const path of source.written) rmSync(path, { force: true });
      if (!existed) rmSync(recordings, { recursive: true, force: true });
      throw error;
    }
    return { rows: source.rows, files: source.files, bytes: (await stat(file)).size };
  } finally {
    await lines.return(undefined);
  }
}

/** Tables that are no part of a copy. */
export const leftOut = ({ derived }: Schema): ReadonlySet<string> => new Set([...derived, 'migration']);

/** The steps its tables had gone through. */
async function readHead(
  file: string,
  lines: AsyncGenerator<unknown>,
  schema: Schema,
): Promise<readonly string[]> {
  const { value } = await lines.next();
  const head = headSchema.safeParse(value);
  if (head.success) {
    refuseNewer(head.data.migrations, schema, file);
    return head.data.migrations;
  }
  const { cordboard } = (value ?? {}) as { cordboard?: unknown };
  throw new DatabaseRefused(
    typeof cordboard === 'number'
      ? `${file} is of a newer Cordboard (form ${cordboard}); use that one`
      : `${file} is no backup of Cordboard`,
  );
}

function refuseFull(recordings: string): void {
  if (existsSync(recordings) && readdirSync(recordings).length > 0)
    throw new DatabaseRefused(`${recordings} is not empty; restore into a new DATA_DIR`);
}

/** What is left of a backup's lines after the first. */
class Source {
  rows = 0;
  files = 0;
  /** Paths of recordings so far. */
  readonly written: string[] = [];
  readonly #file: string;
  readonly #lines: AsyncGenerator<unknown>;
  readonly #folder: string;

  constructor(file: string, lines: AsyncGenerator<unknown>, folder: string) {
    this.#file = file;
    this.#lines = lines;
    this.#folder = folder;
  }

  /** Everything into the database and the folder; what the backup says of itself at its end. */
  async pour(db: Db, names: readonly string[]): Promise<Tail> {
    const filling = new Filling(db);
    const known = new Set(names);
    await filling.empty([...names].reverse());
    const files = new Summing();
    let table: string | undefined;
    let output: Output | undefined;
    let tail: Tail | undefined;
    try {
      for await (const value of this.#lines) {
        const line = bodySchema.safeParse(value);
        if (!line.success || tail) throw this.#damaged('a line is not as it should be');
        if (Array.isArray(line.data)) {
          if (table === undefined || !known.has(table)) throw this.#damaged(`it has a table ${table}`);
          await filling.add(table, line.data).catch((error: unknown) => {
            throw error instanceof DatabaseUnavailable ? error : this.#damaged(String(error));
          });
          this.rows += line.data.length;
        } else if (typeof line.data === 'string') await output?.write(line.data);
        else {
          await output?.close();
          output = undefined;
          if ('sums' in line.data) tail = line.data;
          else if ('table' in line.data) table = line.data.table;
          else output = await this.#begin(line.data.file, files);
        }
      }
    } finally {
      await output?.close();
    }
    if (!tail) throw this.#damaged('its end is missing');
    if (tail.files.rows !== files.sum.rows || tail.files.hash !== files.sum.hash)
      throw this.#damaged('its recordings are not those that were backed up');
    await filling.settle();
    return tail;
  }

  async #begin(name: string, files: Summing): Promise<Output> {
    const path = resolve(this.#folder, name);
    // Never outside of the folder, whatever the backup says.
    if (!path.startsWith(resolve(this.#folder) + sep))
      throw this.#damaged('it names a file outside of its folder');
    mkdirSync(dirname(path), { recursive: true });
    const handle = await open(path, 'wx', 0o600);
    this.written.push(path);
    if (!name.endsWith(OPEN)) this.files += 1;
    return new Output(name, handle, files);
  }

  #damaged(why: string): DatabaseRefused {
    return new DatabaseRefused(`${this.#file} is damaged or cut off: ${why}`);
  }
}

class Output {
  readonly #name: string;
  readonly #handle: FileHandle;
  readonly #files: Summing;
  readonly #hash: Hash = createHash('sha256');

  constructor(name: string, handle: FileHandle, files: Summing) {
    this.#name = name;
    this.#handle = handle;
    this.#files = files;
  }

  async write(base64: string): Promise<void> {
    const piece = Buffer.from(base64, 'base64');
    this.#hash.update(piece);
    await this.#handle.appendFile(piece);
  }

  async close(): Promise<void> {
    await this.#handle.close();
    this.#files.add({ file: this.#name, hash: this.#hash.digest('hex') });
  }
}

async function tablesAt(database: DatabaseAddress, schema: Schema): Promise<readonly string[]> {
  const snapshot = await openSnapshot(database);
  const out = leftOut(schema);
  await snapshot.close();
  return snapshot.tables.filter((name) => !out.has(name));
}

/** Sums of a database as it is now. */
export async function sumsAt(database: DatabaseAddress, without: ReadonlySet<string>): Promise<Sums> {
  const snapshot = await openSnapshot(database);
  return sumsOf(snapshot, without).finally(() => snapshot.close());
}
