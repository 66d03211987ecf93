import { type Migration, portable, sqliteOnly } from '#server/kernel/index.ts';

/**
 * `routing_setting` holds what administrators set, as JSON in the forms of shared/model/routing.ts; `work_words` people's
 * words about work that is open. The other tables are a projection of the journal: what must be known again after a crash.
 */
const settings = portable(
  'settings',
  `CREATE TABLE routing_setting (
     n IDENTITY,
     kind TEXT NOT NULL,
     id TEXT NOT NULL,
     data TEXT NOT NULL,
     UNIQUE (kind, id)
   );
   INSERT INTO routing_setting (kind, id, data) VALUES
     ('reason', 'break', '{"id":"break","name":"Break"}'),
     ('reason', 'lunch', '{"id":"lunch","name":"Lunch"}'),
     ('reason', 'training', '{"id":"training","name":"Training"}'),
     ('reason', 'meeting', '{"id":"meeting","name":"Meeting"}'),
     ('reason', 'follow-up', '{"id":"follow-up","name":"Follow-up"}');
   CREATE TABLE seat_count (
     agent_id TEXT NOT NULL,
     queue_id TEXT NOT NULL,
     day INTEGER NOT NULL,
     handled INTEGER NOT NULL DEFAULT 0,
     talk_ms INTEGER NOT NULL DEFAULT 0,
     asked_seq INTEGER NOT NULL DEFAULT 0,
     PRIMARY KEY (agent_id, queue_id)
   );`,
);

/** `declined` and `visited` are ids, each followed by a blank. */
const OPEN = `
  CREATE TABLE agent_state (
    agent_id TEXT NOT NULL PRIMARY KEY,
    presence TEXT NOT NULL DEFAULT 'offline',
    reason TEXT,
    next_presence TEXT,
    next_reason TEXT,
    state TEXT NOT NULL DEFAULT 'offline',
    since INTEGER NOT NULL,
    missed INTEGER NOT NULL DEFAULT 0,
    free_seq INTEGER NOT NULL DEFAULT 0
  ) WITHOUT ROWID;
  CREATE TABLE open_item (
    item_id TEXT NOT NULL PRIMARY KEY,
    seq INTEGER NOT NULL,
    interaction_id TEXT NOT NULL,
    queue_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    priority INTEGER NOT NULL,
    skills TEXT,
    preferred TEXT,
    hold_ms INTEGER,
    due_at INTEGER,
    boost REAL,
    only_agent TEXT,
    arrived_at INTEGER NOT NULL,
    queued_at INTEGER NOT NULL,
    ewt_ms INTEGER,
    declined TEXT NOT NULL,
    visited TEXT NOT NULL,
    agent_id TEXT,
    taken_seq INTEGER,
    taken_at INTEGER
  ) WITHOUT ROWID;
  CREATE TABLE open_offer (
    offer_id TEXT NOT NULL PRIMARY KEY,
    seq INTEGER NOT NULL,
    item_id TEXT NOT NULL,
    interaction_id TEXT NOT NULL,
    queue_id TEXT NOT NULL,
    agent_id TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE open_wrap_up (
    agent_id TEXT NOT NULL,
    item_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    interaction_id TEXT NOT NULL,
    queue_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    mode TEXT NOT NULL,
    deadline INTEGER,
    since INTEGER NOT NULL,
    PRIMARY KEY (agent_id, item_id)
  ) WITHOUT ROWID;
  CREATE TABLE work_words (item_id TEXT NOT NULL PRIMARY KEY, attributes TEXT NOT NULL) WITHOUT ROWID;`;
const open = {
  sqlite: portable('open', OPEN).sqlite,
  postgres: portable('open', OPEN.replaceAll(' WITHOUT ROWID', '')).postgres,
};

export const routingMigrations: readonly Migration[] = [
  sqliteOnly(
    'routing-1',
    `CREATE TABLE queue (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            strategy TEXT NOT NULL,
            offer_ms INTEGER NOT NULL,
            wrap_up_mode TEXT NOT NULL,
            wrap_up_ms INTEGER NOT NULL,
            wrap_up_extend_ms INTEGER NOT NULL,
            retry_declined_ms INTEGER NOT NULL,
            retry_busy_ms INTEGER NOT NULL,
            retry_failed_ms INTEGER NOT NULL,
            target_ms INTEGER NOT NULL,
            record INTEGER NOT NULL,
            ring_ms INTEGER NOT NULL
          ) STRICT;
          CREATE TABLE routed_agent (id TEXT PRIMARY KEY) STRICT;
          CREATE TABLE agent_queue (
            agent_id TEXT NOT NULL REFERENCES routed_agent (id) ON DELETE CASCADE,
            queue_id TEXT NOT NULL REFERENCES queue (id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            PRIMARY KEY (agent_id, queue_id)
          ) STRICT, WITHOUT ROWID;
          CREATE TABLE not_ready_reason (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            position INTEGER NOT NULL
          ) STRICT;
          INSERT INTO not_ready_reason (id, name, position) VALUES
            ('break', 'Break', 1), ('lunch', 'Lunch', 2), ('training', 'Training', 3),
            ('meeting', 'Meeting', 4), ('follow-up', 'Follow-up', 5);
          CREATE TABLE agent_state (
            agent_id TEXT PRIMARY KEY,
            presence TEXT NOT NULL DEFAULT 'offline',
            reason TEXT,
            next_presence TEXT,
            next_reason TEXT,
            state TEXT NOT NULL DEFAULT 'offline',
            since INTEGER NOT NULL
          ) STRICT;
          CREATE TABLE open_work (
            item_id TEXT PRIMARY KEY,
            interaction_id TEXT NOT NULL,
            queue_id TEXT NOT NULL,
            phase TEXT NOT NULL,
            offer_id TEXT,
            agent_id TEXT
          ) STRICT;`,
  ),
  // Queues get what they had no word for; agents with the same list of queues share a profile; work left open by the
  // old server was calls, to be ended, and wrap-ups, whose time is over.
  sqliteOnly(
    'routing-2',
    `CREATE TABLE routing_setting (
            n INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            id TEXT NOT NULL,
            data TEXT NOT NULL,
            UNIQUE (kind, id)
          ) STRICT;
          INSERT INTO routing_setting (kind, id, data)
            SELECT 'queue', id, json_object(
              'id', id, 'name', name, 'strategy', strategy, 'offerMs', offer_ms,
              'wrapUp', json_object('mode', wrap_up_mode, 'ms', wrap_up_ms, 'extendMs', wrap_up_extend_ms),
              'retryMs', json_object('noAnswer', 0, 'declined', retry_declined_ms, 'busy', retry_busy_ms,
                'failed', retry_failed_ms),
              'targetMs', target_ms, 'record', json(iif(record = 1, 'true', 'false')), 'ringMs', ring_ms,
              'skills', json('{}'), 'relax', json('[]'), 'tiersMs', json('[0]'),
              'score', json_object('priority', 3600, 'ageing', 1, 'urgency', 1),
              'maxWaiting', NULL, 'hours', NULL, 'closed', json('false'), 'overflow', json('[]'))
            FROM queue WHERE id <> 'direct' ORDER BY rowid;
          INSERT INTO routing_setting (kind, id, data)
            SELECT 'reason', id, json_object('id', id, 'name', name) FROM not_ready_reason ORDER BY position;

          CREATE TEMP TABLE old_agent AS
            SELECT a.rowid AS n, a.id AS id, coalesce((
              SELECT group_concat(queue_id, ' ') FROM (
                SELECT queue_id FROM agent_queue q
                WHERE q.agent_id = a.id AND q.queue_id <> 'direct' ORDER BY q.position)), '') AS list
            FROM routed_agent a;
          CREATE TEMP TABLE old_list AS
            SELECT row_number() OVER (ORDER BY min(n)) AS k, list, min(n) AS n FROM old_agent GROUP BY list;
          INSERT INTO routing_setting (kind, id, data)
            SELECT 'profile', 'profile-' || k, json_object(
              'id', 'profile-' || k,
              'name', coalesce((
                SELECT substr(group_concat(name, ', '), 1, 80) FROM (
                  SELECT trim(queue.name) AS name FROM agent_queue q JOIN queue ON queue.id = q.queue_id
                  JOIN old_agent a ON a.id = q.agent_id
                  WHERE a.n = old_list.n AND q.queue_id <> 'direct' ORDER BY q.position)), 'No queues'),
              'queues', json((
                SELECT json_group_array(json_object('queueId', queue_id, 'tier', 1)) FROM (
                  SELECT q.queue_id AS queue_id FROM agent_queue q JOIN old_agent a ON a.id = q.agent_id
                  WHERE a.n = old_list.n AND q.queue_id <> 'direct' ORDER BY q.position))),
              'capacity', json('{"call":1,"callback":1,"lead":1,"chat":3,"sms":3,"email":1,"task":1,"case":1}'),
              'interrupts', json('{"call":["email","task","case"],"callback":["email","task","case"],' ||
                '"chat":["email","task","case","sms"],"sms":["email","task","case","chat"]}'))
            FROM old_list ORDER BY k;
          INSERT INTO routing_setting (kind, id, data)
            SELECT 'agent', a.id, json_object('id', a.id, 'profileId', 'profile-' || l.k, 'skills', json('{}'), 'rank', 1)
            FROM old_agent a JOIN old_list l ON l.list = a.list ORDER BY a.n;
          DROP TABLE old_agent;
          DROP TABLE old_list;

          CREATE TABLE open_item (
            seq INTEGER PRIMARY KEY,
            item_id TEXT NOT NULL UNIQUE,
            interaction_id TEXT NOT NULL,
            queue_id TEXT NOT NULL,
            channel TEXT NOT NULL,
            priority INTEGER NOT NULL,
            asks TEXT NOT NULL,
            only_agent TEXT,
            arrived_at INTEGER NOT NULL,
            queued_at INTEGER NOT NULL,
            agent_id TEXT,
            taken_seq INTEGER,
            taken_at INTEGER
          ) STRICT;
          CREATE TABLE open_offer (
            seq INTEGER PRIMARY KEY,
            offer_id TEXT NOT NULL UNIQUE,
            item_id TEXT NOT NULL,
            interaction_id TEXT NOT NULL,
            queue_id TEXT NOT NULL,
            agent_id TEXT NOT NULL
          ) STRICT;
          CREATE TABLE open_wrap_up (
            seq INTEGER PRIMARY KEY,
            item_id TEXT NOT NULL,
            interaction_id TEXT NOT NULL,
            queue_id TEXT NOT NULL,
            agent_id TEXT NOT NULL,
            mode TEXT NOT NULL,
            deadline INTEGER,
            since INTEGER NOT NULL,
            UNIQUE (agent_id, item_id)
          ) STRICT;
          INSERT INTO open_item (seq, item_id, interaction_id, queue_id, channel, priority, asks, arrived_at, queued_at,
              agent_id, taken_seq, taken_at)
            SELECT rowid, item_id, interaction_id, queue_id, 'call', 0, '{}', 0, 0,
              iif(phase = 'in-hands', agent_id, NULL), iif(phase = 'in-hands', 0, NULL), iif(phase = 'in-hands', 0, NULL)
            FROM open_work WHERE phase <> 'wrap-up' ORDER BY rowid;
          INSERT INTO open_offer (seq, offer_id, item_id, interaction_id, queue_id, agent_id)
            SELECT rowid, offer_id, item_id, interaction_id, queue_id, agent_id FROM open_work
            WHERE phase = 'offered' AND offer_id IS NOT NULL AND agent_id IS NOT NULL ORDER BY rowid;
          INSERT INTO open_wrap_up (seq, item_id, interaction_id, queue_id, agent_id, mode, deadline, since)
            SELECT rowid, item_id, interaction_id, queue_id, agent_id, 'timed', 0, 0 FROM open_work
            WHERE phase = 'wrap-up' AND agent_id IS NOT NULL ORDER BY rowid;

          ALTER TABLE agent_state ADD COLUMN missed INTEGER NOT NULL DEFAULT 0;
          ALTER TABLE agent_state ADD COLUMN free_seq INTEGER NOT NULL DEFAULT 0;
          UPDATE agent_state SET missed = state = 'not-responding', free_seq = (
            SELECT count(*) FROM agent_state other
            WHERE other.since < agent_state.since
              OR (other.since = agent_state.since AND other.rowid < agent_state.rowid));

          DROP TABLE open_work;
          DROP TABLE agent_queue;
          DROP TABLE routed_agent;
          DROP TABLE queue;
          DROP TABLE not_ready_reason;`,
  ),
  // Who declined work, where rules took it from and what was foretold outlive a restart, and so does what strategies
  // count: `day` is the midnight `handled` and `talk_ms` count from.
  sqliteOnly(
    'routing-3',
    `ALTER TABLE open_item ADD COLUMN ewt_ms INTEGER;
          ALTER TABLE open_item ADD COLUMN declined TEXT NOT NULL DEFAULT '[]';
          ALTER TABLE open_item ADD COLUMN visited TEXT NOT NULL DEFAULT '[]';
          CREATE TABLE seat_count (
            agent_id TEXT NOT NULL,
            queue_id TEXT NOT NULL,
            day INTEGER NOT NULL,
            handled INTEGER NOT NULL DEFAULT 0,
            talk_ms INTEGER NOT NULL DEFAULT 0,
            asked_seq INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (agent_id, queue_id)
          ) STRICT, WITHOUT ROWID;`,
  ),
  {
    // What was asked for gets columns of its own, lists of ids are plain text, and people's words go out of what can be
    // rebuilt. Wrap-ups say which kind of work they are of, in the journal too: until now the arrival of their work did.
    name: 'routing-4',
    sqlite: `
      UPDATE journal SET version = 2, data = json_set(data, '$.channel', coalesce((
          SELECT iif(a.type = 'work.called-back', 'callback', json_extract(a.data, '$.channel')) FROM journal a
          WHERE a.interaction_id = journal.interaction_id AND a.seq < journal.seq
            AND a.type IN ('work.arrived', 'work.called-back')
            AND json_extract(a.data, '$.itemId') = json_extract(journal.data, '$.itemId')
          ORDER BY a.seq DESC LIMIT 1), 'call'))
        WHERE type = 'wrap-up.started' AND version = 1 AND json_valid(data);

      ALTER TABLE agent_state RENAME TO agent_state_3;
      ALTER TABLE open_item RENAME TO open_item_3;
      ALTER TABLE open_offer RENAME TO open_offer_3;
      ALTER TABLE open_wrap_up RENAME TO open_wrap_up_3;
      ${open.sqlite}
      INSERT INTO agent_state
          (agent_id, presence, reason, next_presence, next_reason, state, since, missed, free_seq)
        SELECT agent_id, presence, reason, next_presence, next_reason, state, since, missed, free_seq
        FROM agent_state_3;
      INSERT INTO open_item
          (item_id, seq, interaction_id, queue_id, channel, priority, skills, preferred, hold_ms, due_at, boost,
           only_agent, arrived_at, queued_at, ewt_ms, declined, visited, agent_id, taken_seq, taken_at)
        SELECT item_id, seq, interaction_id, queue_id, channel, priority, json_extract(asks, '$.skills'),
          json_extract(asks, '$.preferred.agentId'), json_extract(asks, '$.preferred.holdMs'),
          json_extract(asks, '$.dueAt'), json_extract(asks, '$.boost'), only_agent, arrived_at, queued_at, ewt_ms,
          coalesce((SELECT group_concat(value || ' ', '') FROM json_each(declined)), ''),
          coalesce((SELECT group_concat(value || ' ', '') FROM json_each(visited)), ''),
          agent_id, taken_seq, taken_at
        FROM open_item_3;
      INSERT INTO work_words (item_id, attributes)
        SELECT item_id, json_extract(asks, '$.attributes') FROM open_item_3
        WHERE json_extract(asks, '$.attributes') IS NOT NULL;
      INSERT INTO open_offer (offer_id, seq, item_id, interaction_id, queue_id, agent_id)
        SELECT offer_id, seq, item_id, interaction_id, queue_id, agent_id FROM open_offer_3;
      INSERT INTO open_wrap_up
          (agent_id, item_id, seq, interaction_id, queue_id, channel, mode, deadline, since)
        SELECT agent_id, item_id, seq, interaction_id, queue_id, coalesce((
            SELECT json_extract(data, '$.channel') FROM journal
            WHERE "partition" = 'main' AND journal.seq = open_wrap_up_3.seq AND type = 'wrap-up.started'), 'call'),
          mode, deadline, since
        FROM open_wrap_up_3;
      DROP TABLE agent_state_3;
      DROP TABLE open_item_3;
      DROP TABLE open_offer_3;
      DROP TABLE open_wrap_up_3;`,
    postgres: `${settings.postgres} ${open.postgres}`,
  },
];
