import type { Strategy } from '#shared/model/routing.ts';
import type { ItemRecord, QueueRecord, Seat, Standing } from './records.core.ts';
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

type Compare = (a: Seat, b: Seat, skills: readonly Asked[]) => number;

/** Below 0: `a` is asked first. Equals are decided by who has been free longest. */
const strategies: Record<Strategy, Compare> = {
  'longest-idle': () => 0,
  'ring-all': () => 0,
  'round-robin': (a, b) => a.turn - b.turn,
  'fewest-handled': (a, b) => a.handled - b.handled,
  'least-talk-time': (a, b) => a.talkMs - b.talkMs,
  'most-skilled': (a, b, skills) => skillSum(b, skills) - skillSum(a, skills),
  linear: (a, b) => a.agent.settings.rank - b.agent.settings.rank || compareIds(a.agent.id, b.agent.id),
  random: () => 0, // drawn among the first: offers.core.ts
};

/**
 * The order in which seats of a queue are asked: lower tier, then fewer things in hand, then the strategy, then longest
 * free. Nothing of this may change while a seat stands ready.
 * @param skills what the strategy `most-skilled` looks at
 */
export function seatBefore(queue: QueueRecord, skills: readonly Asked[]): (a: Seat, b: Seat) => boolean {
  return (a, b) => {
    const by =
      byClass(a, b) ||
      strategies[queue.settings.strategy](a, b, skills) ||
      a.agent.idleOrder - b.agent.idleOrder;
    return by < 0;
  };
}

/** The same for their places in a pool. */
export function standingBefore(queue: QueueRecord, skills: readonly Asked[]) {
  const before = seatBefore(queue, skills);
  return (a: Standing, b: Standing): boolean => before(a.seat, b.seat);
}

/** What comes before every strategy: equals are of one class. */
export const byClass = (a: Seat, b: Seat): number =>
  a.tier - b.tier || a.agent.hands.length - b.agent.hands.length;

/** The agent's levels in the skills asked for; in all it has when none is. */
function skillSum({ agent: { levels } }: Seat, asked: readonly Asked[]): number {
  let sum = 0;
  if (asked.length > 0) for (const { skill } of asked) sum += levels[skill] ?? 0;
  else for (const level of levels) sum += level;
  return sum;
}

const compareIds = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
