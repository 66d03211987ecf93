import { sql } from 'kysely';
import {
  DatabaseRefused,
  MAIN,
  newerSteps,
  openSnapshot,
  type Params,
  type Snapshot,
  statements,
  unfinishedWords,
} from '#server/kernel/index.ts';
import { readFact } from '#shared/model/facts/index.ts';
import { filesBelow, OPEN, recordingsTold } from './files.ts';
import { type Centre, type Schema, stepsDone } from './place.ts';

/** One thing the doctor looked at. */
export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  /** What was found, in words; undefined when all is well. */
  readonly problem?: string;
  /** How it could be mended; undefined when only a person can tell. */
  readonly cure?: string;
}

/** What is wrong and its cure; nothing when all is well. */
type Trouble = { readonly problem: string; readonly cure?: string } | undefined;
interface Check {
  readonly what: string;
  look(snapshot: Snapshot): Promise<Trouble>;
}

const BACKUP = 'restore the last backup';
const statement = statements<Record<string, Record<string, string | number | null>>>();
const count = (text: string) =>
  statement(() => sql<{ count: number }>`select count(*) as count from (${sql.raw(text)}) as found`);

/** How many contacts a rebuild would lose: the fact that opened them is not there. */
export const contactsInNoJournal = count(
  `select 1 from interaction i where not exists (
     select 1 from journal j where j.interaction_id = i.id and j.type = 'interaction.opened')`,
);

/** References by id between tables of different rooms, which no foreign key holds: none of these rows should be found. */
const STRAYS: readonly { what: string; rows: ReturnType<typeof count>; problem: string; cure: string }[] = [
  {
    what: 'words belong to contacts',
    rows: count(
      'select 1 from interaction_words w where not exists (select 1 from interaction i where i.id = w.interaction_id)',
    ),
    problem: 'are of no contact',
    cure: 'npm run rebuild: a contact that is in the journal gets its row back; else restore the last backup',
  },
  {
    what: 'contacts have their words',
    rows: count(
      'select 1 from interaction i where not exists (select 1 from interaction_words w where w.interaction_id = i.id)',
    ),
    problem: 'have none',
    cure: `${BACKUP}; what nobody kept shows no number and no notes`,
  },
  {
    what: 'contacts stand in the journal',
    rows: contactsInNoJournal,
    problem: 'do not; a rebuild would lose them',
    cure: BACKUP,
  },
  {
    what: 'waiting work belongs to contacts',
    rows: count(
      `select 1 from open_item o where not exists (select 1 from interaction i where i.id = o.interaction_id)
       union all
       select 1 from open_offer o where not exists (select 1 from open_item i where i.item_id = o.item_id)`,
    ),
    problem: 'are of nothing',
    cure: 'npm run rebuild',
  },
  {
    what: 'words of waiting work belong to it',
    rows: count(
      'select 1 from work_words w where not exists (select 1 from open_item o where o.item_id = w.item_id)',
    ),
    problem: 'are of nothing that waits',
    cure: 'npm run rebuild: what waits according to the journal waits again',
  },
];

/**
 * Looks a centre over as it is at this moment, changing nothing, while its server may go on: whether the database is whole,
 * the journal without gaps and readable, tables that belong together fit, recordings are where contacts say. Rejects with
 * `DatabaseRefused` when there is nothing to look at.
 */
export async function examine({ database, recordings }: Centre, schema: Schema): Promise<Finding[]> {
  let snapshot: Snapshot;
  try {
    snapshot = await openSnapshot(database);
  } catch (error) {
    if (error instanceof DatabaseRefused) throw error;
    return [unreadable(WHOLE, error)];
  }
  try {
    const found: Finding[] = [await finding(whole, snapshot)];
    const tables = await finding(tablesOfToday(schema), snapshot);
    found.push(tables);
    if (!tables.ok) return found; // nothing else can be asked
    for (const check of [referencesHold, journalWhole, factsReadable, ...STRAYS.map(strayCheck)])
      found.push(await finding(check, snapshot));
    for (const check of recordingChecks(recordings)) found.push(await finding(check, snapshot));
    return found;
  } finally {
    await snapshot.close();
  }
}

async function finding({ what, look }: Check, snapshot: Snapshot): Promise<Finding> {
  try {
    const trouble = await look(snapshot);
    return trouble ? { what, ok: false, ...trouble } : { what, ok: true };
  } catch (error) {
    if (error instanceof DatabaseRefused) throw error;
    return unreadable(what, error);
  }
}

function unreadable(what: string, error: unknown): Finding {
  const problem = `it cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  return { what, ok: false, problem, cure: BACKUP };
}

const WHOLE = 'the database is whole';
const whole: Check = {
  what: WHOLE,
  async look(snapshot) {
    const problems =
      snapshot.dialect === 'sqlite'
        ? (await snapshot.all(check()))
            .map(({ integrity_check }) => integrity_check)
            .filter((text) => text !== 'ok')
        : (await snapshot.all(invalidIndexes())).map(({ name }) => `index ${name} is not valid`);
    if (problems.length === 0) return undefined;
    const cure = problems.every((text) => text.includes('index'))
      ? 'npm run backup, then npm run restore in an empty place: that makes every index anew'
      : BACKUP;
    return { problem: problems.slice(0, 3).join('; ').replaceAll('\n', ' '), cure };
  },
};
const check = statement(() => sql<{ integrity_check: string }>`pragma integrity_check(10)`);
const invalidIndexes = statement(
  () => sql<{ name: string }>`
    select c.relname as name from pg_index i join pg_class c on c.oid = i.indexrelid
     where not i.indisvalid and c.relnamespace = cast(current_schema() as regnamespace)`,
);

const tablesOfToday = (schema: Schema): Check => ({
  what: 'its tables are those of this Cordboard',
  async look(snapshot) {
    const steps = await stepsDone(snapshot);
    const unfinished = unfinishedWords(steps);
    if (unfinished !== undefined) return { problem: unfinished };
    const newer = newerSteps(steps, schema.migrations);
    if (newer.length > 0)
      return { problem: `a newer one changed them (${newer.join(', ')})`, cure: 'use that one' };
    const done = new Set(steps);
    const missing = schema.migrations.filter(({ name }) => !done.has(name));
    if (missing.length === 0) return undefined;
    const names = missing.map(({ name }) => name).join(', ');
    return {
      problem: `they are older (${names} did not run)`,
      cure: 'start this Cordboard once, then look again',
    };
  },
});

const referencesHold: Check = {
  what: 'references lead somewhere',
  async look(snapshot) {
    if (snapshot.dialect === 'postgres') return undefined; // it lets no other in
    const lost = (await snapshot.all(foreignKeys())).length;
    return lost === 0 ? undefined : { problem: `${lost} rows point to nothing`, cure: BACKUP };
  },
};
const foreignKeys = statement(() => sql`pragma foreign_key_check`);

const journalWhole: Check = {
  what: 'the journal has its head and no gaps',
  async look(snapshot) {
    const [found] = await snapshot.all(extent({ partition: MAIN }));
    if (!found) return { problem: 'it has no head', cure: BACKUP };
    const { head, last, before, first, rows } = found;
    if ((last ?? 0) !== head)
      return { problem: `its head says ${head}, its last fact is ${last ?? 'none'}`, cure: BACKUP };
    // The keys that people pressed were taken out of what was stored before there were epochs: gaps there are theirs.
    if (first === null || last === null) return undefined;
    const start = (before ?? 0) + 1;
    const lost = last - start + 1 - rows;
    if (lost === 0) return undefined;
    const [gap] = first > start ? [{ seq: start }] : await snapshot.all(firstGap({ partition: MAIN }));
    return { problem: `${lost} facts are missing, the first is number ${gap?.seq}`, cure: BACKUP };
  },
};
const extent = statement(
  (_, p: Params<{ partition: string }>) => sql<{
    head: number;
    last: number | null;
    before: number | null;
    first: number | null;
    rows: number;
  }>`
    select h.seq as head,
           (select max(seq) from journal j where j."partition" = h."partition") as last,
           (select max(seq) from journal j where j."partition" = h."partition" and j.epoch = 0) as before,
           (select min(seq) from journal j where j."partition" = h."partition" and j.epoch > 0) as first,
           (select count(*) from journal j where j."partition" = h."partition" and j.epoch > 0) as rows
      from head h where h."partition" = ${p('partition')}`,
);
const firstGap = statement(
  (_, p: Params<{ partition: string }>) => sql<{ seq: number }>`
    select min(j.seq) + 1 as seq from journal j
     where j."partition" = ${p('partition')} and j.epoch > 0
       and not exists (select 1 from journal k where k."partition" = j."partition" and k.seq = j.seq + 1)`,
);

const factsReadable: Check = {
  what: 'every fact can be read',
  async look(snapshot) {
    const unknown = new Map<string, { times: number; seq: unknown }>();
    for await (const page of snapshot.rows('journal'))
      for (const { seq, type, version, data } of page) {
        const read = readFact(String(type), Number(version), String(data));
        if (read.ok) continue;
        const kind = `${type} ${read.problem}`;
        const known = unknown.get(kind);
        if (known) known.times += 1;
        else unknown.set(kind, { times: 1, seq });
      }
    if (unknown.size === 0) return undefined;
    const kinds = [...unknown].map(([kind, { times, seq }]) => `${times} x ${kind} (first number ${seq})`);
    return {
      problem: kinds.join('; '),
      cure: 'they are passed over; a newer Cordboard may know them, a backup may have them whole',
    };
  },
};

const strayCheck = ({ what, rows, problem, cure }: (typeof STRAYS)[number]): Check => ({
  what,
  async look(snapshot) {
    const found = (await snapshot.all(rows()))[0]?.count ?? 0;
    return found === 0 ? undefined : { problem: `${found} ${problem}`, cure };
  },
});

function recordingChecks(folder: string): Check[] {
  return [
    {
      what: 'recordings are where contacts say',
      async look(snapshot) {
        const there = await filesOf(folder);
        const told = await snapshot.all(recordingsTold());
        const missing = told.filter(({ file, ms }) => (ms ?? 0) > 0 && !there.has(file));
        if (missing.length === 0) return undefined;
        return {
          problem: `${missing.length} are not there, the first is ${missing[0]?.file}`,
          cure: `restore a backup made with --recordings elsewhere, and copy them into ${folder}`,
        };
      },
    },
    {
      what: 'recordings belong to contacts',
      async look(snapshot) {
        const there = await filesOf(folder);
        const told = new Set((await snapshot.all(recordingsTold())).map(({ file }) => file));
        // One that is being written, or that a kill left open, is told of in a moment, or at the next start.
        const nobodys = [...there].filter(
          (file) => !file.endsWith(OPEN) && !told.has(file) && !there.has(`${file}${OPEN}`),
        );
        if (nobodys.length === 0) return undefined;
        return {
          problem: `${nobodys.length} belong to none, the first is ${nobodys[0]}`,
          cure: `nothing plays them: listen to them in ${folder}, and remove them by hand`,
        };
      },
    },
  ];
}

async function filesOf(folder: string): Promise<Set<string>> {
  const files = new Set<string>();
  for await (const file of filesBelow(folder)) files.add(file);
  return files;
}
