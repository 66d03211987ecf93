import { ALL_TIERS } from './crowd.core.ts';
import { channelBit } from './fit.core.ts';
import { IndexedHeap } from './heap.core.ts';
import { itemBefore } from './order.core.ts';
import type { Ask, ItemRecord, Lane, Seat, Shelf } from './records.core.ts';
import { asksAfter } from './schedule.core.ts';
import type { Asked } from './skills.core.ts';

/**
 * Where work waits. A lane is there while something waits in it: all that asks for the same skills at the same levels,
 * of the same tiers. A shelf is there since something first asked for its skills, at whatever levels; every seat knows
 * the shelves whose skills its agent has. So a freed agent looks at nothing that asks for a skill it has not.
 */

/** What is needed to know what an item asks for. */
export type Asker = Pick<ItemRecord, 'item' | 'queue' | 'arrivedAt' | 'queuedAt' | 'declined'>;

export function asksOf(item: Asker, now: number): Ask {
  const { queue } = item;
  const { channel } = item.item;
  const holder = heldFor(item, now);
  const { skills, tier } =
    holder === undefined ? asksAfter(item, now - item.queuedAt) : { skills: [], tier: ALL_TIERS };
  const asked: Asked[] = [];
  const levels: number[] = [];
  for (const [id, level] of skills) {
    const skill = queue.skillNumbers.of(id);
    asked.push({ id, skill, level });
    levels.push(skill, level);
  }
  const bit = channelBit(channel);
  return { queue, channel, channelBit: bit, skills: asked, levels, tier, heldFor: holder };
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
  if (tier > ask.tier) return false;
  const has = agent.levels;
  const { levels } = ask;
  for (let i = 0; i < levels.length; i += 2)
    if ((has[levels[i] as number] ?? 0) < (levels[i + 1] as number)) return false;
  return true;
}

/** The lane in which the work that asks this waits; one that nothing waits in is not known yet. */
export function laneFor(ask: Ask): Lane {
  const { queue, channel, channelBit, skills, levels, tier, heldFor } = ask;
  let key = heldFor === undefined ? `${channel}/${tier}` : `${channel} ${heldFor}`;
  for (const { skill, level } of skills) key += `/${skill}=${level}`;
  return (
    queue.lanes.get(key) ?? {
      queue,
      channel,
      channelBit,
      skills,
      levels,
      tier,
      heldFor,
      key,
      waiting: new IndexedHeap(itemBefore),
      first: undefined,
      shelf: heldFor === undefined ? shelfFor(ask) : undefined,
      place: -1,
    }
  );
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

/** Puts the lane on its shelf where its first item belongs. */
function stand(lane: Lane): void {
  const first = lane.waiting.peek();
  if (lane.first === first) return;
  const { shelf, queue } = lane;
  shelf?.lanes.remove(lane);
  lane.first = first;
  if (!shelf) return;
  if (first) shelf.lanes.add(lane);
  queue.tops[shelf.number] = shelf.lanes.peek()?.first?.base ?? Number.NEGATIVE_INFINITY;
}

/** The first item that this agent may take, of what waits on the seat's shelves for these channels. */
export function firstOnShelves(seat: Seat, channels: number): ItemRecord | undefined {
  const { shelfList, tops, lanes } = seat.queue;
  if (lanes.size === 0) return undefined;
  let best: Lane | undefined;
  let top = -Number.MAX_VALUE; // above that of an empty shelf
  for (const number of seat.shelves) {
    if ((tops[number] as number) < top) continue;
    const shelf = shelfList[number] as Shelf;
    if ((shelf.channelBit & channels) === 0) continue;
    best = shelf.lanes.first(mayTake, seat, best);
    top = best?.first?.base ?? top;
  }
  return best?.first;
}

const mayTake = (lane: Lane, seat: Seat): boolean => belongs(seat, lane);

/** The numbers of those of its queue that ask for nothing but what this agent has. */
export function shelvesOf({ agent, queue }: Pick<Seat, 'agent' | 'queue'>): number[] {
  const { levels } = agent;
  const known = queue.shelfList.filter(({ skills }) => skills.every((skill) => (levels[skill] ?? 0) > 0));
  return known.map(({ number }) => number);
}

/** Made, and shown to those who have the skills, when nothing asked for them before. */
function shelfFor({ queue, channelBit, skills }: Ask): Shelf {
  let key = String(channelBit);
  for (const { skill } of skills) key += `/${skill}`;
  const known = queue.shelves.get(key);
  if (known) return known;
  const shelf: Shelf = {
    number: queue.shelfList.length,
    channelBit,
    skills: skills.map(({ skill }) => skill),
    lanes: new IndexedHeap(laneBefore),
  };
  queue.shelves.set(key, shelf);
  queue.shelfList.push(shelf);
  queue.tops.push(Number.NEGATIVE_INFINITY);
  for (const number of queue.crowd.having(shelf.skills)) queue.numbered[number]?.shelves.push(shelf.number);
  return shelf;
}

/** By what waits first in them; a lane that stands on a shelf is not empty. */
const laneBefore = (a: Lane, b: Lane): boolean => itemBefore(a.first as ItemRecord, b.first as ItemRecord);
