import { z } from 'zod';
import { endpoint } from './kit.ts';

export const ivrEndpoints = {
  callPage: endpoint({
    method: 'GET',
    path: '/api/call-page',
    summary: 'What the customer’s page needs: the numbers it may dial.',
    permission: 'public',
    response: z.object({
      domain: z.string(),
      numbers: z.array(z.object({ number: z.string(), name: z.string() })),
    }),
  }),
} as const;
