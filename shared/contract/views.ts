import { z } from 'zod';
import { idSchema, instantSchema } from '../model/ids.ts';
import { levelSchema } from '../model/routing.ts';
import {
  callEndSchema,
  channelSchema,
  notMineSchema,
  offerWhySchema,
  presenceSchema,
  roleSchema,
  routingStateSchema,
  tierSchema,
  waitingWhySchema,
  wrapUpModeSchema,
} from '../model/states.ts';

export const refSchema = z.object({ id: idSchema, name: z.string() });
export type Ref = z.infer<typeof refSchema>;

export const userSchema = z.object({
  id: idSchema,
  username: z.string(),
  name: z.string(),
  roles: z.array(roleSchema),
  team: refSchema.nullable(),
});
export type User = z.infer<typeof userSchema>;

/** Credentials for the agent's softphone. The password is valid until `expiresAt` and is never stored. */
export const sipCredentialsSchema = z.object({
  /** Address of record, e.g. `sip:agent1@cordboard`. */
  uri: z.string(),
  username: z.string(),
  password: z.string(),
  realm: z.string(),
  /** Path of the SIP-over-WebSocket endpoint on the HTTP server, `/sip`. */
  path: z.string(),
  expiresAt: instantSchema,
});
export type SipCredentials = z.infer<typeof sipCredentialsSchema>;

export const contactPointSchema = z.object({
  kind: z.enum(['phone', 'email']),
  /** E.164 for phones, lower case for mail. */
  value: z.string(),
  label: z.string(),
});
export type ContactPoint = z.infer<typeof contactPointSchema>;

export const customerSummarySchema = z.object({
  id: idSchema,
  name: z.string(),
  account: z.string().nullable(),
  tier: tierSchema,
  language: z.enum(['en', 'zh-CN']),
  city: z.string().nullable(),
  /** IANA zone, e.g. `America/Chicago`. */
  timeZone: z.string(),
  owner: refSchema.nullable(),
});
export type CustomerSummary = z.infer<typeof customerSummarySchema>;

export const caseSummarySchema = z.object({
  id: idSchema,
  /** What people say, `#1042`. */
  number: z.number().int(),
  subject: z.string(),
  kind: z.enum(['request', 'complaint']),
  status: z.enum(['open', 'waiting', 'closed']),
  openedAt: instantSchema,
});
export type CaseSummary = z.infer<typeof caseSummarySchema>;

export const dispositionSchema = z.object({
  id: idSchema,
  name: z.string(),
  /** The number key that sets it; null: none. */
  key: z.number().int().min(1).max(9).nullable(),
});
export type Disposition = z.infer<typeof dispositionSchema>;

/** One line of history. */
export const interactionSummarySchema = z.object({
  id: idSchema,
  channel: channelSchema,
  direction: z.enum(['inbound', 'outbound', 'internal']),
  ani: z.string(),
  dnis: z.string(),
  customer: z.object({ id: idSchema, name: z.string(), tier: tierSchema }).nullable(),
  agent: refSchema.nullable(),
  queue: refSchema.nullable(),
  startedAt: instantSchema,
  answeredAt: instantSchema.nullable(),
  endedAt: instantSchema.nullable(),
  end: callEndSchema.nullable(),
  disposition: refSchema.nullable(),
  notes: z.string(),
  hasRecording: z.boolean(),
  recordingMs: z.number().nonnegative().nullable(),
});
export type InteractionSummary = z.infer<typeof interactionSummarySchema>;

/** For so long after its end a contact's notes and disposition may be changed by its agent, in ms (rule I3). */
export const CORRECTABLE_MS = 24 * 3_600_000;

export const interactionDetailSchema = interactionSummarySchema.extend({
  notesRev: z.number().int().nonnegative(),
  /** What happened, in order: from the journal. */
  timeline: z.array(
    z.object({
      seq: z.number().int(),
      at: instantSchema,
      type: z.string(),
      agent: refSchema.nullable(),
      text: z.string(),
    }),
  ),
});
export type InteractionDetail = z.infer<typeof interactionDetailSchema>;

export const customerDetailSchema = customerSummarySchema.extend({
  contactPoints: z.array(contactPointSchema),
  cases: z.array(caseSummarySchema),
});
export type CustomerDetail = z.infer<typeof customerDetailSchema>;

/** What the agent sees before the first ring. */
export const popSchema = z.object({
  number: z.string(),
  /** Null when nothing matched, or when several did and none was chosen yet. */
  customer: customerSummarySchema.nullable(),
  /** Why this record is shown, in a code the language files know. */
  reason: z.enum(['one-match', 'several-matches', 'no-match', 'anonymous', 'chosen']),
  /** Ranked, best first; at most nine, so that a number key picks one. */
  candidates: z.array(customerSummarySchema),
  openCases: z.array(caseSummarySchema),
  openComplaint: z.boolean(),
  /** Newest first, at most five. */
  recent: z.array(interactionSummarySchema),
});
export type Pop = z.infer<typeof popSchema>;

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

/** One agent's whole desk. Sent entire at each change: replacing it is always right. */
export const deskSchema = z.object({
  /** Grows by one at each change since the server's start; with `epoch` it orders what arrives. */
  rev: z.number().int().nonnegative(),
  /** Changes when the server restarts. */
  epoch: z.string(),
  /** The server's clock when this was sent, so that timers on screen need no right clock of their own. */
  now: instantSchema,
  user: userSchema,
  presence: presenceSchema,
  reason: z.string().nullable(),
  next: z.object({ presence: presenceSchema, reason: z.string().nullable() }).nullable(),
  state: routingStateSchema,
  since: instantSchema,
  /** Number of registered phones of this agent. */
  phones: z.number().int().nonnegative(),
  offer: offerViewSchema.nullable(),
  work: workViewSchema.nullable(),
  queues: z.array(refSchema.extend({ waiting: z.number().int(), longestSince: instantSchema.nullable() })),
});
export type Desk = z.infer<typeof deskSchema>;

/** Work that waits or is offered, where it stands and why nobody has it. Times of `agents`: how many for each reason. */
export const workItemViewSchema = z.object({
  itemId: idSchema,
  interactionId: idSchema,
  queue: refSchema,
  channel: channelSchema,
  state: z.enum(['waiting', 'offered', 'in-hands']),
  number: z.string(),
  customer: z.object({ id: idSchema, name: z.string(), tier: tierSchema }).nullable(),
  arrivedAt: instantSchema,
  dueAt: instantSchema,
  /** 1 is next among those waiting in its queue. */
  position: z.number().int().positive(),
  /** The terms of the one score, in points (shared/model/routing.ts). */
  score: z.object({
    priority: z.number(),
    ageing: z.number(),
    urgency: z.number(),
    boost: z.number(),
    total: z.number(),
  }),
  /** What the agent must know now, after relaxing. */
  skills: z.array(refSchema.extend({ level: levelSchema })),
  tier: z.number().int(),
  heldFor: refSchema.extend({ until: instantSchema }).nullable(),
  changesAt: instantSchema.nullable(),
  agents: z.partialRecord(notMineSchema, z.number().int()),
  why: waitingWhySchema,
});
export type WorkItemView = z.infer<typeof workItemViewSchema>;

export const boardSchema = z.object({
  now: instantSchema,
  queues: z.array(
    refSchema.extend({
      waiting: z.number().int(),
      longestSince: instantSchema.nullable(),
      agentsIdle: z.number().int(),
      agentsOnWork: z.number().int(),
      agentsSignedIn: z.number().int(),
      open: z.boolean(),
      /** Expected wait of a new arrival; null while there is nothing to reckon it from. */
      ewtMs: z.number().nullable(),
      /** How far those expectations were off for the last who were answered. */
      ewtError: z
        .object({ biasMs: z.number(), absoluteMs: z.number(), samples: z.number().int() })
        .nullable(),
    }),
  ),
  agents: z.array(
    refSchema.extend({
      state: routingStateSchema,
      since: instantSchema,
      reason: z.string().nullable(),
      phones: z.number().int(),
      queue: refSchema.nullable(),
      next: presenceSchema.nullable(),
      /** What is in the agent's hands, wrap-ups too. */
      hands: z.array(
        z.object({
          channel: channelSchema,
          queue: refSchema,
          phase: z.enum(['work', 'wrap-up']),
          since: instantSchema,
        }),
      ),
    }),
  ),
});
export type Board = z.infer<typeof boardSchema>;
