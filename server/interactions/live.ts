import type { Journal } from '#server/kernel/index.ts';
import type { Recorded } from '#shared/model/facts/index.ts';
import type { InteractionRow } from './summary.ts';
import type { Contact, NewContact } from './types.ts';

/** A contact in memory, as changed last: facts not stored yet included. */
export interface Held extends Contact {
  startedAt: number;
  customerId: string | null;
  agentId: string | null;
  queueId: string | null;
  answeredAt: number | null;
  endedAt: number | null;
  end: Contact['end'];
  notes: string;
  rev: number;
  disposition: string | null;
  /** What of these is stored: only that is shown, for what is read as saved must be. */
  saved: { readonly notes: string; readonly rev: number; readonly disposition: string | null };
  /** The newest fact about it that was appended: until that is stored the tables are behind, and the entry must stay. */
  seq: number;
  /** The facts that the notes and the disposition came with. */
  notesSeq: number;
  disposedSeq: number;
  /** Agents who are in wrap-up after it. */
  wrapUps: number;
}

/** What was stored before this process began, or left memory since. */
const STORED = Number.MIN_SAFE_INTEGER;

interface Loading {
  readonly loaded: Promise<Held | undefined>;
  /** Told while the tables were read. */
  readonly facts: Recorded[];
}

/**
 * The contacts in hand, in memory.
 *
 *     open() ----> busy: open, or in wrap-up --ended, wrapped up--> past: the least recently used go,
 *                   ^                                                |    once everything of them is stored
 *     start, hold --+------------------------- asked for again ------+
 *
 * Changed at once by whoever changes something, and by every fact when it is appended.
 * @param load reads the tables; undefined for an unknown contact
 * @param most past contacts kept
 */
export class LiveContacts {
  readonly #journal: Journal;
  readonly #load: (id: string) => Promise<InteractionRow | undefined>;
  readonly #most: number;
  readonly #busy = new Map<string, Held>();
  readonly #past = new Map<string, Held>();
  readonly #loading = new Map<string, Loading>();

  constructor(journal: Journal, load: (id: string) => Promise<InteractionRow | undefined>, most = 5000) {
    this.#journal = journal;
    this.#load = load;
    this.#most = most;
    journal.follow((fact) => this.#follow(fact));
  }

  /** Contacts not ended. */
  get openCount(): number {
    let count = 0;
    for (const { endedAt } of this.#busy.values()) if (endedAt === null) count += 1;
    return count;
  }

  get size(): number {
    return this.#busy.size + this.#past.size;
  }

  /** Ids of the contacts not ended, in the order of their opening. */
  open(): string[] {
    return [...this.#busy.values()].flatMap(({ id, endedAt }) => (endedAt === null ? [id] : []));
  }

  isOpen(id: string): boolean {
    return this.#busy.get(id)?.endedAt === null;
  }

  /** A contact that opens at `at`; undefined for one that is known already: it stays as it is. */
  add(
    { interactionId: id, channel, direction, ani, dnis, customerId }: NewContact,
    at: number,
  ): Held | undefined {
    if (this.peek(id)) return undefined;
    const held: Held = {
      id,
      channel,
      direction,
      ani,
      dnis,
      customerId: customerId ?? null,
      agentId: null,
      queueId: null,
      startedAt: at,
      answeredAt: null,
      endedAt: null,
      end: null,
      notes: '',
      rev: 0,
      disposition: null,
      saved: { notes: '', rev: 0, disposition: null },
      seq: STORED,
      notesSeq: STORED,
      disposedSeq: STORED,
      wrapUps: 0,
    };
    this.#busy.set(id, held);
    return held;
  }

  /** As `add`, of one that was opened before. */
  restore(row: InteractionRow): Held {
    const held = heldOf(row);
    this.#place(held);
    return held;
  }

  peek(id: string): Held | undefined {
    return this.#busy.get(id) ?? this.#past.get(id);
  }

  /** As `peek`, and keeps it longer. */
  get(id: string): Held | undefined {
    const busy = this.#busy.get(id);
    if (busy) return busy;
    const past = this.#past.get(id);
    if (!past) return undefined;
    this.#past.delete(id); // again at the end: the order of the map is the order of use
    this.#past.set(id, past);
    return past;
  }

  /** Brings it back from the tables; two who ask at once get the same. Rejects when the database does not answer. */
  load(id: string): Promise<Held | undefined> {
    const known = this.get(id);
    if (known) return Promise.resolve(known);
    const running = this.#loading.get(id);
    if (running) return running.loaded;
    const facts: Recorded[] = [];
    const loaded = this.#read(id, facts).finally(() => this.#loading.delete(id));
    this.#loading.set(id, { loaded, facts });
    return loaded;
  }

  /** Keeps it until its wrap-up ends. */
  keep(held: Held): void {
    held.wrapUps = Math.max(1, held.wrapUps);
    this.#place(held);
  }

  async #read(id: string, meanwhile: readonly Recorded[]): Promise<Held | undefined> {
    // What was told of it before, while it was not in memory, must be in the table.
    await this.#journal.stored({ seq: this.#journal.lastSeq });
    const row = await this.#load(id);
    const opened = this.peek(id);
    if (opened || !row) return opened;
    const held = heldOf(row);
    for (const fact of meanwhile) apply(held, fact);
    this.#place(held);
    return held;
  }

  #follow(fact: Recorded): void {
    if (!('interactionId' in fact)) return;
    const id = fact.interactionId;
    if (fact.type === 'interaction.opened') this.add({ ...fact, ani: '', dnis: '' }, fact.at);
    const held = this.#busy.get(id) ?? this.#past.get(id);
    if (!held) {
      this.#loading.get(id)?.facts.push(fact);
      return;
    }
    if (apply(held, fact)) this.#place(held);
  }

  #place(held: Held): void {
    const busy = held.endedAt === null || held.wrapUps > 0;
    const [to, from] = busy ? [this.#busy, this.#past] : [this.#past, this.#busy];
    from.delete(held.id);
    to.set(held.id, held);
    for (const [id, oldest] of this.#past) {
      if (this.#past.size <= this.#most || oldest.seq > this.#journal.storedSeq) return;
      this.#past.delete(id);
    }
  }
}

/** True when it may have come to rest, or begun again. */
function apply(held: Held, fact: Recorded): boolean {
  held.seq = fact.seq;
  switch (fact.type) {
    case 'interaction.queued':
      held.queueId = fact.queueId;
      return false;
    case 'interaction.assigned':
      held.agentId = fact.agentId;
      return false;
    case 'interaction.matched':
      held.customerId = fact.customerId;
      return false;
    case 'interaction.disposed':
      held.disposition = fact.disposition;
      held.disposedSeq = fact.seq;
      return false;
    case 'call.bridged':
      held.answeredAt ??= fact.at;
      return false;
    case 'interaction.ended':
      if (held.endedAt !== null) return false;
      held.endedAt = fact.at;
      held.end = fact.end;
      return true;
    case 'wrap-up.started':
      held.wrapUps += 1;
      return true;
    case 'wrap-up.ended':
      held.wrapUps = Math.max(0, held.wrapUps - 1);
      return true;
    default:
      return false;
  }
}

const heldOf = (row: InteractionRow): Held => ({
  id: row.id,
  channel: row.channel,
  direction: row.direction,
  ani: row.ani ?? '',
  dnis: row.dnis ?? '',
  customerId: row.customer_id,
  agentId: row.agent_id,
  queueId: row.queue_id,
  startedAt: row.started_at,
  answeredAt: row.answered_at,
  endedAt: row.ended_at,
  end: row.end,
  saved: { notes: row.notes ?? '', rev: row.notes_rev ?? 0, disposition: row.disposition },
  notes: row.notes ?? '',
  rev: row.notes_rev ?? 0,
  disposition: row.disposition,
  seq: STORED,
  notesSeq: STORED,
  disposedSeq: STORED,
  wrapUps: 0,
});
