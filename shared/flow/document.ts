import { z } from 'zod';
import { idSchema } from '../model/ids.ts';

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
});
const echo = z.object({ type: z.literal('echo') });
const hangUp = z.object({ type: z.literal('hang-up') });

export const flowNodeSchema = z.discriminatedUnion('type', [answer, play, menu, enqueue, echo, hangUp]);
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
