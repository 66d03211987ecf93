import { z } from 'zod';
import { idSchema, instantSchema } from '../model/ids.ts';
import { callEndSchema, channelSchema, tierSchema } from '../model/states.ts';
import { caseSummarySchema, customerSummarySchema } from './customers.ts';
import { byId, command, type Errors, endpoint, type Permissions, paging, refSchema } from './kit.ts';

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

export const interactionEndpoints = {
  listInteractions: endpoint({
    method: 'GET',
    path: '/api/interactions',
    summary: 'History, newest first: one’s own, or everybody’s with history.all.',
    permission: 'history.own',
    query: z.object({
      ...paging,
      customer: idSchema.optional(),
      agent: idSchema.optional(),
      queue: idSchema.optional(),
      search: z.string().max(100).optional(),
      from: z.coerce.number().pipe(instantSchema).optional(),
      to: z.coerce.number().pipe(instantSchema).optional(),
    }),
    response: z.object({ items: z.array(interactionSummarySchema), next: z.string().nullable() }),
  }),
  getInteraction: endpoint({
    method: 'GET',
    path: '/api/interactions/:id',
    summary: 'One interaction with its timeline.',
    permission: 'history.own',
    params: byId,
    response: interactionDetailSchema,
  }),
  setDisposition: endpoint({
    method: 'PUT',
    path: '/api/routing/dispositions/:id',
    summary: 'Adds or changes a disposition; its key, if it has one, must be free (conflict).',
    permission: 'routing.manage',
    params: byId,
    body: dispositionSchema.omit({ id: true }),
    response: dispositionSchema,
  }),
  removeDisposition: endpoint({
    method: 'DELETE',
    path: '/api/routing/dispositions/:id',
    summary: 'Takes a disposition off the list; interactions that have it keep it.',
    permission: 'routing.manage',
    params: byId,
  }),
} as const;

/** Audio is not JSON: GET this with the id filled in; it answers `audio/wav` and byte ranges. */
export const recordingPath = (interactionId: string): string =>
  `/api/interactions/${interactionId}/recording`;

/** Names the contact that a command is about. */
export const contactSchema = z.object({ interactionId: idSchema });

export const interactionCommands = {
  /** `base` is the revision these notes were typed over; an older one is refused with `notes.stale`. */
  'notes.save': command(
    'work.take',
    contactSchema.extend({ notes: z.string().max(20_000), base: z.number().int().nonnegative() }),
    z.object({ rev: z.number().int() }),
  ),
  'disposition.set': command('work.take', contactSchema.extend({ disposition: idSchema })),
} as const;

export const interactionPermissions = {
  'history.own': ['agent', 'supervisor', 'administrator'],
  'history.all': ['supervisor', 'administrator'],
  'recording.own': ['agent', 'supervisor', 'administrator'],
  'recording.all': ['supervisor', 'administrator'],
} as const satisfies Permissions;

export const interactionErrors = {
  'disposition.unknown': 400,
  'notes.stale': 409,
  'recording.none': 404,
} as const satisfies Errors;
