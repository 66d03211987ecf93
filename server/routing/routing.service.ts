import type { z } from 'zod';
import type { Kernel, Timer } from '#server/kernel/index.ts';
import { AppError } from '#shared/contract/errors.ts';
import type { Effect, Restored, RoutingEvent } from './events.core.ts';
import { RoutingCore } from './routing.core.ts';
import { RoutingStore, type StoredAgentState } from './routing.store.ts';
import { agentSettingsSchema, queueSettingsSchema } from './settings.core.ts';
import type { AgentSettings, OfferCarrier, QueueSettings, Routing } from './types.ts';

/** Routing with what administration and the seed need. Everything set here is stored. */
export interface RoutingService extends Routing {
  /** Adds or changes a queue; in force from the next offer and the next wrap-up on. Throws `bad-request`. */
  setQueue(settings: QueueSettings): void;
  /** Throws `conflict` while work is in it. */
  removeQueue(queueId: string): void;
  /** Adds an agent (offline) or changes its queues. Throws `bad-request`, `queue.unknown`. */
  setAgent(settings: AgentSettings): void;
  /** Revokes its offer; work in its hands goes on to its end. */
  removeAgent(agentId: string): void;
  /** Reasons for being not ready, in the order to show them. */
  reasons(): readonly { readonly id: string; readonly name: string }[];
  /** Work arrived and not ended. */
  openItems(): number;
  /** Timers running. */
  timers(): number;
  /** Cancels every timer. Call last. */
  stop(): void;
}

/**
 * Runs the routing core: loads queues and agents, carries out effects, keeps the timers, writes the facts.
 * Work that a dead server left behind is ended by facts at once. Create after the journal, before its first append.
 */
export function createRouting({ kernel }: { kernel: Kernel }): RoutingService {
  return new Service(kernel);
}

class Service implements RoutingService {
  readonly #kernel: Kernel;
  readonly #store: RoutingStore;
  readonly #core: RoutingCore;
  readonly #timers = new Map<string, Timer>();
  readonly #reasons: readonly { readonly id: string; readonly name: string }[];
  #carrier: OfferCarrier | undefined;
  /** Effects not carried out yet: a carrier may call back while it is being told something. */
  readonly #due: Effect[] = [];
  #draining = false;
  #stopped = false;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#store = new RoutingStore(kernel.db);
    this.#core = new RoutingCore(() => kernel.ids.next('offer'));
    this.#reasons = this.#store.reasons();
    kernel.journal.project((fact) => this.#store.project(fact));
    this.#load();
  }

  #load(): void {
    this.#closeOpenWork();
    for (const queue of this.#store.queues()) this.#handle({ type: 'queue.set', queue });
    const agents = new Map(this.#store.agents().map((agent) => [agent.id, agent]));
    for (const state of this.#store.agentStates()) {
      const agent = agents.get(state.agentId);
      if (!agent) continue;
      agents.delete(agent.id);
      this.#handle({ type: 'agent.set', agent, restored: restored(state) });
    }
    for (const agent of agents.values()) this.#handle({ type: 'agent.set', agent });
  }

  /** The calls behind it are gone with the old process; so that nothing stays open for ever, say so. */
  #closeOpenWork(): void {
    const { journal } = this.#kernel;
    for (const { phase, offerId, agentId, ...work } of this.#store.openWork()) {
      const who = agentId === null ? {} : { agentId };
      if (phase === 'wrap-up') {
        if (agentId !== null) journal.append({ type: 'wrap-up.ended', ...work, agentId });
        continue;
      }
      if (phase === 'offered' && offerId !== null && agentId !== null)
        journal.append({ type: 'offer.ended', ...work, offerId, agentId, outcome: 'revoked' });
      const inHands = phase === 'in-hands' ? who : {};
      journal.append({ type: 'work.ended', ...work, end: 'server-restart', ...inHands });
    }
  }

  carry(carrier: OfferCarrier): void {
    this.#carrier = carrier;
  }

  enqueue(item: Parameters<Routing['enqueue']>[0]): void {
    this.#command({ type: 'item.arrived', item });
  }

  withdraw(itemId: string, end: Parameters<Routing['withdraw']>[1]): void {
    this.#command({ type: 'item.withdrawn', itemId, end });
  }

  accept(offerId: string): boolean {
    return this.#handle({ type: 'offer.accepted', offerId }) === undefined;
  }

  decline(offerId: string, outcome: Parameters<Routing['decline']>[1]): void {
    this.#command({ type: 'offer.declined', offerId, outcome });
  }

  workEnded(itemId: string): void {
    this.#command({ type: 'work.ended', itemId });
  }

  finishWrapUp(agentId: string): void {
    this.#command({ type: 'wrap-up.finished', agentId });
  }

  extendWrapUp(agentId: string): number {
    this.#command({ type: 'wrap-up.extended', agentId });
    const deadline = this.#core.agent(agentId)?.wrapUp?.deadline;
    if (deadline === undefined) throw new Error('an extended wrap-up has a deadline');
    return deadline;
  }

  setPresence(
    agentId: string,
    presence: Parameters<Routing['setPresence']>[1],
    reason: string | undefined,
  ): 'now' | 'next' {
    if (reason !== undefined && !this.#reasons.some((known) => known.id === reason))
      throw new AppError('presence.reason-unknown', 'no such reason for being not ready', { reason });
    const kept = presence === 'not-ready' ? reason : undefined; // the other two need none
    this.#command({ type: 'presence.set', agentId, presence, reason: kept });
    return this.#core.agent(agentId)?.next ? 'next' : 'now';
  }

  setReachable(agentId: string, reachable: boolean): void {
    this.#command({ type: 'reachable.set', agentId, reachable });
  }

  setQueue(settings: QueueSettings): void {
    const queue = parse(queueSettingsSchema, settings);
    this.#store.saveQueue(queue);
    this.#command({ type: 'queue.set', queue });
  }

  removeQueue(queueId: string): void {
    this.#command({ type: 'queue.removed', queueId });
    this.#store.removeQueue(queueId);
  }

  setAgent(settings: AgentSettings): void {
    const agent = parse(agentSettingsSchema, settings);
    this.#command({ type: 'agent.set', agent });
    this.#store.saveAgent(agent);
  }

  removeAgent(agentId: string): void {
    this.#command({ type: 'agent.removed', agentId });
    this.#store.removeAgent(agentId);
  }

  reasons = () => this.#reasons;
  agent = (agentId: string) => this.#core.agent(agentId);
  agents = () => this.#core.agents();
  queue = (queueId: string) => this.#core.queue(queueId);
  queues = () => this.#core.queues();
  queueSettings = (queueId: string) => this.#core.queueSettings(queueId);
  openItems = () => this.#core.openItems;
  timers = () => this.#timers.size;

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  /** Throws what the core refuses. */
  #command(event: RoutingEvent): void {
    const refused = this.#handle(event);
    if (refused) throw new AppError(refused.code, refused.message, refused.details);
  }

  #handle(event: RoutingEvent): Extract<Effect, { type: 'refused' }> | undefined {
    const effects = this.#core.handle(event, this.#kernel.clock.now());
    const [first] = effects;
    if (first?.type === 'refused') return first;
    this.#due.push(...effects);
    this.#drain();
    return undefined;
  }

  /** In the order of the events, also when the carrier's answer to one effect is another event. */
  #drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    try {
      for (let effect = this.#due.shift(); effect; effect = this.#due.shift()) this.#perform(effect);
    } finally {
      this.#draining = false;
    }
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case 'fact':
        this.#kernel.journal.append(effect.fact);
        break;
      case 'timer-set':
        this.#setTimer(effect);
        break;
      case 'timer-cancel':
        this.#timers.get(effect.key)?.cancel();
        this.#timers.delete(effect.key);
        break;
      case 'offer':
        // A carrier that fails must not leave the item with an agent nobody rings.
        if (!this.#tell((carrier) => carrier.onOffer(effect.offer)))
          this.#handle({ type: 'offer.declined', offerId: effect.offer.id, outcome: 'failed' });
        break;
      case 'offer-ended':
        this.#tell((carrier) => carrier.onOfferEnded(effect.offer, effect.outcome));
        break;
      case 'item-refused':
        this.#tell((carrier) => carrier.onItemRefused?.(effect.itemId, effect.outcome));
        break;
    }
  }

  #setTimer({ key, at, event }: Extract<Effect, { type: 'timer-set' }>): void {
    this.#timers.get(key)?.cancel();
    if (this.#stopped) return;
    const { clock } = this.#kernel;
    const timer = clock.after(Math.max(0, at - clock.now()), () => {
      this.#timers.delete(key);
      this.#handle(event);
    });
    this.#timers.set(key, timer);
  }

  /** False when the carrier threw: that is logged, and must not stop the effects behind it. */
  #tell(say: (carrier: OfferCarrier) => void): boolean {
    try {
      if (this.#carrier) say(this.#carrier);
      return true;
    } catch (error) {
      this.#kernel.log.error({ err: error }, 'offer carrier failed');
      return false;
    }
  }
}

function restored(state: StoredAgentState): Restored {
  return {
    presence: state.presence,
    reason: state.reason ?? undefined,
    next: state.nextPresence
      ? { presence: state.nextPresence, reason: state.nextReason ?? undefined }
      : undefined,
    missed: state.state === 'not-responding',
  };
}

function parse<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new AppError('bad-request', 'these settings cannot be used', {
    problems: result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
  });
}
