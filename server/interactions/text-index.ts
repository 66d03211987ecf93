import { sql as raw } from 'kysely';
import { deleteText, type IndexedText, indexed, indexText, insertText } from '#server/customers/index.ts';
import {
  DatabaseUnavailable,
  type Kernel,
  type Op,
  type Params,
  statements,
  type Timer,
} from '#server/kernel/index.ts';
import type { FactType, Recorded } from '#shared/model/facts/index.ts';
import { contactsBetween, contactsByIds, type StoredContact } from './interactions.store.ts';
import { EVERYTHING, type InteractionsTables, NOTHING } from './schema.ts';
import { customersOf, type Names } from './summary.ts';

export const TABLE = 'interaction_text';
const NAME = 'interaction';

const sql = statements<InteractionsTables>();
const readState = sql((q, p: Params<{ name: string }>) =>
  q.selectFrom('text_index_state').select(['seq', 'below']).where('name', '=', p('name')),
);
const saveState = sql((q, p: Params<InteractionsTables['text_index_state']>) =>
  q
    .updateTable('text_index_state')
    .set({ seq: p('seq'), below: p('below') })
    .where('name', '=', p('name')),
);
const forget = sql((_, p: Params<{ n: number }>, dialect) => deleteText(TABLE, raw`${p('n')}`, dialect));
const add = sql((_, p: Params<{ n: number } & IndexedText>, dialect) =>
  insertText(TABLE, raw`${p('n')}`, p, dialect),
);

/** What of a contact can be searched. */
type Searched = Pick<StoredContact, 'ani' | 'notes' | 'customer_id'>;

/** Tokens no one can type (a private-use character begins them), so that a filter is met inside the text index. */
export const ownToken = (kind: 'agent' | 'queue' | 'customer', id: string): string =>
  `\uE000${kind}${id.toLowerCase().replace(/[^a-z0-9]/g, '')}`;

/** Names and numbers are found from the middle too, notes by the beginnings of words. */
export function searchedText(
  row: Searched,
  customers: ReadonlyMap<string, { readonly name: string }>,
): string {
  const name = row.customer_id === null ? '' : (customers.get(row.customer_id)?.name ?? '');
  return `${indexText(`${name}\n${row.ani ?? ''}`, true)} ${indexText(row.notes ?? '', false)}`;
}

/** Facts that change what of a contact is indexed. */
const TELLING: ReadonlySet<FactType> = new Set([
  'interaction.queued',
  'interaction.assigned',
  'interaction.matched',
  'interaction.noted',
  'interaction.ended',
]);
const AFTER_MS = 1_000;
const AGAIN_MS = 10;
/** Contacts in one write; more while nobody is on the line. */
const BATCH = 50;
const IDLE_BATCH = 250;
/** Facts behind which the index is not followed up one by one at a start: reading the contacts themselves is quicker. */
const FAR_BEHIND = 10_000;
/** Facts without a contact in them, after which the place in the journal is stored all the same. */
const STORE_PLACE = 1_000;

/** The numbers of the first and the last fact that changed a contact since it was indexed. */
interface Changed {
  first: number;
  last: number;
}

/**
 * Keeps the full-text index behind the contacts: out of the commit of facts, a batch at a time, ended ones only. At every
 * moment a contact is of one of these kinds, and a search looks into each:
 *
 *     open             found by an index of the table
 *     changed          known in memory, after a start from the journal: told of by facts after `seq`
 *     below `below`    not indexed yet: after an upgrade or an import the newest come first
 *     indexed          all others
 *
 * Use `openTextIndex`.
 */
export class TextIndex {
  readonly #kernel: Pick<Kernel, 'db' | 'journal' | 'clock' | 'log'>;
  readonly #customers: Names['customers'];
  readonly #isOpen: (id: string) => boolean;
  readonly #idle: () => boolean;
  readonly #changed = new Map<string, Changed>();
  readonly #unsubscribe: readonly (() => void)[];
  /** As stored. */
  #seq: number;
  #below: number;
  /** The newest stored fact that this index was told of, or has made up for. */
  #heard: number;
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(options: TextIndexOptions, state: { readonly seq: number; readonly below: number }) {
    this.#kernel = options.kernel;
    this.#customers = options.customers;
    this.#isOpen = options.isOpen ?? (() => false);
    this.#idle = options.idle ?? (() => true);
    this.#seq = state.seq;
    this.#below = state.below;
    const { journal } = this.#kernel;
    this.#heard = journal.storedSeq;
    this.#unsubscribe = [
      journal.follow((fact) => this.note(fact)),
      journal.subscribe((facts) => {
        this.#heard += facts.length;
        if (this.#changed.size > 0 || journal.storedSeq - this.#seq >= STORE_PLACE) this.#schedule(AFTER_MS);
      }),
    ];
  }

  /** Contacts opened before this `n` are not indexed yet. */
  reach(): number {
    // An import tells nobody of its facts: its contacts are found by looking through all.
    const { storedSeq } = this.#kernel.journal;
    if (storedSeq > this.#heard) {
      this.#heard = storedSeq;
      this.#below = EVERYTHING;
      this.#schedule(AFTER_MS);
    }
    return this.#below;
  }

  /** Ids of contacts that changed since they were indexed. Read after the open ones: none slips through between the two. */
  changed(): string[] {
    return [...this.#changed.keys()];
  }

  /** A fact that this index may have to follow. Of an open contact nothing is noted: its end will tell. */
  note(fact: Recorded): void {
    if (!TELLING.has(fact.type) || !('interactionId' in fact)) return;
    const { interactionId: id, seq } = fact;
    const known = this.#changed.get(id);
    if (known) known.last = seq;
    else if (!this.#isOpen(id)) this.#changed.set(id, { first: seq, last: seq });
  }

  /** Indexes about `limit` contacts in one write. Less than that returned means it has caught up. */
  async catchUp(limit: number): Promise<number> {
    const { db, journal } = this.#kernel;
    const below = this.reach();
    const upTo = journal.storedSeq;
    const due = [...this.#changed].filter(([, { first }]) => first <= upTo);
    const taken = due.slice(0, limit);
    const room = below === NOTHING ? 0 : limit - taken.length;
    if (taken.length === 0 && room === 0 && upTo - this.#seq < STORE_PLACE) return 0;

    const rows = taken.length === 0 ? [] : await db.all(contactsByIds({ ids: taken.map(([id]) => id) }));
    const older = room === 0 ? [] : await db.all(contactsBetween({ low: NOTHING, high: below, limit: room }));
    const bottom = room === 0 ? below : older.length < room ? NOTHING : (older.at(-1)?.n ?? NOTHING);
    const seq = taken.length === due.length ? upTo : this.#seq;
    await db.write([
      ...(await this.#opsOf([...rows, ...older])),
      saveState({ name: NAME, seq, below: bottom }),
    ]);
    this.#seq = seq;
    if (this.#below === below) this.#below = bottom; // else an import came meanwhile
    for (const [id, change] of taken) {
      if (change.last <= upTo) this.#changed.delete(id);
      else change.first = upTo + 1;
    }
    return taken.length + older.length;
  }

  /** Begins to work in the background. */
  start(): void {
    if (this.#changed.size > 0 || this.reach() !== NOTHING) this.#schedule(AFTER_MS);
  }

  /** Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    await this.#running;
  }

  async #opsOf(rows: readonly StoredContact[]): Promise<Op[]> {
    const ended = new Map(rows.flatMap((row) => (row.ended_at === null ? [] : [[row.n, row] as const])));
    // SQLite's index wants rising numbers within a write: each step back would begin a segment of its own.
    const sorted = [...ended.values()].sort((a, b) => a.n - b.n);
    const customers = await this.#customers(customersOf(sorted));
    return [
      ...sorted.map(({ n }) => forget({ n })),
      ...sorted.map((row) => {
        const own = [
          row.agent_id === null ? '' : ownToken('agent', row.agent_id),
          row.queue_id === null ? '' : ownToken('queue', row.queue_id),
          row.customer_id === null ? '' : ownToken('customer', row.customer_id),
        ].join(' ');
        return add({ n: row.n, ...indexed(`${searchedText(row, customers)} ${own}`) });
      }),
    ];
  }

  #schedule(ms: number): void {
    if (this.#timer || this.#running || this.#stopped) return;
    this.#timer = this.#kernel.clock.after(ms, () => {
      this.#timer = undefined;
      this.#running = this.#run().then((more) => {
        this.#running = undefined;
        if (more) this.#schedule(AGAIN_MS);
        else if (this.#changed.size > 0) this.#schedule(AFTER_MS);
      });
    });
  }

  /** True when there is more to do at once. */
  async #run(): Promise<boolean> {
    const limit = this.#idle() ? IDLE_BATCH : BATCH;
    try {
      return (await this.catchUp(limit)) >= limit;
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable))
        // the journal says that already
        this.#kernel.log.warn({ err: error }, 'the text index is behind, trying again');
      this.#schedule(AFTER_MS);
      return false;
    }
  }
}

export interface TextIndexOptions {
  readonly kernel: Pick<Kernel, 'db' | 'journal' | 'clock' | 'log'>;
  /** Contacts are found by the names of their customers. */
  readonly customers: Names['customers'];
  /** As memory knows it, which follows facts before this index does. Default: nothing is open. */
  readonly isOpen?: (id: string) => boolean;
  /** Is nobody on the line? */
  readonly idle?: () => boolean;
}

/** Opens the index where it stood, and reads in the journal what has changed since. */
export async function openTextIndex(options: TextIndexOptions): Promise<TextIndex> {
  const { db, journal } = options.kernel;
  await journal.stored({ seq: journal.lastSeq });
  const state = (await db.one(readState({ name: NAME }))) ?? { seq: 0, below: EVERYTHING };
  const { storedSeq } = journal;
  if (storedSeq - state.seq > FAR_BEHIND)
    return new TextIndex(options, { seq: storedSeq, below: EVERYTHING });
  const index = new TextIndex(options, state);
  for (const fact of await journal.since(state.seq, FAR_BEHIND)) index.note(fact);
  return index;
}
