import { Agents } from './agents.core.ts';
import type { Choice, Effect, RoutingEvent } from './events.core.ts';
import { explain } from './explain.core.ts';
import { Floor } from './floor.core.ts';
import { Openings } from './hours.core.ts';
import { Items } from './items.core.ts';
import { Offers } from './offers.core.ts';
import { bestFirst } from './order.core.ts';
import { Overflow } from './overflow.core.ts';
import type { ItemRecord } from './records.core.ts';
import { DIRECT, directQueue } from './settings.core.ts';
import { type Serving, stranded } from './stranded.core.ts';
import { Turn, timerKey } from './turn.core.ts';
import type { AgentView, Explanation, QueueSettings, QueueView } from './types.ts';
import { viewAgent, viewQueue } from './views.core.ts';

export interface RoutingCoreOptions {
  /** A fresh id for each offer. */
  readonly newOfferId: () => string;
  /** From 0 up to 1; what the strategy `random` draws. Seeded, so that a replay draws the same. */
  readonly random: () => number;
}

/**
 * Decides who gets what. Synchronous and deterministic: the same events at the same instants, with the same offer ids
 * and draws, give the same effects. Nothing here polls or looks through all items: an event costs O(combinations of
 * skills the agent has), or a few bits for each agent of the queue.
 *
 * `handle` changes what the event says (agents.core.ts, offers.core.ts, items.core.ts draw their states) and then
 * matches: first every agent who became free takes the best of what already waited, then every item that became
 * available goes to the best of those still free. So whoever stands ready has nothing waiting that it could take.
 */
export class RoutingCore {
  readonly #floor: Floor;
  readonly #agents: Agents;
  readonly #offers: Offers;
  readonly #items: Items;
  readonly #openings = new Openings();
  readonly #overflow: Overflow;
  /** Of all turns so far. */
  readonly #rounds = { last: 0 };

  constructor({ newOfferId, random }: RoutingCoreOptions) {
    this.#floor = new Floor(random);
    this.#agents = new Agents(this.#floor);
    this.#offers = new Offers(this.#floor, this.#agents, newOfferId);
    this.#overflow = new Overflow(this.#floor, this.#openings);
    this.#items = new Items(this.#floor, this.#agents, this.#offers, this.#overflow);
    this.#floor.addQueue(directQueue, 0);
  }

  agent(id: string): AgentView | undefined {
    const agent = this.#floor.agents.get(id);
    return agent && viewAgent(agent);
  }

  agents(): AgentView[] {
    return [...this.#floor.agents.values()].map(viewAgent);
  }

  queue(id: string, now: number): QueueView | undefined {
    const queue = this.#floor.queues.get(id);
    return queue && viewQueue(queue, this.#overflow.open(queue, now));
  }

  /** Without the built-in `direct`, where nothing ever waits. */
  queues(now: number): QueueView[] {
    const queues = [...this.#floor.queues.values()].filter((queue) => queue.settings.id !== DIRECT);
    return queues.map((queue) => viewQueue(queue, this.#overflow.open(queue, now)));
  }

  queueSettings(id: string): QueueSettings | undefined {
    return this.#floor.queues.get(id)?.settings;
  }

  /** Of every queue but the built-in `direct`. */
  allQueueSettings(): QueueSettings[] {
    return [...this.#floor.queues.values()].map(({ settings }) => settings).filter(({ id }) => id !== DIRECT);
  }

  explain(itemId: string, now: number): Explanation | undefined {
    const item = this.#floor.items.get(itemId);
    return item && explain(item, now);
  }

  /** The best `limit` items that wait in these queues, best first. */
  waiting(queueIds: readonly string[], limit: number, now: number): Explanation[] {
    return this.#best(queueIds, limit, now).map((item) => explain(item, now));
  }

  /** Queues with work, waiting or offered, that would be left to nobody by this change (R30). */
  strandedBy(serving: ReadonlyMap<string, Serving>, now: number): string[] {
    return stranded([...this.#floor.queues.values()], [...this.#floor.items.values()], serving, now);
  }

  /** All that waits in these queues, best first. */
  waitingIds(queueIds: readonly string[], now: number): string[] {
    return this.#best(queueIds, Number.POSITIVE_INFINITY, now).map(({ item }) => item.id);
  }

  #best(queueIds: readonly string[], limit: number, now: number): ItemRecord[] {
    const waiting = queueIds.flatMap((id) => [...(this.#floor.queues.get(id)?.waiting ?? [])]);
    return bestFirst(waiting, now).slice(0, limit);
  }

  /** Items arrived and not ended. */
  get openItems(): number {
    return this.#floor.items.size;
  }

  /** Takes one event at `now` (ms since the epoch) and says what to do. Legal in every state: a late event does nothing. */
  handle(event: RoutingEvent, now: number): Effect[] {
    const turn = new Turn(now, this.#rounds);
    this.#change(turn, event);
    this.#settle(turn);
    for (const queue of turn.emptied) this.#items.leaveEmpty(turn, queue);
    this.#settle(turn);
    for (const queue of turn.emptied) this.#items.watchEmpty(turn, queue);
    return turn.effects;
  }

  /** Until everybody is matched and everything has its place. */
  #settle(turn: Turn): void {
    const { now } = turn;
    while (turn.agents.length > 0 || turn.items.length > 0) {
      const { agents, items } = turn;
      turn.nextRound();
      if (agents.length > 1) agents.sort((a, b) => a.idleOrder - b.idleOrder);
      this.#offers.matchAgents(turn, agents);
      for (const item of items.length > 1 ? bestFirst(items, now) : items) this.#items.place(turn, item);
    }
  }

  #change(turn: Turn, event: RoutingEvent): void {
    switch (event.type) {
      case 'queue.set':
        this.#setQueue(turn, event.queue);
        break;
      case 'queue.removed':
        this.#removeQueue(turn, event.queueId);
        break;
      case 'hours.set':
        this.#openings.set(event.hours);
        break;
      case 'hours.removed':
        this.#removeHours(turn, event.hoursId);
        break;
      case 'agent.set':
        this.#setAgent(turn, event);
        break;
      case 'agent.removed':
        this.#removeAgent(turn, event.agentId);
        break;
      case 'item.arrived':
        this.#items.arrive(turn, event.item);
        break;
      case 'item.restored':
        this.#items.restore(turn, event);
        break;
      case 'item.withdrawn':
        this.#items.withdraw(turn, event.itemId, event.end);
        break;
      case 'item.called-back':
        this.#items.callBack(turn, event);
        break;
      case 'item.moved':
        this.#items.moveTo(turn, event.itemId, event.queueId, event.by);
        break;
      case 'item.boosted':
        this.#items.boost(turn, event.itemId, event.boost, event.by);
        break;
      case 'item.due':
        this.#items.due(turn, event.itemId, event.at);
        break;
      case 'no-agents.due':
        this.#items.noAgentsDue(turn, event.queueId, event.at);
        break;
      case 'work.ended':
        this.#items.workEnded(turn, this.#floor.items.get(event.itemId), 'completed');
        break;
      case 'offer.accepted':
        this.#offers.accept(turn, event.offerId);
        break;
      case 'offer.declined': {
        const offer = this.#floor.offers.get(event.offerId);
        if (offer) this.#offers.notTaken(turn, offer, event.outcome);
        break;
      }
      case 'offer.expired':
        this.#offers.expired(turn, event.offerId);
        break;
      case 'grace.over': {
        const offer = this.#floor.offers.get(event.offerId);
        if (offer?.agent.graceUntil === event.at) this.#offers.notTaken(turn, offer, 'failed');
        break;
      }
      case 'retry.due':
        this.#offers.retryDue(turn, event.agentId, event.queueId, event.until);
        break;
      case 'wrap-up.finished':
        this.#agents.endWrapUp(turn, event.agentId, event.itemId);
        break;
      case 'wrap-up.extended':
        this.#agents.extendWrapUp(turn, event.agentId, event.itemId);
        break;
      case 'wrap-up.expired':
        this.#agents.endWrapUp(turn, event.agentId, event.itemId, event.deadline);
        break;
      case 'presence.set': {
        const { presence, reason, by } = event;
        this.#setPresence(turn, event.agentId, { presence, reason, by });
        break;
      }
      case 'reachable.set':
        this.#setReachable(turn, event.agentId, event.reachable);
        break;
      case 'counters.reset':
        this.#resetCounters(turn);
        break;
    }
  }

  // ---- settings

  #setQueue(turn: Turn, settings: QueueSettings): void {
    const queue = this.#floor.queues.get(settings.id);
    if (settings.id === DIRECT) turn.refuse('conflict', 'this queue is built in', 'built-in');
    else if (settings.hours !== null && !this.#openings.has(settings.hours))
      turn.refuse('hours.unknown', 'no such opening hours', settings.hours);
    else if (!queue) this.#floor.addQueue(settings, turn.now);
    else {
      for (const { agent } of queue.seats.values()) this.#agents.touch(turn, agent); // their order may be another
      const closing = settings.closed && !queue.settings.closed;
      queue.settings = settings;
      if (queue.emptyAt !== undefined) turn.cancel(timerKey.noAgents(settings.id));
      queue.emptyAt = undefined;
      this.#items.reconsider(turn, queue, closing);
      turn.emptied.push(queue);
    }
  }

  #removeQueue(turn: Turn, id: string): void {
    const queue = this.#floor.queues.get(id);
    if (!queue) return;
    if (id === DIRECT) turn.refuse('conflict', 'this queue is built in', 'built-in');
    else if (queue.open > 0) turn.refuse('conflict', 'this queue still has work', 'not-empty');
    else {
      for (const { agent } of [...queue.seats.values()]) {
        const queues = agent.settings.queues.filter((serves) => serves.queueId !== id);
        this.#agents.join(turn, agent, { ...agent.settings, queues });
      }
      if (queue.emptyAt !== undefined) turn.cancel(timerKey.noAgents(id));
      turn.emptied = turn.emptied.filter((other) => other !== queue);
      this.#floor.queues.delete(id);
    }
  }

  #removeHours(turn: Turn, id: string): void {
    const user = [...this.#floor.queues.values()].find((queue) => queue.settings.hours === id);
    if (user) turn.refuse('routing.in-use', 'a queue has these opening hours', user.settings.id);
    else this.#openings.remove(id);
  }

  #setAgent(turn: Turn, { agent: settings, restored }: Extract<RoutingEvent, { type: 'agent.set' }>): void {
    const unknown = settings.queues.find(
      ({ queueId }) => queueId === DIRECT || !this.#floor.queues.has(queueId),
    );
    if (unknown) {
      turn.refuse('queue.unknown', 'no such queue', unknown.queueId);
      return;
    }
    const known = this.#floor.agents.get(settings.id);
    const hands = known ? [] : (restored?.hands ?? []);
    for (const { hand, item } of hands) {
      if (!item) continue;
      if (!this.#floor.queues.has(hand.queueId)) turn.refuse('queue.unknown', 'no such queue', hand.queueId);
      else if (this.#floor.items.has(hand.itemId))
        turn.refuse('conflict', 'this work has arrived already', 'duplicate');
      else continue;
      return;
    }
    if (known && !known.removed && JSON.stringify(known.settings) === JSON.stringify(settings)) return;
    const agent = known ?? this.#floor.addAgent(settings, turn.now);
    agent.removed = false;
    this.#agents.join(turn, agent, settings);
    if (known || !restored) return;
    for (const { queueId, handled, talkMs, turn: asked } of restored.seats ?? []) {
      const seat = this.#floor.queues.get(queueId)?.seats.get(agent.id);
      this.#offers.restoreTurn(asked);
      if (seat) Object.assign(seat, { handled, talkMs, turn: asked });
    }
    agent.presence = restored.presence;
    agent.reason = restored.reason;
    agent.next = restored.next;
    agent.hands = restored.hands.map((hand) => this.#items.restoreHand(turn, agent, hand));
    this.#agents.free(turn, agent, { missed: restored.missed });
  }

  #removeAgent(turn: Turn, id: string): void {
    const agent = this.#floor.agents.get(id);
    if (!agent) return;
    agent.removed = true;
    this.#agents.join(turn, agent, { ...agent.settings, queues: [] });
    if (agent.offer) this.#offers.revoke(turn, agent.offer);
    this.#agents.endWrapUps(turn, agent);
    if (agent.hands.length === 0)
      this.#agents.leave(turn, agent); // else it goes when free
    else this.#agents.settle(turn, agent);
  }

  // ---- agents

  #setPresence(turn: Turn, agentId: string, choice: Choice): void {
    const agent = this.#floor.agents.get(agentId);
    if (!agent || agent.removed) {
      turn.refuse('not-found', 'no such agent', 'no-agent');
      return;
    }
    if (agent.offer && choice.presence === 'offline') {
      this.#offers.revoke(turn, agent.offer);
      if (agent.hands.length === 0) {
        this.#agents.setNext(turn, agent, undefined);
        this.#agents.apply(turn, agent, choice);
        return;
      }
      this.#agents.settle(turn, agent);
    }
    this.#agents.choose(turn, agent, choice);
  }

  #setReachable(turn: Turn, agentId: string, reachable: boolean): void {
    if (reachable) this.#floor.reachable.add(agentId);
    else this.#floor.reachable.delete(agentId);
    const agent = this.#floor.agents.get(agentId);
    if (agent) this.#agents.setReachable(turn, agent, reachable);
  }

  #resetCounters(turn: Turn): void {
    for (const agent of this.#floor.agents.values()) {
      this.#agents.touch(turn, agent);
      for (const seat of agent.seats) {
        seat.handled = 0;
        seat.talkMs = 0;
      }
    }
  }
}
