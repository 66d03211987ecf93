import { textTable } from '#server/customers/index.ts';
import { type Migration, sqliteOnly } from '#server/kernel/index.ts';

/** `text_index_state.below` when no contact is indexed, and when every one is. */
export const EVERYTHING = Number.MAX_SAFE_INTEGER;
export const NOTHING = Number.MIN_SAFE_INTEGER;

/**
 * `interaction` is a projection of the journal's facts and nothing else: one row a contact, and `n` is the number of the fact
 * that opened it, so that it grows in the order of opening (imported history may stand below 0). Each list that is read
 * newest first has its own index, with the columns it is filtered by. What people said stands in `interaction_words`, which
 * may be erased. `text_index_state` says what the full-text index, keyed by `n`, has got: contacts opened before `below` are
 * not in it yet, facts up to `seq` are taken account of.
 */
export const interactionsMigrations: readonly Migration[] = [
  sqliteOnly(
    'interactions-1',
    `
      CREATE TABLE interaction (
        n INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        channel TEXT NOT NULL,
        direction TEXT NOT NULL,
        ani TEXT NOT NULL,
        dnis TEXT NOT NULL,
        customer_id TEXT,
        agent_id TEXT,
        queue_id TEXT,
        started_at INTEGER NOT NULL,
        answered_at INTEGER,
        ended_at INTEGER,
        end TEXT,
        disposition TEXT,
        notes TEXT NOT NULL DEFAULT '',
        notes_rev INTEGER NOT NULL DEFAULT 0,
        recording_file TEXT,
        recording_ms REAL,
        recording_problem TEXT
      ) STRICT;
      CREATE INDEX interaction_time ON interaction (started_at);
      CREATE INDEX interaction_customer ON interaction (customer_id, started_at) WHERE customer_id IS NOT NULL;
      CREATE INDEX interaction_agent ON interaction (agent_id, started_at, n, queue_id) WHERE agent_id IS NOT NULL;
      CREATE INDEX interaction_queue ON interaction (queue_id, started_at) WHERE queue_id IS NOT NULL;
      CREATE INDEX interaction_open ON interaction (n) WHERE ended_at IS NULL;
      CREATE INDEX interaction_recording ON interaction (n)
        WHERE recording_file IS NOT NULL AND recording_ms IS NULL AND recording_problem IS NULL;

      CREATE TABLE interaction_unindexed (n INTEGER PRIMARY KEY) STRICT;
      CREATE VIRTUAL TABLE interaction_text USING fts5(
        text, content = '', contentless_delete = 1, prefix = '2 3',
        tokenize = 'unicode61 remove_diacritics 0'
      );

      CREATE TABLE disposition (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        key INTEGER NOT NULL UNIQUE CHECK (key BETWEEN 1 AND 9)
      ) STRICT, WITHOUT ROWID;
      INSERT INTO disposition (key, id, name) VALUES
        (1, 'resolved', 'Resolved'),
        (2, 'follow-up', 'Follow-up needed'),
        (3, 'callback-promised', 'Callback promised'),
        (4, 'wrong-number', 'Wrong number'),
        (5, 'complaint', 'Complaint'),
        (6, 'sale', 'Sale'),
        (7, 'no-sale', 'No sale'),
        (8, 'voicemail', 'Voicemail'),
        (9, 'dropped', 'Dropped');`,
  ),
  // One taken off the list has no key; contacts that have it keep it.
  sqliteOnly(
    'interactions-2',
    `
      CREATE TABLE disposition_2 (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        key INTEGER UNIQUE CHECK (key BETWEEN 1 AND 9)
      ) STRICT, WITHOUT ROWID;
      INSERT INTO disposition_2 (id, name, key) SELECT id, name, key FROM disposition;
      DROP TABLE disposition;
      ALTER TABLE disposition_2 RENAME TO disposition;`,
  ),
  // There may be more than keys.
  sqliteOnly(
    'interactions-3',
    `
      ALTER TABLE disposition ADD COLUMN listed INTEGER NOT NULL DEFAULT 1;
      UPDATE disposition SET listed = 0 WHERE key IS NULL;`,
  ),
  {
    // People's words go into a table of their own, contacts get the number of their opening fact. Those whose opening is in
    // no journal stand below all others, in the order they had. The text index is made anew in the background.
    name: 'interactions-4',
    sqlite: `
      CREATE TABLE interaction_words (
        interaction_id TEXT PRIMARY KEY,
        ani TEXT NOT NULL,
        dnis TEXT NOT NULL,
        notes TEXT NOT NULL,
        notes_rev INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      INSERT INTO interaction_words (interaction_id, ani, dnis, notes, notes_rev)
        SELECT id, ani, dnis, notes, notes_rev FROM interaction ORDER BY id;

      CREATE TABLE interaction_4 (
        n INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        channel TEXT NOT NULL,
        direction TEXT NOT NULL,
        customer_id TEXT,
        agent_id TEXT,
        queue_id TEXT,
        started_at INTEGER NOT NULL,
        answered_at INTEGER,
        ended_at INTEGER,
        "end" TEXT,
        disposition TEXT,
        recording_file TEXT,
        recording_ms REAL,
        recording_problem TEXT
      ) STRICT;
      WITH opening AS MATERIALIZED (
        SELECT i.n AS old, (SELECT j.seq FROM journal j WHERE j.interaction_id = i.id
            AND j.type = 'interaction.opened' ORDER BY j.seq LIMIT 1) AS seq
          FROM interaction i
      ), lost AS MATERIALIZED (
        SELECT old, row_number() OVER (ORDER BY old DESC) AS back FROM opening WHERE seq IS NULL
      )
      INSERT INTO interaction_4 (n, id, channel, direction, customer_id, agent_id, queue_id, started_at, answered_at,
          ended_at, "end", disposition, recording_file, recording_ms, recording_problem)
        SELECT coalesce(o.seq,
            (SELECT min(0, coalesce(min(seq), 0)) FROM journal WHERE "partition" = 'main') - l.back) AS place,
          i.id, i.channel, i.direction, i.customer_id, i.agent_id, i.queue_id, i.started_at, i.answered_at,
          i.ended_at, i."end", i.disposition, i.recording_file, i.recording_ms, i.recording_problem
        FROM opening o JOIN interaction i ON i.n = o.old LEFT JOIN lost l ON l.old = o.old ORDER BY place;
      DROP TABLE interaction;
      ALTER TABLE interaction_4 RENAME TO interaction;
      CREATE INDEX interaction_time ON interaction (started_at);
      CREATE INDEX interaction_customer ON interaction (customer_id, started_at) WHERE customer_id IS NOT NULL;
      CREATE INDEX interaction_agent ON interaction (agent_id, started_at, n, queue_id) WHERE agent_id IS NOT NULL;
      CREATE INDEX interaction_queue ON interaction (queue_id, started_at) WHERE queue_id IS NOT NULL;
      CREATE INDEX interaction_open ON interaction (n) WHERE ended_at IS NULL;
      CREATE INDEX interaction_recording ON interaction (n)
        WHERE recording_file IS NOT NULL AND recording_ms IS NULL AND recording_problem IS NULL;

      DROP TABLE interaction_unindexed;
      DROP TABLE interaction_text;
      CREATE VIRTUAL TABLE interaction_text USING fts5(
        text, content = '', contentless_delete = 1, prefix = '2 3',
        tokenize = 'unicode61 remove_diacritics 0'
      );
      CREATE TABLE text_index_state (
        name TEXT PRIMARY KEY,
        seq INTEGER NOT NULL,
        below INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      INSERT INTO text_index_state (name, seq, below)
        SELECT 'interaction', seq,
          CASE WHEN EXISTS (SELECT 1 FROM interaction) THEN ${EVERYTHING} ELSE ${NOTHING} END
        FROM head WHERE "partition" = 'main';`,
    postgres: `
      CREATE TABLE interaction (
        n BIGINT PRIMARY KEY,
        id TEXT COLLATE "C" NOT NULL UNIQUE,
        channel TEXT COLLATE "C" NOT NULL,
        direction TEXT COLLATE "C" NOT NULL,
        customer_id TEXT COLLATE "C",
        agent_id TEXT COLLATE "C",
        queue_id TEXT COLLATE "C",
        started_at BIGINT NOT NULL,
        answered_at BIGINT,
        ended_at BIGINT,
        "end" TEXT COLLATE "C",
        disposition TEXT COLLATE "C",
        recording_file TEXT COLLATE "C",
        recording_ms DOUBLE PRECISION,
        recording_problem TEXT COLLATE "C"
      );
      CREATE INDEX interaction_time ON interaction (started_at, n);
      CREATE INDEX interaction_customer ON interaction (customer_id, started_at, n) WHERE customer_id IS NOT NULL;
      CREATE INDEX interaction_agent ON interaction (agent_id, started_at, n, queue_id) WHERE agent_id IS NOT NULL;
      CREATE INDEX interaction_queue ON interaction (queue_id, started_at, n) WHERE queue_id IS NOT NULL;
      CREATE INDEX interaction_open ON interaction (n) WHERE ended_at IS NULL;
      CREATE INDEX interaction_recording ON interaction (n)
        WHERE recording_file IS NOT NULL AND recording_ms IS NULL AND recording_problem IS NULL;

      CREATE TABLE interaction_words (
        interaction_id TEXT COLLATE "C" PRIMARY KEY,
        ani TEXT COLLATE "C" NOT NULL,
        dnis TEXT COLLATE "C" NOT NULL,
        notes TEXT COLLATE "C" NOT NULL,
        notes_rev BIGINT NOT NULL
      );

      ${textTable('interaction_text')}
      CREATE TABLE text_index_state (
        name TEXT COLLATE "C" PRIMARY KEY,
        seq BIGINT NOT NULL,
        below BIGINT NOT NULL
      );
      INSERT INTO text_index_state (name, seq, below) VALUES ('interaction', 0, ${NOTHING});

      CREATE TABLE disposition (
        id TEXT COLLATE "C" PRIMARY KEY,
        name TEXT COLLATE "C" NOT NULL,
        key BIGINT UNIQUE CHECK (key BETWEEN 1 AND 9),
        listed BIGINT NOT NULL DEFAULT 1
      );
      INSERT INTO disposition (key, id, name) VALUES
        (1, 'resolved', 'Resolved'),
        (2, 'follow-up', 'Follow-up needed'),
        (3, 'callback-promised', 'Callback promised'),
        (4, 'wrong-number', 'Wrong number'),
        (5, 'complaint', 'Complaint'),
        (6, 'sale', 'Sale'),
        (7, 'no-sale', 'No sale'),
        (8, 'voicemail', 'Voicemail'),
        (9, 'dropped', 'Dropped');`,
  },
];

export interface InteractionsTables {
  interaction: {
    n: number;
    id: string;
    channel: string;
    direction: string;
    customer_id: string | null;
    agent_id: string | null;
    queue_id: string | null;
    started_at: number;
    answered_at: number | null;
    ended_at: number | null;
    end: string | null;
    disposition: string | null;
    recording_file: string | null;
    recording_ms: number | null;
    recording_problem: string | null;
  };
  interaction_words: {
    interaction_id: string;
    ani: string;
    dnis: string;
    notes: string;
    notes_rev: number;
  };
  /** Reached through the customers' text search alone: its columns differ. */
  interaction_text: Record<never, never>;
  text_index_state: { name: string; seq: number; below: number };
  disposition: { id: string; name: string; key: number | null; listed: number };
}
