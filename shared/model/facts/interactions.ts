import { z } from 'zod';
import { idSchema } from '../ids.ts';
import { callEndSchema, channelSchema } from '../states.ts';
import { fact } from './declare.ts';

/** Version 1 carried the caller's number or the notes themselves; journals are stripped of them when they are migrated. */
const without = (...words: string[]) => ({
  upcast: {
    1: (data: Readonly<Record<string, unknown>>) =>
      Object.fromEntries(Object.entries(data).filter(([key]) => !words.includes(key))),
  },
});

export const interactionsFacts = [
  /** The number calling and the number called stand in `interaction_words`. */
  fact(
    'interaction.opened',
    {
      interactionId: idSchema,
      channel: channelSchema,
      direction: z.enum(['inbound', 'outbound', 'internal']),
      customerId: idSchema.optional(),
    },
    without('ani', 'dnis'),
  ),
  fact('interaction.queued', { interactionId: idSchema, queueId: idSchema }),
  fact('interaction.assigned', { interactionId: idSchema, agentId: idSchema }),
  fact('interaction.matched', {
    interactionId: idSchema,
    customerId: idSchema.nullable(),
    agentId: idSchema.optional(),
  }),
  /** The notes stand in `interaction_words`. */
  fact(
    'interaction.noted',
    { interactionId: idSchema, agentId: idSchema, rev: z.number().int() },
    without('notes'),
  ),
  fact('interaction.disposed', { interactionId: idSchema, agentId: idSchema, disposition: idSchema }),
  fact('interaction.ended', { interactionId: idSchema, end: callEndSchema, agentId: idSchema.optional() }),
] as const;
