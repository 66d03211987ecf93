import type { Channel } from '#shared/model/states.ts';
import { channelBit } from './fit.core.ts';
import { IndexedHeap } from './heap.core.ts';
import { firstOf, itemBefore, standingOf } from './order.core.ts';
import { newReady } from './ready.core.ts';
import type { Ask, ItemRecord, Lane, Pool, QueueRecord, ReadyOrder, Seat, Standing } from './records.core.ts';
import { ALL_TIERS, asksAfter } from './schedule.core.ts';
import { type Asked, skillBit } from './skills.core.ts';

/**
 * Where agents and work meet. A lane is there while something waits in it. Pools stay: one for each channel of a queue
 * and each skill ever asked for in it, and one for work that asks for none. In a pool
 *
 * - every agent with that skill, at whatever level, stands ready while it is free;
 * - each of its lanes waits; a lane is in the least crowded pool of the skills it asks for.
 *
 * So an agent is in as many pools as it has skills, however many combinations of skills and levels are asked for.
 */

/** What is needed to know what an item asks for. */
export type Asker = Pick<ItemRecord, 'item' | 'queue' | 'arrivedAt' | 'queuedAt' | 'declined'>;

const NO_SKILLS: readonly Asked[] = [];
const NO_LEVELS: readonly number[] = [];

export function asksOf(item: Asker, now: number): Ask {
  const { queue } = item;
  const { channel } = item.item;
  const nothing = { queue, channel, skills: NO_SKILLS, levels: NO_LEVELS, skillBits: 0 };
  const holder = heldFor(item, now);
  if (holder !== undefined) return { ...nothing, tier: ALL_TIERS, heldFor: holder };
  const { skills, tier } = asksAfter(item, now - item.queuedAt);
  if (skills.length === 0) return { ...nothing, tier, heldFor: undefined };
  const asked: Asked[] = [];
  const levels: number[] = [];
  let skillBits = 0;
  for (const [id, level] of skills) {
    const skill = queue.skillNumbers.of(id);
    asked.push({ id, skill, level });
    levels.push(skill, level);
    skillBits |= skillBit(skill);
  }
  return { queue, channel, skills: asked, levels, skillBits, tier, heldFor: undefined };
}

/** The agent this item is kept for at `now`: only one that serves the queue and is signed in is waited for. */
export function heldFor({ item, queue, arrivedAt, declined }: Asker, now: number): string | undefined {
  const { preferred } = item;
  if (!preferred || now >= arrivedAt + preferred.holdMs || declined?.has(preferred.agentId)) return undefined;
  const agent = queue.seats.get(preferred.agentId)?.agent;
  return agent && agent.state !== 'offline' ? agent.id : undefined;
}

/** May this agent take what is asked for here, when it is free? The preferred agent needs neither skill nor tier. */
export function belongs({ agent, tier }: Seat, ask: Ask): boolean {
  if (ask.heldFor !== undefined) return agent.id === ask.heldFor;
  if (tier > ask.tier || (ask.skillBits & ~agent.skillBits) !== 0) return false;
  const has = agent.levels;
  const { levels } = ask;
  for (let i = 0; i < levels.length; i += 2)
    if ((has[levels[i] as number] ?? 0) < (levels[i + 1] as number)) return false;
  return true;
}

/** The number in “of 12 who could take it” is worth a look at so many, for each offer. */
const MOST_COUNTED = 50;

/** Those who stand ready at this instant for what is asked: among the fewest who have one of the skills. */
export class Ready {
  readonly #ask: Ask;
  readonly #crowd: ReadyOrder;

  constructor(ask: Ask) {
    this.#ask = ask;
    const { queue, channel, heldFor, skills } = ask;
    if (heldFor !== undefined) {
      this.#crowd = newReady('longest-idle');
      const seat = queue.seats.get(heldFor);
      if (seat && isReady(seat, channelBit(channel))) this.#crowd.add(standingOf(seat, undefined));
      return;
    }
    let crowd = poolOf(queue, channel, skills[0]).ready;
    for (let i = 1; i < skills.length; i++) {
      const { ready } = poolOf(queue, channel, skills[i]);
      if (ready.size < crowd.size) crowd = ready;
    }
    this.#crowd = crowd;
  }

  get any(): boolean {
    return this.#crowd.first(mayTake, this.#ask) !== undefined;
  }

  has(seat: Seat): boolean {
    return isReady(seat, channelBit(this.#ask.channel)) && belongs(seat, this.#ask);
  }

  /** How many there are; null when too many stand ready to look at each. */
  get count(): number | null {
    const { skills, tier, heldFor } = this.#ask;
    const { size } = this.#crowd;
    if (skills.length === 0 && tier === ALL_TIERS && heldFor === undefined) return size;
    return size > MOST_COUNTED ? null : this.#crowd.count(mayTake, this.#ask);
  }

  /** The first of them, in the order of the queue's strategy, whom `wanted` lets pass. */
  first(wanted?: (seat: Seat) => boolean): Seat | undefined {
    const ask = this.#ask;
    // A pool knows the levels of one skill only.
    if (ask.skills.length > 1 && ask.queue.settings.strategy === 'most-skilled')
      return firstOf(wanted ? this.seats().filter(wanted) : this.seats(), ask.skills);
    if (!wanted) return this.#crowd.first(mayTake, ask)?.seat;
    return this.#crowd.first(({ seat }) => belongs(seat, ask) && wanted(seat), ask)?.seat;
  }

  /** All of them, in no order to rely on. */
  seats(): Seat[] {
    const all = this.#crowd.values().map(({ seat }) => seat);
    return all.filter((seat) => belongs(seat, this.#ask));
  }
}

const mayTake = ({ seat }: Standing, ask: Ask): boolean => belongs(seat, ask);

const isReady = ({ agent, retryUntil }: Seat, bit: number): boolean =>
  (agent.ready & bit) !== 0 && retryUntil === undefined;

/** The lane in which the work that asks this waits; one that nothing waits in is not known yet. */
export function laneFor(ask: Ask): Lane {
  const { queue, channel, skills, levels, skillBits, tier, heldFor } = ask;
  let key = heldFor === undefined ? `${channel}/${tier}` : `${channel} ${heldFor}`;
  for (const { skill, level } of skills) key += `/${skill}=${level}`;
  const known = queue.lanes.get(key);
  if (known) return known;
  let pool: Pool | undefined;
  if (heldFor === undefined) {
    pool = poolOf(queue, channel, skills[0]);
    for (let i = 1; i < skills.length; i++) {
      const other = poolOf(queue, channel, skills[i]);
      if (other.lanes.size < pool.lanes.size) pool = other;
    }
  }
  return {
    queue,
    channel,
    skills,
    levels,
    skillBits,
    tier,
    heldFor,
    key,
    waiting: new IndexedHeap(itemBefore),
    first: undefined,
    pool,
    place: -1,
  };
}

/** The item waits in this lane from now on; its first item makes the lane known. */
export function enter(lane: Lane, item: ItemRecord): void {
  const { key, queue, waiting } = lane;
  if (waiting.size === 0) {
    queue.lanes.set(key, lane);
    if (lane.heldFor !== undefined) queue.seats.get(lane.heldFor)?.held.push(lane);
  }
  waiting.add(item);
  stand(lane);
}

/** The item waits no longer; the lane is forgotten with its last one. */
export function leave(lane: Lane, item: ItemRecord): void {
  const { key, queue, waiting } = lane;
  waiting.remove(item);
  stand(lane);
  if (waiting.size > 0) return;
  queue.lanes.delete(key);
  const seat = lane.heldFor === undefined ? undefined : queue.seats.get(lane.heldFor);
  if (seat) seat.held = seat.held.filter((other) => other !== lane);
}

/** Puts the lane where its first item belongs. */
function stand(lane: Lane): void {
  const first = lane.waiting.peek();
  if (lane.first === first) return;
  lane.pool?.lanes.remove(lane);
  lane.first = first;
  if (first) lane.pool?.lanes.add(lane);
}

/** The queue's strategy is a new one. Nobody may stand ready in it. */
export function reorder(queue: QueueRecord): void {
  for (const pool of queue.pools.values()) pool.ready = newReady(queue.settings.strategy);
}

/** The pools of its queue in which this agent stands when it is free. */
export function standingsOf(seat: Seat): Seat['standings'] {
  const standings: { pool: Pool; standing: Standing }[] = [];
  for (const pool of seat.queue.pools.values())
    if (has(seat, pool)) standings.push({ pool, standing: standingOf(seat, pool.skill) });
  return standings;
}

const has = ({ agent }: Seat, { skill }: Pool): boolean =>
  skill === undefined || (agent.levels[skill] ?? 0) > 0;

/** The pool of this skill; of everybody without one. Made, with those who have it, when nothing asked for it before. */
function poolOf(queue: QueueRecord, channel: Channel, asked: Asked | undefined): Pool {
  const bit = channelBit(channel);
  const key = bit * 2 ** 20 + (asked ? asked.skill + 1 : 0);
  const known = queue.pools.get(key);
  if (known) return known;
  const pool: Pool = {
    bit,
    skill: asked?.skill,
    ready: newReady(queue.settings.strategy),
    lanes: new IndexedHeap(laneBefore),
  };
  queue.pools.set(key, pool);
  for (const seat of queue.seats.values()) {
    if (!has(seat, pool)) continue;
    const standing = standingOf(seat, pool.skill);
    seat.standings.push({ pool, standing });
    if (isReady(seat, bit)) pool.ready.add(standing);
  }
  return pool;
}

/** By what waits first in them; a lane that stands in a pool is not empty. */
const laneBefore = (a: Lane, b: Lane): boolean => itemBefore(a.first as ItemRecord, b.first as ItemRecord);
