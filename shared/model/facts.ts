import { z } from 'zod';
import { idSchema, instantSchema } from './ids.ts';
import { newWorkItemSchema, overflowWhenSchema } from './routing.ts';
import {
  callEndSchema,
  channelSchema,
  offerOutcomeSchema,
  offerWhySchema,
  presenceSchema,
  routingStateSchema,
  workEndSchema,
  wrapUpModeSchema,
} from './states.ts';

/**
 * Every fact the journal can hold. A fact says what happened, in the past tense, once; it is never changed.
 * `interactionId` is given wherever the fact belongs to one contact, `agentId` wherever it belongs to one agent:
 * projections and desks find their facts by these two.
 */
const fact = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.object({ type: z.literal(type), ...shape });

const work = { itemId: idSchema, interactionId: idSchema, queueId: idSchema };
const call = { callId: idSchema, interactionId: idSchema };
const leg = { ...call, legId: idSchema, agentId: idSchema.optional() };

export const factSchema = z.discriminatedUnion('type', [
  fact('server.started', { version: z.string() }),
  fact('server.stopped', {}),
  fact('user.signed-in', { agentId: idSchema, sessionId: idSchema }),
  fact('user.signed-out', { agentId: idSchema, sessionId: idSchema }),
  fact('user.locked', { agentId: idSchema, until: instantSchema }),
  fact('phone.registered', { agentId: idSchema, device: z.string(), transport: z.string() }),
  fact('phone.unregistered', { agentId: idSchema, device: z.string(), reason: z.string() }),
  fact('agent.presence', {
    agentId: idSchema,
    presence: presenceSchema,
    reason: z.string().optional(),
    /** The supervisor who chose it; absent when the agent or the system did. */
    by: idSchema.optional(),
  }),
  fact('agent.next', {
    agentId: idSchema,
    presence: presenceSchema.nullable(),
    reason: z.string().optional(),
    by: idSchema.optional(),
  }),
  fact('agent.state', {
    agentId: idSchema,
    state: routingStateSchema,
    reason: z.string().optional(),
    itemId: idSchema.optional(),
  }),
  fact('work.arrived', {
    ...work,
    channel: channelSchema,
    priority: z.number().int(),
    /** What it was expected to wait, ms. */
    ewtMs: z.number().int().nonnegative().optional(),
    /** What it asks for beside, so that it can be put back into its place after a restart. */
    asks: newWorkItemSchema
      .pick({ skills: true, preferred: true, dueAt: true, boost: true, attributes: true })
      .optional(),
  }),
  fact('work.moved', {
    ...work,
    from: idSchema,
    /** `server-restart`: out of the hands it was in, back to its place in the same queue. */
    why: z.enum(['moved', 'transferred', 'server-restart', ...overflowWhenSchema.options]),
    /** The supervisor who did it; absent when an agent or a rule did. */
    by: idSchema.optional(),
  }),
  /** Kept for its preferred agent no longer, before its time: that agent signed out or left the queue. */
  fact('work.unheld', work),
  fact('work.boosted', { ...work, boost: z.number(), by: idSchema.optional() }),
  fact('work.called-back', { ...work, attributes: newWorkItemSchema.shape.attributes }),
  fact('work.ended', { ...work, end: workEndSchema, agentId: idSchema.optional() }),
  fact('offer.made', {
    ...work,
    offerId: idSchema,
    agentId: idSchema,
    expiresAt: instantSchema,
    why: offerWhySchema,
    /** How many agents could have been asked. */
    among: z.number().int().positive(),
  }),
  fact('offer.ended', { ...work, offerId: idSchema, agentId: idSchema, outcome: offerOutcomeSchema }),
  fact('wrap-up.started', {
    ...work,
    agentId: idSchema,
    mode: wrapUpModeSchema,
    deadline: instantSchema.nullable(),
  }),
  fact('wrap-up.extended', { ...work, agentId: idSchema, deadline: instantSchema }),
  fact('wrap-up.ended', { ...work, agentId: idSchema }),
  /** Somebody set or removed this in administration. */
  fact('routing.changed', {
    by: idSchema,
    what: z.enum(['queue', 'skill', 'profile', 'hours', 'agent', 'reason', 'disposition']),
    subject: idSchema,
    change: z.enum(['set', 'removed']),
  }),
  fact('call.arrived', { ...call, ani: z.string(), dnis: z.string(), customerId: idSchema.optional() }),
  fact('call.answered', { ...call }),
  fact('call.bridged', { ...call, agentId: idSchema }),
  fact('call.held', { ...call, agentId: idSchema }),
  fact('call.retrieved', { ...call, agentId: idSchema }),
  fact('call.muted', { ...call, agentId: idSchema }),
  fact('call.unmuted', { ...call, agentId: idSchema }),
  fact('call.digit', { ...call, digit: z.string().length(1), agentId: idSchema.optional() }),
  fact('call.ended', { ...call, end: callEndSchema, agentId: idSchema.optional() }),
  fact('leg.ringing', { ...leg }),
  fact('leg.answered', { ...leg }),
  fact('leg.ended', { ...leg, cause: z.string(), sipCode: z.number().int().optional() }),
  fact('interaction.opened', {
    interactionId: idSchema,
    channel: channelSchema,
    direction: z.enum(['inbound', 'outbound', 'internal']),
    ani: z.string(),
    dnis: z.string(),
    customerId: idSchema.optional(),
  }),
  fact('interaction.queued', { interactionId: idSchema, queueId: idSchema }),
  fact('interaction.assigned', { interactionId: idSchema, agentId: idSchema }),
  fact('interaction.matched', {
    interactionId: idSchema,
    customerId: idSchema.nullable(),
    agentId: idSchema.optional(),
  }),
  fact('interaction.noted', {
    interactionId: idSchema,
    agentId: idSchema,
    notes: z.string(),
    rev: z.number().int(),
  }),
  fact('interaction.disposed', {
    interactionId: idSchema,
    agentId: idSchema,
    disposition: idSchema,
  }),
  fact('interaction.ended', { interactionId: idSchema, end: callEndSchema, agentId: idSchema.optional() }),
  fact('recording.started', { interactionId: idSchema, file: z.string(), agentId: idSchema.optional() }),
  fact('recording.ended', {
    interactionId: idSchema,
    file: z.string(),
    durationMs: z.number().nonnegative(),
    agentId: idSchema.optional(),
  }),
  fact('recording.failed', { interactionId: idSchema, problem: z.string(), agentId: idSchema.optional() }),
]);
export type Fact = z.infer<typeof factSchema>;
export type FactType = Fact['type'];
export type FactOf<T extends FactType> = Extract<Fact, { type: T }>;

/** A fact with its place in the journal. */
export type Recorded<F extends Fact = Fact> = F & { readonly seq: number; readonly at: number };
