import type { Kernel, Timer } from '#server/kernel/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import {
  type AgentRouting,
  type Hours,
  type Profile,
  type QueueSettings,
  queueDefaults,
  type Skill,
} from '#shared/model/routing.ts';
import type { Effect, Restored, RoutingEvent } from './events.core.ts';
import { planRestart, type RestartPlan } from './restart.core.ts';
import { Administration } from './routing.administration.ts';
import { RoutingCore } from './routing.core.ts';
import { agentStates, readLeft, readSettings, type Settings, wordsOps } from './routing.store.ts';
import { DIRECT } from './settings.core.ts';
import type { Forced, Offer, OfferCarrier, Routing, RoutingService } from './types.ts';

export interface RoutingOptions {
  readonly kernel: Kernel;
  /** From 0 up to 1: what the strategy `random` draws. */
  readonly random?: () => number;
}

/**
 * Runs the routing core: loads settings and agents, restores the work that outlived the last server (restart.core.ts),
 * carries out effects, keeps the timers, writes the facts; administration is routing.administration.ts. The journal must
 * project `routingProjection`, and have no facts of this run about agents or work yet. Waits until the database answers.
 */
export async function createRouting({
  kernel,
  random = Math.random,
}: RoutingOptions): Promise<RoutingService> {
  const settings = await readSettings(kernel.db, kernel.log);
  const service = new Service(kernel, random, settings);
  await service.load(settings);
  return service;
}

class Service implements RoutingService {
  readonly #kernel: Kernel;
  readonly #core: RoutingCore;
  readonly #timers = new Map<string, Timer>();
  readonly #admin: Administration;
  #outlived: ReadonlySet<string> = new Set();
  #carrier: OfferCarrier | undefined;
  /** Offers made before there was a carrier. */
  #early: Offer[] = [];
  /** Effects not carried out yet: a carrier may call back while it is being told something. */
  readonly #due: Effect[] = [];
  #draining = false;
  #midnight: Timer | undefined;
  #stopped = false;

  constructor(kernel: Kernel, random: () => number, settings: Settings) {
    this.#kernel = kernel;
    this.#core = new RoutingCore({ newOfferId: () => kernel.ids.next('offer'), random });
    this.#admin = new Administration(kernel, settings, this.#core, (event) => this.#command(event));
  }

  // ---- start

  /** Before anything else. */
  async load(settings: Settings): Promise<void> {
    const { db, log, clock, journal } = this.#kernel;
    const left = await readLeft(db, log, clock.now());
    const known = this.#admin.agentIds();
    const agentIds = new Set(known);
    const plan = planRestart({ ...left, isAgent: (id) => agentIds.has(id) }, clock.now());
    this.#outlived = plan.interactions;
    for (const fact of plan.facts) {
      const over = fact.type === 'work.ended' ? wordsOps({ itemId: fact.itemId, attributes: undefined }) : [];
      journal.append(fact, over);
    }
    const queues = [...this.#readableQueues(settings), ...this.#lostQueues(settings, plan)];
    this.#admin.thereAre(new Set(queues.map(({ id }) => id)));
    await journal.flush();
    // As those facts left it.
    const free = new Map((await agentStates(db, log)).map(({ agentId }, i) => [agentId, i]));
    const agents = [...plan.agents].sort((a, b) => (free.get(a.id) ?? 0) - (free.get(b.id) ?? 0));
    for (const hours of this.#admin.hours()) this.#command({ type: 'hours.set', hours });
    for (const queue of queues) this.#command({ type: 'queue.set', queue });
    const states = new Map<string, Restored>(agents.map(({ id, restored }) => [id, restored]));
    for (const id of new Set([...states.keys(), ...known])) {
      const agent = this.#admin.settingsOf(id);
      const restored = states.get(id);
      if (agent) this.#command({ type: 'agent.set', agent, ...(restored ? { restored } : {}) });
    }
    for (const item of this.#inOrder(plan, queues)) this.#command({ type: 'item.restored', ...item });
    this.#awaitMidnight();
  }

  /** Open at all times where the opening hours could not be read: better than to turn callers away. */
  #readableQueues({ queue: queues, hours }: Settings): QueueSettings[] {
    return [...queues.values()].map((queue) => {
      if (queue.hours === null || hours.has(queue.hours)) return queue;
      const { id, hours: gone } = queue;
      this.#kernel.log.error(
        { queue: id, hours: gone },
        'the opening hours of this queue are gone: it is open',
      );
      return { ...queue, hours: null };
    });
  }

  /**
   * Work is never lost with its queue, should one be gone from the settings (a database restored or changed by hand): the
   * queue is made again, closed, so that a supervisor sees the work and moves it.
   */
  #lostQueues({ queue: known }: Settings, { queues }: RestartPlan): QueueSettings[] {
    return [...queues]
      .filter((id) => id !== DIRECT && !known.has(id))
      .map((id) => {
        const queue: QueueSettings = { ...queueDefaults, id, name: id, closed: true };
        this.#kernel.log.error({ queue: id }, 'this queue is gone but work waits in it: made again, closed');
        this.#admin.make(queue);
        return queue;
      });
  }

  /** Best first, as one turn would hand it out: a core without agents, where everything waits, puts it in order. */
  #inOrder({ waiting }: RestartPlan, queues: readonly QueueSettings[]) {
    if (waiting.length < 2) return waiting;
    const now = this.#kernel.clock.now();
    const scratch = new RoutingCore({ newOfferId: () => '', random: () => 0 });
    const open = queues.map((queue) => ({ ...queue, hours: null, overflow: [] }));
    for (const queue of open) scratch.handle({ type: 'queue.set', queue }, now);
    for (const item of waiting) scratch.handle({ type: 'item.restored', ...item }, now);
    const ids = queues.map(({ id }) => id);
    const place = new Map(scratch.waitingIds(ids, now).map((itemId, i) => [itemId, i]));
    return [...waiting].sort((a, b) => (place.get(a.item.id) ?? 0) - (place.get(b.item.id) ?? 0));
  }

  /** What fewest-handled and least-talk-time count begins again at midnight of the zone this server runs in. */
  #awaitMidnight(): void {
    const { clock } = this.#kernel;
    const midnight = new Date(clock.now()).setHours(24, 0, 0, 0);
    this.#midnight = clock.after(midnight - clock.now(), () => {
      // A machine's clock may be set back while the timer runs.
      if (clock.now() >= midnight) this.#command({ type: 'counters.reset' });
      this.#awaitMidnight();
    });
  }

  carry(carrier: OfferCarrier): void {
    this.#carrier = carrier;
    for (const offer of this.#early.splice(0))
      if (this.#core.agent(offer.agentId)?.offer?.id === offer.id) this.#due.push({ type: 'offer', offer });
    this.#drain();
  }

  // ---- work

  enqueue(item: Parameters<Routing['enqueue']>[0]): void {
    this.#command({ type: 'item.arrived', item });
  }

  withdraw(itemId: string, end: Parameters<Routing['withdraw']>[1]): void {
    this.#command({ type: 'item.withdrawn', itemId, end });
  }

  callBack(itemId: string, interactionId: string, attributes: Readonly<Record<string, string>>): void {
    this.#command({ type: 'item.called-back', itemId, interactionId, attributes });
  }

  move(itemId: string, queueId: string, by?: string): void {
    this.#command({ type: 'item.moved', itemId, queueId, by });
  }

  boost(itemId: string, points: number, by?: string): void {
    this.#command({ type: 'item.boosted', itemId, boost: points, by });
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

  finishWrapUp(agentId: string, itemId: string): void {
    this.#command({ type: 'wrap-up.finished', agentId, itemId });
  }

  extendWrapUp(agentId: string, itemId: string): number {
    this.#command({ type: 'wrap-up.extended', agentId, itemId });
    const hand = this.#core.agent(agentId)?.hands.find((held) => held.itemId === itemId && held.wrapUp);
    const deadline = hand?.wrapUp?.deadline;
    if (deadline === undefined) throw new Error('an extended wrap-up has a deadline');
    return deadline;
  }

  setPresence(
    agentId: string,
    presence: Parameters<Routing['setPresence']>[1],
    reason: string | undefined,
    by?: string,
  ): 'now' | 'next' {
    if (reason !== undefined && !this.#admin.hasReason(reason))
      throw new AppError('presence.reason-unknown', 'no such reason for being not ready', { reason });
    const kept = presence === 'not-ready' ? reason : undefined; // the other two need none
    this.#command({ type: 'presence.set', agentId, presence, reason: kept, by });
    return this.#core.agent(agentId)?.next ? 'next' : 'now';
  }

  setReachable(agentId: string, reachable: boolean): void {
    this.#command({ type: 'reachable.set', agentId, reachable });
  }

  // ---- administration

  setQueue = (settings: QueueSettings, by: string) => this.#admin.setQueue(settings, by);
  removeQueue = (queueId: string, by: string) => this.#admin.removeQueue(queueId, by);
  setSkill = (skill: Skill, by: string) => this.#admin.setSkill(skill, by);
  removeSkill = (skillId: string, by: string) => this.#admin.removeSkill(skillId, by);
  setHours = (hours: Hours, by: string) => this.#admin.setHours(hours, by);
  removeHours = (hoursId: string, by: string) => this.#admin.removeHours(hoursId, by);
  setProfile = (profile: Profile, forced: Forced, by: string) => this.#admin.setProfile(profile, forced, by);
  removeProfile = (profileId: string, by: string) => this.#admin.removeProfile(profileId, by);
  setAgent = (agent: AgentRouting, forced: Forced, by: string) => this.#admin.setAgents([agent], forced, by);
  setAgents = (agents: readonly AgentRouting[], forced: Forced, by: string) =>
    this.#admin.setAgents(agents, forced, by);
  removeAgent = (agentId: string, forced: Forced, by: string) => this.#admin.removeAgent(agentId, forced, by);
  setReason = (reason: { id: string; name: string }, by: string) => this.#admin.setReason(reason, by);
  removeReason = (reasonId: string, by: string) => this.#admin.removeReason(reasonId, by);
  skills = () => this.#admin.skills();
  hours = () => this.#admin.hours();
  profiles = () => this.#admin.profiles();
  agentRouting = (agentId: string) => this.#admin.agent(agentId);
  reasons = () => this.#admin.reasons();

  // ---- what there is

  agent = (agentId: string) => this.#core.agent(agentId);
  agents = () => this.#core.agents();
  queue = (queueId: string) => this.#core.queue(queueId, this.#kernel.clock.now());
  queues = () => this.#core.queues(this.#kernel.clock.now());
  queueSettings = (queueId: string) => this.#core.queueSettings(queueId);
  explain = (itemId: string) => this.#core.explain(itemId, this.#kernel.clock.now());
  waiting = (queueIds: readonly string[], limit: number) =>
    this.#core.waiting(queueIds, limit, this.#kernel.clock.now());
  outlived = (interactionId: string) => this.#outlived.has(interactionId);
  openItems = () => this.#core.openItems;
  timers = () => this.#timers.size;

  stop(): void {
    this.#stopped = true;
    this.#midnight?.cancel();
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  // ---- the core

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
    let done = 0;
    try {
      for (; done < this.#due.length; done++) this.#perform(this.#due[done] as Effect);
    } finally {
      this.#due.splice(0, done + 1); // at once: a change of settings may have hundreds of thousands
      this.#draining = false;
    }
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case 'fact':
        this.#kernel.journal.append(effect.fact, effect.words && wordsOps(effect.words));
        break;
      case 'timer-set':
        this.#setTimer(effect);
        break;
      case 'timer-cancel':
        this.#timers.get(effect.key)?.cancel();
        this.#timers.delete(effect.key);
        break;
      case 'offer':
        if (!this.#carrier) this.#early.push(effect.offer);
        // A carrier that fails must not leave the item with an agent nobody rings.
        else if (!this.#tell((carrier) => carrier.onOffer(effect.offer)))
          this.#handle({ type: 'offer.declined', offerId: effect.offer.id, outcome: 'failed' });
        break;
      case 'offer-ended':
        this.#tell((carrier) => carrier.onOfferEnded(effect.offer, effect.outcome));
        break;
      case 'item-refused':
        this.#tell((carrier) => carrier.onItemRefused?.(effect.itemId, effect.outcome));
        break;
      case 'item-moved':
        this.#tell((carrier) => carrier.onItemMoved?.(effect.itemId, effect.queueId));
        break;
      case 'item-overflowed':
        this.#tell((carrier) => carrier.onItemOverflowed?.(effect.itemId, effect.to));
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
