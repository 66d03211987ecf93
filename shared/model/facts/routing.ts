import { z } from 'zod';
import { idSchema, instantSchema } from '../ids.ts';
import { newWorkItemSchema, overflowWhenSchema } from '../routing.ts';
import {
  channelSchema,
  offerOutcomeSchema,
  offerWhySchema,
  presenceSchema,
  routingStateSchema,
  workEndSchema,
  wrapUpModeSchema,
} from '../states.ts';
import { fact } from './declare.ts';

const work = { itemId: idSchema, interactionId: idSchema, queueId: idSchema };

export const routingFacts = [
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
  /**
   * Attributes (where to call back, say) are people's words: they stand in `work_words`. Version 1 carried them here.
   */
  fact(
    'work.arrived',
    {
      ...work,
      channel: channelSchema,
      priority: z.number().int(),
      /** What it was expected to wait, ms. */
      ewtMs: z.number().int().nonnegative().optional(),
      /** What it asks for beside, so that it can be put back into its place after a restart. */
      asks: newWorkItemSchema.pick({ skills: true, preferred: true, dueAt: true, boost: true }).optional(),
    },
    {
      upcast: {
        1: ({ asks, ...data }) => {
          const { attributes: _, ...kept } = (asks ?? {}) as Record<string, unknown>;
          return asks === undefined ? data : { ...data, asks: kept };
        },
      },
    },
  ),
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
  fact('work.called-back', work, { upcast: { 1: ({ attributes: _, ...data }) => data } }),
  fact('work.ended', { ...work, end: workEndSchema, agentId: idSchema.optional() }),
  fact(
    'offer.made',
    {
      ...work,
      offerId: idSchema,
      agentId: idSchema,
      expiresAt: instantSchema,
      why: offerWhySchema,
      /** How many agents could have been asked. */
      among: z.number().int().positive(),
    },
    // The first centres did not say why.
    { upcast: { 1: (data) => ({ why: 'longest-idle', among: 1, ...data }) } },
  ),
  fact('offer.ended', { ...work, offerId: idSchema, agentId: idSchema, outcome: offerOutcomeSchema }),
  /** Version 1 did not say which kind of work it was of; journals are told when they are migrated. */
  fact(
    'wrap-up.started',
    {
      ...work,
      channel: channelSchema,
      agentId: idSchema,
      mode: wrapUpModeSchema,
      deadline: instantSchema.nullable(),
    },
    { upcast: { 1: (data) => ({ channel: 'call', ...data }) } },
  ),
  fact('wrap-up.extended', { ...work, agentId: idSchema, deadline: instantSchema }),
  fact('wrap-up.ended', { ...work, agentId: idSchema }),
  /** Somebody set or removed this in administration; null where there was, or is, nothing. */
  fact(
    'routing.changed',
    {
      by: idSchema,
      what: z.enum(['queue', 'skill', 'profile', 'hours', 'agent', 'reason', 'disposition']),
      subject: idSchema,
      change: z.enum(['set', 'removed']),
      before: z.unknown(),
      after: z.unknown(),
    },
    { upcast: { 1: (data) => ({ ...data, before: null, after: null }) } },
  ),
] as const;
