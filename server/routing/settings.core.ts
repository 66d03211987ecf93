import { z } from 'zod';
import { idSchema } from '#shared/model/ids.ts';
import { type WrapUpMode, wrapUpModeSchema } from '#shared/model/states.ts';
import type { AgentSettings, QueueSettings } from './types.ts';

/** The built-in queue of work meant for one agent alone: an extension dialled directly. It has no members. */
export const DIRECT = 'direct';

const ms = (min: number, max: number) => z.number().int().min(min).max(max);
const HOUR = 3_600_000;
/** A shorter delay would let a phone that fails at once be tried without pause. */
const retry = ms(1_000, HOUR);

export const queueSettingsSchema = z
  .object({
    id: idSchema,
    name: z.string().trim().min(1).max(80),
    strategy: z.literal('longest-idle'),
    offerMs: ms(1_000, HOUR),
    wrapUp: z.object({ mode: wrapUpModeSchema, ms: ms(0, 24 * HOUR), extendMs: ms(0, HOUR) }),
    retryMs: z.object({ declined: retry, busy: retry, failed: retry }),
    targetMs: ms(0, 24 * HOUR),
    record: z.boolean(),
    ringMs: ms(0, HOUR),
  })
  .refine((q) => !wrapUpHasDeadline(q.wrapUp.mode) || q.wrapUp.ms >= 1_000, {
    message: 'a timed wrap-up lasts at least 1000 ms',
    path: ['wrapUp', 'ms'],
  }) satisfies z.ZodType<QueueSettings>;

export const agentSettingsSchema = z.object({
  id: idSchema,
  queues: z.array(idSchema).max(100),
}) satisfies z.ZodType<AgentSettings>;

export function wrapUpHasDeadline(mode: WrapUpMode): boolean {
  return mode === 'timed' || mode === 'mandatory-timed';
}

/** May the agent finish this wrap-up only once a disposition is set? Routing itself does not ask: its caller must. */
export function wrapUpNeedsDisposition(mode: WrapUpMode): boolean {
  return mode === 'mandatory' || mode === 'mandatory-timed';
}

/** How work for one agent alone is treated unless an administrator stored a queue of this id. */
export const directQueue: QueueSettings = {
  id: DIRECT,
  name: 'Direct',
  strategy: 'longest-idle',
  offerMs: 20_000,
  wrapUp: { mode: 'optional', ms: 0, extendMs: 0 },
  retryMs: { declined: 30_000, busy: 15_000, failed: 10_000 },
  targetMs: 20_000,
  record: false,
  ringMs: 60_000,
};
