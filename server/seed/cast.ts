import type { User } from '#shared/contract/people.ts';

/** The fixed people, queues and numbers of the demo centre: what tests and guides may rely on. */
export const DEMO_PASSWORD = 'demo';

/** Ids of the queues that histories speak of; routing makes them. */
export type DemoQueue = 'support' | 'sales' | 'billing';

/** The number a queue is called on. */
export const queueNumbers: Readonly<Record<DemoQueue, string>> = {
  support: '4001',
  sales: '4002',
  billing: '4003',
};

export const knownCaller = {
  number: '+14155550123',
  name: 'Li Wei',
  account: 'Haier Retail',
  caseNumber: 1042,
} as const;

/** One number, two customers. */
export const sharedNumber = '+14155550199';

const teams = {
  support: { id: 'support', name: 'Support' },
  sales: { id: 'sales', name: 'Sales' },
  billing: { id: 'billing', name: 'Billing' },
} as const;

const names: readonly (readonly [string, DemoQueue])[] = [
  ['Anna Keller', 'support'],
  ['陈静', 'support'],
  ['Marcus Bell', 'support'],
  ['王晓明', 'support'],
  ['Priya Raman', 'support'],
  ['Tom Okafor', 'support'],
  ['Sofia Marin', 'sales'],
  ['刘洋', 'sales'],
  ['Daniel Hughes', 'sales'],
  ['Grace Novak', 'billing'],
  ['赵敏', 'billing'],
  ['Peter Lindqvist', 'billing'],
];

export interface CastMember {
  readonly id: string;
  readonly name: string;
  readonly roles: User['roles'];
  readonly team: { readonly id: string; readonly name: string };
}

/** agent1 to agent12, in order. */
export const demoAgents: readonly CastMember[] = names.map(([name, team], index) => ({
  id: `agent${index + 1}`,
  name,
  roles: ['agent'],
  team: teams[team],
}));

/** Everybody, the administrator last: once that one is there, the centre is complete. */
export const demoUsers: readonly CastMember[] = [
  ...demoAgents,
  { id: 'super1', name: 'Helen Brandt', roles: ['supervisor'], team: teams.support },
  { id: 'admin1', name: 'Robin Castle', roles: ['administrator'], team: teams.support },
];

/** The agents of one queue's team. */
export const teamOf = (queue: DemoQueue): readonly string[] =>
  demoAgents.filter((agent) => agent.team.id === queue).map((agent) => agent.id);
