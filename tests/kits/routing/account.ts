import type { Effect, RestoredItem, RoutingEvent } from '#server/routing/events.core.ts';
import { DIRECT, directQueue } from '#server/routing/settings.core.ts';
import type { AgentSettings, NewWorkItem } from '#server/routing/types.ts';
import type { Fact, FactOf } from '#shared/model/facts/index.ts';
import type { Channel, WrapUpMode } from '#shared/model/states.ts';
import {
  type AgentAccount,
  type HandAccount,
  type ItemAccount,
  must,
  type Offered,
  type QueueAccount,
} from './records.ts';

const PHONE: readonly Channel[] = ['call', 'callback', 'lead'];
export const byPhone = (channel: Channel): boolean => PHONE.includes(channel);
const hasDeadline = (mode: WrapUpMode): boolean => mode === 'timed' || mode === 'mandatory-timed';

/**
 * Who has what, reckoned from the events that went in and the facts and effects that came out, and from nothing else
 * of the core. Throws when a fact contradicts the account: an offer that ends twice, work ended that is not here.
 */
export class Account {
  readonly queues = new Map<string, QueueAccount>();
  readonly agents = new Map<string, AgentAccount>();
  readonly items = new Map<string, ItemAccount>();
  readonly offers = new Map<string, Offered>();
  readonly reachable = new Set<string>();
  /** Of the last event. */
  offered: Offered[] = [];
  moves: FactOf<'work.moved'>[] = [];
  ended: FactOf<'work.ended'>[] = [];
  refused: string | undefined;
  events = 0;
  /** How often each thing happened. */
  readonly seen: Map<string, number>;
  #now = 0;
  #arrivals = 0;
  #turns = 0;
  #event: RoutingEvent | undefined;
  #rang = 0;
  #stopped = 0;

  constructor(seen: Map<string, number>) {
    this.seen = seen;
    this.forget();
  }

  /** The core is a new one, and knows nothing. */
  forget(): void {
    for (const map of [this.queues, this.agents, this.items, this.offers]) map.clear();
    this.reachable.clear();
    this.queues.set(DIRECT, {
      settings: directQueue,
      emptySince: 0,
      signedIn: 0,
      waiting: [],
      handleTimes: [],
    });
  }

  count(what: string): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1);
  }

  take(event: RoutingEvent, effects: readonly Effect[], now: number): void {
    this.events += 1;
    this.#now = now;
    this.#event = event;
    this.offered = [];
    this.moves = [];
    this.ended = [];
    this.#rang = 0;
    this.#stopped = 0;
    const [first] = effects;
    this.refused = first?.type === 'refused' ? first.code : undefined;
    if (this.refused !== undefined) {
      must(effects.length === 1, 'a refusal changes nothing');
      this.count(`refused ${this.refused}`);
      return;
    }
    this.#given(event);
    for (const effect of effects) this.#effect(effect);
    this.#after();
  }

  item(id: string): ItemAccount {
    const item = this.items.get(id);
    if (!item) throw new Error(`unknown item ${id}`);
    return item;
  }

  agent(id: string): AgentAccount {
    const agent = this.agents.get(id);
    if (!agent) throw new Error(`unknown agent ${id}`);
    return agent;
  }

  queue(id: string): QueueAccount {
    const queue = this.queues.get(id);
    if (!queue) throw new Error(`unknown queue ${id}`);
    return queue;
  }

  // ---- what the event itself says

  #given(event: RoutingEvent): void {
    switch (event.type) {
      case 'queue.set': {
        const known = this.queues.get(event.queue.id);
        if (known) known.settings = event.queue;
        else {
          const made = {
            settings: event.queue,
            emptySince: this.#now,
            signedIn: 0,
            waiting: [],
            handleTimes: [],
          };
          this.queues.set(event.queue.id, made);
        }
        break;
      }
      case 'queue.removed':
        this.queues.delete(event.queueId);
        for (const agent of this.agents.values()) {
          if (!agent.seats.delete(event.queueId)) continue;
          const queues = agent.settings.queues.filter((serves) => serves.queueId !== event.queueId);
          agent.settings = { ...agent.settings, queues };
        }
        break;
      case 'agent.set':
        this.#set(event);
        break;
      case 'agent.removed': {
        const agent = this.agents.get(event.agentId);
        if (!agent) break;
        agent.removed = true;
        this.#settings(agent, { ...agent.settings, queues: [] });
        break;
      }
      case 'item.restored':
        this.#restore(event);
        break;
      case 'presence.set': {
        const agent = this.agents.get(event.agentId);
        if (!agent || agent.presence !== event.presence || agent.reason !== event.reason) break;
        if (agent.missed) agent.freeAt = this.#now;
        agent.missed = false;
        break;
      }
      case 'reachable.set':
        this.#reach(event.agentId, event.reachable);
        break;
      case 'counters.reset':
        for (const agent of this.agents.values())
          for (const seat of agent.seats.values()) {
            seat.handled = 0;
            seat.talkMs = 0;
          }
        break;
      case 'retry.due': {
        const seat = this.agents.get(event.agentId)?.seats.get(event.queueId);
        if (seat?.retryUntil === event.until) seat.retryUntil = undefined;
        break;
      }
    }
  }

  #set({ agent: settings, restored }: Extract<RoutingEvent, { type: 'agent.set' }>): void {
    const known = this.agents.get(settings.id);
    const agent: AgentAccount = known ?? {
      id: settings.id,
      settings,
      seats: new Map(),
      presence: restored?.presence ?? 'offline',
      reason: restored?.reason,
      next: restored?.next,
      missed: restored?.missed === true && restored.presence === 'available',
      reachable: this.reachable.has(settings.id),
      removed: false,
      state: 'offline',
      offer: undefined,
      lostAt: undefined,
      hands: [],
      freeAt: this.#now,
      allowed: new Map(),
    };
    this.agents.set(agent.id, agent);
    agent.removed = false;
    if (!known) {
      for (const { hand, item } of restored?.hands ?? []) {
        const record = item && this.#restore(item);
        if (record) {
          record.state = 'in-hands';
          record.agentId = agent.id;
        }
        const { itemId, queueId, channel, since: takenAt, wrapUp } = hand;
        const extendMs = this.queues.get(queueId)?.settings.wrapUp.extendMs ?? 0;
        const kept = wrapUp && { mode: wrapUp.mode, deadline: wrapUp.deadline ?? null, extendMs };
        agent.hands.push({ itemId, queueId, channel, takenAt, item: record, wrapUp: kept });
      }
    }
    this.#settings(agent, settings);
    if (!known)
      for (const { queueId, ...counts } of restored?.seats ?? [])
        Object.assign(agent.seats.get(queueId) ?? {}, counts);
  }

  #settings(agent: AgentAccount, settings: AgentSettings): void {
    agent.settings = settings;
    for (const queueId of [...agent.seats.keys()])
      if (!settings.queues.some((serves) => serves.queueId === queueId)) agent.seats.delete(queueId);
    for (const { queueId, tier } of settings.queues) {
      const seat = agent.seats.get(queueId);
      if (seat) seat.tier = tier;
      else
        agent.seats.set(queueId, {
          key: `retry ${agent.id} ${queueId}`,
          tier,
          retryUntil: undefined,
          handled: 0,
          talkMs: 0,
          turn: 0,
        });
    }
    agent.allowed = new Map();
    for (const channel in settings.capacity)
      agent.allowed.set(channel as Channel, settings.capacity[channel as Channel] ?? 0);
    const held = new Map<Channel, number>();
    for (const { channel } of agent.hands) held.set(channel, (held.get(channel) ?? 0) + 1);
    const { offer } = agent;
    if (offer) held.set(offer.channel, (held.get(offer.channel) ?? 0) + 1);
    for (const [channel, n] of held) agent.allowed.set(channel, Math.max(n, agent.allowed.get(channel) ?? 0));
  }

  #reach(agentId: string, reachable: boolean): void {
    if (reachable) this.reachable.add(agentId);
    else this.reachable.delete(agentId);
    const agent = this.agents.get(agentId);
    if (!agent || agent.reachable === reachable) return;
    agent.reachable = reachable;
    agent.lostAt = !reachable && agent.offer && byPhone(agent.offer.channel) ? this.#now : undefined;
  }

  #restore({ item: work, arrivedAt, queuedAt, declined = [], visited = [] }: RestoredItem): ItemAccount {
    const item = this.#arrive(work, arrivedAt, queuedAt);
    for (const id of declined) item.declined.add(id);
    for (const id of visited) item.visited.add(id);
    return item;
  }

  #arrive(work: NewWorkItem, arrivedAt: number, queuedAt: number): ItemAccount {
    must(!this.items.has(work.id), 'work arrived twice');
    const item: ItemAccount = {
      id: work.id,
      key: `item ${work.id}`,
      work,
      queueId: work.queueId,
      order: ++this.#arrivals,
      arrivedAt,
      queuedAt,
      boost: work.boost ?? 0,
      state: 'waiting',
      offers: new Map(),
      agentId: undefined,
      declined: new Set(),
      visited: new Set(),
      holdOver: false,
      changed: this.events,
    };
    this.items.set(item.id, item);
    return item;
  }

  // ---- what came of it

  #effect(effect: Effect): void {
    if (effect.type === 'fact') this.#fact(effect.fact);
    else if (effect.type === 'offer') {
      const made = this.offers.get(effect.offer.id);
      must(made?.agent.id === effect.offer.agentId, 'the carrier is told of offers that were made');
      this.#rang += 1;
    } else if (effect.type === 'offer-ended') {
      must(!this.offers.has(effect.offer.id), 'the carrier is told of the end of offers that ended');
      this.#stopped += 1;
    } else if (effect.type === 'item-overflowed')
      must(!this.items.has(effect.itemId), 'what goes on elsewhere is ended here');
    else if (effect.type === 'item-refused')
      must(!this.items.has(effect.itemId), 'what was refused is ended here');
  }

  #fact(fact: Fact): void {
    switch (fact.type) {
      case 'work.arrived': {
        must(this.#event?.type === 'item.arrived', 'work arrives by its event alone');
        const { item } = this.#event;
        must(item.id === fact.itemId && item.queueId === fact.queueId, 'work arrives as it was given');
        this.#arrive(item, this.#now, this.#now);
        break;
      }
      case 'work.moved':
        this.#moved(fact);
        break;
      case 'work.called-back': {
        const item = this.item(fact.itemId);
        must(item.work.channel === 'call' && item.state === 'waiting', 'only a waiting call is called back');
        item.work = { ...item.work, channel: 'callback' };
        item.changed = this.events;
        this.count('called back');
        break;
      }
      case 'work.unheld': {
        const item = this.item(fact.itemId);
        const { preferred } = item.work;
        must(
          preferred !== undefined && this.#now < item.arrivedAt + preferred.holdMs,
          'let go before its time',
        );
        item.holdOver = true;
        item.changed = this.events; // open to everybody from this event on
        this.count('let go before its time');
        break;
      }
      case 'work.boosted':
        this.item(fact.itemId).boost = fact.boost;
        this.item(fact.itemId).changed = this.events;
        break;
      case 'work.ended': {
        const item = this.item(fact.itemId);
        must(item.offers.size === 0, 'what is offered does not end before its offers');
        must(item.agentId === fact.agentId, 'work in hands ends in those hands');
        this.count(`${item.state} -> ended ${fact.end}`);
        this.items.delete(item.id);
        this.ended.push(fact);
        this.#over(item);
        break;
      }
      case 'offer.made':
        this.#made(fact);
        break;
      case 'offer.ended':
        this.#offerEnded(fact);
        break;
      case 'wrap-up.started':
      case 'wrap-up.extended':
      case 'wrap-up.ended':
        this.#wrapUp(fact);
        break;
      case 'agent.presence': {
        const agent = this.agent(fact.agentId);
        agent.presence = fact.presence;
        agent.reason = fact.reason;
        agent.missed = false;
        agent.freeAt = this.#now;
        break;
      }
      case 'agent.next': {
        const { presence, reason } = fact;
        this.agent(fact.agentId).next = presence === null ? undefined : { presence, reason };
        this.count(presence === null ? 'next state gone' : 'next state chosen');
        break;
      }
      case 'agent.state': {
        const agent = this.agent(fact.agentId);
        this.count(`agent ${agent.state} -> ${fact.state}`);
        agent.state = fact.state;
        break;
      }
      default:
        throw new Error(`routing wrote ${fact.type}`);
    }
  }

  #moved(fact: FactOf<'work.moved'>): void {
    const item = this.item(fact.itemId);
    must(item.queueId === fact.from && item.offers.size === 0, 'moved from where it was');
    must((item.state === 'in-hands') === (fact.why === 'transferred'), 'transferred out of hands');
    if (fact.why === 'transferred') {
      if (item.agentId !== undefined) item.declined.add(item.agentId);
      this.#over(item);
      const { onlyAgent: _, ...work } = item.work;
      item.work = work;
    }
    if (fact.why === 'moved' || fact.why === 'transferred') item.visited.clear();
    else {
      must(!item.visited.has(fact.queueId), 'overflow never leads back');
      item.visited.add(fact.from);
    }
    item.state = 'waiting';
    item.agentId = undefined;
    item.queueId = fact.queueId;
    item.queuedAt = this.#now;
    item.changed = this.events;
    this.moves.push(fact);
    this.count(`moved: ${fact.why}`);
  }

  #made(fact: FactOf<'offer.made'>): void {
    const [item, agent] = [this.item(fact.itemId), this.agent(fact.agentId)];
    const queue = this.queue(fact.queueId);
    must(item.queueId === fact.queueId && item.state !== 'in-hands', 'offered out of its queue');
    const ringAll = queue.settings.strategy === 'ring-all';
    must(item.offers.size === 0 || ringAll, 'an item is offered to one agent at a time');
    must(agent.offer === undefined, 'an agent has one offer at a time');
    must(fact.expiresAt === this.#now + queue.settings.offerMs, 'an offer lasts as long as its queue says');
    const seat = agent.seats.get(fact.queueId);
    const { offerId, why } = fact;
    const made = { item, agent, offerId, why, turnBefore: seat?.turn ?? 0 };
    this.offered.push(made);
    must(!this.offers.has(offerId), 'an offer was made twice');
    this.offers.set(offerId, made);
    item.offers.set(offerId, agent.id);
    item.state = 'offered';
    item.changed = this.events;
    agent.offer = { id: offerId, item, channel: item.work.channel };
    if (seat) seat.turn = ++this.#turns;
    this.count(`offered: ${why}`);
    if (agent.hands.length > 0) this.count('offered on top of work');
    if (item.offers.size === 2) this.count('offered to several');
  }

  #offerEnded({ offerId, itemId, agentId, outcome }: FactOf<'offer.ended'>): void {
    must(this.offers.delete(offerId), 'an offer ended twice');
    const [item, agent] = [this.item(itemId), this.agent(agentId)];
    must(item.offers.delete(offerId) && agent.offer?.id === offerId, 'an offer ends where it was made');
    const { channel } = agent.offer;
    agent.offer = undefined;
    agent.lostAt = undefined;
    item.changed = this.events;
    this.count(`offer ${outcome}`);
    if (outcome !== 'accepted') this.#stopped -= 1;
    if (outcome !== 'accepted' && outcome !== 'revoked') agent.freeAt = this.#now;
    if (outcome === 'accepted') {
      must(item.state === 'offered', 'taken twice');
      item.state = 'in-hands';
      item.agentId = agentId;
      const { id, queueId } = item;
      agent.hands.push({ itemId: id, queueId, channel, takenAt: this.#now, item, wrapUp: undefined });
      const seat = agent.seats.get(queueId);
      if (seat) seat.handled += 1;
      const n = agent.hands.filter((hand) => hand.channel === channel && hand.itemId !== id).length + 1;
      must(n <= (agent.allowed.get(channel) ?? 0), `above capacity: ${channel}`);
      return;
    }
    if (item.state === 'offered' && item.offers.size === 0) item.state = 'waiting';
    if (outcome === 'declined') item.declined.add(agentId);
    if (outcome === 'no-answer' && agent.presence === 'available') agent.missed = true;
    const seat = agent.seats.get(item.queueId);
    if (outcome === 'revoked' || !seat) return;
    const { retryMs } = this.queue(item.queueId).settings;
    const delay = retryMs[outcome === 'no-answer' ? 'noAnswer' : outcome];
    if (delay > 0) seat.retryUntil = this.#now + delay;
  }

  /** Work leaves the hands it is in: its hand wraps up, or is empty. */
  #over(item: ItemAccount): void {
    if (item.agentId === undefined) return;
    const agent = this.agent(item.agentId);
    const hand = agent.hands.find((held) => held.item === item);
    if (!hand) return; // a transfer: its wrap-up was written down before
    hand.item = undefined;
    const seat = agent.seats.get(item.queueId);
    if (seat) seat.talkMs += this.#now - hand.takenAt;
    agent.freeAt = this.#now;
    const { mode, ms, extendMs } = this.queue(item.queueId).settings.wrapUp;
    if (mode === 'none' || agent.removed) this.#empty(agent, hand);
    else hand.wrapUp = { mode, extendMs, deadline: hasDeadline(mode) ? this.#now + ms : null };
  }

  #empty(agent: AgentAccount, hand: HandAccount): void {
    agent.hands = agent.hands.filter((other) => other !== hand);
    agent.freeAt = this.#now;
    const times = this.queues.get(hand.queueId)?.handleTimes;
    if (!times) return;
    times.push(this.#now - hand.takenAt);
    if (times.length > 50) times.shift();
  }

  #wrapUp(fact: FactOf<'wrap-up.started' | 'wrap-up.extended' | 'wrap-up.ended'>): void {
    const agent = this.agent(fact.agentId);
    const work = fact.type === 'wrap-up.started' && this.items.get(fact.itemId);
    if (work) this.#over(work);
    const hand = agent.hands.find((held) => held.itemId === fact.itemId && held.wrapUp);
    must(hand?.wrapUp !== undefined && hand.queueId === fact.queueId, `${fact.type} without a wrap-up`);
    if (fact.type === 'wrap-up.started') {
      must(fact.mode === hand.wrapUp.mode, 'wrap-up is that of the queue whose work ended');
      must(fact.deadline === hand.wrapUp.deadline, 'wrap-up lasts as long as that queue says');
      this.count(`wrap-up ${fact.mode}`);
    } else if (fact.type === 'wrap-up.extended') {
      must(fact.deadline === (hand.wrapUp.deadline ?? 0) + hand.wrapUp.extendMs, 'extended by that queue');
      hand.wrapUp.deadline = fact.deadline;
      this.count('wrap-up extended');
    } else {
      this.count(`wrap-up ended by ${this.#event?.type}`);
      this.#empty(agent, hand);
    }
  }

  #after(): void {
    must(this.#rang === this.offered.length, 'the carrier is told of every offer');
    must(this.#stopped === 0, 'the carrier is told of every end');
    for (const agent of this.agents.values())
      if (agent.removed && agent.hands.length === 0) {
        must(agent.offer === undefined, 'a removed agent keeps no offer');
        this.agents.delete(agent.id);
      }
    for (const queue of this.queues.values()) queue.waiting.length = 0;
    for (const item of this.items.values())
      if (item.state === 'waiting') this.queue(item.queueId).waiting.push(item);
    for (const [id, queue] of this.queues) {
      let signedIn = 0;
      for (const agent of this.agents.values())
        if (agent.state !== 'offline' && agent.seats.has(id)) signedIn += 1;
      if (signedIn === 0 && queue.signedIn > 0) queue.emptySince = this.#now;
      queue.signedIn = signedIn;
    }
  }
}
