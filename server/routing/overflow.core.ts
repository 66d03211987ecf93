import type { ErrorCode } from '#shared/contract/index.ts';
import type { OverflowRule, OverflowTarget, OverflowWhen } from '#shared/model/routing.ts';
import type { Channel } from '#shared/model/states.ts';
import { expectedWait } from './ewt.core.ts';
import { channelBit } from './fit.core.ts';
import type { Floor } from './floor.core.ts';
import type { Openings } from './hours.core.ts';
import { asksOf } from './lanes.core.ts';
import { Ready } from './ready.core.ts';
import type { ItemRecord, QueueRecord } from './records.core.ts';

/** Where work ends up: in a queue after so many moves, out of routing, or refused by its first queue. */
export type Route =
  | { readonly moves: readonly Move[]; readonly out?: undefined; readonly refused?: undefined }
  | { readonly moves: readonly Move[]; readonly out: OverflowTarget; readonly refused?: undefined }
  | { readonly moves: readonly Move[]; readonly out?: undefined; readonly refused: ErrorCode };
export interface Move {
  readonly to: QueueRecord;
  readonly why: OverflowWhen;
}

/** Somebody waits on the line: closed and full queues refuse only these. Other work can wait for the opening. */
const LIVE: ReadonlySet<Channel> = new Set<Channel>(['call', 'chat']);

/** Decides where work goes when its queue may not or does not want to keep it. Changes nothing. */
export class Overflow {
  readonly #floor: Floor;
  readonly #openings: Openings;

  constructor(floor: Floor, openings: Openings) {
    this.#floor = floor;
    this.#openings = openings;
  }

  open({ settings }: QueueRecord, now: number): boolean {
    return !settings.closed && (settings.hours === null || this.#openings.open(settings.hours, now));
  }

  /**
   * For work that comes to `queue`: the first rule that applies and whose target takes it; without one it stays, or is
   * refused when the queue is closed or full. A queue the work was in before, or met on this way, is no target.
   */
  enter(item: Subject, queue: QueueRecord, now: number, met = new Set<string>()): Route {
    const live = LIVE.has(item.item.channel);
    const isOpen = !live || this.open(queue, now);
    const { maxWaiting, overflow } = queue.settings;
    const full =
      live && maxWaiting !== null && inQueue(queue) >= maxWaiting && !takenAtOnce(item, queue, now);
    const bit = channelBit(item.item.channel);
    const due = overflow.filter((rule) => this.#appliesOnEntry(rule, queue, bit, isOpen, now));
    const route = this.#first(item, due, queue, now, met);
    if (route) return route;
    if (!isOpen) return { moves: [], refused: 'queue.closed' };
    return full ? { moves: [], refused: 'queue.full' } : { moves: [] };
  }

  /** For work that waits: where rules of these kinds send it; undefined when it stays. */
  leave(item: ItemRecord, when: OverflowWhen, now: number): Route | undefined {
    const { queue } = item;
    if (when === 'closed' && !LIVE.has(item.item.channel)) return undefined;
    const sofar = now - (when === 'no-agents' ? queue.emptySince : item.queuedAt);
    const rules = queue.settings.overflow.filter(
      (rule) => rule.when === when && (when === 'closed' || sofar >= rule.value),
    );
    return rules.length === 0 ? undefined : this.#first(item, rules, queue, now, new Set(item.visited));
  }

  #appliesOnEntry(
    { when, value }: OverflowRule,
    queue: QueueRecord,
    channelBit: number,
    isOpen: boolean,
    now: number,
  ): boolean {
    switch (when) {
      case 'closed':
        return !isOpen;
      case 'length':
        return inQueue(queue) >= value;
      case 'ewt':
        return (expectedWait(queue, channelBit) ?? 0) >= Math.max(1, value);
      case 'no-agents':
        return queue.signedIn === 0 && now - queue.emptySince >= value;
      case 'waited':
        return false; // it has not waited here yet
    }
  }

  #first(
    item: Subject,
    rules: readonly OverflowRule[],
    from: QueueRecord,
    now: number,
    met: Set<string>,
  ): Route | undefined {
    met.add(from.settings.id); // for the whole search: what led nowhere once leads nowhere by another way
    for (const { when, to } of rules) {
      if (to.kind !== 'queue') {
        if (item.item.channel === 'call') return { moves: [], out: to };
        continue;
      }
      const queue = this.#floor.queues.get(to.queueId);
      if (!queue || met.has(to.queueId)) continue;
      const rest = this.enter(item, queue, now, met);
      if (rest.refused) continue;
      return { ...rest, moves: [{ to: queue, why: when }, ...rest.moves] };
    }
    return undefined;
  }
}

/** An item, or work that is none yet. */
type Subject = Pick<ItemRecord, 'item'> & Partial<Pick<ItemRecord, 'arrivedAt' | 'declined'>>;

const inQueue = ({ waiting, coming }: QueueRecord): number => waiting.size + coming;

/**
 * Whoever is taken at once waits nowhere, and a queue that is full of others is not too full for it. Those who came
 * before it in this turn may each take an agent.
 */
function takenAtOnce({ item, arrivedAt, declined }: Subject, queue: QueueRecord, now: number): boolean {
  const ask = asksOf({ item, queue, arrivedAt: arrivedAt ?? now, queuedAt: now, declined }, now);
  return new Ready(ask).find().count > queue.coming;
}
