import type { RoutingService } from './routing.service.ts';
import type { QueueSettings } from './types.ts';

const common = {
  strategy: 'longest-idle',
  offerMs: 20_000,
  retryMs: { declined: 30_000, busy: 15_000, failed: 10_000 },
  targetMs: 20_000,
  record: true,
  ringMs: 8_000,
} as const;

/** Queue, and which of the agents serve it: their places in the list, from 1. The first two serve all. */
const demo: readonly { queue: QueueSettings; agents: readonly number[] }[] = [
  {
    queue: {
      ...common,
      id: 'support',
      name: 'Support',
      wrapUp: { mode: 'timed', ms: 30_000, extendMs: 30_000 },
    },
    agents: [1, 2, 3, 4, 5, 6],
  },
  {
    queue: { ...common, id: 'sales', name: 'Sales', wrapUp: { mode: 'optional', ms: 0, extendMs: 0 } },
    agents: [1, 2, 4, 5, 6, 7, 8, 9],
  },
  {
    queue: {
      ...common,
      id: 'billing',
      name: 'Billing',
      wrapUp: { mode: 'mandatory-timed', ms: 60_000, extendMs: 30_000 },
    },
    agents: [1, 2, 7, 8, 9, 10, 11, 12],
  },
];

const bench: QueueSettings = {
  ...common,
  id: 'bench',
  name: 'Bench',
  wrapUp: { mode: 'none', ms: 0, extendMs: 0 },
  retryMs: { declined: 1_000, busy: 1_000, failed: 1_000 },
  record: false,
  ringMs: 60_000,
};

/**
 * The queues of the demo centre, or the one queue of the benchmark, with these agents in them. Does nothing to a
 * centre that has queues already; agents it does not know yet are added either way. True when queues were made.
 * @param agentIds in order: agent1 first
 */
export function seedQueues(
  routing: RoutingService,
  kind: 'demo' | 'bench',
  agentIds: readonly string[],
): boolean {
  const fresh = routing.queues().length === 0;
  const plan = kind === 'bench' ? [{ queue: bench, agents: agentIds.map((_, i) => i + 1) }] : demo;
  if (fresh) for (const { queue } of plan) routing.setQueue(queue);
  agentIds.forEach((id, index) => {
    if (routing.agent(id)) return;
    const mine = plan.filter((p) => p.agents.includes(index + 1)).map((p) => p.queue.id);
    routing.setAgent({ id, queues: mine.filter((queue) => routing.queue(queue)) });
  });
  return fresh;
}
