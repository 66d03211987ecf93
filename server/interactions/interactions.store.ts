import { type Kysely, type NotNull, sql as raw } from 'kysely';
import { type Dialect, type Op, type Params, statements } from '#server/kernel/index.ts';
import type { Disposition } from '#shared/contract/interactions.ts';
import type { InteractionsTables } from './schema.ts';

/** A contact with its words, as the tables hold it; words that were erased are null. */
export type StoredContact = Readonly<
  Omit<InteractionsTables['interaction'], 'recording_problem'> & {
    ani: string | null;
    dnis: string | null;
    notes: string | null;
    notes_rev: number | null;
  }
>;

const sql = statements<InteractionsTables>();

/** Every contact `i` with its words `w`; the words are looked up one by one for the rows that a statement picks. */
export const contacts = (q: Kysely<InteractionsTables>) =>
  q
    .selectFrom('interaction as i')
    .leftJoin('interaction_words as w', 'w.interaction_id', 'i.id')
    .select([
      'i.n',
      'i.id',
      'i.channel',
      'i.direction',
      'i.customer_id',
      'i.agent_id',
      'i.queue_id',
      'i.started_at',
      'i.answered_at',
      'i.ended_at',
      'i.end',
      'i.disposition',
      'i.recording_file',
      'i.recording_ms',
      'w.ani',
      'w.dnis',
      'w.notes',
      'w.notes_rev',
    ]);

export const contactById = sql((q, p: Params<{ id: string }>) => contacts(q).where('i.id', '=', p('id')));
export const contactsByIds = sql((q, p: Params<{ ids: readonly string[] }>) =>
  contacts(q).where(p.among('i.id', 'ids')),
);
export const openContacts = sql((q) => contacts(q).where('i.ended_at', 'is', null).orderBy('i.n'));
/** From `low` up to, and without, `high`, newest first: for reading everything in pieces. */
export const contactsBetween = sql((q, p: Params<{ low: number; high: number; limit: number }>) =>
  contacts(q)
    .where('i.n', '>=', p('low'))
    .where('i.n', '<', p('high'))
    .orderBy('i.n', 'desc')
    .limit(p('limit')),
);
/** @see numberList for `ns` */
export const contactsAt = sql((q, p: Params<{ ns: string }>, dialect) =>
  contacts(q).where(
    dialect === 'sqlite'
      ? raw<boolean>`i.n in (select value from json_each(${p('ns')}))`
      : raw<boolean>`i.n = any(cast(${p('ns')} as bigint[]))`,
  ),
);
/** Many numbers as one value, each database in its own way. */
export const numberList = (ns: readonly number[], dialect: Dialect): string =>
  dialect === 'sqlite' ? `[${ns.join()}]` : `{${ns.join()}}`;
export const recentContacts = sql((q, p: Params<{ customer: string; limit: number }>) =>
  contacts(q)
    .where('i.customer_id', '=', p('customer'))
    .where('i.ended_at', 'is not', null)
    .orderBy('i.started_at', 'desc')
    .orderBy('i.n', 'desc')
    .limit(p('limit')),
);
/** Recordings that began, and neither ended nor failed. */
export const unfinishedRecordings = sql((q) =>
  q
    .selectFrom('interaction')
    .select(['id', 'recording_file as file'])
    .$narrowType<{ file: NotNull }>()
    .where('recording_file', 'is not', null)
    .where('recording_ms', 'is', null)
    .where('recording_problem', 'is', null)
    .orderBy('n'),
);

const addWords = sql((q, p: Params<{ id: string; ani: string; dnis: string }>) =>
  q
    .insertInto('interaction_words')
    .values({ interaction_id: p('id'), ani: p('ani'), dnis: p('dnis'), notes: '', notes_rev: 0 })
    .onConflict((conflict) => conflict.doNothing()),
);
/** An older revision never replaces a newer one; words that were erased begin anew. */
const saveNotes = sql((q, p: Params<{ id: string; notes: string; rev: number }>) =>
  q
    .insertInto('interaction_words')
    .values({ interaction_id: p('id'), ani: '', dnis: '', notes: p('notes'), notes_rev: p('rev') })
    .onConflict((conflict) =>
      conflict
        .column('interaction_id')
        .doUpdateSet((e) => ({ notes: e.ref('excluded.notes'), notes_rev: e.ref('excluded.notes_rev') }))
        .whereRef('interaction_words.notes_rev', '<', 'excluded.notes_rev'),
    ),
);

/** The words that belong to an `interaction.opened`: stored in its commit. */
export const openingOps = (contact: {
  readonly interactionId: string;
  readonly ani: string;
  readonly dnis: string;
}): Op[] => [
  addWords({ id: contact.interactionId, ani: storable(contact.ani), dnis: storable(contact.dnis) }),
];

/** The words that belong to an `interaction.noted`. */
export const wordsOps = (noted: {
  readonly interactionId: string;
  readonly notes: string;
  readonly rev: number;
}): Op[] => [saveNotes({ id: noted.interactionId, notes: storable(noted.notes), rev: noted.rev })];

/** No text means NUL, and PostgreSQL takes none. */
export const storable = (text: string): string => (text.includes('\0') ? text.replaceAll('\0', '') : text);

export const allDispositions = sql((q) =>
  q.selectFrom('disposition').select(['id', 'name', 'key', 'listed']),
);
export const saveDisposition = sql((q, p: Params<Disposition>) =>
  q
    .insertInto('disposition')
    .values({ id: p('id'), name: p('name'), key: p('key'), listed: 1 })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((e) => ({
        name: e.ref('excluded.name'),
        key: e.ref('excluded.key'),
        listed: 1,
      })),
    ),
);
/** Off the list, and not out of the table: contacts have it still. */
export const unlistDisposition = sql((q, p: Params<{ id: string }>) =>
  q.updateTable('disposition').set({ key: null, listed: 0 }).where('id', '=', p('id')),
);
