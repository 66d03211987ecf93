import type { Channel } from '#shared/model/states.ts';
import { channelBit } from './fit.core.ts';
import { IndexedHeap } from './heap.core.ts';
import { itemBefore, seatBefore } from './order.core.ts';
import type { ItemRecord, Lane, QueueRecord, Seat } from './records.core.ts';
import { ALL_TIERS, asksAfter } from './schedule.core.ts';

/**
 * A lane is there while something waits in it. Agents meet lanes in pools, which stay: one for each channel of a queue
 * and each skill ever asked for in it, and one for work that asks for none. In a pool
 *
 * - every agent with that skill, at whatever level, stands ready while it is free;
 * - the first item of each of its lanes waits; a lane is in the least crowded pool of the skills it asks for.
 *
 * So an agent is in as many pools as it has skills, however many combinations of skills and levels are asked for.
 * `QueueRecord.lanes` and `Seat.lanes` hold the pools, and the lanes held for one agent.
 */
interface Pool extends Lane {
  /** By key. */
  readonly lanes: Map<string, PooledLane>;
}

interface PooledLane extends Lane {
  /** Undefined for a lane held for one agent. */
  readonly pool: Pool | undefined;
  ready: IndexedHeap<Seat>;
}

/** The lane this item belongs in at `now`, with those who stand ready for it at this instant. */
export function laneFor(item: Asker, now: number): Lane {
  const { queue } = item;
  const { channel } = item.item;
  const holder = heldFor(item, now);
  if (holder !== undefined) {
    const key = `${channel} ${holder}`;
    const known = queue.lanes.get(key) as PooledLane | undefined; // made here
    const lane = known ?? newLane(queue, key, channel, [], ALL_TIERS, holder, undefined);
    const seat = queue.seats.get(holder);
    setReady(lane, seat ? [seat] : []);
    return lane;
  }
  const { skills, tier } = asksAfter(item, now - item.queuedAt);
  let key = `${channel}/${tier}`;
  for (const [id, level] of skills) key += `/${id}=${level}`;
  let fewest = poolOf(queue, channel, skills[0]?.[0]);
  let home = fewest;
  let known = home.lanes.get(key);
  for (let i = 1; i < skills.length; i++) {
    const pool = poolOf(queue, channel, skills[i]?.[0]);
    if (pool.ready.size < fewest.ready.size) fewest = pool;
    known ??= pool.lanes.get(key);
    if (pool.lanes.size < home.lanes.size) home = pool;
  }
  const lane = known ?? newLane(queue, key, channel, skills, tier, undefined, home);
  if (skills.length === 0 && tier === ALL_TIERS) lane.ready = fewest.ready;
  else setReady(lane, fewest.ready.values());
  return lane;
}

/** What a lane is chosen by. */
export type Asker = Pick<ItemRecord, 'item' | 'queue' | 'arrivedAt' | 'queuedAt' | 'declined'>;

/** The agent this item is kept for at `now`: only one that serves the queue and is signed in is waited for. */
export function heldFor({ item, queue, arrivedAt, declined }: Asker, now: number): string | undefined {
  const { preferred } = item;
  if (!preferred || now >= arrivedAt + preferred.holdMs || declined?.has(preferred.agentId)) return undefined;
  const agent = queue.seats.get(preferred.agentId)?.agent;
  return agent && agent.state !== 'offline' ? agent.id : undefined;
}

/** May this agent take what is in this lane, when it is free? The preferred agent needs neither skill nor tier. */
export function belongs(seat: Seat, { heldFor, skills, tier }: Lane): boolean {
  if (heldFor !== undefined) return seat.agent.id === heldFor;
  if (seat.tier > tier) return false;
  const has = seat.agent.settings.skills;
  for (const [id, level] of skills) if ((has[id] ?? 0) < level) return false;
  return true;
}

/** The item waits in this lane from now on; its first item makes the lane known. */
export function enter(lane: Lane, item: ItemRecord): void {
  const { pool, key, queue, waiting } = lane as PooledLane; // laneFor makes no other
  const before = waiting.peek();
  waiting.add(item);
  if (!pool) {
    const seat = before || lane.heldFor === undefined ? undefined : queue.seats.get(lane.heldFor);
    queue.lanes.set(key, lane);
    seat?.lanes.push(lane);
    return;
  }
  if (before === undefined) pool.lanes.set(key, lane as PooledLane);
  const first = waiting.peek();
  if (first === before || !first) return;
  if (before) pool.waiting.remove(before);
  pool.waiting.add(first);
}

/** The item waits no longer; the lane is forgotten with its last one. */
export function leave(lane: Lane, item: ItemRecord): void {
  const { pool, key, queue, waiting } = lane as PooledLane;
  waiting.remove(item);
  const first = waiting.peek();
  if (pool?.waiting.remove(item) && first) pool.waiting.add(first);
  if (first) return;
  pool?.lanes.delete(key);
  if (pool) return;
  queue.lanes.delete(key);
  const seat = lane.heldFor === undefined ? undefined : queue.seats.get(lane.heldFor);
  if (seat) seat.lanes = seat.lanes.filter((other) => other !== lane);
}

function newLane(
  queue: QueueRecord,
  key: string,
  channel: Channel,
  skills: Lane['skills'],
  tier: number,
  heldFor: string | undefined,
  pool: Pool | undefined,
): PooledLane {
  const ready = new IndexedHeap(seatBefore({ queue, skills }));
  const waiting = new IndexedHeap(itemBefore);
  return { key, queue, bit: channelBit(channel), skills, tier, heldFor, waiting, ready, pool };
}

function setReady(lane: PooledLane, among: readonly Seat[]): void {
  if (among.length === 0 && lane.ready.size === 0) return;
  const ready = among.filter((seat) => isReady(seat, lane.bit) && belongs(seat, lane));
  lane.ready = new IndexedHeap(seatBefore(lane), ready);
}

const isReady = ({ agent, retryUntil }: Seat, bit: number): boolean =>
  (agent.ready & bit) !== 0 && retryUntil === undefined;

/** The pool of this skill; of everybody without one. Made, with those who have it, when nothing asked for it before. */
function poolOf(queue: QueueRecord, channel: Channel, skill: string | undefined): Pool {
  const key = skill === undefined ? channel : `${channel}/${skill}`;
  const known = queue.lanes.get(key) as Pool | undefined; // made here
  if (known) return known;
  const skills = skill === undefined ? [] : [[skill, 1] as const];
  const lanes = new Map<string, PooledLane>();
  const pool = { ...newLane(queue, key, channel, skills, ALL_TIERS, undefined, undefined), lanes };
  queue.lanes.set(key, pool);
  for (const seat of queue.seats.values()) {
    if (!belongs(seat, pool)) continue;
    seat.lanes.push(pool);
    if (isReady(seat, pool.bit)) pool.ready.add(seat);
  }
  return pool;
}
