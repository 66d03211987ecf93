import { sql } from 'kysely';
import { z } from 'zod';
import type { Db, Log, Op, Params } from '#server/kernel/index.ts';
import {
  type AgentRouting,
  agentRoutingSchema,
  type Hours,
  hoursSchema,
  type Profile,
  profileSchema,
  type QueueSettings,
  queueSettingsSchema,
  reasonSchema,
  type Skill,
  skillSchema,
  skillsSchema,
} from '#shared/model/routing.ts';
import { channelSchema, presenceSchema, wrapUpModeSchema } from '#shared/model/states.ts';
import type { WorkWords } from './events.core.ts';
import type { OpenItem, OpenOffer, OpenWrapUp, StoredAgentState, StoredSeat } from './restart.core.ts';
import { midnightBefore, statement } from './routing.tables.ts';

/** Text that must be JSON. */
const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'is not JSON' });
    return z.NEVER;
  }
});

// ---- settings

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

/** By id, in the order they were made. */
export type Settings = { readonly [K in Kind]: Map<string, Kinds[K]> } & {
  /** Agents whose settings cannot be read. */
  readonly unread: Set<string>;
};

const allSettings = statement((q) =>
  q.selectFrom('routing_setting').select(['kind', 'id', 'data']).orderBy('n'),
);
const save = statement((q, p: Params<{ kind: string; id: string; data: string }>) =>
  q
    .insertInto('routing_setting')
    .values({ kind: p('kind'), id: p('id'), data: p('data') })
    .onConflict((on) => on.columns(['kind', 'id']).doUpdateSet({ data: (e) => e.ref('excluded.data') })),
);
const remove = statement((q, p: Params<{ kind: string; id: string }>) =>
  q.deleteFrom('routing_setting').where('kind', '=', p('kind')).where('id', '=', p('id')),
);

/** What stores a setting. */
export const saveOp = <K extends Kind>(kind: K, setting: Kinds[K]): Op =>
  save({ kind, id: setting.id, data: JSON.stringify(setting) });

export const removeOp = (kind: Kind, id: string): Op => remove({ kind, id });

/**
 * Everything that is set. What cannot be read (a database changed by hand, a value of a newer version) is logged and passed
 * over: the centre runs without it.
 */
export async function readSettings(db: Db, log: Log): Promise<Settings> {
  const settings: Settings = {
    queue: new Map(),
    skill: new Map(),
    hours: new Map(),
    profile: new Map(),
    agent: new Map(),
    reason: new Map(),
    unread: new Set(),
  };
  for (const { kind, id, data } of await db.all(allSettings())) {
    const read = isKind(kind) ? json.pipe(kinds[kind]).safeParse(data) : undefined;
    if (isKind(kind) && read?.success && read.data.id === id)
      (settings[kind] as Map<string, Kinds[Kind]>).set(id, read.data);
    else {
      log.error({ kind, id, problems: read?.error?.issues }, 'a setting cannot be read and is passed over');
      if (kind === 'agent') settings.unread.add(id);
    }
  }
  return settings;
}

const isKind = (kind: string): kind is Kind => Object.hasOwn(kinds, kind);

// ---- words about work

const keepWords = statement((q, p: Params<{ itemId: string; attributes: string }>) =>
  q
    .insertInto('work_words')
    .values({ item_id: p('itemId'), attributes: p('attributes') })
    .onConflict((on) =>
      on.column('item_id').doUpdateSet({ attributes: (e) => e.ref('excluded.attributes') }),
    ),
);
const eraseWords = statement((q, p: Params<{ itemId: string }>) =>
  q.deleteFrom('work_words').where('item_id', '=', p('itemId')),
);

/** What stores or erases words about work, in the commit of the fact they belong to. */
export const wordsOps = ({ itemId, attributes }: WorkWords): readonly Op[] => [
  attributes ? keepWords({ itemId, attributes: JSON.stringify(attributes) }) : eraseWords({ itemId }),
];

// ---- what a server that starts finds

const flag = z.number().transform((n) => n === 1);
/** Each followed by a blank. */
const ids = z.string().transform((text) => text.split(' ').slice(0, -1));
const work = { itemId: z.string(), interactionId: z.string(), queueId: z.string() };

const agentStateSchema = z.object({
  agentId: z.string(),
  presence: presenceSchema,
  reason: z.string().nullable(),
  nextPresence: presenceSchema.nullable(),
  nextReason: z.string().nullable(),
  missed: flag,
});
const allAgentStates = statement((q) =>
  q
    .selectFrom('agent_state')
    .select([
      'agent_id as agentId',
      'presence',
      'reason',
      'next_presence as nextPresence',
      'next_reason as nextReason',
      'missed',
    ])
    .orderBy('free_seq')
    .orderBy('agent_id'),
);

const seatSchema = z.object({
  agentId: z.string(),
  queueId: z.string(),
  handled: z.number(),
  talkMs: z.number(),
  askedSeq: z.number(),
});
const allSeats = statement(
  (_, p: Params<{ day: number }>) => sql<z.input<typeof seatSchema>>`
    select agent_id as "agentId", queue_id as "queueId", case when day = ${p.int('day')} then handled else 0 end as handled,
           case when day = ${p.int('day')} then talk_ms else 0 end as "talkMs", asked_seq as "askedSeq"
      from seat_count order by asked_seq, agent_id, queue_id`,
);

const openItemSchema = z
  .object({
    ...work,
    channel: channelSchema,
    priority: z.number(),
    skills: json.pipe(skillsSchema).nullable(),
    preferred: z.string().nullable(),
    holdMs: z.number().nullable(),
    dueAt: z.number().nullable(),
    boost: z.number().nullable(),
    attributes: json.pipe(z.record(z.string(), z.string())).nullable(),
    onlyAgent: z.string().nullable(),
    arrivedAt: z.number(),
    queuedAt: z.number(),
    ewtMs: z.number().nullable(),
    declined: ids,
    visited: ids,
    agentId: z.string().nullable(),
    takenSeq: z.number().nullable(),
    takenAt: z.number().nullable(),
  })
  .transform(
    ({ skills, preferred, holdMs, dueAt, boost: points, attributes, ...row }): OpenItem => ({
      ...row,
      asks: {
        ...(skills === null ? {} : { skills }),
        ...(preferred === null ? {} : { preferred: { agentId: preferred, holdMs: holdMs ?? 0 } }),
        ...(dueAt === null ? {} : { dueAt }),
        ...(points === null ? {} : { boost: points }),
        ...(attributes === null ? {} : { attributes }),
      },
    }),
  );
const allItems = statement((q) =>
  q
    .selectFrom('open_item')
    .leftJoin('work_words', 'work_words.item_id', 'open_item.item_id')
    .select([
      'open_item.item_id as itemId',
      'interaction_id as interactionId',
      'queue_id as queueId',
      'channel',
      'priority',
      'skills',
      'preferred',
      'hold_ms as holdMs',
      'due_at as dueAt',
      'boost',
      'attributes',
      'only_agent as onlyAgent',
      'arrived_at as arrivedAt',
      'queued_at as queuedAt',
      'ewt_ms as ewtMs',
      'declined',
      'visited',
      'agent_id as agentId',
      'taken_seq as takenSeq',
      'taken_at as takenAt',
    ])
    .orderBy('seq'),
);

const openOfferSchema = z.object({ ...work, offerId: z.string(), agentId: z.string() });
const allOffers = statement((q) =>
  q
    .selectFrom('open_offer')
    .select([
      'offer_id as offerId',
      'item_id as itemId',
      'interaction_id as interactionId',
      'queue_id as queueId',
      'agent_id as agentId',
    ])
    .orderBy('seq'),
);

const openWrapUpSchema = z.object({
  ...work,
  seq: z.number(),
  agentId: z.string(),
  channel: channelSchema,
  mode: wrapUpModeSchema,
  deadline: z.number().nullable(),
  since: z.number(),
});
const allWrapUps = statement((q) =>
  q
    .selectFrom('open_wrap_up')
    .select([
      'seq',
      'item_id as itemId',
      'interaction_id as interactionId',
      'queue_id as queueId',
      'agent_id as agentId',
      'channel',
      'mode',
      'deadline',
      'since',
    ])
    .orderBy('seq'),
);

/** Everything the last server left. */
export interface Left {
  /** Free for longest first. */
  readonly agents: readonly StoredAgentState[];
  /** Asked longest ago first; counts of an earlier day are 0. */
  readonly seats: readonly StoredSeat[];
  /** In the order of arrival. */
  readonly items: readonly OpenItem[];
  readonly offers: readonly OpenOffer[];
  readonly wrapUps: readonly OpenWrapUp[];
}

/** Reads what the last server left; a row that cannot be read (a database changed by hand) is logged and passed over. */
export async function readLeft(db: Db, log: Log, now: number): Promise<Left> {
  return {
    agents: await agentStates(db, log),
    seats: readable(seatSchema, await db.all(allSeats({ day: midnightBefore(now) })), log),
    items: readable(openItemSchema, await db.all(allItems()), log),
    offers: readable(openOfferSchema, await db.all(allOffers()), log),
    wrapUps: readable(openWrapUpSchema, await db.all(allWrapUps()), log),
  };
}

/** Free for longest first, so that the order of idle agents survives a restart. */
export async function agentStates(db: Db, log: Log): Promise<StoredAgentState[]> {
  return readable(agentStateSchema, await db.all(allAgentStates()), log);
}

function readable<S extends z.ZodType>(schema: S, rows: readonly unknown[], log: Log): z.output<S>[] {
  return rows.flatMap((row) => {
    const read = schema.safeParse(row);
    if (read.success) return [read.data];
    const { itemId, offerId, agentId } = row as Readonly<Record<string, unknown>>;
    log.error({ itemId, offerId, agentId }, 'a row of open work cannot be read and is passed over');
    return [];
  });
}
