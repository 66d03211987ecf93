import { z } from 'zod';
import { idSchema, instantSchema } from '../model/ids.ts';
import { tierSchema } from '../model/states.ts';
import { byId, endpoint, type Permissions, paging, refSchema } from './kit.ts';

export const contactPointSchema = z.object({
  kind: z.enum(['phone', 'email']),
  /** E.164 for phones, lower case for mail. */
  value: z.string(),
  label: z.string(),
});
export type ContactPoint = z.infer<typeof contactPointSchema>;

export const customerSummarySchema = z.object({
  id: idSchema,
  name: z.string(),
  account: z.string().nullable(),
  tier: tierSchema,
  language: z.enum(['en', 'zh-CN']),
  city: z.string().nullable(),
  /** IANA zone, e.g. `America/Chicago`. */
  timeZone: z.string(),
  owner: refSchema.nullable(),
});
export type CustomerSummary = z.infer<typeof customerSummarySchema>;

export const caseSummarySchema = z.object({
  id: idSchema,
  /** What people say, `#1042`. */
  number: z.number().int(),
  subject: z.string(),
  kind: z.enum(['request', 'complaint']),
  status: z.enum(['open', 'waiting', 'closed']),
  openedAt: instantSchema,
});
export type CaseSummary = z.infer<typeof caseSummarySchema>;

export const customerDetailSchema = customerSummarySchema.extend({
  contactPoints: z.array(contactPointSchema),
  cases: z.array(caseSummarySchema),
});
export type CustomerDetail = z.infer<typeof customerDetailSchema>;

export const customerEndpoints = {
  listCustomers: endpoint({
    method: 'GET',
    path: '/api/customers',
    summary: 'Search customers by name, account, number or mail address.',
    permission: 'customers.read',
    query: z.object({ ...paging, search: z.string().max(100).default('') }),
    response: z.object({ items: z.array(customerSummarySchema), next: z.string().nullable() }),
  }),
  getCustomer: endpoint({
    method: 'GET',
    path: '/api/customers/:id',
    summary: 'One customer with contact points and cases.',
    permission: 'customers.read',
    params: byId,
    response: customerDetailSchema,
  }),
  createCustomer: endpoint({
    method: 'POST',
    path: '/api/customers',
    summary: 'A new customer, usually from an unknown caller.',
    permission: 'customers.write',
    body: z.object({
      name: z.string().trim().min(1).max(120),
      phone: z.string().trim().max(40).optional(),
      email: z.email().optional(),
    }),
    response: customerDetailSchema,
  }),
} as const;

export const customerPermissions = {
  'customers.read': ['agent', 'supervisor', 'administrator'],
  'customers.write': ['agent', 'supervisor', 'administrator'],
} as const satisfies Permissions;
