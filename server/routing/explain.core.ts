import type { NotMine, WaitingWhy } from '#shared/model/states.ts';
import { channelBit, fits, needsPhone } from './fit.core.ts';
import { asksOf, belongs } from './lanes.core.ts';
import { itemBefore, scoreTerms } from './order.core.ts';
import type { Ask, ItemRecord, QueueRecord, Seat } from './records.core.ts';
import type { Explanation } from './types.ts';

/** Where an item stands and why nobody else has it. Looks at every agent of its queue: for people, not for routing. */
export function explain(item: ItemRecord, now: number): Explanation {
  const { queue } = item;
  const ask = item.lane ?? asksOf(item, now);
  const holder = ask.heldFor;
  const until = item.arrivedAt + (item.item.preferred?.holdMs ?? 0);
  const agents: Partial<Record<NotMine, number>> = {};
  for (const seat of queue.seats.values()) {
    const reason = notMine(seat, ask);
    agents[reason] = (agents[reason] ?? 0) + 1;
  }
  return {
    itemId: item.item.id,
    interactionId: item.item.interactionId,
    queueId: queue.settings.id,
    channel: item.item.channel,
    state: item.state,
    arrivedAt: item.arrivedAt,
    dueAt: item.dueAt,
    position: position(item, queue),
    score: scoreTerms(item, now),
    skills: Object.fromEntries(ask.skills.map(({ id, level }) => [id, level])),
    tier: ask.tier,
    heldFor: holder === undefined ? undefined : { agentId: holder, until },
    changesAt: item.changesAt,
    agents,
    why: whyNobody(item, ask, agents),
  };
}

function position(item: ItemRecord, queue: QueueRecord): number {
  let ahead = 0;
  for (const other of queue.waiting) if (other !== item && itemBefore(other, item)) ahead += 1;
  return ahead + 1;
}

/** The first reason that keeps this agent from having what is asked for here. */
function notMine(seat: Seat, ask: Ask): NotMine {
  const { agent } = seat;
  const bit = channelBit(ask.channel);
  if (agent.state === 'offline') return 'signed-out';
  if (ask.heldFor !== undefined && agent.id !== ask.heldFor) return 'held-for-another';
  if (!belongs(seat, { ...ask, tier: Number.POSITIVE_INFINITY })) return 'skills';
  if (!belongs(seat, ask)) return 'tier';
  if (agent.presence !== 'available' || agent.next || agent.removed) return 'not-ready';
  if (agent.missed) return 'not-responding';
  if (needsPhone(bit) && !agent.reachable) return 'no-phone';
  if ((fits(agent) & bit) === 0) return 'busy';
  if (agent.offer) return 'offered-other';
  return seat.retryUntil === undefined ? 'free' : 'left-alone';
}

function whyNobody(
  item: ItemRecord,
  ask: Ask,
  agents: Readonly<Partial<Record<NotMine, number>>>,
): WaitingWhy {
  if (item.state !== 'waiting') return item.state;
  const { seats } = item.queue;
  if (seats.size === 0) return 'nobody-serves';
  if ((agents['signed-out'] ?? 0) === seats.size) return 'nobody-signed-in';
  if (ask.heldFor !== undefined) return 'held';
  if (agents.busy || agents['offered-other']) return 'all-busy';
  if (agents['left-alone']) return 'left-alone';
  if (agents['not-ready'] || agents['not-responding'] || agents['no-phone']) return 'all-not-ready';
  return 'no-skill';
}
