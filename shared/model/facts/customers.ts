import { idSchema } from '../ids.ts';
import { fact } from './declare.ts';

export const customersFacts = [
  fact('customer.created', { customerId: idSchema, by: idSchema.optional() }),
] as const;
