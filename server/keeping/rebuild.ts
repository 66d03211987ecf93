import {
  DatabaseRefused,
  DatabaseUnavailable,
  type Db,
  finishedOps,
  type Journal,
  type Op,
  type Projection,
  unfinishedOps,
} from '#server/kernel/index.ts';
import { emptyOps } from './copy.ts';
import { contactsInNoJournal } from './doctor.ts';

/** Facts read and projected in one write. */
const BATCH = 500;

/** What whoever opens data is told whose rebuild was broken off. */
export const REBUILDING = 'a rebuild of this data was broken off: run npm run rebuild again';

/** What a rebuild did. */
export interface Rebuilt {
  readonly facts: number;
  readonly tables: readonly string[];
  /** Facts that were stored without what is made of them, because that can never be stored: now as then. */
  readonly refused: number;
}

export interface RebuildOptions {
  readonly projections: readonly Projection[];
  /** Makes tables anew that follow those of projections. */
  derive(db: Db): Promise<void>;
  /** Also when something would be lost: what stands in no journal, or is of facts that cannot be read. */
  readonly force?: boolean;
}

/**
 * Makes every projected table anew from the journal: empties them, then projects every fact, oldest first. The same facts
 * give the same bytes, so that a table that differs afterwards was wrong before. No server may run on the database.
 * Broken off, it is simply run again; until then nobody can open this data. Rejects with `DatabaseRefused` before it
 * changes anything, when something would be lost.
 */
export async function rebuild(
  db: Db,
  journal: Pick<Journal, 'all' | 'unknown'>,
  { projections, derive, force = false }: RebuildOptions,
): Promise<Rebuilt> {
  if (!force) await refuseLoss(db, journal);
  const tables = projections.flatMap((projection) => projection.tables);
  await db.write([...unfinishedOps(REBUILDING), ...emptyOps(tables)]);
  let facts = 0;
  let refused = 0;
  for await (const batch of journal.all(BATCH)) {
    const ops = batch.map((fact) => projections.flatMap(({ project }) => [...project(fact)]));
    refused += await writeAll(db, ops);
    facts += batch.length;
  }
  await derive(db);
  await db.write(finishedOps());
  return { facts, tables, refused };
}

async function refuseLoss(db: Db, journal: Pick<Journal, 'all' | 'unknown'>): Promise<void> {
  const lost: string[] = [];
  const contacts = (await db.one(contactsInNoJournal()))?.count ?? 0;
  if (contacts > 0) lost.push(`${contacts} contacts that stand in no journal`);
  for await (const _ of journal.all(BATCH));
  for (const [kind, times] of journal.unknown) lost.push(`what was made of ${times} facts (${kind})`);
  if (lost.length > 0)
    throw new DatabaseRefused(
      `a rebuild would lose ${lost.join(', ')}; npm run rebuild -- --force does it all the same`,
    );
}

/** All of these, or else one after the other, passing over what can never be stored (J6): so many. */
async function writeAll(db: Db, facts: readonly (readonly Op[])[]): Promise<number> {
  try {
    await db.write(facts.flat());
    return 0;
  } catch (error) {
    if (error instanceof DatabaseUnavailable) throw error;
  }
  let refused = 0;
  for (const ops of facts)
    await db.write(ops).catch((error: unknown) => {
      if (error instanceof DatabaseUnavailable) throw error;
      refused += 1;
    });
  return refused;
}
