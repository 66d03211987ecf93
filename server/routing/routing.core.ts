import type { OfferOutcome, WorkEnd } from '#shared/model/states.ts';
import { Agents } from './agents.core.ts';
import type { Choice, Effect, FailedOutcome, RoutingEvent } from './events.core.ts';
import {
  type AgentRecord,
  Floor,
  type ItemRecord,
  type QueueRecord,
  viewAgent,
  viewQueue,
} from './floor.core.ts';
import { DIRECT, directQueue } from './settings.core.ts';
import { Turn, timerKey, workIds } from './turn.core.ts';
import type { AgentView, NewWorkItem, Offer, QueueSettings, QueueView } from './types.ts';

/**
 * Decides who gets what. Synchronous and deterministic: the same events at the same instants, with the same offer
 * ids, give the same effects. Nothing here polls or looks through all agents or all items: an event costs
 * O(queues of one agent x log of what stands in them).
 *
 * An item (an agent: see agents.core.ts):
 *
 *   arrived --> waiting --- offer ---> offered --- accept ---> in-hands --- work ended ---> ended
 *                 ^  |                  |   |                     |                           ^
 *                 |  +--- withdrawn ----|---|---------------------|---------------------------+
 *                 +---- not taken ------+   +-- withdrawn; not taken and meant for one agent alone
 */
export class RoutingCore {
  readonly #floor = new Floor();
  readonly #agents = new Agents(this.#floor);
  readonly #newOfferId: () => string;
  #arrivals = 0;

  /** @param newOfferId a fresh id for each offer */
  constructor(newOfferId: () => string) {
    this.#newOfferId = newOfferId;
    this.#floor.addQueue(directQueue);
  }

  agent(id: string): AgentView | undefined {
    const agent = this.#floor.agents.get(id);
    return agent && viewAgent(agent);
  }

  agents(): AgentView[] {
    return [...this.#floor.agents.values()].map(viewAgent);
  }

  queue(id: string): QueueView | undefined {
    const queue = this.#floor.queues.get(id);
    return queue && viewQueue(queue);
  }

  /** Without the built-in `direct`, where nothing ever waits. */
  queues(): QueueView[] {
    return [...this.#floor.queues.values()].filter((q) => q.settings.id !== DIRECT).map(viewQueue);
  }

  queueSettings(id: string): QueueSettings | undefined {
    return this.#floor.queues.get(id)?.settings;
  }

  /** Items arrived and not ended. */
  get openItems(): number {
    return this.#floor.items.size;
  }

  /** Takes one event at `now` (ms since the epoch) and says what to do. Legal in every state: a late event does nothing. */
  handle(event: RoutingEvent, now: number): Effect[] {
    const turn = new Turn(now);
    this.#change(turn, event);
    for (const queue of turn.filled) this.#match(turn, queue.waiting.peek(), queue.ready.peek());
    for (const agent of turn.freed) this.#match(turn, this.#floor.bestFor(agent), agent);
    return turn.effects;
  }

  #change(turn: Turn, event: RoutingEvent): void {
    switch (event.type) {
      case 'queue.set':
        this.#setQueue(event.queue);
        break;
      case 'queue.removed':
        this.#removeQueue(turn, event.queueId);
        break;
      case 'agent.set':
        this.#setAgent(turn, event);
        break;
      case 'agent.removed':
        this.#removeAgent(turn, event.agentId);
        break;
      case 'item.arrived':
        this.#arrive(turn, event.item);
        break;
      case 'item.withdrawn':
        this.#withdraw(turn, event.itemId, event.end);
        break;
      case 'work.ended':
        this.#workEnded(turn, this.#floor.items.get(event.itemId), 'completed');
        break;
      case 'offer.accepted':
        this.#accept(turn, event.offerId);
        break;
      case 'offer.declined':
        this.#notTaken(turn, this.#floor.offers.get(event.offerId), event.outcome);
        break;
      case 'offer.expired':
        this.#expired(turn, this.#floor.offers.get(event.offerId));
        break;
      case 'grace.over':
        this.#graceOver(turn, this.#floor.offers.get(event.offerId));
        break;
      case 'retry.due':
        this.#retryDue(turn, event.agentId, event.queueId, event.until);
        break;
      case 'wrap-up.finished':
        this.#agents.endWrapUp(turn, this.#floor.agents.get(event.agentId));
        break;
      case 'wrap-up.extended':
        this.#agents.extendWrapUp(turn, this.#floor.agents.get(event.agentId));
        break;
      case 'wrap-up.expired': {
        const agent = this.#floor.agents.get(event.agentId);
        if (agent?.wrapUp?.deadline === event.deadline) this.#agents.endWrapUp(turn, agent);
        break;
      }
      case 'presence.set':
        this.#setPresence(turn, event.agentId, { presence: event.presence, reason: event.reason });
        break;
      case 'reachable.set':
        this.#setReachable(turn, event.agentId, event.reachable);
        break;
    }
  }

  // ---- settings

  #setQueue(settings: QueueSettings): void {
    const known = this.#floor.queues.get(settings.id);
    if (known) known.settings = settings;
    else this.#floor.addQueue(settings);
  }

  #removeQueue(turn: Turn, id: string): void {
    const queue = this.#floor.queues.get(id);
    if (!queue) return;
    if (id === DIRECT) turn.refuse('conflict', 'this queue is built in', 'built-in');
    else if (queue.open > 0) turn.refuse('conflict', 'this queue still has work', 'not-empty');
    else {
      for (const agent of [...queue.members]) {
        const rest = agent.queues.filter((other) => other !== queue);
        this.#agents.join(turn, agent, rest);
      }
      this.#floor.queues.delete(id);
    }
  }

  #setAgent(turn: Turn, { agent: settings, restored }: Extract<RoutingEvent, { type: 'agent.set' }>): void {
    const queues: QueueRecord[] = [];
    for (const id of new Set(settings.queues)) {
      const queue = id === DIRECT ? undefined : this.#floor.queues.get(id);
      if (!queue) {
        turn.refuse('queue.unknown', 'no such queue', id);
        return;
      }
      queues.push(queue);
    }
    const known = this.#floor.agents.get(settings.id);
    const agent = known ?? this.#floor.addAgent(settings.id, turn.now);
    agent.removed = false;
    this.#agents.join(turn, agent, queues);
    if (known || !restored) return;
    agent.presence = restored.presence;
    agent.reason = restored.reason;
    agent.next = restored.next;
    this.#agents.free(turn, agent, { missed: restored.missed });
  }

  #removeAgent(turn: Turn, id: string): void {
    const agent = this.#floor.agents.get(id);
    if (!agent) return;
    agent.removed = true;
    this.#agents.join(turn, agent, []);
    if (agent.state === 'on-work' || agent.state === 'wrap-up') return; // goes when free
    if (agent.offer) this.#revoke(turn, agent);
    this.#agents.leave(turn, agent);
  }

  // ---- items

  #arrive(turn: Turn, item: NewWorkItem): void {
    const queue = this.#floor.queues.get(item.queueId);
    const only = item.onlyAgent === undefined ? undefined : this.#floor.agents.get(item.onlyAgent);
    const why = item.onlyAgent === undefined ? undefined : whyNot(only);
    if (!queue) turn.refuse('queue.unknown', 'no such queue', item.queueId);
    else if (this.#floor.items.has(item.id))
      turn.refuse('conflict', 'this work has arrived already', 'duplicate');
    else if (why) turn.refuse('conflict', 'this agent cannot take it now', why);
    else if (!only && queue.settings.id === DIRECT)
      turn.refuse('bad-request', 'direct work names its agent', 'no-agent');
    else {
      const record = this.#floor.addItem(item, queue, turn.now, ++this.#arrivals);
      const { channel, priority } = item;
      turn.fact({ type: 'work.arrived', ...workIds(record), channel, priority });
      if (only) this.#match(turn, record, only);
      else this.#queueUp(turn, record);
    }
  }

  /** To its place by priority and arrival: an item that comes back stands in front again. */
  #queueUp(turn: Turn, item: ItemRecord): void {
    this.#floor.wait(item);
    turn.filled.push(item.queue);
  }

  #withdraw(turn: Turn, itemId: string, end: WorkEnd): void {
    const item = this.#floor.items.get(itemId);
    if (!item) return;
    if (item.state === 'in-hands') this.#workEnded(turn, item, end);
    else {
      const { agent } = item;
      if (agent) this.#endOffer(turn, agent, 'revoked');
      this.#endItem(turn, item, end);
      if (agent) this.#agents.free(turn, agent, { keepPlace: true });
    }
  }

  #workEnded(turn: Turn, item: ItemRecord | undefined, end: WorkEnd): void {
    if (item?.state !== 'in-hands' || !item.agent) return;
    this.#endItem(turn, item, end, { agentId: item.agent.id });
    this.#agents.wrapUp(turn, item.agent, item);
  }

  #endItem(turn: Turn, item: ItemRecord, end: WorkEnd, who: { agentId?: string } = {}): void {
    this.#floor.forget(item);
    turn.fact({ type: 'work.ended', ...workIds(item), end, ...who });
  }

  // ---- offers

  #match(turn: Turn, item: ItemRecord | undefined, agent: AgentRecord | undefined): void {
    if (!item || !agent) return;
    this.#floor.unwait(item);
    const offeredAt = turn.now;
    const expiresAt = offeredAt + item.queue.settings.offerMs;
    const id = this.#newOfferId();
    const who = { ...workIds(item), agentId: agent.id };
    const offer: Offer = { id, ...who, channel: item.item.channel, offeredAt, expiresAt };
    item.state = 'offered';
    item.agent = agent;
    agent.item = item;
    agent.offer = offer;
    this.#floor.offers.set(id, agent);
    turn.fact({ type: 'offer.made', ...who, offerId: id, expiresAt });
    this.#agents.enter(turn, agent, 'offered', { itemId: item.item.id });
    turn.timer(timerKey.offer(agent.id), expiresAt, { type: 'offer.expired', offerId: id });
    turn.effects.push({ type: 'offer', offer });
  }

  /** Takes the offer away from its agent; what becomes of agent and item is the caller's. */
  #endOffer(turn: Turn, agent: AgentRecord, outcome: OfferOutcome): ItemRecord | undefined {
    const { offer, item } = agent;
    if (!offer || !item) return undefined;
    agent.offer = undefined;
    agent.item = undefined;
    this.#floor.offers.delete(offer.id);
    turn.cancel(timerKey.offer(agent.id));
    this.#agents.endGrace(turn, agent);
    turn.fact({ type: 'offer.ended', ...workIds(item), offerId: offer.id, agentId: agent.id, outcome });
    if (outcome !== 'accepted') turn.effects.push({ type: 'offer-ended', offer, outcome });
    return item;
  }

  #accept(turn: Turn, offerId: string): void {
    const agent = this.#floor.offers.get(offerId);
    const item = agent && this.#endOffer(turn, agent, 'accepted');
    if (!item) {
      turn.refuse('offer.gone', 'this offer is over', 'over');
      return;
    }
    item.state = 'in-hands';
    agent.item = item;
    this.#agents.enter(turn, agent, 'on-work', { itemId: item.item.id });
  }

  #expired(turn: Turn, agent: AgentRecord | undefined): void {
    if (!agent) return;
    if (!agent.reachable) {
      this.#notTaken(turn, agent, 'failed'); // its phone was gone: nobody heard it ring
      return;
    }
    const item = this.#endOffer(turn, agent, 'no-answer');
    if (item) this.#putBack(turn, item, 'no-answer');
    this.#agents.free(turn, agent, { missed: true });
  }

  #graceOver(turn: Turn, agent: AgentRecord | undefined): void {
    if (agent?.grace) this.#notTaken(turn, agent, 'failed');
  }

  /** Declined, busy or failed: this queue leaves the agent alone for a while, and the item goes to others. */
  #notTaken(turn: Turn, agent: AgentRecord | undefined, outcome: FailedOutcome): void {
    const item = agent && this.#endOffer(turn, agent, outcome);
    if (!item) return;
    const back = this.#putBack(turn, item, outcome);
    if (back && agent.queues.includes(item.queue)) {
      const { id: queueId, retryMs } = item.queue.settings;
      const until = turn.now + Math.max(1, retryMs[outcome]); // 0 would offer it again at once, for ever
      agent.retry.set(queueId, until);
      const event = { type: 'retry.due', agentId: agent.id, queueId, until } as const;
      turn.timer(timerKey.retry(agent.id, queueId), until, event);
    }
    this.#agents.free(turn, agent);
  }

  /** The agent goes: its offer ends and the item goes back. What the agent becomes is the caller's. */
  #revoke(turn: Turn, agent: AgentRecord): void {
    const item = this.#endOffer(turn, agent, 'revoked');
    if (item) this.#putBack(turn, item, 'revoked');
  }

  /** Back into its queue; work meant for one agent alone ends instead (false). */
  #putBack(turn: Turn, item: ItemRecord, outcome: OfferOutcome): boolean {
    if (item.item.onlyAgent === undefined) {
      this.#queueUp(turn, item);
      return true;
    }
    this.#endItem(turn, item, 'refused');
    turn.effects.push({ type: 'item-refused', itemId: item.item.id, outcome });
    return false;
  }

  #retryDue(turn: Turn, agentId: string, queueId: string, until: number): void {
    const agent = this.#floor.agents.get(agentId);
    if (agent?.retry.get(queueId) !== until) return;
    agent.retry.delete(queueId);
    this.#floor.settle(agent);
    turn.freed.push(agent);
  }

  // ---- agents

  #setPresence(turn: Turn, agentId: string, choice: Choice): void {
    const agent = this.#floor.agents.get(agentId);
    if (!agent || agent.removed) turn.refuse('not-found', 'no such agent', 'no-agent');
    else if (agent.offer && choice.presence === 'offline') {
      this.#agents.setNext(turn, agent, undefined);
      this.#revoke(turn, agent);
      this.#agents.apply(turn, agent, choice);
    } else this.#agents.choose(turn, agent, choice);
  }

  #setReachable(turn: Turn, agentId: string, reachable: boolean): void {
    if (reachable) this.#floor.reachable.add(agentId);
    else this.#floor.reachable.delete(agentId);
    const agent = this.#floor.agents.get(agentId);
    if (agent) this.#agents.setReachable(turn, agent, reachable);
  }
}

/** Why work for this agent alone cannot be offered to it now. */
function whyNot(agent: AgentRecord | undefined): 'busy' | 'unavailable' | undefined {
  if (!agent || agent.removed) return 'unavailable';
  if (agent.state === 'offered' || agent.state === 'on-work' || agent.state === 'wrap-up') return 'busy';
  return agent.state === 'idle' && agent.reachable ? undefined : 'unavailable';
}
