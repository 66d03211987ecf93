import type { Statement } from 'better-sqlite3';
import { z } from 'zod';
import type { Database, Migration } from '#server/kernel/index.ts';
import type { Recorded } from '#shared/model/facts.ts';
import { presenceSchema, routingStateSchema } from '#shared/model/states.ts';
import { queueSettingsSchema } from './settings.core.ts';
import type { AgentSettings, QueueSettings } from './types.ts';

/** `agent_state` and `open_work` are projections of the journal: what must be known again after a crash. */
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
];

const agentStateSchema = z.object({
  agentId: z.string(),
  presence: presenceSchema,
  reason: z.string().nullable(),
  nextPresence: presenceSchema.nullable(),
  nextReason: z.string().nullable(),
  state: routingStateSchema,
});
export type StoredAgentState = z.infer<typeof agentStateSchema>;

const openWorkSchema = z.object({
  itemId: z.string(),
  interactionId: z.string(),
  queueId: z.string(),
  /** `wrap-up`: the item is ended, its wrap-up is not. */
  phase: z.enum(['waiting', 'offered', 'in-hands', 'wrap-up']),
  offerId: z.string().nullable(),
  agentId: z.string().nullable(),
});
export type OpenWork = z.infer<typeof openWorkSchema>;

/** The SQL of this room. */
export class RoutingStore {
  readonly #db: Database;
  readonly #statements = new Map<string, Statement>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** Prepared once: these run inside every commit of the journal. */
  #sql(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.file.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  queues(): QueueSettings[] {
    return this.#sql('SELECT * FROM queue ORDER BY rowid')
      .all()
      .map((row) => {
        const q = row as Record<string, unknown>;
        return queueSettingsSchema.parse({
          id: q.id,
          name: q.name,
          strategy: q.strategy,
          offerMs: q.offer_ms,
          wrapUp: { mode: q.wrap_up_mode, ms: q.wrap_up_ms, extendMs: q.wrap_up_extend_ms },
          retryMs: { declined: q.retry_declined_ms, busy: q.retry_busy_ms, failed: q.retry_failed_ms },
          targetMs: q.target_ms,
          record: q.record === 1,
          ringMs: q.ring_ms,
        });
      });
  }

  saveQueue(q: QueueSettings): void {
    this.#sql(
      `INSERT INTO queue VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)
       ON CONFLICT (id) DO UPDATE SET name = excluded.name, strategy = excluded.strategy,
         offer_ms = excluded.offer_ms, wrap_up_mode = excluded.wrap_up_mode, wrap_up_ms = excluded.wrap_up_ms,
         wrap_up_extend_ms = excluded.wrap_up_extend_ms, retry_declined_ms = excluded.retry_declined_ms,
         retry_busy_ms = excluded.retry_busy_ms, retry_failed_ms = excluded.retry_failed_ms,
         target_ms = excluded.target_ms, record = excluded.record, ring_ms = excluded.ring_ms`,
    ).run(
      q.id,
      q.name,
      q.strategy,
      q.offerMs,
      q.wrapUp.mode,
      q.wrapUp.ms,
      q.wrapUp.extendMs,
      q.retryMs.declined,
      q.retryMs.busy,
      q.retryMs.failed,
      q.targetMs,
      q.record ? 1 : 0,
      q.ringMs,
    );
  }

  removeQueue(id: string): void {
    this.#sql('DELETE FROM queue WHERE id = ?').run(id);
  }

  agents(): AgentSettings[] {
    const found = new Map<string, string[]>();
    const rows = this.#sql(
      `SELECT a.id AS id, q.queue_id AS queue FROM routed_agent a LEFT JOIN agent_queue q ON q.agent_id = a.id
       ORDER BY a.rowid, q.position`,
    ).all() as { id: string; queue: string | null }[];
    for (const { id, queue } of rows) {
      const queues = found.get(id) ?? [];
      if (queue !== null) queues.push(queue);
      found.set(id, queues);
    }
    return [...found].map(([id, queues]) => ({ id, queues }));
  }

  saveAgent(agent: AgentSettings): void {
    this.#db.file.transaction(() => {
      this.#sql('INSERT INTO routed_agent (id) VALUES (?) ON CONFLICT DO NOTHING').run(agent.id);
      this.#sql('DELETE FROM agent_queue WHERE agent_id = ?').run(agent.id);
      const add = this.#sql('INSERT INTO agent_queue (agent_id, queue_id, position) VALUES (?, ?, ?)');
      [...new Set(agent.queues)].forEach((queue, position) => {
        add.run(agent.id, queue, position);
      });
    })();
  }

  removeAgent(id: string): void {
    this.#sql('DELETE FROM routed_agent WHERE id = ?').run(id);
  }

  reasons(): { id: string; name: string }[] {
    return this.#sql('SELECT id, name FROM not_ready_reason ORDER BY position').all() as {
      id: string;
      name: string;
    }[];
  }

  /** Longest in its state first, so that the order of idle agents survives a restart. */
  agentStates(): StoredAgentState[] {
    return z.array(agentStateSchema).parse(
      this.#sql(
        `SELECT agent_id AS agentId, presence, reason, next_presence AS nextPresence,
           next_reason AS nextReason, state FROM agent_state ORDER BY since, rowid`,
      ).all(),
    );
  }

  openWork(): OpenWork[] {
    return z.array(openWorkSchema).parse(
      this.#sql(
        `SELECT item_id AS itemId, interaction_id AS interactionId, queue_id AS queueId, phase,
           offer_id AS offerId, agent_id AS agentId FROM open_work ORDER BY rowid`,
      ).all(),
    );
  }

  /** The journal's projection: runs inside the commit of each fact. */
  project(fact: Recorded): void {
    switch (fact.type) {
      case 'agent.presence':
        this.#sql(
          `INSERT INTO agent_state (agent_id, presence, reason, since) VALUES (?, ?, ?, ?)
           ON CONFLICT (agent_id) DO UPDATE SET presence = excluded.presence, reason = excluded.reason`,
        ).run(fact.agentId, fact.presence, fact.reason ?? null, fact.at);
        break;
      case 'agent.next':
        this.#sql('UPDATE agent_state SET next_presence = ?, next_reason = ? WHERE agent_id = ?').run(
          fact.presence,
          fact.reason ?? null,
          fact.agentId,
        );
        break;
      case 'agent.state':
        this.#sql(
          `INSERT INTO agent_state (agent_id, state, since) VALUES (?, ?, ?)
           ON CONFLICT (agent_id) DO UPDATE SET state = excluded.state, since = excluded.since`,
        ).run(fact.agentId, fact.state, fact.at);
        break;
      case 'work.arrived':
        this.#open(fact, 'waiting');
        break;
      case 'offer.made':
        this.#open(fact, 'offered', fact.offerId, fact.agentId);
        break;
      case 'offer.ended':
        if (fact.outcome === 'accepted') this.#open(fact, 'in-hands', null, fact.agentId);
        else this.#open(fact, 'waiting');
        break;
      case 'wrap-up.started':
        this.#open(fact, 'wrap-up', null, fact.agentId);
        break;
      case 'work.ended':
      case 'wrap-up.ended':
        this.#sql('DELETE FROM open_work WHERE item_id = ?').run(fact.itemId);
        break;
    }
  }

  #open(
    work: Pick<OpenWork, 'itemId' | 'interactionId' | 'queueId'>,
    phase: OpenWork['phase'],
    offerId: string | null = null,
    agentId: string | null = null,
  ): void {
    this.#sql(
      `INSERT INTO open_work (item_id, interaction_id, queue_id, phase, offer_id, agent_id) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (item_id) DO UPDATE SET phase = excluded.phase, offer_id = excluded.offer_id,
         agent_id = excluded.agent_id`,
    ).run(work.itemId, work.interactionId, work.queueId, phase, offerId, agentId);
  }
}
