import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import pg from 'pg';
import { type Centre, leftOut, type Schema, sumsAt } from '#server/keeping/index.ts';
import {
  createIds,
  type DatabaseAddress,
  type Db,
  type Dialect,
  type Kernel,
  localBus,
  openDatabase,
  openJournal,
  silentLog,
  systemClock,
} from '#server/kernel/index.ts';
import { createPeople } from '#server/people/index.ts';
import { derive, derived, migrations, projections } from '#server/rooms.ts';
import { createRouting, seedQueues } from '#server/routing/index.ts';
import { demoAgentIds, seedDemo } from '#server/seed/index.ts';
import { createPostgres } from '../databases/index.ts';

export const schema: Schema = { migrations, derived, derive };
export const { now } = systemClock;

/** Folders and databases for centres, taken away with `clear`. */
export class Places {
  readonly #folders: string[] = [];

  folder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'cordboard-keeping-'));
    this.#folders.push(folder);
    return folder;
  }

  /** Where nothing is yet: a folder, and on PostgreSQL a database without tables. */
  async empty(dialect: Dialect): Promise<Centre & { readonly folder: string }> {
    const folder = this.folder();
    const database: DatabaseAddress =
      dialect === 'sqlite'
        ? { kind: 'sqlite', path: join(folder, 'cordboard.db') }
        : { kind: 'postgres', url: await createPostgres(), log: silentLog };
    return { database, recordings: join(folder, 'recordings'), folder };
  }

  clear(): void {
    for (const folder of this.#folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  }
}

/** The database of a centre at rest, for as long as `work` takes. */
export async function withDatabase<T>(
  { database }: Pick<Centre, 'database'>,
  work: (db: Db) => Promise<T>,
): Promise<T> {
  const db = await openDatabase(database, migrations, now);
  return work(db).finally(() => db.close());
}

/** The kernel of a centre at rest, its rooms' projections in place. */
export function withKernel<T>(
  centre: Pick<Centre, 'database'>,
  work: (kernel: Kernel) => Promise<T>,
): Promise<T> {
  return withDatabase(centre, async (db) => {
    const journal = await openJournal(db, systemClock, silentLog);
    for (const projection of projections) journal.project(projection);
    const bus = localBus((error) => {
      throw error;
    });
    let count = 0;
    const ids = createIds(now, (n) => Uint8Array.from({ length: n }, () => count++ & 255));
    const done = await work({ clock: systemClock, log: silentLog, db, journal, bus, ids });
    await journal.close();
    return done;
  });
}

/** Counts and hashes of everything in it. */
export const sumsOf = ({ database }: Pick<Centre, 'database'>) => sumsAt(database, leftOut(schema));

/** What a furnished centre can be recognised by. */
export interface Furnished {
  /** In the notes of a contact. */
  readonly note: string;
  /** A contact with a recording, and its file in the folder of recordings. */
  readonly recorded: string;
  readonly file: string;
}

/** People, customers, a few days of history with a recording, settings, and work that waits with its words. */
export function furnish(centre: Centre): Promise<Furnished> {
  return withKernel(centre, async (kernel) => {
    const people = await createPeople({ kernel, realm: 'cordboard', sipPath: '/sip' });
    await seedDemo(
      { kernel, people },
      { customers: 40, accounts: 8, cases: 9, days: 2, callsPerDay: 30, offset: 0 },
    );
    const routing = await createRouting({ kernel });
    await seedQueues(routing, 'demo', demoAgentIds);
    const { journal } = kernel;
    const [recorded = '', waits = ''] = await someContacts(kernel);
    routing.enqueue({
      id: 'item-waits',
      interactionId: waits,
      channel: 'email',
      queueId: 'billing',
      priority: 2,
      attributes: { subject: 'Two invoices' },
    });
    const file = `2026/01/02/${recorded}.wav`;
    journal.append({ type: 'recording.started', interactionId: recorded, file });
    journal.append({ type: 'recording.ended', interactionId: recorded, file, durationMs: 1_234.5 });
    mkdirSync(dirname(join(centre.recordings, file)), { recursive: true });
    writeFileSync(join(centre.recordings, file), Buffer.alloc(1_000_000, 'sound'));
    await journal.flush();
    routing.stop();
    await people.stop();
    return { note: 'Promised a call back with the date', recorded, file };
  });
}

async function someContacts({ journal }: Kernel): Promise<string[]> {
  for await (const facts of journal.all(1_000))
    return facts.flatMap((fact) => (fact.type === 'interaction.opened' ? [fact.interactionId] : []));
  return [];
}

/** Carries out SQL behind everybody's back. */
export async function tamper({ database }: Pick<Centre, 'database'>, text: string): Promise<void> {
  if (database.kind === 'sqlite') {
    const file = new Sqlite(database.path);
    file.pragma('foreign_keys = OFF');
    file.exec(text);
    file.close();
    return;
  }
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(text).finally(() => client.end());
}
