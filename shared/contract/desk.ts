import { z } from 'zod';
import { instantSchema } from '../model/ids.ts';
import { presenceSchema, routingStateSchema } from '../model/states.ts';
import { offerViewSchema, workViewSchema } from './calls.ts';
import { dispositionSchema } from './interactions.ts';
import { endpoint, refSchema, unsavedSchema } from './kit.ts';
import { userSchema } from './people.ts';

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
  unsaved: unsavedSchema,
});
export type Desk = z.infer<typeof deskSchema>;

export const deskEndpoints = {
  lists: endpoint({
    method: 'GET',
    path: '/api/lists',
    summary: 'The short lists a desk needs: queues, dispositions, not-ready reasons.',
    permission: 'self',
    response: z.object({
      queues: z.array(refSchema),
      dispositions: z.array(dispositionSchema),
      reasons: z.array(refSchema),
    }),
  }),
} as const;

export const deskEvents = {
  /** At once on connecting, and whenever anything on this agent's desk changes. */
  desk: deskSchema,
  /** What `/api/lists` and `/api/routing` tell is another now: ask again. */
  'lists-changed': z.object({}),
} as const;
