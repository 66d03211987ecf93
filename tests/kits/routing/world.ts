import type { Effect, RoutingEvent } from '#server/routing/events.core.ts';
import { RoutingCore } from '#server/routing/routing.core.ts';
import type {
  AgentSettings,
  Explanation,
  HandView,
  NewWorkItem,
  Offer,
  QueueSettings,
} from '#server/routing/types.ts';
import type { Fact, FactOf, FactType } from '#shared/model/facts/index.ts';
import { seeded } from '#shared/model/random.ts';
import { profileDefaults, queueDefaults } from '#shared/model/routing.ts';
import type { Presence } from '#shared/model/states.ts';

export function queueOf(id: string, more: Partial<QueueSettings> = {}): QueueSettings {
  return { ...queueDefaults, id, name: id, ...more };
}

/** Serves these queues in tier 1 unless `more` says otherwise; `q:2` is tier 2 of `q`. */
export function agentOf(
  id: string,
  queues: readonly string[],
  more: Partial<AgentSettings> = {},
): AgentSettings {
  const serves = queues.map((queue) => {
    const [queueId = queue, tier = '1'] = queue.split(':');
    return { queueId, tier: Number(tier) };
  });
  return { id, queues: serves, skills: {}, rank: 100, ...profile, ...more };
}

/** The profile a new one starts from, as mutable settings. */
const profile: Pick<AgentSettings, 'capacity' | 'interrupts'> = {
  capacity: profileDefaults.capacity,
  interrupts: Object.fromEntries(
    Object.entries(profileDefaults.interrupts).map(([over, under]) => [over, [...under]]),
  ),
};

/** The core with a virtual clock: carries out timers, keeps what it was told. */
export class World {
  readonly core: RoutingCore;
  readonly timers = new Map<string, Extract<Effect, { type: 'timer-set' }>>();
  /** Every event with its instant, for replaying. */
  readonly log: { event: RoutingEvent; now: number }[] = [];
  /** Effects of all events, and of the last one. */
  readonly effects: Effect[] = [];
  last: Effect[] = [];
  now = 1_000_000;
  /** Offers of this world are numbered after this. */
  readonly firstOffer: number;
  readonly #keep: boolean;
  #offers: number;
  #items = 0;

  /** @param start clock and number of offers, for a world that goes on after another; `keep`: remember everything */
  constructor(start: { readonly now?: number; readonly offers?: number; readonly keep?: boolean } = {}) {
    this.#keep = start.keep ?? true;
    this.now = start.now ?? this.now;
    this.firstOffer = start.offers ?? 0;
    this.#offers = this.firstOffer;
    this.core = new RoutingCore({ newOfferId: () => `o${++this.#offers}`, random: seeded(1) });
  }

  /** Offers made so far. */
  get offers(): number {
    return this.#offers;
  }

  do(event: RoutingEvent): Effect[] {
    if (this.#keep) this.log.push({ event, now: this.now });
    this.last = this.core.handle(event, this.now);
    for (const effect of this.last) {
      if (this.#keep) this.effects.push(effect);
      if (effect.type === 'timer-set') this.timers.set(effect.key, effect);
      else if (effect.type === 'timer-cancel') this.timers.delete(effect.key);
    }
    return this.last;
  }

  /** Moves time on, running each timer at its instant. */
  advance(ms: number): void {
    const end = this.now + ms;
    for (let event = this.due(end); event; event = this.due(end)) this.do(event);
  }

  /** Moves time on to the next timer up to `end` and answers with what it says; without one, to `end`. */
  due(end: number): RoutingEvent | undefined {
    let next: Extract<Effect, { type: 'timer-set' }> | undefined;
    for (const timer of this.timers.values())
      if (timer.at <= end && (!next || timer.at < next.at)) next = timer;
    if (next) this.timers.delete(next.key);
    this.now = next ? Math.max(this.now, next.at) : end;
    return next?.event;
  }

  // ---- what rules are told in

  queue(id: string, more: Partial<QueueSettings> = {}): void {
    this.do({ type: 'queue.set', queue: queueOf(id, more) });
  }

  /** An agent in these queues, with a phone, available one millisecond after the one before. */
  agent(id: string, ...queues: string[]): void {
    this.agentWith({}, id, ...queues);
  }

  /** The same with skills, capacity or rank. */
  agentWith(more: Partial<AgentSettings>, id: string, ...queues: string[]): void {
    this.now += 1;
    this.do({ type: 'agent.set', agent: agentOf(id, queues, more) });
    this.reachable(id, true);
    this.presence(id, 'available');
  }

  presence(agentId: string, presence: Presence, reason?: string): void {
    this.do({ type: 'presence.set', agentId, presence, reason });
  }

  reachable(agentId: string, reachable: boolean): void {
    this.do({ type: 'reachable.set', agentId, reachable });
  }

  /** A call arrives; its item id. */
  call(queueId: string, more: Partial<NewWorkItem> = {}): string {
    const item = this.item(queueId, more);
    this.do({ type: 'item.arrived', item });
    return item.id;
  }

  item(queueId: string, more: Partial<NewWorkItem> = {}): NewWorkItem {
    const id = more.id ?? `i${++this.#items}`;
    return { id, interactionId: `x-${id}`, channel: 'call', queueId, priority: 0, ...more };
  }

  /** The agent takes what rings and is done with it `ms` later; the item. */
  serve(agentId: string, ms = 0): string {
    const itemId = this.rings(agentId) ?? 'none';
    this.accept(agentId);
    this.advance(ms);
    this.end(itemId);
    return itemId;
  }

  move(itemId: string, queueId: string): void {
    this.do({ type: 'item.moved', itemId, queueId });
  }

  explain(itemId: string): Explanation {
    const explained = this.core.explain(itemId, this.now);
    if (!explained) throw new Error(`${itemId} is not here`);
    return explained;
  }

  waiting(queueId: string): number | undefined {
    return this.core.queue(queueId, this.now)?.waiting;
  }

  offer(agentId: string): Offer | undefined {
    return this.core.agent(agentId)?.offer;
  }

  /** The item offered to this agent. */
  rings(agentId: string): string | undefined {
    return this.offer(agentId)?.itemId;
  }

  accept(agentId: string): void {
    this.do({ type: 'offer.accepted', offerId: this.offer(agentId)?.id ?? 'none' });
  }

  decline(agentId: string, outcome: 'declined' | 'busy' | 'failed' = 'declined'): void {
    this.do({ type: 'offer.declined', offerId: this.offer(agentId)?.id ?? 'none', outcome });
  }

  end(itemId: string): void {
    this.do({ type: 'work.ended', itemId });
  }

  withdraw(itemId: string): void {
    this.do({ type: 'item.withdrawn', itemId, end: 'abandoned' });
  }

  /** Finishes the wrap-up of the agent's last work. */
  finish(agentId: string): void {
    this.do({ type: 'wrap-up.finished', agentId, itemId: this.hand(agentId)?.itemId ?? 'none' });
  }

  extend(agentId: string): void {
    this.do({ type: 'wrap-up.extended', agentId, itemId: this.hand(agentId)?.itemId ?? 'none' });
  }

  hand(agentId: string): HandView | undefined {
    return this.core.agent(agentId)?.hands.at(-1);
  }

  state(agentId: string): string | undefined {
    return this.core.agent(agentId)?.state;
  }

  facts<T extends FactType>(type: T, effects: readonly Effect[] = this.effects): FactOf<T>[] {
    return effects
      .filter((effect) => effect.type === 'fact')
      .map((effect): Fact => effect.fact)
      .filter((fact): fact is FactOf<T> => fact.type === type);
  }

  refused(): string | undefined {
    const [first] = this.last;
    return first?.type === 'refused' ? `${first.code} ${String(first.details?.why)}` : undefined;
  }
}
