import type { RoutingEvent } from '#server/routing/index.ts';
import type { AgentSettings, AgentView, NewWorkItem } from '#server/routing/types.ts';

interface Open {
  readonly item: NewWorkItem;
  readonly arrivedAt: number;
  readonly queuedAt: number;
  readonly inHands: boolean;
}

/** Does this work end with the server? Written work and callbacks outlive it. */
export const goesWithTheServer = ({ channel }: NewWorkItem): boolean =>
  channel === 'call' || channel === 'chat';

/**
 * What the core is told when the server is up again (R17 of routing): agents in the order they became free, with what
 * is left in their hands, then their phones, then the work that still waits.
 * @param before the agents at the stop
 * @param open the work that outlived it
 */
export function comesBack(
  before: readonly AgentView[],
  known: ReadonlyMap<string, { readonly settings: AgentSettings; readonly phone: boolean }>,
  open: ReadonlyMap<string, Open>,
): RoutingEvent[] {
  const events: RoutingEvent[] = [];
  for (const view of [...before].sort((a, b) => a.since - b.since)) {
    const agent = known.get(view.id);
    if (!agent) continue;
    const hands = view.hands.flatMap((hand) => {
      const item = open.get(hand.itemId);
      if (hand.phase === 'wrap-up') return [{ hand }];
      return item ? [{ hand, item }] : [];
    });
    const { presence, reason, next } = view;
    const restored = { presence, reason, next, missed: view.state === 'not-responding', hands };
    events.push({ type: 'reachable.set', agentId: view.id, reachable: agent.phone });
    events.push({ type: 'agent.set', agent: agent.settings, restored });
  }
  for (const { item, arrivedAt, queuedAt, inHands } of open.values())
    if (!inHands) events.push({ type: 'item.restored', item, arrivedAt, queuedAt });
  return events;
}
