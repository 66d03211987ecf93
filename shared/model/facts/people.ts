import { z } from 'zod';
import { idSchema, instantSchema } from '../ids.ts';
import { fact } from './declare.ts';

export const peopleFacts = [
  fact('user.signed-in', { agentId: idSchema, sessionId: idSchema }),
  fact('user.signed-out', { agentId: idSchema, sessionId: idSchema }),
  fact('user.locked', { agentId: idSchema, until: instantSchema }),
  /** By whom stands in `by`; absent for the seed and the first administrator. */
  fact('user.added', { agentId: idSchema, by: idSchema.optional() }),
  fact('user.changed', {
    agentId: idSchema,
    what: z.enum(['password', 'device', 'fixed-phone']),
    by: idSchema.optional(),
  }),
] as const;
