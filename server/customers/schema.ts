import type { Migration } from '#server/kernel/index.ts';

/**
 * `customer.n` orders and joins the full-text index; other rooms know `customer.id` only.
 * `name_key` is the folded name. In `customer_account`, position 0 is the account shown beside the name.
 */
export const customersMigrations: readonly Migration[] = [
  {
    name: 'customers-1',
    sql: `
      CREATE TABLE customer (
        n INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        name_key TEXT NOT NULL,
        tier TEXT NOT NULL CHECK (tier IN ('standard', 'silver', 'gold', 'platinum')),
        language TEXT NOT NULL CHECK (language IN ('en', 'zh-CN')),
        city TEXT,
        time_zone TEXT NOT NULL,
        owner_id TEXT,
        created_at INTEGER NOT NULL,
        last_contact_at INTEGER
      ) STRICT;
      CREATE INDEX customer_name ON customer (name_key);

      CREATE TABLE account (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX account_name ON account (name);

      CREATE TABLE customer_account (
        customer_id TEXT NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
        PRIMARY KEY (customer_id, position),
        UNIQUE (customer_id, account_id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX customer_account_of ON customer_account (account_id);

      CREATE TABLE contact_point (
        kind TEXT NOT NULL CHECK (kind IN ('phone', 'email')),
        value TEXT NOT NULL,
        customer_id TEXT NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
        label TEXT NOT NULL,
        position INTEGER NOT NULL,
        PRIMARY KEY (kind, value, customer_id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX contact_point_of ON contact_point (customer_id, position);

      CREATE TABLE customer_case (
        id TEXT PRIMARY KEY,
        number INTEGER NOT NULL UNIQUE,
        customer_id TEXT NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
        subject TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('request', 'complaint')),
        status TEXT NOT NULL CHECK (status IN ('open', 'waiting', 'closed')),
        opened_at INTEGER NOT NULL,
        due_at INTEGER,
        closed_at INTEGER
      ) STRICT;
      CREATE INDEX customer_case_of ON customer_case (customer_id, opened_at);
      CREATE INDEX customer_case_open ON customer_case (customer_id) WHERE status <> 'closed';

      CREATE VIRTUAL TABLE customer_text USING fts5(
        text, content = '', contentless_delete = 1, prefix = '2 3',
        tokenize = 'unicode61 remove_diacritics 0'
      );`,
  },
];
