import type { Fact, FactOf, FactType } from '#shared/model/facts.ts';
import type { Presence } from '#shared/model/states.ts';
import type { Effect, RoutingEvent } from '../events.core.ts';
import { RoutingCore } from '../routing.core.ts';
import type { NewWorkItem, Offer, QueueSettings } from '../types.ts';

export function queueOf(id: string, more: Partial<QueueSettings> = {}): QueueSettings {
  return {
    id,
    name: id,
    strategy: 'longest-idle',
    offerMs: 20_000,
    wrapUp: { mode: 'none', ms: 0, extendMs: 0 },
    retryMs: { declined: 30_000, busy: 15_000, failed: 10_000 },
    targetMs: 20_000,
    record: false,
    ringMs: 8_000,
    ...more,
  };
}

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
  #offers = 0;
  #items = 0;

  constructor() {
    this.core = new RoutingCore(() => `o${++this.#offers}`);
  }

  do(event: RoutingEvent): Effect[] {
    this.log.push({ event, now: this.now });
    this.last = this.core.handle(event, this.now);
    for (const effect of this.last) {
      this.effects.push(effect);
      if (effect.type === 'timer-set') this.timers.set(effect.key, effect);
      else if (effect.type === 'timer-cancel') this.timers.delete(effect.key);
    }
    return this.last;
  }

  /** Moves time on, running each timer at its instant; `seen` is told after each. */
  advance(ms: number, seen: () => void = () => {}): void {
    const end = this.now + ms;
    for (;;) {
      let next: Extract<Effect, { type: 'timer-set' }> | undefined;
      for (const timer of this.timers.values())
        if (timer.at <= end && (!next || timer.at < next.at)) next = timer;
      if (!next) break;
      this.timers.delete(next.key);
      this.now = Math.max(this.now, next.at);
      this.do(next.event);
      seen();
    }
    this.now = end;
  }

  // ---- what rules are told in

  queue(id: string, more: Partial<QueueSettings> = {}): void {
    this.do({ type: 'queue.set', queue: queueOf(id, more) });
  }

  /** An agent in these queues, with a phone, available one millisecond after the one before. */
  agent(id: string, ...queues: string[]): void {
    this.now += 1;
    this.do({ type: 'agent.set', agent: { id, queues } });
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
    const id = more.id ?? `i${++this.#items}`;
    const item = { id, interactionId: `x-${id}`, channel: 'call', queueId, priority: 0, ...more } as const;
    this.do({ type: 'item.arrived', item });
    return id;
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
