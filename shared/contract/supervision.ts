import { z } from 'zod';
import { instantSchema } from '../model/ids.ts';
import { channelSchema, presenceSchema, routingStateSchema } from '../model/states.ts';
import { command, endpoint, type Permissions, refSchema, unsavedSchema } from './kit.ts';

export const boardSchema = z.object({
  /** As of the desk. */
  rev: z.number().int().nonnegative(),
  epoch: z.string(),
  now: instantSchema,
  unsaved: unsavedSchema,
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

export const supervisionEndpoints = {
  board: endpoint({
    method: 'GET',
    path: '/api/board',
    summary: 'Queues and agents as they are now.',
    permission: 'board.read',
    response: boardSchema,
  }),
} as const;

export const supervisionCommands = {
  /** Subscribes this socket to `board` messages, about one a second. */
  'board.watch': command('board.read', z.object({ on: z.boolean() })),
} as const;

export const supervisionEvents = { board: boardSchema } as const;

export const supervisionPermissions = {
  'board.read': ['supervisor', 'administrator'],
} as const satisfies Permissions;
