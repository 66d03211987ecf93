import type { Board } from '#shared/contract/supervision.ts';
import type { RoutingState } from '#shared/model/states.ts';

type Agents = Board['agents'];
type Agent = Agents[number];

/** What a supervisor looks for first comes first. */
const rank: Readonly<Record<RoutingState, number>> = {
  'not-responding': 0,
  offered: 1,
  'on-work': 2,
  'wrap-up': 3,
  'not-ready': 4,
  idle: 5,
  offline: 6,
};

export const ORDERS = ['urgency', 'name', 'since'] as const;
export type Order = (typeof ORDERS)[number];

/** Equal ones by name, so that rows do not jump about. */
const byName = (a: Agent, b: Agent) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1);

/** By state, and within a state the longest in it first. */
export function byUrgency(agents: Agents): Agents {
  return [...agents].sort((a, b) => rank[a.state] - rank[b.state] || a.since - b.since || byName(a, b));
}

export function inOrder(agents: Agents, order: Order): Agents {
  if (order === 'urgency') return byUrgency(agents);
  if (order === 'name') return [...agents].sort(byName);
  return [...agents].sort((a, b) => a.since - b.since || byName(a, b));
}

export interface Filter {
  /** Part of the name. */
  readonly search: string;
  /** '' for all. */
  readonly queue: string;
  /** '' for all. */
  readonly state: RoutingState | '';
  /** Leave out who is offline, unless asked for by state. */
  readonly hideOffline: boolean;
}

/**
 * @param serves does this agent serve the queue? An agent with work of it in hand counts in any case.
 */
export function narrowed(
  agents: Agents,
  { search, queue, state, hideOffline }: Filter,
  serves: (agentId: string, queueId: string) => boolean,
): Agents {
  const wanted = search.trim().toLocaleLowerCase();
  return agents.filter((agent) => {
    if (state !== '' ? agent.state !== state : hideOffline && agent.state === 'offline') return false;
    if (wanted !== '' && !agent.name.toLocaleLowerCase().includes(wanted)) return false;
    if (queue === '') return true;
    return serves(agent.id, queue) || agent.hands.some((hand) => hand.queue.id === queue);
  });
}
