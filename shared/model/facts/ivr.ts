import { z } from 'zod';
import { idSchema } from '../ids.ts';
import { fact } from './declare.ts';

export const ivrFacts = [
  /** A caller left a menu: by a key (which one stands in `flow_answer`, where it can be erased) or after the last try. */
  fact('flow.menu-left', { interactionId: idSchema, node: z.string(), by: z.enum(['key', 'no-choice']) }),
] as const;
