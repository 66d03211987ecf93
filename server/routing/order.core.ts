import type { Strategy } from '#shared/model/routing.ts';
import type { Order } from './crowd.core.ts';
import type { ItemRecord, QueueRecord, Seat } from './records.core.ts';
import type { Asked } from './skills.core.ts';
import type { Score } from './types.ts';

/**
 * Which item comes first: the one with the highest score (its terms: shared/model/routing.ts, `scoreWeightsSchema`).
 *
 * Every term grows in a straight line, and all items of a queue rise at the same rate, so their order does not change
 * with time: a heap by `base`, the score at instant 0, stays right. Items of different queues are compared by their
 * scores at `now`. Whatever waits rises for ever, so nothing starves.
 */
export function scoreBase({ item, arrivedAt, dueAt, boost }: ItemRecord, queue: QueueRecord): number {
  const { priority, ageing, urgency } = queue.settings.score;
  return priority * item.priority + boost - (ageing * arrivedAt + urgency * dueAt) / 1_000;
}

export function scoreAt(item: ItemRecord, now: number): number {
  const { ageing, urgency } = item.queue.settings.score;
  return item.base + ((ageing + urgency) * now) / 1_000;
}

/** The same score by its terms. */
export function scoreTerms(item: ItemRecord, now: number): Score {
  const { priority, ageing, urgency } = item.queue.settings.score;
  const terms = {
    priority: priority * item.item.priority,
    ageing: (ageing * (now - item.arrivedAt)) / 1_000,
    urgency: (urgency * (now - item.dueAt)) / 1_000,
    boost: item.boost,
  };
  return { ...terms, total: terms.priority + terms.ageing + terms.urgency + terms.boost };
}

/** Within one queue. */
export const itemBefore = (a: ItemRecord, b: ItemRecord): boolean =>
  a.base === b.base ? a.order < b.order : a.base > b.base;

/** Across queues. */
export function itemBeforeAt(a: ItemRecord, b: ItemRecord, now: number): boolean {
  if (a.queue === b.queue) return itemBefore(a, b);
  const difference = scoreAt(a, now) - scoreAt(b, now);
  return difference === 0 ? a.order < b.order : difference > 0;
}

/** Of any queues, best first. */
export const bestFirst = (items: Iterable<ItemRecord>, now: number): ItemRecord[] =>
  [...items].sort((a, b) => (itemBeforeAt(a, b, now) ? -1 : 1));

/** What a strategy goes by: the agent with the lowest is asked first, of equal ones the longest idle. */
const strategies: Record<Strategy, (seat: Seat) => number> = {
  'longest-idle': () => 0,
  'ring-all': () => 0,
  'round-robin': (seat) => seat.turn,
  'fewest-handled': (seat) => seat.handled,
  'least-talk-time': (seat) => seat.talkMs,
  'most-skilled': ({ agent: { levels } }) => -levels.reduce((sum, level) => sum + level, 0),
  linear: (seat) => seat.agent.settings.rank,
  random: () => 0, // drawn among the first: offers.core.ts
};

/** The strategy `most-skilled` for work that asks for skills: by those. */
export const skilledFor = ({ agent: { levels } }: Seat, asked: readonly Asked[]): number =>
  asked.reduce((sum, { skill }) => sum - (levels[skill] ?? 0), 0);

/** Lower tier first, then fewer things in hand: what comes before every strategy. Equals are of one group. */
export const groupOf = ({ tier, agent }: Seat): number => tier * 2 ** 20 + agent.hands.length;

/** In which order it is asked, from now until it is pulled. */
export const orderOf = (seat: Seat): Order => ({
  group: groupOf(seat),
  strategy: strategies[seat.queue.settings.strategy](seat),
  idle: seat.agent.idleOrder,
});
