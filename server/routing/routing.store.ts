import type { Statement } from 'better-sqlite3';
import { z } from 'zod';
import type { Database } from '#server/kernel/index.ts';
import type { Recorded } from '#shared/model/facts.ts';
import {
  type AgentRouting,
  agentRoutingSchema,
  type Hours,
  hoursSchema,
  newWorkItemSchema,
  type Profile,
  profileSchema,
  type QueueSettings,
  queueSettingsSchema,
  reasonSchema,
  type Skill,
  skillSchema,
} from '#shared/model/routing.ts';
import { channelSchema, presenceSchema, wrapUpModeSchema } from '#shared/model/states.ts';
import type { OpenItem, OpenOffer, OpenWrapUp, StoredAgentState, StoredSeat } from './restart.core.ts';

const flag = z.number().transform((n) => n === 1);
const agentStateSchema = z.object({
  agentId: z.string(),
  presence: presenceSchema,
  reason: z.string().nullable(),
  nextPresence: presenceSchema.nullable(),
  nextReason: z.string().nullable(),
  missed: flag,
});

const seatSchema = z.object({
  agentId: z.string(),
  queueId: z.string(),
  handled: z.number(),
  talkMs: z.number(),
  askedSeq: z.number(),
});

const json = z.string().transform((text): unknown => JSON.parse(text));
const idsInJson = json.pipe(z.array(z.string()));
const work = { itemId: z.string(), interactionId: z.string(), queueId: z.string() };
const openItemSchema = z.object({
  ...work,
  channel: channelSchema,
  priority: z.number(),
  asks: json.pipe(
    newWorkItemSchema.pick({ skills: true, preferred: true, dueAt: true, boost: true, attributes: true }),
  ),
  onlyAgent: z.string().nullable(),
  arrivedAt: z.number(),
  queuedAt: z.number(),
  ewtMs: z.number().nullable(),
  declined: idsInJson,
  visited: idsInJson,
  agentId: z.string().nullable(),
  takenSeq: z.number().nullable(),
  takenAt: z.number().nullable(),
});

const openOfferSchema = z.object({ ...work, offerId: z.string(), agentId: z.string() });

const openWrapUpSchema = z.object({
  ...work,
  seq: z.number(),
  agentId: z.string(),
  mode: wrapUpModeSchema,
  deadline: z.number().nullable(),
  since: z.number(),
});

const takenSchema = z.object({ agentId: z.string(), queueId: z.string(), takenAt: z.number() });

/** What an administrator sets, each kind with the form it must have. */
export const kinds = {
  queue: queueSettingsSchema,
  skill: skillSchema,
  hours: hoursSchema,
  profile: profileSchema,
  agent: agentRoutingSchema,
  reason: reasonSchema,
} as const;
export interface Kinds {
  queue: QueueSettings;
  skill: Skill;
  hours: Hours;
  profile: Profile;
  agent: AgentRouting;
  reason: z.infer<typeof reasonSchema>;
}
export type Kind = keyof Kinds;

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

  // ---- settings

  /** Everything of this kind, in the order it was made. Throws for what cannot be used: a database changed by hand. */
  all<K extends Kind>(kind: K): Kinds[K][] {
    const rows = this.#sql('SELECT data FROM routing_setting WHERE kind = ? ORDER BY n').pluck().all(kind);
    return rows.map((data) => kinds[kind].parse(JSON.parse(z.string().parse(data))) as Kinds[K]);
  }

  save<K extends Kind>(kind: K, setting: Kinds[K]): void {
    this.#sql(
      `INSERT INTO routing_setting (kind, id, data) VALUES (?, ?, ?)
       ON CONFLICT (kind, id) DO UPDATE SET data = excluded.data`,
    ).run(kind, setting.id, JSON.stringify(setting));
  }

  remove(kind: Kind, id: string): void {
    this.#sql('DELETE FROM routing_setting WHERE kind = ? AND id = ?').run(kind, id);
  }

  /** All of it or nothing. */
  together(run: () => void): void {
    this.#db.file.transaction(run)();
  }

  // ---- what the journal's facts amount to

  /** Free for longest first, so that the order of idle agents survives a restart. */
  agentStates(): StoredAgentState[] {
    return z.array(agentStateSchema).parse(
      this.#sql(
        `SELECT agent_id AS agentId, presence, reason, next_presence AS nextPresence, next_reason AS nextReason,
           missed FROM agent_state ORDER BY free_seq, rowid`,
      ).all(),
    );
  }

  /** Counts of an earlier day are 0. */
  seats(now: number): StoredSeat[] {
    return z.array(seatSchema).parse(
      this.#sql(
        `SELECT agent_id AS agentId, queue_id AS queueId, iif(day = :day, handled, 0) AS handled,
           iif(day = :day, talk_ms, 0) AS talkMs, asked_seq AS askedSeq FROM seat_count`,
      ).all({ day: midnightBefore(now) }),
    );
  }

  /** In the order of arrival. */
  openItems(): OpenItem[] {
    return z.array(openItemSchema).parse(
      this.#sql(
        `SELECT item_id AS itemId, interaction_id AS interactionId, queue_id AS queueId, channel, priority, asks,
           only_agent AS onlyAgent, arrived_at AS arrivedAt, queued_at AS queuedAt, ewt_ms AS ewtMs,
           declined, visited, agent_id AS agentId, taken_seq AS takenSeq, taken_at AS takenAt FROM open_item ORDER BY seq`,
      ).all(),
    );
  }

  openOffers(): OpenOffer[] {
    return z.array(openOfferSchema).parse(
      this.#sql(
        `SELECT offer_id AS offerId, item_id AS itemId, interaction_id AS interactionId, queue_id AS queueId,
           agent_id AS agentId FROM open_offer ORDER BY seq`,
      ).all(),
    );
  }

  openWrapUps(): OpenWrapUp[] {
    return z.array(openWrapUpSchema).parse(
      this.#sql(
        `SELECT seq, item_id AS itemId, interaction_id AS interactionId, queue_id AS queueId, agent_id AS agentId,
           mode, deadline, since FROM open_wrap_up ORDER BY seq`,
      ).all(),
    );
  }

  /** The journal's projection: runs inside the commit of each fact. */
  project(fact: Recorded): void {
    switch (fact.type) {
      case 'agent.presence':
        this.#sql(
          `INSERT INTO agent_state (agent_id, presence, reason, since, free_seq) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT (agent_id) DO UPDATE SET presence = excluded.presence, reason = excluded.reason, missed = 0,
             free_seq = excluded.free_seq`,
        ).run(fact.agentId, fact.presence, fact.reason ?? null, fact.at, fact.seq);
        break;
      case 'agent.next':
        this.#sql('UPDATE agent_state SET next_presence = ?, next_reason = ? WHERE agent_id = ?').run(
          fact.presence,
          fact.reason ?? null,
          fact.agentId,
        );
        break;
      case 'agent.state':
        this.#projectState(fact);
        break;
      case 'work.arrived':
        this.#sql(
          `INSERT OR REPLACE INTO open_item
             (seq, item_id, interaction_id, queue_id, channel, priority, asks, arrived_at, queued_at, ewt_ms)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        ).run(
          fact.seq,
          fact.itemId,
          fact.interactionId,
          fact.queueId,
          fact.channel,
          fact.priority,
          JSON.stringify(fact.asks ?? {}),
          fact.at,
          fact.at,
          fact.ewtMs ?? null,
        );
        break;
      case 'work.moved':
        if (fact.why !== 'server-restart') this.#talked(fact); // when that work broke off, nobody knows
        this.#projectMoved(fact);
        break;
      case 'work.unheld':
        this.#sql(
          "UPDATE open_item SET asks = json_set(asks, '$.preferred.holdMs', 0) WHERE item_id = ?",
        ).run(fact.itemId);
        break;
      case 'work.boosted':
        this.#sql("UPDATE open_item SET asks = json_set(asks, '$.boost', ?) WHERE item_id = ?").run(
          fact.boost,
          fact.itemId,
        );
        break;
      case 'work.called-back':
        this.#sql(
          `UPDATE open_item SET channel = 'callback', interaction_id = ?,
             asks = json_set(asks, '$.attributes', json_patch(coalesce(json_extract(asks, '$.attributes'), '{}'), ?))
           WHERE item_id = ?`,
        ).run(fact.interactionId, JSON.stringify(fact.attributes ?? {}), fact.itemId);
        break;
      case 'work.ended':
        if (fact.end !== 'server-restart') this.#talked(fact); // when that call broke off, nobody knows
        this.#sql('DELETE FROM open_item WHERE item_id = ?').run(fact.itemId);
        if (fact.agentId) this.#freed(fact.agentId, fact.seq);
        break;
      case 'offer.made':
        this.#sql(
          `INSERT OR REPLACE INTO open_offer (seq, offer_id, item_id, interaction_id, queue_id, agent_id)
           VALUES (?, ?, ?, ?, ?, ?)`,
        ).run(fact.seq, fact.offerId, fact.itemId, fact.interactionId, fact.queueId, fact.agentId);
        this.#sql(
          `INSERT INTO seat_count (agent_id, queue_id, day, asked_seq) VALUES (?, ?, ?, ?)
           ON CONFLICT (agent_id, queue_id) DO UPDATE SET asked_seq = excluded.asked_seq`,
        ).run(fact.agentId, fact.queueId, midnightBefore(fact.at), fact.seq);
        if (fact.why === 'only-agent')
          this.#sql('UPDATE open_item SET only_agent = ? WHERE item_id = ?').run(fact.agentId, fact.itemId);
        break;
      case 'offer.ended':
        this.#projectOfferEnded(fact);
        break;
      case 'wrap-up.started':
        this.#sql(
          `INSERT OR REPLACE INTO open_wrap_up (seq, item_id, interaction_id, queue_id, agent_id, mode, deadline, since)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        ).run(
          fact.seq,
          fact.itemId,
          fact.interactionId,
          fact.queueId,
          fact.agentId,
          fact.mode,
          fact.deadline,
          fact.at,
        );
        break;
      case 'wrap-up.extended':
        this.#sql('UPDATE open_wrap_up SET deadline = ? WHERE agent_id = ? AND item_id = ?').run(
          fact.deadline,
          fact.agentId,
          fact.itemId,
        );
        break;
      case 'wrap-up.ended':
        this.#sql('DELETE FROM open_wrap_up WHERE agent_id = ? AND item_id = ?').run(
          fact.agentId,
          fact.itemId,
        );
        this.#freed(fact.agentId, fact.seq);
        break;
    }
  }

  /**
   * `missed` outlives the state it shows in: an agent may have other work in hand when it lets an offer ring out. Who is
   * offline has chosen so, or is no agent any more: of those no other fact tells.
   */
  #projectState(fact: Extract<Recorded, { type: 'agent.state' }>): void {
    this.#sql(
      `INSERT INTO agent_state (agent_id, state, since) VALUES (?, ?, ?)
       ON CONFLICT (agent_id) DO UPDATE SET
         free_seq = iif(state = 'not-responding' AND excluded.state = 'idle', ?, free_seq),
         missed = CASE WHEN excluded.state = 'not-responding' THEN 1
                       WHEN excluded.state IN ('on-work', 'wrap-up') THEN missed ELSE 0 END,
         presence = iif(excluded.state = 'offline', 'offline', presence),
         next_presence = iif(excluded.state = 'offline', NULL, next_presence),
         state = excluded.state, since = excluded.since`,
    ).run(fact.agentId, fact.state, fact.at, fact.seq);
  }

  /**
   * Out of the hands of whoever has it, who is free from now on; then by what it is moved for:
   *
   *   transferred      its agent has given it away; it begins in its queue, and may go anywhere again
   *   moved            the same, by a supervisor, out of nobody's hands
   *   server-restart   back to its place, as if it had never been taken
   *   else, by a rule  it begins in its queue, and rules never lead back to the one it left
   */
  #projectMoved({ why, from, queueId, itemId, at, seq }: Extract<Recorded, { type: 'work.moved' }>): void {
    this.#sql(
      'UPDATE agent_state SET free_seq = ? WHERE agent_id = (SELECT agent_id FROM open_item WHERE item_id = ?)',
    ).run(seq, itemId);
    if (why === 'transferred')
      this.#sql(
        `UPDATE open_item SET declined = json_insert(declined, '$[#]', agent_id)
         WHERE item_id = ? AND agent_id IS NOT NULL`,
      ).run(itemId);
    this.#sql(
      `UPDATE open_item SET agent_id = NULL, taken_seq = NULL, taken_at = NULL, only_agent = NULL WHERE item_id = ?`,
    ).run(itemId);
    if (why === 'server-restart') return;
    this.#sql('UPDATE open_item SET queue_id = ?, queued_at = ? WHERE item_id = ?').run(queueId, at, itemId);
    if (why === 'transferred' || why === 'moved')
      this.#sql("UPDATE open_item SET visited = '[]' WHERE item_id = ?").run(itemId);
    else
      this.#sql("UPDATE open_item SET visited = json_insert(visited, '$[#]', ?) WHERE item_id = ?").run(
        from,
        itemId,
      );
  }

  #projectOfferEnded(fact: Extract<Recorded, { type: 'offer.ended' }>): void {
    this.#sql('DELETE FROM open_offer WHERE offer_id = ?').run(fact.offerId);
    if (fact.outcome === 'accepted') {
      this.#counted(fact, 1, 0);
      this.#sql(
        'UPDATE open_item SET agent_id = ?, taken_seq = ?, taken_at = ?, ewt_ms = NULL WHERE item_id = ?',
      ).run(fact.agentId, fact.seq, fact.at, fact.itemId);
    } else if (fact.outcome !== 'revoked') {
      this.#freed(fact.agentId, fact.seq);
      if (fact.outcome === 'declined')
        this.#sql("UPDATE open_item SET declined = json_insert(declined, '$[#]', ?) WHERE item_id = ?").run(
          fact.agentId,
          fact.itemId,
        );
      if (fact.outcome === 'no-answer')
        this.#sql('UPDATE agent_state SET missed = 1 WHERE agent_id = ?').run(fact.agentId);
    }
  }

  /** Work leaves the hands it is in, if any. */
  #talked({ itemId, at }: { readonly itemId: string; readonly at: number }): void {
    const row = this.#sql(
      `SELECT agent_id AS agentId, queue_id AS queueId, taken_at AS takenAt FROM open_item
       WHERE item_id = ? AND agent_id IS NOT NULL AND taken_at IS NOT NULL`,
    ).get(itemId);
    if (row === undefined) return;
    const { takenAt, ...who } = takenSchema.parse(row);
    this.#counted({ ...who, at }, 0, at - takenAt);
  }

  #counted(
    { agentId, queueId, at }: { readonly agentId: string; readonly queueId: string; readonly at: number },
    handled: number,
    talkMs: number,
  ): void {
    this.#sql(
      `INSERT INTO seat_count (agent_id, queue_id, day, handled, talk_ms) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (agent_id, queue_id) DO UPDATE SET
         handled = iif(day = excluded.day, handled, 0) + excluded.handled,
         talk_ms = iif(day = excluded.day, talk_ms, 0) + excluded.talk_ms,
         day = excluded.day`,
    ).run(agentId, queueId, midnightBefore(at), handled, talkMs);
  }

  /** The agent goes to the end of the idle. */
  #freed(agentId: string, seq: number): void {
    this.#sql('UPDATE agent_state SET free_seq = ? WHERE agent_id = ?').run(seq, agentId);
  }
}

/** The last midnight of the zone this server runs in: what strategies count begins anew there. */
function midnightBefore(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}
