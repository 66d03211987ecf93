import type { Migration } from '#server/kernel/index.ts';

/**
 * `routing_setting` holds what administrators set, as JSON in the forms of shared/model/routing.ts. The other tables are
 * projections of the journal: what must be known again after a crash.
 */
export const routingMigrations: readonly Migration[] = [
  {
    name: 'routing-1',
    sql: `CREATE TABLE queue (
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
  },
  {
    // Queues get what they had no word for; agents with the same list of queues share a profile; work left open by the
    // old server was calls, to be ended, and wrap-ups, whose time is over.
    name: 'routing-2',
    sql: `CREATE TABLE routing_setting (
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
  },
  {
    // Who declined work, where rules took it from and what was foretold outlive a restart, and so does what strategies
    // count: `day` is the midnight `handled` and `talk_ms` count from.
    name: 'routing-3',
    sql: `ALTER TABLE open_item ADD COLUMN ewt_ms INTEGER;
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
  },
];
