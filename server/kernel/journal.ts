import type { Statement } from 'better-sqlite3';
import { type Fact, factSchema, type Recorded } from '#shared/model/facts.ts';
import type { Clock } from './clock.ts';
import type { Database, Migration } from './database.ts';
import type { Log } from './log.ts';

export const journalMigrations: readonly Migration[] = [
  {
    name: 'journal-1',
    sql: `CREATE TABLE journal (
            seq INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            type TEXT NOT NULL,
            interaction_id TEXT,
            agent_id TEXT,
            data TEXT NOT NULL
          ) STRICT;
          CREATE INDEX journal_interaction ON journal (interaction_id, seq) WHERE interaction_id IS NOT NULL;`,
  },
];

type Listener = (facts: readonly Recorded[]) => void;
type Projection = (fact: Recorded) => void;

const RETRY_MS = 100;
const GROUP_MS = 5;

/**
 * The append-only record of every fact.
 *
 *     append -> pending --(this turn, or 5 ms)--> one transaction: rows + projections -> subscribers
 *                  ^                                  |
 *                  +---- locked: kept, tried again ---+
 *
 * J1 a fact gets its sequence number and time when appended, and is never changed.
 * J2 facts are committed in groups, in order: at the end of this turn of the event loop when the last commit is a while
 *    ago, otherwise so that there are at most 200 commits a second. A commit costs the same for one fact as for fifty.
 * J3 projections run inside that transaction: a fact and what is derived from it are stored together or not at all.
 * J4 subscribers see committed facts only, in order, each once.
 * J5 a locked or failing database loses nothing: facts stay pending and are tried again.
 */
export class Journal {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #insert: Statement;
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #projections: Projection[] = [];
  readonly #listeners = new Set<Listener>();
  #pending: Recorded[] = [];
  #scheduled = false;
  #flushedAt = Number.NEGATIVE_INFINITY;
  #seq: number;
  #committed: number;

  constructor(db: Database, clock: Clock, log: Log) {
    this.#db = db;
    this.#clock = clock;
    this.#log = log;
    this.#begin = db.file.prepare('BEGIN IMMEDIATE');
    this.#commit = db.file.prepare('COMMIT');
    this.#insert = db.file.prepare(
      'INSERT INTO journal (seq, at, type, interaction_id, agent_id, data) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#seq = (db.file.prepare('SELECT max(seq) FROM journal').pluck().get() as number | null) ?? 0;
    this.#committed = this.#seq;
  }

  /** Sequence number of the newest fact appended. */
  get lastSeq(): number {
    return this.#seq;
  }

  /** Facts not yet stored; more than a few means the database cannot be written. */
  get pending(): number {
    return this.#pending.length;
  }

  /** Runs inside the commit of each fact. Register before the first append. */
  project(projection: Projection): void {
    this.#projections.push(projection);
  }

  /** Told of each committed batch. Returns the way to stop. A throwing listener is logged, not passed on. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Writes down what happened; stored within 5 ms. */
  append(fact: Fact): Recorded {
    const recorded: Recorded = { ...fact, seq: ++this.#seq, at: this.#clock.now() };
    this.#pending.push(recorded);
    if (!this.#scheduled) {
      this.#scheduled = true;
      if (recorded.at - this.#flushedAt >= GROUP_MS) setImmediate(() => this.flush());
      else this.#clock.after(GROUP_MS, () => this.flush());
    }
    return recorded;
  }

  /** Stores what is pending now. Normally nobody needs to call it; a clean stop does. */
  flush(): void {
    this.#scheduled = false;
    if (this.#pending.length === 0) return;
    const batch = this.#pending;
    this.#pending = [];
    this.#flushedAt = this.#clock.now();
    try {
      this.#store(batch);
    } catch (error) {
      this.#pending = [...batch, ...this.#pending];
      this.#log.error(
        { err: error, pending: this.#pending.length },
        'journal cannot be written, trying again',
      );
      this.#scheduled = true;
      this.#clock.after(RETRY_MS, () => this.flush());
      return;
    }
    this.#committed = batch.at(-1)?.seq ?? this.#committed;
    for (const listener of this.#listeners) {
      try {
        listener(batch);
      } catch (error) {
        this.#log.error({ err: error }, 'journal subscriber failed');
      }
    }
  }

  /** Committed facts after `seq`, oldest first, at most `limit`: for resync and rebuilding. */
  since(seq: number, limit = 10_000): Recorded[] {
    return this.#read(
      this.#db.file
        .prepare('SELECT seq, at, data FROM journal WHERE seq > ? ORDER BY seq LIMIT ?')
        .all(seq, limit),
    );
  }

  /** Every committed fact of one interaction, oldest first. */
  ofInteraction(interactionId: string): Recorded[] {
    return this.#read(
      this.#db.file
        .prepare('SELECT seq, at, data FROM journal WHERE interaction_id = ? ORDER BY seq')
        .all(interactionId),
    );
  }

  #store(batch: readonly Recorded[]): void {
    const { file } = this.#db;
    this.#begin.run();
    try {
      for (const fact of batch) {
        const { seq, at, ...data } = fact;
        this.#insert.run(
          seq,
          at,
          fact.type,
          'interactionId' in fact ? fact.interactionId : null,
          'agentId' in fact ? (fact.agentId ?? null) : null,
          JSON.stringify(data),
        );
        for (const projection of this.#projections) projection(fact);
      }
      this.#commit.run();
    } catch (error) {
      if (file.inTransaction) file.exec('ROLLBACK');
      throw error;
    }
  }

  #read(rows: unknown[]): Recorded[] {
    return (rows as { seq: number; at: number; data: string }[]).map(({ seq, at, data }) => ({
      ...factSchema.parse(JSON.parse(data)),
      seq,
      at,
    }));
  }
}
