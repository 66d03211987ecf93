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

/** What a strategy goes by: the agent with the lowest is asked first. */
const strategies: Record<Strategy, (seat: Seat, skill: number | undefined) => number> = {
  'longest-idle': () => 0,
  'ring-all': () => 0,
  'round-robin': (seat) => seat.turn,
  'fewest-handled': (seat) => seat.handled,
  'least-talk-time': (seat) => seat.talkMs,
  'most-skilled': ({ agent: { levels } }, skill) =>
    skill === undefined ? -total(levels) : -(levels[skill] ?? 0),
  linear: (seat) => seat.agent.settings.rank,
  random: () => 0, // drawn among the first: offers.core.ts
};

const total = (levels: Uint8Array): number => levels.reduce((sum, level) => sum + level, 0);

/** Lower tier first, then fewer things in hand: what comes before every strategy. Equals are of one group. */
export const groupOf = ({ tier, agent }: Seat): number => tier * 2 ** 20 + agent.hands.length;

/**
 * A seat as it stands in a pool: by its group, then the queue's strategy, then longest free.
 * @param skill the pool's, for the strategy `most-skilled`
 */
export function standingOf(seat: Seat, skill: number | undefined): Standing {
  const order = { group: 0, strategy: 0, idle: 0 };
  const nowhere = { place: -1, list: undefined, before: undefined, after: undefined };
  return weighStanding({ seat, ...order, ...nowhere }, skill);
}

/** Its order from now on. It must stand nowhere. */
export function weighStanding(standing: Standing, skill: number | undefined): Standing {
  const { seat } = standing;
  standing.group = groupOf(seat);
  standing.strategy = strategies[seat.queue.settings.strategy](seat, skill);
  standing.idle = seat.agent.idleOrder;
  return standing;
}

export function standingBefore(a: Standing, b: Standing): boolean {
  if (a.group !== b.group) return a.group < b.group;
  if (a.strategy !== b.strategy) return a.strategy < b.strategy;
  if (a.seat.queue.settings.strategy === 'linear') return a.seat.agent.id < b.seat.agent.id;
  return a.idle < b.idle;
}

/** The seat that is asked first for these skills (`most-skilled` goes by all of them). */
export function firstOf(seats: readonly Seat[], skills: readonly Asked[]): Seat | undefined {
  let first: Standing | undefined;
  for (const seat of seats) {
    const standing = standingOf(seat, skills[0]?.skill);
    if (seat.queue.settings.strategy === 'most-skilled')
      for (const { skill } of skills.slice(1)) standing.strategy -= seat.agent.levels[skill] ?? 0;
    if (!first || standingBefore(standing, first)) first = standing;
  }
  return first?.seat;
}
