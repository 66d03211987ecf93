import { z } from 'zod';
import { idSchema, instantSchema } from '../model/ids.ts';
import {
  agentRoutingSchema,
  hoursSchema,
  levelSchema,
  nameSchema,
  profileBodySchema,
  profileSchema,
  queueBodySchema,
  queueSettingsSchema,
  reasonSchema,
  skillSchema,
} from '../model/routing.ts';
import {
  channelSchema,
  notMineSchema,
  presenceSchema,
  roleSchema,
  tierSchema,
  waitingWhySchema,
} from '../model/states.ts';
import { dispositionSchema } from './interactions.ts';
import { byId, command, type Errors, endpoint, type Permissions, refSchema } from './kit.ts';
import { userSchema } from './people.ts';

/** Work that waits or is offered, where it stands and why nobody has it. Times of `agents`: how many for each reason. */
export const workItemViewSchema = z.object({
  itemId: idSchema,
  interactionId: idSchema,
  queue: refSchema,
  channel: channelSchema,
  state: z.enum(['waiting', 'offered', 'in-hands']),
  number: z.string(),
  customer: z.object({ id: idSchema, name: z.string(), tier: tierSchema }).nullable(),
  arrivedAt: instantSchema,
  dueAt: instantSchema,
  /** 1 is next among those waiting in its queue. */
  position: z.number().int().positive(),
  /** The terms of the one score, in points (shared/model/routing.ts). */
  score: z.object({
    priority: z.number(),
    ageing: z.number(),
    urgency: z.number(),
    boost: z.number(),
    total: z.number(),
  }),
  /** What the agent must know now, after relaxing. */
  skills: z.array(refSchema.extend({ level: levelSchema })),
  tier: z.number().int(),
  heldFor: refSchema.extend({ until: instantSchema }).nullable(),
  changesAt: instantSchema.nullable(),
  agents: z.partialRecord(notMineSchema, z.number().int()),
  why: waitingWhySchema,
});
export type WorkItemView = z.infer<typeof workItemViewSchema>;

const named = z.object({ name: nameSchema });
const forced = z.object({ force: z.stringbool().default(false) });

export const routingEndpoints = {
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
  /** Stands here and not with people: it may give the new user a profile and skills. */
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
} as const;

const item = z.object({ itemId: idSchema });

export const routingCommands = {
  /** Sends waiting work to another queue; it keeps its arrival. */
  'work.move': command('work.manage', item.extend({ queue: idSchema })),
  /** Points added to the score of waiting work; 0 takes them back. */
  'work.boost': command('work.manage', item.extend({ boost: z.number().min(-1_000_000).max(1_000_000) })),
  /** A supervisor changes an agent's presence, as the agent would. */
  'agent.presence': command(
    'work.manage',
    z.object({ agentId: idSchema, presence: presenceSchema, reason: idSchema.optional() }),
    z.object({ applied: z.enum(['now', 'next']) }),
  ),
} as const;

export const routingPermissions = {
  /** Move and boost waiting work, change agents' presence, skills and profile. */
  'work.manage': ['supervisor', 'administrator'],
  'routing.read': ['supervisor', 'administrator'],
  'routing.manage': ['administrator'],
} as const satisfies Permissions;

export const routingErrors = {
  'offer.gone': 409,
  'agent.no-phone': 409,
  'presence.illegal': 409,
  'presence.reason-unknown': 400,
  'queue.unknown': 404,
  'queue.closed': 409,
  'queue.full': 409,
  'skill.unknown': 404,
  'profile.unknown': 404,
  'hours.unknown': 404,
  'routing.in-use': 409,
  'routing.strands-work': 409,
  'work.unknown': 404,
  'wrap-up.none': 409,
  'wrap-up.disposition-required': 409,
} as const satisfies Errors;
