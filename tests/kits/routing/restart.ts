import type { RestoredHand, RestoredItem, RoutingEvent } from '#server/routing/events.core.ts';
import type { Account } from './account.ts';
import type { HandAccount, ItemAccount } from './records.ts';

/**
 * What a service tells a new core after a restart (R17): settings, phones, agents in the order of the idle with what
 * is still in their hands, and waiting work in the order of its arrival. Calls, chats and work for one agent alone
 * are gone.
 */
export function restarted(account: Account): RoutingEvent[] {
  const events: RoutingEvent[] = [];
  for (const { settings } of account.queues.values())
    if (settings.id !== 'direct') events.push({ type: 'queue.set', queue: settings });
  for (const agentId of account.reachable) events.push({ type: 'reachable.set', agentId, reachable: true });
  const agents = [...account.agents.values()].filter((agent) => !agent.removed);
  for (const agent of agents.sort((a, b) => a.freeAt - b.freeAt)) {
    const { presence, reason, next, missed, settings } = agent;
    const hands = agent.hands.flatMap((hand) => restoredHand(hand));
    const seats = [...agent.seats].flatMap(([queueId, { handled, talkMs, turn }]) =>
      turn === 0 ? [] : [{ queueId, handled, talkMs, turn }],
    );
    const restored = { presence, reason, next, missed, hands, seats };
    events.push({ type: 'agent.set', agent: settings, restored });
  }
  const items = [...account.items.values()].sort((a, b) => a.order - b.order);
  for (const item of items)
    if (item.state !== 'in-hands' && outlives(item))
      events.push({ type: 'item.restored', ...restoredItem(item) });
  return events;
}

const outlives = ({ work: { channel, onlyAgent } }: ItemAccount): boolean =>
  channel !== 'call' && channel !== 'chat' && onlyAgent === undefined;

const restoredItem = ({ work, queueId, boost, arrivedAt, queuedAt, ...item }: ItemAccount): RestoredItem => ({
  item: { ...work, queueId, boost },
  arrivedAt,
  queuedAt,
  declined: [...item.declined],
  visited: [...item.visited],
});

function restoredHand({ item, itemId, queueId, channel, takenAt, wrapUp }: HandAccount): RestoredHand[] {
  if (item && (channel === 'call' || channel === 'chat')) return [];
  const view = { itemId, interactionId: itemId.replace('i', 'x'), queueId, channel, since: takenAt } as const;
  if (item) return [{ hand: { ...view, phase: 'work', wrapUp: undefined }, item: restoredItem(item) }];
  const { mode, deadline } = wrapUp ?? { mode: 'optional', deadline: null };
  return [{ hand: { ...view, phase: 'wrap-up', wrapUp: { mode, deadline: deadline ?? undefined } } }];
}
