import type { OverflowWhen } from '#shared/model/routing.ts';
import type { WorkEnd } from '#shared/model/states.ts';
import type { Agents } from './agents.core.ts';
import type { RestoredHand, RestoredItem, RoutingEvent } from './events.core.ts';
import { expectedWait } from './ewt.core.ts';
import { channelBit, takes } from './fit.core.ts';
import type { Floor } from './floor.core.ts';
import { asksOf, heldFor, laneFor } from './lanes.core.ts';
import type { Offers } from './offers.core.ts';
import { bestFirst } from './order.core.ts';
import type { Overflow, Route } from './overflow.core.ts';
import type { AgentRecord, Hand, ItemRecord, QueueRecord } from './records.core.ts';
import { nextChange } from './schedule.core.ts';
import { DIRECT } from './settings.core.ts';
import { lastWords, type Turn, timerKey, workIds } from './turn.core.ts';
import type { NewWorkItem } from './types.ts';

/**
 * What becomes of one item:
 *
 *                                  +------ transferred -----------+
 *                                  v                              |
 *   arrived --> (overflow) --> waiting --- offer ---> offered -- accept --> in-hands -- work ended --> ended
 *                  |            ^  | |                 |  |                    |                         ^
 *                  |            |  | +-- not taken ----+  |                    |                         |
 *                  |            +--+ moved, called back,  |                    |                         |
 *                  |               ring, tier, boost      |                    |                         |
 *                  +--- to a flow or voicemail -----------+--- withdrawn ------+-------------------------+
 */
export class Items {
  readonly #floor: Floor;
  readonly #agents: Agents;
  readonly #offers: Offers;
  readonly #overflow: Overflow;

  constructor(floor: Floor, agents: Agents, offers: Offers, overflow: Overflow) {
    this.#floor = floor;
    this.#agents = agents;
    this.#offers = offers;
    this.#overflow = overflow;
  }

  arrive(turn: Turn, item: NewWorkItem): void {
    const queue = this.#floor.queues.get(item.queueId);
    if (!queue) turn.refuse('queue.unknown', 'no such queue', item.queueId);
    else if (this.#floor.items.has(item.id))
      turn.refuse('conflict', 'this work has arrived already', 'duplicate');
    else if (item.onlyAgent !== undefined) this.#arriveFor(turn, item, queue, item.onlyAgent);
    else if (queue.settings.id === DIRECT)
      turn.refuse('bad-request', 'direct work names its agent', 'no-agent');
    else {
      const route = this.#overflow.enter({ item }, queue, turn.now);
      if (route.refused) {
        refuseEntry(turn, route.refused, queue);
        return;
      }
      const record = this.#floor.addItem(item, queue, turn.now);
      record.ewtMs = expectedWait(route.moves.at(-1)?.to ?? queue, channelBit(item.channel));
      this.#arrived(turn, record);
      if (this.#follow(turn, record, route)) turn.items.push(record);
    }
  }

  #arriveFor(turn: Turn, item: NewWorkItem, queue: QueueRecord, agentId: string): void {
    const agent = this.#floor.agents.get(agentId);
    const why = whyNot(agent, channelBit(item.channel));
    if (!agent || why) {
      turn.refuse('conflict', 'this agent cannot take it now', why ?? 'unavailable');
      return;
    }
    const record = this.#floor.addItem(item, queue, turn.now);
    this.#arrived(turn, record);
    this.#offers.make(turn, record, agent, 'only-agent', 1);
  }

  #arrived(turn: Turn, record: ItemRecord): void {
    const { id, channel, priority, skills, preferred, dueAt, boost, attributes } = record.item;
    const asks = { skills, preferred, dueAt, boost };
    turn.fact(
      {
        type: 'work.arrived',
        ...workIds(record),
        channel,
        priority,
        ...(record.ewtMs === undefined ? {} : { ewtMs: record.ewtMs }),
        ...(Object.values(asks).some((value) => value !== undefined) ? { asks } : {}),
      },
      attributes && { itemId: id, attributes },
    );
  }

  /** Back where it stood before a restart: no overflow, no fact, its own arrival. */
  restore(turn: Turn, restored: RestoredItem): void {
    const { item } = restored;
    const queue = this.#floor.queues.get(item.queueId);
    if (!queue) turn.refuse('queue.unknown', 'no such queue', item.queueId);
    else if (this.#floor.items.has(item.id))
      turn.refuse('conflict', 'this work has arrived already', 'duplicate');
    else if (item.onlyAgent !== undefined || queue.settings.id === DIRECT)
      turn.refuse('conflict', 'work for one agent alone does not wait', 'only-agent');
    else {
      const record = this.#restored(restored, queue);
      // What is restored has not passed the rules of entry, of which this one may be due at once.
      const route = queue.signedIn === 0 ? this.#overflow.leave(record, 'no-agents', turn.now) : undefined;
      if (!route || this.#follow(turn, record, route)) turn.items.push(record);
    }
  }

  #restored(restored: RestoredItem, queue: QueueRecord): ItemRecord {
    const { item, arrivedAt, queuedAt, ewtMs, declined = [], visited = [] } = restored;
    const record = this.#floor.addItem(item, queue, arrivedAt, queuedAt);
    record.ewtMs = ewtMs;
    if (declined.length > 0) record.declined = new Set(declined);
    if (visited.length > 0) record.visited = new Set(visited);
    return record;
  }

  /** What an agent had in hand before a restart. The caller settles the agent. */
  restoreHand(turn: Turn, agent: AgentRecord, { hand, item }: RestoredHand): Hand {
    const queue = this.#floor.queues.get(hand.queueId);
    const record = item && queue && this.#restored(item, queue);
    if (record) {
      record.state = 'in-hands';
      record.agent = agent;
    }
    const { wrapUp } = hand;
    const restored: Hand = {
      itemId: hand.itemId,
      interactionId: hand.interactionId,
      channel: hand.channel,
      channelBit: channelBit(hand.channel),
      item: record,
      queueId: hand.queueId,
      takenAt: hand.since,
      since: hand.since,
      wrapUp: wrapUp && { ...wrapUp, extendMs: queue?.settings.wrapUp.extendMs ?? 0 },
    };
    this.#agents.expireWrapUp(turn, agent, restored);
    return restored;
  }

  /** Carries out a route. False: the item is no longer here. */
  #follow(turn: Turn, item: ItemRecord, { moves, out }: Route): boolean {
    for (const { to, why } of moves) this.#move(turn, item, to, why);
    if (!out) return true;
    this.#end(turn, item, 'overflowed');
    turn.effects.push({ type: 'item-overflowed', itemId: item.item.id, to: out });
    return false;
  }

  #move(
    turn: Turn,
    item: ItemRecord,
    to: QueueRecord,
    why: OverflowWhen | 'moved' | 'transferred',
    by?: string,
  ): void {
    const from = item.queue.settings.id;
    this.#floor.move(item, to, turn.now);
    turn.fact({ type: 'work.moved', ...workIds(item), from, why, ...(by === undefined ? {} : { by }) });
    turn.effects.push({ type: 'item-moved', itemId: item.item.id, queueId: to.settings.id });
  }

  /** At the end of a turn: somebody takes it, a rule sends it away, or it waits. */
  place(turn: Turn, item: ItemRecord): void {
    this.#takeOut(turn, item); // one that was held has its timer still
    const route = this.#overflow.leave(item, 'waited', turn.now);
    if (route) {
      if (this.#follow(turn, item, route)) turn.items.push(item); // the next queue has rules of its own
      return;
    }
    const { preferred } = item.item;
    if (preferred && preferred.holdMs > 0 && heldFor(item, turn.now) === undefined) {
      item.item = { ...item.item, preferred: { ...preferred, holdMs: 0 } }; // once over, a hold does not begin again
      if (turn.now < item.arrivedAt + preferred.holdMs) turn.fact({ type: 'work.unheld', ...workIds(item) });
    }
    const ask = asksOf(item, turn.now);
    if (this.#offers.matchItem(turn, item, ask)) return;
    this.#floor.wait(item, laneFor(ask));
    item.changesAt = nextChange(item, turn.now);
    if (item.changesAt !== undefined) {
      const event = { type: 'item.due', itemId: item.item.id, at: item.changesAt } as const;
      turn.timer(timerKey.item(item.item.id), item.changesAt, event);
    }
    if (item.queue.signedIn === 0) this.watchEmpty(turn, item.queue);
  }

  /** A ring, a tier, the end of a hold or an overflow is due. */
  due(turn: Turn, itemId: string, at: number): void {
    const item = this.#floor.items.get(itemId);
    if (item?.changesAt !== at || item.state !== 'waiting') return;
    this.#takeOut(turn, item, false);
    turn.items.push(item);
  }

  /** Out of the place it waits in, for a new one. */
  #takeOut(turn: Turn, item: ItemRecord, cancel = true): void {
    this.#floor.unwait(item);
    if (item.changesAt !== undefined && cancel) turn.cancel(timerKey.item(item.item.id));
    item.changesAt = undefined;
  }

  /** What waits in this queue is looked at again: its settings are new. */
  reconsider(turn: Turn, queue: QueueRecord, closing: boolean): void {
    for (const { item } of this.#floor.offers.values()) if (item.queue === queue) this.#floor.weigh(item);
    for (const item of bestFirst(queue.waiting, turn.now)) {
      this.#takeOut(turn, item);
      this.#floor.weigh(item);
      const route = closing ? this.#overflow.leave(item, 'closed', turn.now) : undefined;
      if (!route || this.#follow(turn, item, route)) turn.items.push(item);
    }
  }

  /** Runs the clock of the `no-agents` rule while work waits and nobody is signed in. */
  watchEmpty(turn: Turn, queue: QueueRecord): void {
    if (queue.signedIn > 0 || queue.waiting.size === 0 || queue.emptyAt !== undefined) return;
    this.#wakeEmpty(turn, queue);
  }

  /** When the next of its rules is due; those that are were tried by whatever waits, on entering or by `leaveEmpty`. */
  #wakeEmpty(turn: Turn, queue: QueueRecord): void {
    let at = Number.POSITIVE_INFINITY;
    for (const { when, value } of queue.settings.overflow)
      if (when === 'no-agents' && queue.emptySince + value > turn.now)
        at = Math.min(at, queue.emptySince + value);
    if (at === Number.POSITIVE_INFINITY) return;
    queue.emptyAt = at;
    const queueId = queue.settings.id;
    turn.timer(timerKey.noAgents(queueId), at, { type: 'no-agents.due', queueId, at });
  }

  noAgentsDue(turn: Turn, queueId: string, at: number): void {
    const queue = this.#floor.queues.get(queueId);
    if (queue?.emptyAt !== at) return;
    queue.emptyAt = undefined;
    this.leaveEmpty(turn, queue);
    this.watchEmpty(turn, queue);
  }

  /** What waits where nobody is signed in goes where the rules that are due send it. */
  leaveEmpty(turn: Turn, queue: QueueRecord): void {
    if (queue.signedIn > 0 || !queue.settings.overflow.some(({ when }) => when === 'no-agents')) return;
    for (const item of bestFirst(queue.waiting, turn.now)) {
      const route = this.#overflow.leave(item, 'no-agents', turn.now);
      if (!route) continue;
      this.#takeOut(turn, item);
      if (this.#follow(turn, item, route)) turn.items.push(item);
    }
  }

  withdraw(turn: Turn, itemId: string, end: WorkEnd): void {
    const item = this.#floor.items.get(itemId);
    if (!item) return;
    if (item.state === 'in-hands') this.workEnded(turn, item, end);
    else {
      this.#offers.revokeAll(turn, item);
      this.#takeOut(turn, item);
      this.#end(turn, item, end);
    }
  }

  workEnded(turn: Turn, item: ItemRecord | undefined, end: WorkEnd): void {
    if (item?.state !== 'in-hands' || !item.agent) return;
    const { agent } = item;
    this.#end(turn, item, end, { agentId: agent.id });
    this.#agents.workOver(turn, agent, item);
  }

  #end(turn: Turn, item: ItemRecord, end: WorkEnd, who: { agentId?: string } = {}): void {
    this.#floor.forget(item);
    turn.fact({ type: 'work.ended', ...workIds(item), end, ...who }, lastWords(item));
  }

  /** To another queue: moved while it waits or is offered, transferred out of an agent's hands. */
  moveTo(turn: Turn, itemId: string, queueId: string, by: string | undefined): void {
    const item = this.#floor.items.get(itemId);
    const queue = queueId === DIRECT ? undefined : this.#floor.queues.get(queueId);
    if (!item) turn.refuse('work.unknown', 'this work is not here any more', itemId);
    else if (!queue) turn.refuse('queue.unknown', 'no such queue', queueId);
    else if (item.item.onlyAgent !== undefined && item.state !== 'in-hands')
      turn.refuse('conflict', 'this work is for one agent alone', 'only-agent');
    else {
      const route = this.#overflow.enter(item, queue, turn.now);
      if (route.refused) {
        refuseEntry(turn, route.refused, queue);
        return;
      }
      const { agent } = item;
      if (agent) {
        this.#agents.workOver(turn, agent, item);
        item.declined = (item.declined ?? new Set()).add(agent.id); // it has just given it away
        item.state = 'waiting';
        const { onlyAgent: _, ...work } = item.item;
        item.item = work;
      } else {
        this.#offers.revokeAll(turn, item);
        this.#takeOut(turn, item);
        item.state = 'waiting';
      }
      this.#move(turn, item, queue, agent ? 'transferred' : 'moved', by);
      item.visited = undefined; // people may send work where rules may not
      if (this.#follow(turn, item, route)) turn.items.push(item);
    }
  }

  boost(turn: Turn, itemId: string, boost: number, by: string | undefined): void {
    const item = this.#floor.items.get(itemId);
    if (!item) {
      turn.refuse('work.unknown', 'this work is not here any more', itemId);
      return;
    }
    if (item.boost === boost) return;
    const waits = item.state === 'waiting';
    this.#takeOut(turn, item);
    item.boost = boost;
    this.#floor.weigh(item);
    turn.fact({ type: 'work.boosted', ...workIds(item), boost, ...(by === undefined ? {} : { by }) });
    if (waits) turn.items.push(item);
  }

  /** The caller hung up and is to be called back in turn: another channel, the same place. */
  callBack(turn: Turn, event: Extract<RoutingEvent, { type: 'item.called-back' }>): void {
    const { itemId, attributes } = event;
    const item = this.#floor.items.get(itemId);
    if (!item) turn.refuse('work.unknown', 'this work is not here any more', itemId);
    else if (item.state === 'in-hands' || item.item.channel !== 'call' || item.item.onlyAgent !== undefined)
      turn.refuse('conflict', 'only a waiting call can become a callback', item.state);
    else {
      this.#offers.revokeAll(turn, item);
      this.#takeOut(turn, item);
      item.state = 'waiting';
      const { interactionId } = item.item;
      item.item = {
        ...item.item,
        channel: 'callback',
        interactionId: event.interactionId ?? interactionId,
        ...(attributes ? { attributes: { ...item.item.attributes, ...attributes } } : {}),
      };
      const words = attributes && { itemId, attributes: item.item.attributes };
      turn.fact({ type: 'work.called-back', ...workIds(item) }, words);
      turn.items.push(item);
    }
  }
}

function refuseEntry(turn: Turn, code: NonNullable<Route['refused']>, { settings }: QueueRecord): void {
  const closed = code === 'queue.closed';
  turn.refuse(code, closed ? 'this queue is closed now' : 'this queue is full', settings.id);
}

/** Why work for this agent alone cannot be offered to it now. */
function whyNot(agent: AgentRecord | undefined, bit: number): 'busy' | 'unavailable' | undefined {
  if (!agent || agent.removed || agent.state === 'offline') return 'unavailable';
  if (agent.offer || agent.hands.length > 0) return (takes(agent) & bit) === 0 ? 'busy' : undefined;
  return (takes(agent) & bit) === 0 ? 'unavailable' : undefined;
}
