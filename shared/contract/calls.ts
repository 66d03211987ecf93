import { z } from 'zod';
import { idSchema, instantSchema } from '../model/ids.ts';
import { callEndSchema, channelSchema, offerWhySchema, wrapUpModeSchema } from '../model/states.ts';
import { contactSchema, popSchema } from './interactions.ts';
import { command, type Errors, refSchema } from './kit.ts';

export const offerViewSchema = z.object({
  offerId: idSchema,
  itemId: idSchema,
  interactionId: idSchema,
  channel: channelSchema,
  queue: refSchema,
  number: z.string(),
  dnis: z.string(),
  /** Digits the caller pressed in the menu. */
  digits: z.string(),
  arrivedAt: instantSchema,
  offeredAt: instantSchema,
  expiresAt: instantSchema,
  /** True once a phone of the agent is being rung. */
  ringing: z.boolean(),
  /** Why this agent, and of how many that could have been asked; null: of many. */
  why: offerWhySchema,
  among: z.number().int().positive(),
  pop: popSchema,
});
export type OfferView = z.infer<typeof offerViewSchema>;

/** The contact in the agent's hands, from the answer to the end of wrap-up. */
export const workViewSchema = z.object({
  itemId: idSchema,
  interactionId: idSchema,
  callId: idSchema.nullable(),
  channel: channelSchema,
  phase: z.enum(['talking', 'held', 'wrap-up']),
  muted: z.boolean(),
  /** The agent's audio is gone; the caller hears music until a phone of the agent is back. */
  audioLost: z.boolean(),
  recording: z.enum(['on', 'off', 'failed']),
  queue: refSchema,
  number: z.string(),
  dnis: z.string(),
  digits: z.string(),
  arrivedAt: instantSchema,
  answeredAt: instantSchema,
  endedAt: instantSchema.nullable(),
  end: callEndSchema.nullable(),
  pop: popSchema,
  notes: z.string(),
  notesRev: z.number().int().nonnegative(),
  disposition: idSchema.nullable(),
  wrapUp: z.object({ mode: wrapUpModeSchema, deadline: instantSchema.nullable() }).nullable(),
});
export type WorkView = z.infer<typeof workViewSchema>;

const offer = z.object({ offerId: idSchema });

export const callCommands = {
  /** The pop of this offer is painted: the phone may ring. */
  'offer.shown': command('work.take', offer),
  'offer.decline': command('work.take', offer),
  'call.mute': command('work.take', contactSchema.extend({ muted: z.boolean() })),
  'call.hold': command('work.take', contactSchema.extend({ held: z.boolean() })),
  'call.hang-up': command('work.take', contactSchema),
  /** This desk has lost the audio of its call (a reload): ring this agent's phones again for the same call. */
  'call.rejoin': command('work.take', contactSchema),
  /** Sends one key to the caller's side (RFC 4733), for agents whose phone cannot. */
  'call.digit': command('work.take', contactSchema.extend({ digit: z.string().regex(/^[0-9*#A-D]$/) })),
  'wrap-up.extend': command('work.take', contactSchema),
  'wrap-up.finish': command('work.take', contactSchema),
  /** Points the contact at another customer (or at none); recorded. */
  'customer.choose': command('work.take', contactSchema.extend({ customerId: idSchema.nullable() })),
} as const;

export const callErrors = {
  'call.gone': 409,
  'call.not-yours': 403,
  'call.illegal': 409,
  'recording.disk': 507,
  'media.failed': 502,
  'media.no-ports': 503,
} as const satisfies Errors;

/** SIP header on the INVITE to an agent's phone that tells its desk which offer is ringing. */
export const OFFER_HEADER = 'X-Cordboard-Offer';
/** SIP header on an INVITE that brings a running call back to an agent whose audio was lost: its interaction id.
 * The desk that shows this interaction answers it at once. */
export const RESUME_HEADER = 'X-Cordboard-Resume';
