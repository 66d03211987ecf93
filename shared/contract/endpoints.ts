import { z } from 'zod';
import { idSchema, instantSchema } from '../model/ids.ts';
import {
  agentRoutingSchema,
  hoursSchema,
  nameSchema,
  profileBodySchema,
  profileSchema,
  queueBodySchema,
  queueSettingsSchema,
  reasonSchema,
  skillSchema,
} from '../model/routing.ts';
import { presenceSchema, roleSchema } from '../model/states.ts';
import type { Permission } from './permissions.ts';
import {
  boardSchema,
  customerDetailSchema,
  customerSummarySchema,
  dispositionSchema,
  interactionDetailSchema,
  interactionSummarySchema,
  refSchema,
  sipCredentialsSchema,
  userSchema,
  workItemViewSchema,
} from './views.ts';

type Schema = z.ZodType;

/** One REST endpoint: the server mounts it, the desktop calls it, and both parse with the same schemas. */
export interface Endpoint<
  P extends Schema = Schema,
  Q extends Schema = Schema,
  B extends Schema = Schema,
  R extends Schema = Schema,
> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Fastify style, `/api/interactions/:id`. */
  readonly path: string;
  readonly summary: string;
  /** `public`: anybody; otherwise a permission of the signed-in user. */
  readonly permission: Permission | 'public';
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly response: R;
}

const nothing = z.object({});
type Nothing = typeof nothing;

function endpoint<
  P extends Schema = Nothing,
  Q extends Schema = Nothing,
  B extends Schema = Nothing,
  R extends Schema = Nothing,
>(
  e: Pick<Endpoint, 'method' | 'path' | 'summary' | 'permission'> & {
    params?: P;
    query?: Q;
    body?: B;
    response?: R;
  },
): Endpoint<P, Q, B, R> {
  return {
    ...e,
    params: (e.params ?? nothing) as P,
    query: (e.query ?? nothing) as Q,
    body: (e.body ?? nothing) as B,
    response: (e.response ?? nothing) as R,
  };
}

const byId = z.object({ id: idSchema });
const named = z.object({ name: nameSchema });
const forced = z.object({ force: z.stringbool().default(false) });
const page = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  /** Opaque; the `next` of the page before. */
  cursor: z.string().max(200).optional(),
};

export const credentialsSchema = z.object({
  username: z.string().min(1).max(64),
  password: z.string().min(1).max(256),
});

export const endpoints = {
  signIn: endpoint({
    method: 'POST',
    path: '/api/session',
    summary: 'Sign in. Sets a cookie and returns the same token for Authorization: Bearer.',
    permission: 'public',
    body: credentialsSchema,
    response: z.object({ token: z.string(), user: userSchema, sip: sipCredentialsSchema.nullable() }),
  }),
  signOut: endpoint({
    method: 'DELETE',
    path: '/api/session',
    summary: 'Sign out: the token is revoked, its sockets closed.',
    permission: 'self',
  }),
  me: endpoint({
    method: 'GET',
    path: '/api/me',
    summary: 'Who is signed in.',
    permission: 'self',
    response: userSchema,
  }),
  myPhone: endpoint({
    method: 'POST',
    path: '/api/me/phone',
    summary: 'A fresh short-lived SIP password for the softphone.',
    permission: 'work.take',
    response: sipCredentialsSchema,
  }),
  setPresence: endpoint({
    method: 'PUT',
    path: '/api/me/presence',
    summary:
      'Become available, not ready (with a reason) or offline. While on work it becomes the next state.',
    permission: 'work.take',
    body: z.object({ presence: presenceSchema, reason: idSchema.optional() }),
    response: z.object({
      presence: presenceSchema,
      reason: z.string().nullable(),
      applied: z.enum(['now', 'next']),
    }),
  }),
  lists: endpoint({
    method: 'GET',
    path: '/api/lists',
    summary: 'The short lists a desk needs: queues, dispositions, not-ready reasons.',
    permission: 'self',
    response: z.object({
      queues: z.array(refSchema),
      dispositions: z.array(dispositionSchema),
      reasons: z.array(refSchema),
    }),
  }),
  listInteractions: endpoint({
    method: 'GET',
    path: '/api/interactions',
    summary: 'History, newest first: one’s own, or everybody’s with history.all.',
    permission: 'history.own',
    query: z.object({
      ...page,
      customer: idSchema.optional(),
      agent: idSchema.optional(),
      queue: idSchema.optional(),
      search: z.string().max(100).optional(),
      from: z.coerce.number().pipe(instantSchema).optional(),
      to: z.coerce.number().pipe(instantSchema).optional(),
    }),
    response: z.object({ items: z.array(interactionSummarySchema), next: z.string().nullable() }),
  }),
  getInteraction: endpoint({
    method: 'GET',
    path: '/api/interactions/:id',
    summary: 'One interaction with its timeline.',
    permission: 'history.own',
    params: byId,
    response: interactionDetailSchema,
  }),
  listCustomers: endpoint({
    method: 'GET',
    path: '/api/customers',
    summary: 'Search customers by name, account, number or mail address.',
    permission: 'customers.read',
    query: z.object({ ...page, search: z.string().max(100).default('') }),
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
  listUsers: endpoint({
    method: 'GET',
    path: '/api/users',
    summary: 'Everybody who may sign in.',
    permission: 'users.manage',
    response: z.object({ items: z.array(userSchema) }),
  }),
  createUser: endpoint({
    method: 'POST',
    path: '/api/users',
    summary: 'A new user; one who takes work is given a routing profile and skills.',
    permission: 'users.manage',
    body: z.object({
      username: z.string().min(1).max(64),
      name: z.string().trim().min(1).max(120),
      roles: z.array(roleSchema).min(1),
      team: refSchema.optional(),
      password: z.string().min(1).max(256),
      /** Of one who takes work. */
      routing: agentRoutingSchema.omit({ id: true }).optional(),
    }),
    response: userSchema,
  }),
  setDevice: endpoint({
    method: 'PUT',
    path: '/api/users/:id/device',
    summary:
      'The desk phone of a user: the password it registers with, or a fixed SIP URI to ring (null: none).',
    permission: 'users.manage',
    params: byId,
    body: z.object({
      password: z.string().min(8).max(128).optional(),
      uri: z.string().max(200).nullable().optional(),
    }),
  }),
  listWork: endpoint({
    method: 'GET',
    path: '/api/work',
    summary:
      'What waits, best first, and why: in one’s own queues or in `queue` (with board.read any; who serves none: all).',
    permission: 'work.take',
    query: z.object({
      queue: idSchema.optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    response: z.object({ now: instantSchema, items: z.array(workItemViewSchema) }),
  }),
  routing: endpoint({
    method: 'GET',
    path: '/api/routing',
    summary: 'Everything an administrator sets for routing.',
    permission: 'routing.read',
    response: z.object({
      queues: z.array(queueSettingsSchema),
      skills: z.array(skillSchema),
      profiles: z.array(profileSchema),
      hours: z.array(hoursSchema),
      agents: z.array(agentRoutingSchema.extend({ name: z.string() })),
      reasons: z.array(reasonSchema),
      dispositions: z.array(dispositionSchema),
      /** Flows that work can overflow to. */
      flows: z.array(refSchema),
    }),
  }),
  setQueue: endpoint({
    method: 'PUT',
    path: '/api/routing/queues/:id',
    summary: 'Adds or changes a queue; in force from the next offer and the next wrap-up on.',
    permission: 'routing.manage',
    params: byId,
    body: queueBodySchema,
    response: queueSettingsSchema,
  }),
  removeQueue: endpoint({
    method: 'DELETE',
    path: '/api/routing/queues/:id',
    summary: 'Removes a queue in which no work is left and to which nothing leads (routing.in-use).',
    permission: 'routing.manage',
    params: byId,
  }),
  setSkill: endpoint({
    method: 'PUT',
    path: '/api/routing/skills/:id',
    summary: 'Adds or renames a skill.',
    permission: 'routing.manage',
    params: byId,
    body: named,
    response: skillSchema,
  }),
  removeSkill: endpoint({
    method: 'DELETE',
    path: '/api/routing/skills/:id',
    summary: 'Removes a skill that no agent has and no queue asks for (routing.in-use).',
    permission: 'routing.manage',
    params: byId,
  }),
  setProfile: endpoint({
    method: 'PUT',
    path: '/api/routing/profiles/:id',
    summary:
      'Adds or changes a routing profile. Refused with routing.strands-work when waiting work would be left without any agent, unless forced.',
    permission: 'routing.manage',
    params: byId,
    query: forced,
    body: profileBodySchema,
    response: profileSchema,
  }),
  removeProfile: endpoint({
    method: 'DELETE',
    path: '/api/routing/profiles/:id',
    summary: 'Removes a profile that no agent has (routing.in-use).',
    permission: 'routing.manage',
    params: byId,
  }),
  setHours: endpoint({
    method: 'PUT',
    path: '/api/routing/hours/:id',
    summary: 'Adds or changes opening hours with their holidays.',
    permission: 'routing.manage',
    params: byId,
    body: hoursSchema.omit({ id: true }),
    response: hoursSchema,
  }),
  removeHours: endpoint({
    method: 'DELETE',
    path: '/api/routing/hours/:id',
    summary: 'Removes opening hours that no queue has (routing.in-use).',
    permission: 'routing.manage',
    params: byId,
  }),
  setAgentRouting: endpoint({
    method: 'PUT',
    path: '/api/routing/agents/:id',
    summary: 'The profile and skills of an agent; strands-work as for profiles.',
    permission: 'work.manage',
    params: byId,
    query: forced,
    body: agentRoutingSchema.omit({ id: true }),
    response: agentRoutingSchema,
  }),
  setReason: endpoint({
    method: 'PUT',
    path: '/api/routing/reasons/:id',
    summary: 'Adds or renames a reason for being not ready.',
    permission: 'routing.manage',
    params: byId,
    body: named,
    response: reasonSchema,
  }),
  removeReason: endpoint({
    method: 'DELETE',
    path: '/api/routing/reasons/:id',
    summary: 'Removes a reason; whoever is not ready for it stays so.',
    permission: 'routing.manage',
    params: byId,
  }),
  setDisposition: endpoint({
    method: 'PUT',
    path: '/api/routing/dispositions/:id',
    summary: 'Adds or changes a disposition; its key, if it has one, must be free (conflict).',
    permission: 'routing.manage',
    params: byId,
    body: dispositionSchema.omit({ id: true }),
    response: dispositionSchema,
  }),
  removeDisposition: endpoint({
    method: 'DELETE',
    path: '/api/routing/dispositions/:id',
    summary: 'Takes a disposition off the list; interactions that have it keep it.',
    permission: 'routing.manage',
    params: byId,
  }),
  board: endpoint({
    method: 'GET',
    path: '/api/board',
    summary: 'Queues and agents as they are now.',
    permission: 'board.read',
    response: boardSchema,
  }),
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

/** Audio is not JSON: GET this with the id filled in; it answers `audio/wav` and byte ranges. */
export const recordingPath = (interactionId: string): string =>
  `/api/interactions/${interactionId}/recording`;
