import { z } from 'zod';

/** What a queue can hold (vocabulary: work item). */
export const channelSchema = z.enum(['call', 'chat', 'email', 'sms', 'callback', 'task', 'case', 'lead']);
export type Channel = z.infer<typeof channelSchema>;

export const roleSchema = z.enum(['agent', 'supervisor', 'administrator']);
export type Role = z.infer<typeof roleSchema>;

/** What the agent chose. */
export const presenceSchema = z.enum(['available', 'not-ready', 'offline']);
export type Presence = z.infer<typeof presenceSchema>;

/** What the server derives from presence, offers and work. */
export const routingStateSchema = z.enum([
  'idle',
  'offered',
  'on-work',
  'wrap-up',
  'not-ready',
  'not-responding',
  'offline',
]);
export type RoutingState = z.infer<typeof routingStateSchema>;

/**
 * - none: the agent is free at once.
 * - optional: open until the agent finishes it; new work is not offered meanwhile, and it may be skipped.
 * - timed: ends by itself at its deadline, or earlier by the agent.
 * - mandatory: needs a disposition; no deadline.
 * - mandatory-timed: ends at its deadline even without a disposition.
 */
export const wrapUpModeSchema = z.enum(['none', 'optional', 'timed', 'mandatory', 'mandatory-timed']);
export type WrapUpMode = z.infer<typeof wrapUpModeSchema>;

/** How an offer ended. RONA is `no-answer`. */
export const offerOutcomeSchema = z.enum(['accepted', 'declined', 'busy', 'no-answer', 'failed', 'revoked']);
export type OfferOutcome = z.infer<typeof offerOutcomeSchema>;

/** Why an offer went to this agent: a rule of its own, or the queue's strategy (server/routing/order.core.ts). */
export const offerWhySchema = z.enum([
  'only-agent',
  'preferred',
  'longest-idle',
  'round-robin',
  'fewest-handled',
  'least-talk-time',
  'most-skilled',
  'linear',
  'random',
  'ring-all',
]);
export type OfferWhy = z.infer<typeof offerWhySchema>;

/** Why one agent of the queue has not got a waiting item: the first that applies. */
export const notMineSchema = z.enum([
  'signed-out',
  'held-for-another',
  'skills',
  'tier',
  'not-ready',
  'not-responding',
  'no-phone',
  'busy',
  'offered-other',
  'left-alone',
  'free',
]);
export type NotMine = z.infer<typeof notMineSchema>;

/** The one answer to "why has nobody got it?". */
export const waitingWhySchema = z.enum([
  'offered',
  'in-hands',
  'held',
  'nobody-serves',
  'nobody-signed-in',
  'no-skill',
  'all-busy',
  'all-not-ready',
  'left-alone',
]);
export type WaitingWhy = z.infer<typeof waitingWhySchema>;

/** Why a work item left its queue for good. */
export const workEndSchema = z.enum([
  'completed',
  'abandoned',
  'refused',
  /** Given to a flow or voicemail by an overflow rule. */
  'overflowed',
  'server-restart',
  'failed',
]);
export type WorkEnd = z.infer<typeof workEndSchema>;

/** Why a call ended, as written in the history. */
export const callEndSchema = z.enum([
  'caller-hung-up',
  'agent-hung-up',
  'caller-abandoned',
  'agent-connection-lost',
  'caller-connection-lost',
  'media-lost',
  'rejected',
  'busy',
  'no-answer',
  'unavailable',
  'flow-ended',
  /** Asked to be called back, or left a message: a callback waits in the queue. */
  'callback-requested',
  'server-restart',
  'server-stopped',
  'failed',
]);
export type CallEnd = z.infer<typeof callEndSchema>;

export const tierSchema = z.enum(['standard', 'silver', 'gold', 'platinum']);
export type Tier = z.infer<typeof tierSchema>;
