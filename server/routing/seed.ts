import { profileDefaults, type QueueSettings, queueDefaults, type Skills } from '#shared/model/routing.ts';
import { SYSTEM } from './routing.administration.ts';
import type { RoutingService } from './types.ts';

const queues = {
  support: {
    ...queueDefaults,
    id: 'support',
    name: 'Support',
    wrapUp: { mode: 'timed', ms: 30_000, extendMs: 30_000 },
    record: true,
  },
  sales: {
    ...queueDefaults,
    id: 'sales',
    name: 'Sales',
    wrapUp: { mode: 'optional', ms: 0, extendMs: 0 },
    record: true,
  },
  billing: {
    ...queueDefaults,
    id: 'billing',
    name: 'Billing',
    wrapUp: { mode: 'mandatory-timed', ms: 60_000, extendMs: 30_000 },
    record: true,
  },
  bench: {
    ...queueDefaults,
    id: 'bench',
    name: 'Bench',
    retryMs: { noAnswer: 0, declined: 1_000, busy: 1_000, failed: 1_000 },
    ringMs: 60_000,
  },
} as const satisfies Record<string, QueueSettings>;
type QueueId = keyof typeof queues;

const skills = [
  { id: 'english', name: 'English' },
  { id: 'chinese', name: 'Chinese' },
  { id: 'billing', name: 'Billing' },
  { id: 'technical', name: 'Technical' },
  { id: 'retention', name: 'Retention' },
] as const;

const profiles: readonly { id: string; name: string; queues: readonly QueueId[] }[] = [
  { id: 'all-round', name: 'All-round', queues: ['support', 'sales', 'billing'] },
  { id: 'support', name: 'Support', queues: ['support'] },
  { id: 'support-sales', name: 'Support and sales', queues: ['support', 'sales'] },
  { id: 'sales-billing', name: 'Sales and billing', queues: ['sales', 'billing'] },
  { id: 'billing', name: 'Billing', queues: ['billing'] },
];

const english = { english: 5 };
const chinese = { chinese: 5, english: 3 };

/** agent1 first. Everybody in support knows what its queue asks for at once. */
const demoAgents: readonly { readonly profileId: string; readonly skills: Skills }[] = [
  { profileId: 'all-round', skills: { ...english, technical: 5, billing: 4, retention: 3 } },
  { profileId: 'all-round', skills: { ...chinese, technical: 4, billing: 4, retention: 4 } },
  { profileId: 'support', skills: { ...english, technical: 5 } },
  { profileId: 'support-sales', skills: { ...chinese, technical: 3 } },
  { profileId: 'support-sales', skills: { ...english, technical: 3, retention: 2 } },
  { profileId: 'support-sales', skills: { ...english, technical: 2 } },
  { profileId: 'sales-billing', skills: { ...english, retention: 5, billing: 2 } },
  { profileId: 'sales-billing', skills: { ...chinese, retention: 3, billing: 3 } },
  { profileId: 'sales-billing', skills: { ...english, retention: 4, billing: 3 } },
  { profileId: 'billing', skills: { ...english, billing: 5 } },
  { profileId: 'billing', skills: { ...chinese, billing: 5 } },
  { profileId: 'billing', skills: { ...english, billing: 3 } },
];

const WHOLE_DAY = [{ from: '00:00', to: '24:00' }];
const openAllWeek = {
  id: 'all-week',
  name: 'All week',
  zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  weekly: Object.fromEntries(['1', '2', '3', '4', '5', '6', '7'].map((day) => [day, WHOLE_DAY])),
  holidays: [],
};

const hours = openAllWeek.id;
/** What the demo sets beside, so that it shows what can be set; nobody waits longer for it than without. */
const demoQueues: readonly QueueSettings[] = [
  {
    ...queues.support,
    hours,
    skills: { technical: 2 },
    relax: [
      { afterMs: 30_000, lower: 1, drop: [] },
      { afterMs: 60_000, lower: 0, drop: ['technical'] },
    ],
  },
  {
    ...queues.sales,
    hours,
    overflow: [{ when: 'waited', value: 120_000, to: { kind: 'queue', queueId: 'support' } }],
  },
  { ...queues.billing, hours },
];

/** What an empty centre is given. */
export type RoutingSeed = 'demo' | 'plain' | 'bench';

/**
 * Queues, skills, hours and profiles of the demo centre; the same queues and profiles with nothing asked of anybody, for a
 * centre that is to be filled by its administrator (`plain`); or the one queue of the benchmark. And these agents in them.
 * Does nothing to a centre that has queues already; agents it does not know yet are added either way. True when queues
 * were made.
 * @param agentIds in order: agent1 first
 */
export async function seedQueues(
  routing: RoutingService,
  kind: RoutingSeed,
  agentIds: readonly string[],
): Promise<boolean> {
  const fresh = routing.queues().length === 0;
  if (fresh && kind === 'bench') await makeBench(routing);
  else if (fresh) await makeCentre(routing, kind === 'demo');
  const profileIds = new Set(routing.profiles().map(({ id }) => id));
  const agents = agentIds.flatMap((id, index) => {
    const agent = kind === 'bench' ? { profileId: 'bench', skills: {} } : demoAgents[index];
    if (!agent || !profileIds.has(agent.profileId) || routing.agentRouting(id)) return [];
    return [{ id, rank: index + 1, ...agent }];
  });
  await routing.setAgents(agents, { force: true }, SYSTEM);
  return fresh;
}

async function makeCentre(routing: RoutingService, demo: boolean): Promise<void> {
  for (const skill of skills) await routing.setSkill(skill, SYSTEM);
  await routing.setHours(openAllWeek, SYSTEM);
  const plan = demo ? demoQueues : [queues.support, queues.sales, queues.billing];
  for (const queue of plan) await routing.setQueue({ ...queue, overflow: [] }, SYSTEM);
  // Now the targets are there.
  for (const queue of plan) if (queue.overflow.length > 0) await routing.setQueue(queue, SYSTEM);
  for (const { queues: ids, ...profile } of profiles) await addProfile(routing, profile, ids);
}

async function makeBench(routing: RoutingService): Promise<void> {
  await routing.setQueue(queues.bench, SYSTEM);
  await addProfile(routing, { id: 'bench', name: 'Bench' }, ['bench']);
}

async function addProfile(
  routing: RoutingService,
  profile: { readonly id: string; readonly name: string },
  ids: readonly QueueId[],
): Promise<void> {
  const { capacity, interrupts } = profileDefaults;
  const copied = Object.fromEntries(
    Object.entries(interrupts).map(([channel, over]) => [channel, [...over]]),
  );
  const serves = ids.map((queueId) => ({ queueId, tier: 1 }));
  await routing.setProfile({ ...profile, queues: serves, capacity, interrupts: copied }, {}, SYSTEM);
}
