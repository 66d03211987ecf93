import { z } from 'zod';
import { idSchema, instantSchema } from './ids.ts';
import { channelSchema, type WrapUpMode, wrapUpModeSchema } from './states.ts';

/** What an administrator sets for routing, and what a work item asks for. Times are milliseconds unless named otherwise. */

const ms = (min: number, max: number) => z.number().int().min(min).max(max);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
export const nameSchema = z.string().trim().min(1).max(80);

/** 1 knows a little, 5 is an expert. */
export const levelSchema = z.number().int().min(1).max(5);
/** Skill id to level: what an agent has, or the least that work needs. */
export const skillsSchema = z.record(idSchema, levelSchema);
export type Skills = Readonly<Record<string, number>>;

export const skillSchema = z.object({ id: idSchema, name: nameSchema });
export type Skill = z.infer<typeof skillSchema>;

/** Who of the agents that may take an item gets it: see server/routing/README.md. */
export const strategySchema = z.enum([
  'longest-idle',
  'round-robin',
  'fewest-handled',
  'least-talk-time',
  'most-skilled',
  'linear',
  'random',
  'ring-all',
]);
export type Strategy = z.infer<typeof strategySchema>;

/** Why a queue gives work away instead of keeping it. */
export const overflowWhenSchema = z.enum(['closed', 'length', 'ewt', 'no-agents', 'waited']);
export type OverflowWhen = z.infer<typeof overflowWhenSchema>;

/** Flow and voicemail take calls only; other work stays where it is. */
export const overflowTargetSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('queue'), queueId: idSchema }),
  z.object({ kind: z.literal('flow'), flowId: idSchema }),
  z.object({ kind: z.literal('voicemail') }),
]);
export type OverflowTarget = z.infer<typeof overflowTargetSchema>;

export const overflowRuleSchema = z.object({
  when: overflowWhenSchema,
  /** `length`: items already waiting; `ewt`, `waited`, `no-agents`: ms; `closed`: not used. */
  value: z.number().int().min(0).max(DAY),
  to: overflowTargetSchema,
});
export type OverflowRule = z.infer<typeof overflowRuleSchema>;

/** One ring of skill relaxing: from this waiting time on, the levels asked for fall and skills are no longer asked for. */
export const relaxStepSchema = z.object({
  afterMs: ms(1_000, DAY),
  /** Every level still asked for falls by this much, to 1 at the least. Steps add up. */
  lower: z.number().int().min(0).max(4),
  /** These skills are not asked for any more. */
  drop: z.array(idSchema).max(50),
});
export type RelaxStep = z.infer<typeof relaxStepSchema>;

/**
 * The weights of the one score that orders waiting work, in points; at the instant `now`
 *
 *     score = priority x item.priority + ageing x seconds waited + urgency x seconds past due + boost
 *
 * (before it is due, the third term is negative). See server/routing/order.core.ts.
 */
export const scoreWeightsSchema = z.object({
  priority: z.number().min(0).max(1_000_000),
  ageing: z.number().min(0).max(1_000),
  urgency: z.number().min(0).max(1_000),
});
export type ScoreWeights = z.infer<typeof scoreWeightsSchema>;

/** A shorter delay would let a phone that fails at once be tried without pause. */
const retry = ms(1_000, HOUR);

const queueShape = z.object({
  name: nameSchema,
  strategy: strategySchema,
  /** How long one agent is rung before RONA. */
  offerMs: ms(1_000, HOUR),
  wrapUp: z.object({ mode: wrapUpModeSchema, ms: ms(0, DAY), extendMs: ms(0, HOUR) }),
  /** How long this queue leaves an agent alone after an offer that was not taken. */
  retryMs: z.object({ noAnswer: ms(0, HOUR), declined: retry, busy: retry, failed: retry }),
  /** Service-level target; work without a due time of its own is due this long after its arrival. */
  targetMs: ms(0, 30 * DAY),
  record: z.boolean(),
  /** How long the caller hears ringing before the call is answered with music, if no agent answers first. */
  ringMs: ms(0, HOUR),
  /** Needed of the agent by everything in this queue, beside what an item asks for itself. */
  skills: skillsSchema,
  relax: z.array(relaxStepSchema).max(10),
  /** Waiting time from which agents of tier 1, 2, 3 ... may be offered; the last holds for all further tiers. */
  tiersMs: z.array(ms(0, DAY)).min(1).max(9),
  score: scoreWeightsSchema,
  /** More is refused (`queue.full`) unless an overflow rule takes it; null: no limit. */
  maxWaiting: z.number().int().min(0).max(100_000).nullable(),
  /** Opening hours; null: always open. */
  hours: idSchema.nullable(),
  /** Emergency closing, whatever the hours say. */
  closed: z.boolean(),
  /** Tried in this order; the first that applies and whose target takes the work wins. */
  overflow: z.array(overflowRuleSchema).max(10),
});
type QueueShape = z.infer<typeof queueShape>;
const timed = (q: QueueShape) => !wrapUpHasDeadline(q.wrapUp.mode) || q.wrapUp.ms >= 1_000;
const timedProblem = { message: 'a timed wrap-up lasts at least 1000 ms', path: ['wrapUp', 'ms'] };
const inOrder = (q: QueueShape) => ascending(q.tiersMs) && ascending(q.relax.map((step) => step.afterMs));
const inOrderProblem = { message: 'tiers and steps stand in the order of their times', path: ['relax'] };

/** A queue without its id, as a form sends it. */
export const queueBodySchema = queueShape.refine(timed, timedProblem).refine(inOrder, inOrderProblem);
export const queueSettingsSchema = queueShape
  .extend({ id: idSchema })
  .refine(timed, timedProblem)
  .refine(inOrder, inOrderProblem);
export type QueueSettings = z.infer<typeof queueSettingsSchema>;

/** What a queue is unless said otherwise. */
export const queueDefaults = {
  strategy: 'longest-idle',
  offerMs: 20_000,
  wrapUp: { mode: 'none', ms: 0, extendMs: 0 },
  retryMs: { noAnswer: 0, declined: 30_000, busy: 15_000, failed: 10_000 },
  targetMs: 20_000,
  record: false,
  ringMs: 8_000,
  skills: {},
  relax: [],
  tiersMs: [0],
  // One step of priority outweighs an hour of waiting; due work rises twice as fast as waiting alone makes it.
  score: { priority: 3_600, ageing: 1, urgency: 1 },
  maxWaiting: null,
  hours: null,
  closed: false,
  overflow: [],
} as const satisfies Omit<QueueSettings, 'id' | 'name'>;

function ascending(numbers: readonly number[]): boolean {
  return numbers.every((n, i) => i === 0 || n >= (numbers[i - 1] as number));
}

export function wrapUpHasDeadline(mode: WrapUpMode): boolean {
  return mode === 'timed' || mode === 'mandatory-timed';
}

/** May the agent finish this wrap-up only once a disposition is set? Routing itself does not ask: its caller must. */
export function wrapUpNeedsDisposition(mode: WrapUpMode): boolean {
  return mode === 'mandatory' || mode === 'mandatory-timed';
}

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/);
const span = z
  .object({ from: clock, to: clock })
  .refine((s) => s.from < s.to, { message: 'a span ends after it begins; split one over midnight' });
export type OpenSpan = z.infer<typeof span>;

export const hoursSchema = z.object({
  id: idSchema,
  name: nameSchema,
  /** IANA zone the times are meant in, `America/Chicago`. */
  zone: z.string().max(64).refine(isZone, { message: 'not a known time zone' }),
  /** ISO weekday (1 Monday to 7 Sunday) to the spans open on it; a day left out is closed. */
  weekly: z.partialRecord(z.enum(['1', '2', '3', '4', '5', '6', '7']), z.array(span).max(6)),
  /** These dates have hours of their own; none means closed all day. */
  holidays: z.array(z.object({ date: z.iso.date(), name: nameSchema, open: z.array(span).max(6) })).max(400),
});
export type Hours = z.infer<typeof hoursSchema>;

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** How many items of each channel at once; a channel left out is not served at all. */
export const capacitySchema = z.partialRecord(channelSchema, z.number().int().min(0).max(50));
export type Capacity = z.infer<typeof capacitySchema>;
/** Channel to the channels it may come on top of: `{call: ['email']}` rings an agent who is writing a mail. */
export const interruptsSchema = z.partialRecord(channelSchema, z.array(channelSchema).max(8));
export type Interrupts = z.infer<typeof interruptsSchema>;

/** Where a profile serves: its queues in order, each with the tier its agents have there. */
export const servesSchema = z.object({
  queueId: idSchema,
  /**
   * 1: their own queue. Higher tiers help out: they are asked after lower ones, from the queue's `tiersMs` on, and
   * take work of their own tier-1 queues first.
   */
  tier: z.number().int().min(1).max(9),
});
export type Serves = z.infer<typeof servesSchema>;

export const profileBodySchema = z.object({
  name: nameSchema,
  queues: z
    .array(servesSchema)
    .max(100)
    .refine((list) => new Set(list.map((q) => q.queueId)).size === list.length, {
      message: 'a queue stands in a profile once',
    }),
  capacity: capacitySchema,
  interrupts: interruptsSchema,
});
export const profileSchema = profileBodySchema.extend({ id: idSchema });
export type Profile = z.infer<typeof profileSchema>;

/** One call at a time, three chats, one piece of written work; a call or chat may come on top of written work. */
export const profileDefaults = {
  capacity: { call: 1, callback: 1, lead: 1, chat: 3, sms: 3, email: 1, task: 1, case: 1 },
  interrupts: {
    call: ['email', 'task', 'case'],
    callback: ['email', 'task', 'case'],
    chat: ['email', 'task', 'case', 'sms'],
    sms: ['email', 'task', 'case', 'chat'],
  },
} as const satisfies { readonly capacity: Capacity; readonly interrupts: unknown };

/** What an administrator sets for one agent. */
export const agentRoutingSchema = z.object({
  id: idSchema,
  profileId: idSchema,
  skills: skillsSchema,
  /** Place in queues with the strategy `linear`: lower is asked first. */
  rank: z.number().int().min(1).max(10_000),
});
export type AgentRouting = z.infer<typeof agentRoutingSchema>;

export const reasonSchema = z.object({ id: idSchema, name: nameSchema });

/** A piece of work as it enters its queue. */
export const newWorkItemSchema = z.object({
  id: idSchema,
  interactionId: idSchema,
  channel: channelSchema,
  /** A queue, or `direct` for work meant for `onlyAgent` alone (an extension dialled directly). */
  queueId: idSchema,
  /** Higher first; 0 is normal. */
  priority: z.number().int().min(-100).max(100),
  onlyAgent: idSchema.optional(),
  /** The least the agent must know, beside what the queue asks of everybody. */
  skills: skillsSchema.optional(),
  /** Sticky: the last agent or the owner, and how long to hold out for them before others are asked. */
  preferred: z.object({ agentId: idSchema, holdMs: ms(0, DAY) }).optional(),
  /** SLA: when it should have been taken; without one the queue's target counts. */
  dueAt: instantSchema.optional(),
  /** Points added to its score. */
  boost: z.number().min(-1_000_000).max(1_000_000).optional(),
  /** Free facts about the work for those who look at it; routing does not read them. */
  attributes: z.record(z.string().max(64), z.string().max(256)).optional(),
});
export type NewWorkItem = z.infer<typeof newWorkItemSchema>;
