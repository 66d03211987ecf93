import { sql } from 'kysely';
import { type Fact, factVersions, type Recorded, readFact } from '#shared/model/facts/index.ts';
import type { Clock, Timer } from './clock.ts';
import { DatabaseUnavailable, type Db } from './db.ts';
import type { Log } from './log.ts';
import { type Migration, sqliteOnly } from './migrate.ts';
import { type Op, type Params, statements } from './statement.ts';

/** The one partition there is: the order of facts is total within a partition, and one server at a time appends to it. */
export const MAIN = 'main';

export const journalMigrations: readonly Migration[] = [
  sqliteOnly(
    'journal-1',
    `CREATE TABLE journal (
       seq INTEGER PRIMARY KEY,
       at INTEGER NOT NULL,
       type TEXT NOT NULL,
       interaction_id TEXT,
       agent_id TEXT,
       data TEXT NOT NULL
     ) STRICT;
     CREATE INDEX journal_interaction ON journal (interaction_id, seq) WHERE interaction_id IS NOT NULL;`,
  ),
  {
    // Facts get a partition, an epoch and a version. Notes, numbers, attributes and keys pressed go out of them: what must
    // be kept of those stands in the rooms' own tables already.
    name: 'journal-2',
    sqlite: `
      ALTER TABLE journal RENAME TO journal_1;
      DROP INDEX journal_interaction;
      CREATE TABLE journal (
        "partition" TEXT NOT NULL,
        seq INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        at INTEGER NOT NULL,
        type TEXT NOT NULL,
        version INTEGER NOT NULL,
        interaction_id TEXT,
        agent_id TEXT,
        data TEXT NOT NULL,
        PRIMARY KEY ("partition", seq)
      ) WITHOUT ROWID;
      INSERT INTO journal ("partition", seq, epoch, at, type, version, interaction_id, agent_id, data)
        SELECT 'main', seq, 0, at, type, CASE WHEN type IN
            ('interaction.opened', 'interaction.noted', 'call.arrived', 'work.arrived', 'work.called-back') THEN 2 ELSE 1 END,
          interaction_id, agent_id,
          CASE type
            WHEN 'interaction.opened' THEN json_remove(data, '$.ani', '$.dnis')
            WHEN 'call.arrived' THEN json_remove(data, '$.ani', '$.dnis')
            WHEN 'interaction.noted' THEN json_remove(data, '$.notes')
            WHEN 'work.arrived' THEN json_remove(data, '$.asks.attributes')
            WHEN 'work.called-back' THEN json_remove(data, '$.attributes')
            ELSE data
          END
        FROM journal_1 WHERE type <> 'call.digit' ORDER BY seq;
      DROP TABLE journal_1;
      CREATE INDEX journal_interaction ON journal (interaction_id, seq) WHERE interaction_id IS NOT NULL;
      CREATE TABLE head ("partition" TEXT PRIMARY KEY, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, beat INTEGER NOT NULL);
      INSERT INTO head ("partition", epoch, seq, beat)
        SELECT 'main', 0, coalesce(max(seq), 0), 0 FROM journal;`,
    postgres: `
      CREATE TABLE journal (
        "partition" TEXT COLLATE "C" NOT NULL,
        seq BIGINT NOT NULL,
        epoch BIGINT NOT NULL,
        at BIGINT NOT NULL,
        type TEXT COLLATE "C" NOT NULL,
        version BIGINT NOT NULL,
        interaction_id TEXT COLLATE "C",
        agent_id TEXT COLLATE "C",
        data TEXT COLLATE "C" NOT NULL,
        PRIMARY KEY ("partition", seq)
      );
      CREATE INDEX journal_interaction ON journal (interaction_id, seq) WHERE interaction_id IS NOT NULL;
      CREATE TABLE head ("partition" TEXT COLLATE "C" PRIMARY KEY, epoch BIGINT NOT NULL, seq BIGINT NOT NULL, beat BIGINT NOT NULL);
      INSERT INTO head ("partition", epoch, seq, beat) VALUES ('main', 0, 0, 0);`,
  },
];

interface Row {
  partition: string;
  seq: number;
  epoch: number;
  at: number;
  type: string;
  version: number;
  interaction_id: string | null;
  agent_id: string | null;
  data: string;
}
interface Tables {
  journal: Row;
  head: { partition: string; epoch: number; seq: number; beat: number };
}

const statement = statements<Tables>();
const headOf = statement((q, p: Params<{ partition: string }>) =>
  q.selectFrom('head').select(['epoch', 'seq']).where('partition', '=', p('partition')),
);
/** A server that starts takes the partition over: whatever an older one still sends is refused from now on. */
const takeOver = statement((q, p: Params<{ partition: string; epoch: number; before: number }>) =>
  q
    .updateTable('head')
    .set({ epoch: p('epoch') })
    .where('partition', '=', p('partition'))
    .where('epoch', '=', p('before')),
);
const advance = statement((q, p: Params<{ partition: string; epoch: number; from: number; to: number }>) =>
  q
    .updateTable('head')
    .set({ seq: p('to') })
    .where('partition', '=', p('partition'))
    .where('epoch', '=', p('epoch'))
    .where('seq', '=', p('from')),
);
const beat = statement((q, p: Params<{ partition: string; epoch: number; at: number }>) =>
  q
    .updateTable('head')
    .set({ beat: p('at') })
    .where('partition', '=', p('partition'))
    .where('epoch', '=', p('epoch')),
);
const insertOne = statement((q, p: Params<Row>) =>
  q.insertInto('journal').values({
    partition: p('partition'),
    seq: p('seq'),
    epoch: p('epoch'),
    at: p('at'),
    type: p('type'),
    version: p('version'),
    interaction_id: p('interaction_id'),
    agent_id: p('agent_id'),
    data: p('data'),
  }),
);
/** Many rows in one statement, for PostgreSQL: a round of the protocol costs more than the row. */
const insertMany = statement(
  (_, p: Params<{ partition: string; epoch: number; rows: string }>) => sql`
  insert into journal ("partition", seq, epoch, at, type, version, interaction_id, agent_id, data)
  select ${p.text('partition')}, r.seq, ${p.int('epoch')}, r.at, r.type, r.version, r.interaction_id, r.agent_id, r.data
    from jsonb_to_recordset(cast(${p('rows')} as jsonb))
      as r(seq bigint, at bigint, type text, version bigint, interaction_id text, agent_id text, data text)`,
);
const sinceSeq = statement((q, p: Params<{ partition: string; seq: number; limit: number }>) =>
  q
    .selectFrom('journal')
    .select(['seq', 'at', 'type', 'version', 'data'])
    .where('partition', '=', p('partition'))
    .where('seq', '>', p('seq'))
    .orderBy('seq')
    .limit(p('limit')),
);
const ofOne = statement((q, p: Params<{ interactionId: string }>) =>
  q
    .selectFrom('journal')
    .select(['seq', 'at', 'type', 'version', 'data'])
    .where('interaction_id', '=', p('interactionId'))
    .orderBy('seq'),
);

type Stored = Pick<Row, 'seq' | 'at' | 'type' | 'version' | 'data'>;
type Listener = (facts: readonly Recorded[]) => void;

/**
 * What is read from facts: tables that hold nothing else, and could be made anew from the journal at any time.
 * `project` is pure: it says what to write for a fact, and never throws for what a fact says.
 */
export interface Projection {
  /** Children before their parents: in this order they are emptied for a rebuild. */
  readonly tables: readonly string[];
  project(fact: Recorded): readonly Op[];
}

/** How the journal stands with its database. */
export interface JournalHealth {
  /** False from the first write that failed, or that takes longer than `SLOW_MS`, until the next that succeeds. */
  readonly ok: boolean;
  /** Facts and other writes not stored yet. */
  readonly pending: number;
  /** When the oldest of them was appended, ms; undefined when all is stored. */
  readonly oldest: number | undefined;
  /** What is the matter, in words; undefined when nothing is. */
  readonly problem: string | undefined;
}

export interface JournalOptions {
  /** Commits begin at most this often, ms; 0 at the end of every turn, for clocks that stand still. Default 5. */
  readonly groupMs?: number;
}

interface Entry {
  readonly fact: Recorded | undefined;
  readonly ops: readonly Op[];
  readonly at: number;
  readonly done: ((error: unknown) => void) | undefined;
}

const RETRY_MS = 100;
const GROUP_MS = 5;
/** Facts in one commit at most: after a long lock the rest must not come in one breath. */
const MOST = 2_000;
/** An idle journal tries the database this often, so that its health is known before somebody needs it. */
const BEAT_MS = 400;
/** A write that takes longer counts as trouble. */
export const SLOW_MS = 500;

/**
 * The append-only record of every fact.
 *
 *     append -> pending --(this turn, or 5 ms)--> one commit: head, rows, words, projections --> stored: told, awaited
 *        |         ^                                  |
 *        |         +--- not answered: kept, again ----+
 *        +--> told at once to who follows what happens (desks, boards): memory is ahead of the table
 *
 * J1 a fact gets its sequence number and time when appended, and is never changed.
 * J2 facts are committed in groups, in order, one commit in flight: at the end of this turn of the event loop when the
 *    last commit is a while ago, otherwise so that there are at most 200 commits a second.
 * J3 what is projected from a fact, and the words that belong to it, are stored with it or not at all.
 * J4 subscribers of what is stored see it in order, each once; followers see each fact when it is appended.
 * J5 a database that does not answer loses nothing: facts stay pending and are tried again, in order.
 * J6 a statement that can never succeed does not hold up the rest: its fact is stored without it, and said.
 * J7 another server that took the partition over (a newer epoch) ends this one's writing for good.
 * J8 facts of unknown types and newer versions, and damaged rows, are counted, logged once and passed over.
 */
export class Journal {
  readonly #db: Db;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #groupMs: number;
  readonly #projections: Projection[] = [];
  readonly #stored = new Set<Listener>();
  readonly #followers = new Set<(fact: Recorded) => void>();
  readonly #healthListeners = new Set<(health: JournalHealth) => void>();
  readonly #unknown = new Map<string, number>();
  #pending: Entry[] = [];
  /** In the commit now in flight. */
  #inFlight: readonly Entry[] = [];
  /** So many of the first that wait were in a commit of which nobody knows yet whether it came through. */
  #unsure = 0;
  #scheduled = false;
  #flushing: Promise<void> | undefined;
  #flushedAt = Number.NEGATIVE_INFINITY;
  #epoch: number;
  #seq: number;
  #committed: number;
  #problem: string | undefined;
  /** The last commit was not stored: the next waits a moment. */
  #failed = false;
  #beating: Timer | undefined;
  #fenced = false;
  #closed = false;
  readonly #waiting: { readonly seq: number; readonly done: () => void }[] = [];

  /** Use `openJournal`. */
  constructor(
    db: Db,
    clock: Clock,
    log: Log,
    head: { epoch: number; seq: number },
    options: JournalOptions = {},
  ) {
    this.#groupMs = options.groupMs ?? GROUP_MS;
    this.#db = db;
    this.#clock = clock;
    this.#log = log;
    this.#epoch = head.epoch;
    this.#seq = head.seq;
    this.#committed = head.seq;
  }

  /** Sequence number of the newest fact appended. */
  get lastSeq(): number {
    return this.#seq;
  }

  /** Sequence number of the newest fact stored. */
  get storedSeq(): number {
    return this.#committed;
  }

  /** Facts and writes not yet stored; more than a few means the database cannot be written. */
  get pending(): number {
    return this.#inFlight.length + this.#pending.length;
  }

  /** How many rows of each type and problem were passed over (J8). */
  get unknown(): ReadonlyMap<string, number> {
    return this.#unknown;
  }

  get health(): JournalHealth {
    const oldest = (this.#inFlight[0] ?? this.#pending[0])?.at;
    return { ok: this.#problem === undefined, pending: this.pending, oldest, problem: this.#problem };
  }

  /** Stored in the commit of each fact. Register before the first append. */
  project(projection: Projection): void {
    this.#projections.push(projection);
  }

  /** Told of each stored batch (J4). Returns the way to stop. A throwing listener is logged, not passed on. */
  subscribe(listener: Listener): () => void {
    this.#stored.add(listener);
    return () => void this.#stored.delete(listener);
  }

  /** Told of each fact as it is appended, before it is stored: for what shows the present. */
  follow(listener: (fact: Recorded) => void): () => void {
    this.#followers.add(listener);
    return () => void this.#followers.delete(listener);
  }

  /** Told when the database stops or begins to take writes. */
  onHealth(listener: (health: JournalHealth) => void): () => void {
    this.#healthListeners.add(listener);
    return () => void this.#healthListeners.delete(listener);
  }

  /**
   * Writes down what happened; stored within 5 ms where the database answers.
   * @param words stored in the same commit: what belongs to the fact but may be erased one day
   */
  append(fact: Fact, words: readonly Op[] = []): Recorded {
    return this.#enter(fact, words, undefined);
  }

  #enter(fact: Fact, words: readonly Op[], done: Entry['done']): Recorded {
    const recorded: Recorded = { ...fact, seq: ++this.#seq, at: this.#clock.now() };
    this.#pending.push({ fact: recorded, ops: words, at: recorded.at, done });
    this.#schedule();
    for (const listener of this.#followers) {
      try {
        listener(recorded);
      } catch (error) {
        this.#log.error({ err: error }, 'a follower of the journal failed');
      }
    }
    return recorded;
  }

  /**
   * Stores what no fact tells of (when a session was last used, say) in the next commit, in order with the facts.
   * Resolves once it is stored; rejects with `Conflict` or the database's error when it never can be.
   */
  write(ops: readonly Op[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (error: unknown): void => (error === undefined ? resolve() : reject(error as Error));
      this.#pending.push({ fact: undefined, ops, at: this.#clock.now(), done });
      this.#schedule();
    });
  }

  /** Resolves once this fact is stored: nothing is acknowledged to people before. */
  stored(fact: Pick<Recorded, 'seq'>): Promise<void> {
    if (fact.seq <= this.#committed) return Promise.resolve();
    return new Promise((done) => this.#waiting.push({ seq: fact.seq, done }));
  }

  /**
   * Appends, and resolves once it is stored with its words. Rejects with `Conflict` or the database's error when the words
   * never can be (J6): then only the fact is.
   */
  record(fact: Fact, words: readonly Op[] = []): Promise<Recorded> {
    return new Promise((resolve, reject) => {
      const done = (error: unknown): void =>
        error === undefined ? resolve(recorded) : reject(error as Error);
      const recorded = this.#enter(fact, words, done);
    });
  }

  /** Stores facts of the past, oldest first, with what is projected from them: for seeds and imports, into a centre at rest. */
  async import(
    past: readonly { readonly at: number; readonly fact: Fact; readonly words?: readonly Op[] }[],
  ): Promise<void> {
    await this.flush();
    for (let i = 0; i < past.length; i += MOST) {
      const entries = past.slice(i, i + MOST).map(({ at, fact, words = [] }): Entry => {
        const recorded: Recorded = { ...fact, seq: ++this.#seq, at };
        return { fact: recorded, ops: words, at, done: undefined };
      });
      await this.#db.write(this.#opsOf(entries));
      this.#committed = this.#seq;
    }
  }

  /** Resolves once everything appended before is stored, however long the database takes. */
  async flush(): Promise<void> {
    while (this.pending > 0 && !this.#fenced) {
      this.#flushing ??= this.#commit().finally(() => {
        this.#flushing = undefined;
      });
      await this.#flushing;
      if (this.#failed && this.pending > 0)
        await new Promise<void>((resolve) => this.#clock.after(RETRY_MS, resolve, 'stay'));
    }
  }

  /** One try to store what is left, then no more: for a stop. False when something could not be stored. */
  async close(): Promise<boolean> {
    this.#beating?.cancel();
    await this.#flushing;
    while (this.pending > 0 && !this.#fenced) {
      const before = this.pending;
      await this.#commit();
      if (this.#failed || this.pending >= before) break;
    }
    this.#closed = true;
    return this.pending === 0;
  }

  /** Begins to try the database while nothing else does. */
  watch(): void {
    const tick = (): void => {
      this.#beating = this.#clock.after(BEAT_MS, () => {
        tick();
        const entry = (this.#inFlight[0] ?? this.#pending[0])?.at;
        if (entry !== undefined && this.#clock.now() - entry > SLOW_MS) this.#trouble('the database is slow');
        if (this.pending > 0 || this.#flushing) return;
        void this.write([beat({ partition: MAIN, epoch: this.#epoch, at: this.#clock.now() })]).catch(
          () => undefined,
        );
      });
    };
    tick();
  }

  /** Stored facts after `seq`, oldest first, at most `limit` rows: for followers, rebuilding and warehouses. */
  async since(seq: number, limit = 10_000): Promise<Recorded[]> {
    return this.#read(await this.#db.all(sinceSeq({ partition: MAIN, seq, limit })));
  }

  /** Every stored fact, oldest first, in batches of at most `limit`. */
  async *all(limit: number): AsyncGenerator<readonly Recorded[]> {
    let after = Number.MIN_SAFE_INTEGER; // the past of old centres lies below zero
    for (;;) {
      const rows = await this.#db.all(sinceSeq({ partition: MAIN, seq: after, limit }));
      const last = rows.at(-1);
      if (!last) return;
      after = last.seq; // of the rows: a batch that cannot be read must not look like the end
      yield this.#read(rows);
    }
  }

  /** Every fact of one interaction, oldest first; those not stored yet too. */
  async ofInteraction(interactionId: string): Promise<Recorded[]> {
    const pending = [...this.#inFlight, ...this.#pending].flatMap(({ fact }) =>
      fact && 'interactionId' in fact && fact.interactionId === interactionId ? [fact] : [],
    );
    const stored = this.#read(await this.#db.all(ofOne({ interactionId })));
    const last = stored.at(-1)?.seq ?? Number.NEGATIVE_INFINITY;
    return [...stored, ...pending.filter(({ seq }) => seq > last)];
  }

  // ---- storing

  #schedule(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    const run = (): void => {
      this.#scheduled = false;
      this.#start();
    };
    if (this.#clock.now() - this.#flushedAt >= this.#groupMs) setImmediate(run);
    else this.#clock.after(this.#groupMs, run, 'stay'); // a process must not end with facts in its hands
  }

  #start(): void {
    if (this.#flushing || this.pending === 0 || this.#fenced || this.#closed) return;
    this.#flushing = this.#commit().finally(() => {
      this.#flushing = undefined;
      if (this.#pending.length === 0) return;
      if (!this.#failed) this.#schedule();
      else this.#clock.after(RETRY_MS, () => this.#start(), 'stay');
    });
  }

  /** One commit. Never rejects: what is not stored is pending again. */
  async #commit(): Promise<void> {
    const batch = this.#pending.splice(0, this.#unsure || MOST);
    if (batch.length === 0) return;
    this.#inFlight = batch;
    this.#flushedAt = this.#clock.now();
    const slow = this.#clock.after(SLOW_MS, () => this.#trouble('the database is slow'));
    try {
      await this.#db.write(this.#opsOf(batch));
      this.#isStored(batch);
    } catch (error) {
      await this.#notStored(batch, error);
    } finally {
      slow.cancel();
    }
  }

  async #notStored(batch: readonly Entry[], error: unknown): Promise<void> {
    const unavailable = error instanceof DatabaseUnavailable ? error : undefined;
    if (unavailable?.maybeStored === false) return this.#again(batch, unavailable.message);
    if (unavailable) this.#unsure = batch.length;
    const head = await this.#head();
    if (head !== undefined && this.#isFenced(head)) return;
    // After a lost connection the head tells whether the commit came through, be it later: nobody else writes in this epoch.
    const last = lastSeq(batch);
    if (head !== undefined && last !== undefined && head.seq >= last) return this.#isStored(batch);
    if (unavailable || head === undefined)
      return this.#again(batch, unavailable?.message ?? 'the database does not answer');
    this.#unsure = 0;
    await this.#oneByOne(batch);
  }

  /** Undefined: the database does not answer. */
  #head(): Promise<{ readonly epoch: number; readonly seq: number } | undefined> {
    return this.#db.one(headOf({ partition: MAIN })).catch(() => undefined);
  }

  #again(batch: readonly Entry[], problem: string): void {
    this.#inFlight = [];
    this.#pending = [...batch, ...this.#pending];
    this.#failed = true;
    this.#trouble(problem);
  }

  /** J7 */
  #isFenced(head: { readonly epoch: number }): boolean {
    if (head.epoch === this.#epoch) return false;
    this.#fenced = true;
    this.#trouble('another Cordboard has taken over this database');
    this.#log.fatal(
      { pending: this.pending },
      'another server has taken over the journal: nothing is stored any more',
    );
    return true;
  }

  /** J6: something in this batch can never be stored. Each entry by itself, and the one at fault without what is at fault. */
  async #oneByOne(batch: readonly Entry[]): Promise<void> {
    for (const [i, entry] of batch.entries()) {
      const outcome = await this.#tryAlone(entry);
      if (outcome === 'unavailable') {
        this.#unsure = 1;
        this.#again(batch.slice(i), 'the database does not answer');
        return;
      }
    }
    this.#inFlight = [];
    if (!this.#behind) this.#fine();
  }

  /** What waited while the database was away is not stored yet, though it takes writes. */
  get #behind(): boolean {
    const oldest = this.#pending[0]?.at;
    return this.#problem !== undefined && oldest !== undefined && this.#clock.now() - oldest > SLOW_MS;
  }

  async #tryAlone(entry: Entry): Promise<'stored' | 'unavailable'> {
    try {
      await this.#db.write(this.#opsOf([entry]));
      this.#isStored([entry]);
      return 'stored';
    } catch (error) {
      if (error instanceof DatabaseUnavailable) return 'unavailable';
      this.#log.error(
        { err: error, fact: entry.fact?.type, seq: entry.fact?.seq },
        'a write can never be stored: its fact is kept without it',
      );
      if (entry.fact) {
        try {
          await this.#db.write(this.#factOps([entry]));
        } catch (again) {
          if (again instanceof DatabaseUnavailable) return 'unavailable';
          this.#log.fatal({ err: again, seq: entry.fact.seq }, 'a fact cannot be stored at all');
        }
      }
      this.#isStored([entry], error);
      return 'stored';
    }
  }

  #opsOf(batch: readonly Entry[]): Op[] {
    const ops = this.#factOps(batch);
    for (const { fact, ops: own } of batch) {
      ops.push(...own);
      if (fact) for (const { project } of this.#projections) ops.push(...project(fact));
    }
    return ops;
  }

  #factOps(batch: readonly Entry[]): Op[] {
    const facts = batch.flatMap(({ fact }) => fact ?? []);
    const first = facts[0];
    const last = facts.at(-1);
    if (!first || !last) return [];
    const epoch = this.#epoch;
    const head = { partition: MAIN, epoch, from: first.seq - 1, to: last.seq };
    const ops: Op[] = [{ ...advance(head), expect: 1 }];
    const rows = facts.map(rowOf);
    if (this.#db.dialect === 'postgres')
      ops.push(insertMany({ partition: MAIN, epoch, rows: JSON.stringify(rows) }));
    else for (const row of rows) ops.push(insertOne({ ...row, partition: MAIN, epoch }));
    return ops;
  }

  /** @param error of an entry that was given up */
  #isStored(batch: readonly Entry[], error?: unknown): void {
    this.#failed = false;
    this.#inFlight = this.#inFlight === batch ? [] : this.#inFlight.slice(batch.length);
    this.#unsure = 0;
    this.#committed = lastSeq(batch) ?? this.#committed;
    if (!this.#behind) this.#fine();
    for (const { done } of batch) done?.(error);
    while (this.#waiting[0] && this.#waiting[0].seq <= this.#committed) this.#waiting.shift()?.done();
    const facts = batch.flatMap(({ fact }) => fact ?? []);
    if (facts.length === 0) return;
    for (const listener of this.#stored) {
      try {
        listener(facts);
      } catch (failure) {
        this.#log.error({ err: failure }, 'a subscriber of the journal failed');
      }
    }
  }

  #trouble(problem: string): void {
    const was = this.#problem;
    this.#problem = problem;
    if (was !== undefined) return;
    this.#log.error({ problem, pending: this.pending }, 'the database takes no writes, trying again');
    this.#tellHealth();
  }

  #fine(): void {
    if (this.#problem === undefined || this.#fenced) return;
    this.#problem = undefined;
    this.#log.warn({ pending: this.#pending.length }, 'the database takes writes again');
    this.#tellHealth();
  }

  #tellHealth(): void {
    const { health } = this;
    for (const listener of this.#healthListeners) listener(health);
  }

  // ---- reading

  #read(rows: readonly Stored[]): Recorded[] {
    return rows.flatMap(({ seq, at, type, version, data }) => {
      const read = readFact(type, version, data);
      if (read.ok) return { ...read.fact, seq, at };
      const key = `${type} ${read.problem}`;
      const count = this.#unknown.get(key) ?? 0;
      this.#unknown.set(key, count + 1);
      if (count === 0)
        this.#log.error(
          { type, version, seq, problem: read.problem },
          'facts that cannot be read are passed over',
        );
      return [];
    });
  }
}

const lastSeq = (batch: readonly Entry[]): number | undefined =>
  batch.findLast(({ fact }) => fact !== undefined)?.fact?.seq;

function rowOf(recorded: Recorded): Omit<Row, 'partition' | 'epoch'> {
  const { seq, at, type, ...data } = recorded;
  return {
    seq,
    at,
    type,
    version: factVersions.get(type) ?? 1,
    interaction_id: 'interactionId' in recorded ? recorded.interactionId : null,
    agent_id: 'agentId' in recorded ? (recorded.agentId ?? null) : null,
    data: JSON.stringify(data),
  };
}

/** Takes the journal of this database over: an older server that still runs cannot write any more (J7). */
export async function openJournal(
  db: Db,
  clock: Clock,
  log: Log,
  options: JournalOptions = {},
): Promise<Journal> {
  const head = await db.one(headOf({ partition: MAIN }));
  if (!head) throw new Error('the journal has no head: run its migrations first');
  const epoch = head.epoch + 1;
  await db.write([{ ...takeOver({ partition: MAIN, epoch, before: head.epoch }), expect: 1 }]);
  return new Journal(db, clock, log, { epoch, seq: head.seq }, options);
}
