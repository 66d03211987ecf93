import type { Migration } from '#server/kernel/index.ts';

/**
 * `interaction` is a projection of the journal's facts: one row a contact. `n` grows in the order of opening and joins
 * the full-text index. Each list that is read newest first has its own index, with the columns it is filtered by.
 * `interaction_unindexed` names the rows whose words are not, or not any more, as the full-text index has them.
 */
export const interactionsMigrations: readonly Migration[] = [
  {
    name: 'interactions-1',
    sql: `
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
  },
  {
    // One taken off the list has no key; contacts that have it keep it.
    name: 'interactions-2',
    sql: `
      CREATE TABLE disposition_2 (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        key INTEGER UNIQUE CHECK (key BETWEEN 1 AND 9)
      ) STRICT, WITHOUT ROWID;
      INSERT INTO disposition_2 (id, name, key) SELECT id, name, key FROM disposition;
      DROP TABLE disposition;
      ALTER TABLE disposition_2 RENAME TO disposition;`,
  },
  {
    // There may be more than keys.
    name: 'interactions-3',
    sql: `
      ALTER TABLE disposition ADD COLUMN listed INTEGER NOT NULL DEFAULT 1;
      UPDATE disposition SET listed = 0 WHERE key IS NULL;`,
  },
];
