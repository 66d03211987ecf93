import type { Board, Desk } from '#shared/contract/views.ts';
import type { People } from './people/index.ts';
import type { Routing } from './routing/index.ts';
import type { Calls } from './telephony/calls/index.ts';

export interface DeskSources {
  readonly people: People;
  readonly routing: Routing;
  readonly calls: Calls;
  /** Phones registered by this user, and a fixed one. */
  readonly phones: (userId: string) => number;
}

/** One user's whole desk as it is now, but for what the gateway adds to order it. */
export function deskView(
  sources: DeskSources,
  userId: string,
): Omit<Desk, 'rev' | 'epoch' | 'now'> | undefined {
  const { people, routing, calls, phones } = sources;
  const user = people.user(userId);
  if (!user) return undefined;
  const agent = routing.agent(userId);
  return {
    user,
    presence: agent?.presence ?? 'offline',
    reason: agent?.reason ?? null,
    next: agent?.next ? { presence: agent.next.presence, reason: agent.next.reason ?? null } : null,
    state: agent?.state ?? 'offline',
    since: agent?.since ?? 0,
    phones: phones(userId),
    offer: calls.offerView(userId),
    work: calls.workView(userId),
    queues: (agent?.queues ?? []).flatMap((id) => {
      const queue = routing.queue(id);
      return queue
        ? [{ id, name: queue.name, waiting: queue.waiting, longestSince: queue.longestSince ?? null }]
        : [];
    }),
  };
}

/** Queues and agents as they are now, for supervisors. */
export function boardView(sources: DeskSources, now: number): Board {
  const { people, routing, phones } = sources;
  return {
    now,
    queues: routing.queues().map((queue) => ({ ...queue, longestSince: queue.longestSince ?? null })),
    agents: routing.agents().map((agent) => {
      const queueId = agent.work?.queueId ?? agent.offer?.queueId;
      return {
        id: agent.id,
        name: people.user(agent.id)?.name ?? agent.id,
        state: agent.state,
        since: agent.since,
        reason: agent.reason ?? null,
        phones: phones(agent.id),
        queue: queueId ? { id: queueId, name: routing.queueSettings(queueId)?.name ?? queueId } : null,
      };
    }),
  };
}
