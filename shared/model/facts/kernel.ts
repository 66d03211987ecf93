import { z } from 'zod';
import { fact } from './declare.ts';

export const kernelFacts = [
  fact('server.started', { version: z.string() }),
  fact('server.stopped', {}),
] as const;
