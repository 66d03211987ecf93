import { z } from 'zod';
import { idSchema } from '../ids.ts';
import { callEndSchema } from '../states.ts';
import { fact } from './declare.ts';

const call = { callId: idSchema, interactionId: idSchema };
const leg = { ...call, legId: idSchema, agentId: idSchema.optional() };

export const telephonyFacts = [
  fact('phone.registered', { agentId: idSchema, device: z.string(), transport: z.string() }),
  fact('phone.unregistered', { agentId: idSchema, device: z.string(), reason: z.string() }),
  /** Version 1 carried the numbers, which stand in `interaction_words`. */
  fact(
    'call.arrived',
    { ...call, customerId: idSchema.optional() },
    { upcast: { 1: ({ ani: _, dnis: __, ...data }) => data } },
  ),
  fact('call.answered', { ...call }),
  fact('call.bridged', { ...call, agentId: idSchema }),
  fact('call.held', { ...call, agentId: idSchema }),
  fact('call.retrieved', { ...call, agentId: idSchema }),
  fact('call.muted', { ...call, agentId: idSchema }),
  fact('call.unmuted', { ...call, agentId: idSchema }),
  fact('call.ended', { ...call, end: callEndSchema, agentId: idSchema.optional() }),
  fact('leg.ringing', { ...leg }),
  fact('leg.answered', { ...leg }),
  fact('leg.ended', { ...leg, cause: z.string(), sipCode: z.number().int().optional() }),
  fact('recording.started', { interactionId: idSchema, file: z.string(), agentId: idSchema.optional() }),
  fact('recording.ended', {
    interactionId: idSchema,
    file: z.string(),
    durationMs: z.number().nonnegative(),
    agentId: idSchema.optional(),
  }),
  fact('recording.failed', { interactionId: idSchema, problem: z.string(), agentId: idSchema.optional() }),
] as const;
