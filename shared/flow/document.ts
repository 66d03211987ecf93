import { z } from 'zod';
import { idSchema } from '../model/ids.ts';
import { skillsSchema } from '../model/routing.ts';

/** A key of a telephone. */
export const digitSchema = z.string().regex(/^[0-9*#A-D]$/);
const nodeId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/);
/** A prompt of the prompt library, `main-menu.en`. */
const promptId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}(\.[A-Za-z-]{2,10})?$/);

const answer = z.object({ type: z.literal('answer'), next: nodeId });
const play = z.object({ type: z.literal('play'), prompt: promptId, next: nodeId });
const menu = z.object({
  type: z.literal('menu'),
  prompt: promptId,
  /** Key to node. */
  options: z.record(digitSchema, nodeId).refine((o) => Object.keys(o).length > 0, 'a menu needs an option'),
  /** Played after a key that is no option. */
  invalid: promptId,
  /** How often the caller is asked in all. */
  tries: z.number().int().min(1).max(5),
  /** Silence after the prompt that counts as one try, in ms. */
  timeoutMs: z.number().int().min(1_000).max(60_000),
  /** Where the last failed try leads. */
  onFail: nodeId,
});
const enqueue = z.object({
  type: z.literal('enqueue'),
  queue: idSchema,
  /** Higher first; 0 is normal. */
  priority: z.number().int().min(-100).max(100).default(0),
  /** The least the agent must know, beside what the queue asks of everybody. */
  skills: skillsSchema.optional(),
  /** Kept for the customer's owner, or for who served them last, so long before others are asked. */
  sticky: z
    .object({ to: z.enum(['owner', 'last-agent']), holdMs: z.number().int().min(0).max(3_600_000) })
    .optional(),
  /** While waiting, this key asks to be called back in turn. */
  callbackKey: digitSchema.optional(),
  /**
   * Told to who waits, in breaks of the music: when it has played for `afterMs`, then every `everyMs`. Where there is a
   * `callbackKey`, only to callers who can be called back.
   */
  announce: z
    .object({
      prompt: promptId,
      afterMs: z.number().int().min(0).max(600_000),
      everyMs: z.number().int().min(5_000).max(600_000),
    })
    .optional(),
  /** Where the call goes on when the queue is closed or full; without it the call is refused. */
  onRefused: nodeId.optional(),
});
/** Takes a message after prompt and beep, until #, hang-up or its time. From a queue's overflow it waits there as a callback. */
const record = z.object({
  type: z.literal('record'),
  prompt: promptId,
  maxMs: z.number().int().min(1_000).max(600_000),
  next: nodeId,
});
const echo = z.object({ type: z.literal('echo') });
const hangUp = z.object({ type: z.literal('hang-up') });

export const flowNodeSchema = z.discriminatedUnion('type', [
  answer,
  play,
  menu,
  enqueue,
  record,
  echo,
  hangUp,
]);
export type FlowNode = z.infer<typeof flowNodeSchema>;

/** What an IVR does with a call: nodes by id, and where to begin. Use `parseFlow`, which also checks the edges. */
export const flowSchema = z.object({
  /** Of the document's own format. */
  format: z.literal(1),
  entry: nodeId,
  nodes: z.record(nodeId, flowNodeSchema).refine((n) => Object.keys(n).length <= 500, 'at most 500 nodes'),
});
export type Flow = z.infer<typeof flowSchema>;
/** A flow as written: defaults may be left out. */
export type FlowInput = z.input<typeof flowSchema>;
