import type { z } from 'zod';
import type { Kernel, Timer } from '#server/kernel/index.ts';
import { AppError, type ErrorCode } from '#shared/contract/errors.ts';
import {
  type AgentRouting,
  agentRoutingSchema,
  type Hours,
  hoursSchema,
  type Profile,
  profileSchema,
  type QueueSettings,
  queueDefaults,
  queueSettingsSchema,
  reasonSchema,
  type Skill,
  skillSchema,
} from '#shared/model/routing.ts';
import type { Channel } from '#shared/model/states.ts';
import type { Effect, Restored, RoutingEvent } from './events.core.ts';
import { type OpenWrapUp, planRestart, type RestartPlan } from './restart.core.ts';
import { RoutingCore } from './routing.core.ts';
import { type Kind, RoutingStore } from './routing.store.ts';
import { DIRECT } from './settings.core.ts';
import type { AgentSettings, Forced, Offer, OfferCarrier, Routing, RoutingService } from './types.ts';

export interface RoutingOptions {
  readonly kernel: Kernel;
  /** From 0 up to 1: what the strategy `random` draws. */
  readonly random?: () => number;
}

/**
 * Runs the routing core: loads settings and agents, restores the work that outlived the last server (restart.core.ts),
 * carries out effects, keeps the timers, writes the facts. Create after the journal, before its first append.
 *
 * Settings are checked first, then stored, then put in force; what is removed is let go of first and deleted then. So
 * what is refused changes nothing, and a disk that fails leaves nothing in force that a restart would not bring back.
 */
export function createRouting({ kernel, random = Math.random }: RoutingOptions): RoutingService {
  return new Service(kernel, random);
}

class Service implements RoutingService {
  readonly #kernel: Kernel;
  readonly #store: RoutingStore;
  readonly #core: RoutingCore;
  readonly #timers = new Map<string, Timer>();
  readonly #skills: Map<string, Skill>;
  readonly #hours: Map<string, Hours>;
  readonly #profiles: Map<string, Profile>;
  readonly #agents: Map<string, AgentRouting>;
  readonly #reasons: Map<string, z.infer<typeof reasonSchema>>;
  #outlived: ReadonlySet<string> = new Set();
  #carrier: OfferCarrier | undefined;
  /** Offers made before there was a carrier. */
  #early: Offer[] = [];
  /** Effects not carried out yet: a carrier may call back while it is being told something. */
  readonly #due: Effect[] = [];
  #draining = false;
  #midnight: Timer | undefined;
  #stopped = false;

  constructor(kernel: Kernel, random: () => number) {
    this.#kernel = kernel;
    this.#store = new RoutingStore(kernel.db);
    this.#core = new RoutingCore({ newOfferId: () => kernel.ids.next('offer'), random });
    kernel.journal.project((fact) => this.#store.project(fact));
    this.#skills = byId(this.#store.all('skill'));
    this.#hours = byId(this.#store.all('hours'));
    this.#profiles = byId(this.#store.all('profile'));
    this.#agents = byId(this.#store.all('agent'));
    this.#reasons = byId(this.#store.all('reason'));
    this.#load();
    this.#awaitMidnight();
  }

  // ---- start

  #load(): void {
    const plan = planRestart(
      {
        agents: this.#store.agentStates(),
        seats: this.#store.seats(this.#kernel.clock.now()),
        items: this.#store.openItems(),
        offers: this.#store.openOffers(),
        wrapUps: this.#store.openWrapUps(),
        isAgent: (id) => this.#agents.has(id),
        channelOf: (wrapUp) => this.#channelOf(wrapUp),
      },
      this.#kernel.clock.now(),
    );
    this.#outlived = plan.interactions;
    for (const fact of plan.facts) this.#kernel.journal.append(fact);
    for (const hours of this.#hours.values()) this.#command({ type: 'hours.set', hours });
    const queues = [...this.#store.all('queue'), ...this.#lostQueues(plan)];
    for (const queue of queues) this.#command({ type: 'queue.set', queue });
    const states = new Map<string, Restored>(plan.agents.map(({ id, restored }) => [id, restored]));
    for (const id of new Set([...states.keys(), ...this.#agents.keys()])) {
      const agent = this.#settingsOf(id);
      const restored = states.get(id);
      if (agent) this.#command({ type: 'agent.set', agent, ...(restored ? { restored } : {}) });
    }
    for (const item of this.#inOrder(plan, queues)) this.#command({ type: 'item.restored', ...item });
  }

  /**
   * Work is never lost with its queue, should one be gone from the settings (a database restored or changed by hand): the
   * queue is made again, closed and served by nobody, so that a supervisor sees the work and moves it.
   */
  #lostQueues({ queues }: RestartPlan): QueueSettings[] {
    const known = new Set([DIRECT, ...this.#store.all('queue').map(({ id }) => id)]);
    return [...queues]
      .filter((id) => !known.has(id))
      .map((id) => {
        const queue: QueueSettings = { ...queueDefaults, id, name: id, closed: true };
        this.#kernel.log.error({ queue: id }, 'this queue is gone but work waits in it: made again, closed');
        this.#store.save('queue', queue);
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
    const place = new Map(scratch.waiting(ids, waiting.length, now).map(({ itemId }, i) => [itemId, i]));
    return [...waiting].sort((a, b) => (place.get(a.item.id) ?? 0) - (place.get(b.item.id) ?? 0));
  }

  /** The fact of a wrap-up does not say; the arrival of its work does. */
  #channelOf({ itemId, interactionId }: OpenWrapUp): Channel {
    let channel: Channel = 'call';
    for (const fact of this.#kernel.journal.ofInteraction(interactionId)) {
      if (fact.type === 'work.arrived' && fact.itemId === itemId) channel = fact.channel;
      if (fact.type === 'work.called-back' && fact.itemId === itemId) channel = 'callback';
    }
    return channel;
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
    if (reason !== undefined && !this.#reasons.has(reason))
      throw new AppError('presence.reason-unknown', 'no such reason for being not ready', { reason });
    const kept = presence === 'not-ready' ? reason : undefined; // the other two need none
    this.#command({ type: 'presence.set', agentId, presence, reason: kept, by });
    return this.#core.agent(agentId)?.next ? 'next' : 'now';
  }

  setReachable(agentId: string, reachable: boolean): void {
    this.#command({ type: 'reachable.set', agentId, reachable });
  }

  // ---- administration

  setQueue(settings: QueueSettings): void {
    const queue = parse(queueSettingsSchema, settings);
    if (queue.id === DIRECT) throw builtIn();
    this.#knowSkills([...Object.keys(queue.skills), ...queue.relax.flatMap((step) => step.drop)]);
    if (queue.hours !== null && !this.#hours.has(queue.hours)) throw unknown('hours', queue.hours);
    for (const { to } of queue.overflow)
      if (to.kind === 'queue' && to.queueId !== queue.id) this.#knowQueue(to.queueId);
    this.#save(() => this.#store.save('queue', queue));
    this.#command({ type: 'queue.set', queue });
  }

  removeQueue(queueId: string): void {
    if (queueId === DIRECT) throw builtIn();
    this.#knowQueue(queueId);
    const user = this.#queueSettings().find(
      ({ id, overflow }) =>
        id !== queueId && overflow.some(({ to }) => to.kind === 'queue' && to.queueId === queueId),
    );
    if (user) throw inUse('another queue overflows to this one', { queue: user.id });
    this.#command({ type: 'queue.removed', queueId });
    const changed = [...this.#profiles.values()]
      .filter(({ queues }) => queues.some((serves) => serves.queueId === queueId))
      .map((profile) => ({ ...profile, queues: profile.queues.filter((q) => q.queueId !== queueId) }));
    for (const profile of changed) this.#profiles.set(profile.id, profile);
    this.#save(() => {
      this.#store.remove('queue', queueId);
      for (const profile of changed) this.#store.save('profile', profile);
    });
  }

  setSkill(input: Skill): void {
    const skill = parse(skillSchema, input);
    this.#save(() => this.#store.save('skill', skill));
    this.#skills.set(skill.id, skill);
  }

  removeSkill(skillId: string): void {
    if (!this.#skills.has(skillId)) throw unknown('skill', skillId);
    const agent = [...this.#agents.values()].find(({ skills }) => Object.hasOwn(skills, skillId));
    if (agent) throw inUse('an agent has this skill', { agent: agent.id });
    const queue = this.#queueSettings().find(
      ({ skills, relax }) =>
        Object.hasOwn(skills, skillId) || relax.some(({ drop }) => drop.includes(skillId)),
    );
    if (queue) throw inUse('a queue asks for this skill', { queue: queue.id });
    this.#remove('skill', this.#skills, skillId);
  }

  setHours(input: Hours): void {
    const hours = parse(hoursSchema, input);
    this.#save(() => this.#store.save('hours', hours));
    this.#hours.set(hours.id, hours);
    this.#command({ type: 'hours.set', hours });
  }

  removeHours(hoursId: string): void {
    if (!this.#hours.has(hoursId)) throw unknown('hours', hoursId);
    const user = this.#queueSettings().find(({ hours }) => hours === hoursId);
    if (user) throw inUse('a queue has these opening hours', { queue: user.id });
    this.#command({ type: 'hours.removed', hoursId });
    this.#remove('hours', this.#hours, hoursId);
  }

  setProfile(input: Profile, { force = false }: Forced = {}): void {
    const profile = parse(profileSchema, input);
    for (const { queueId } of profile.queues) this.#knowQueue(queueId);
    const users = [...this.#agents.values()].filter(({ profileId }) => profileId === profile.id);
    if (!force) this.#refuseStranding(new Map(users.map(({ id }) => [id, served(profile)])));
    this.#save(() => this.#store.save('profile', profile));
    this.#profiles.set(profile.id, profile);
    for (const { id } of users) {
      const agent = this.#settingsOf(id);
      if (agent) this.#command({ type: 'agent.set', agent });
    }
  }

  removeProfile(profileId: string): void {
    if (!this.#profiles.has(profileId)) throw unknown('profile', profileId);
    const agent = [...this.#agents.values()].find((one) => one.profileId === profileId);
    if (agent) throw inUse('an agent has this profile', { agent: agent.id });
    this.#remove('profile', this.#profiles, profileId);
  }

  setAgent(input: AgentRouting, { force = false }: Forced = {}): void {
    const routing = parse(agentRoutingSchema, input);
    const profile = this.#profiles.get(routing.profileId);
    if (!profile) throw unknown('profile', routing.profileId);
    this.#knowSkills(Object.keys(routing.skills));
    if (!force) this.#refuseStranding(new Map([[routing.id, served(profile)]]));
    this.#save(() => this.#store.save('agent', routing));
    this.#agents.set(routing.id, routing);
    this.#command({ type: 'agent.set', agent: resolve(routing, profile) });
  }

  removeAgent(agentId: string, { force = false }: Forced = {}): void {
    if (!this.#agents.has(agentId)) throw new AppError('not-found', 'no such agent', { agent: agentId });
    if (!force) this.#refuseStranding(new Map([[agentId, new Set()]]));
    this.#command({ type: 'agent.removed', agentId });
    this.#remove('agent', this.#agents, agentId);
  }

  setReason(input: z.infer<typeof reasonSchema>): void {
    const reason = parse(reasonSchema, input);
    this.#save(() => this.#store.save('reason', reason));
    this.#reasons.set(reason.id, reason);
  }

  removeReason(reasonId: string): void {
    if (!this.#reasons.has(reasonId)) throw new AppError('not-found', 'no such reason', { reason: reasonId });
    this.#remove('reason', this.#reasons, reasonId);
  }

  /** Facts first: settings stored must not run ahead of the work they were checked against. */
  #save(write: () => void): void {
    this.#kernel.journal.flush();
    this.#store.together(write);
  }

  #remove(kind: Kind, known: Map<string, unknown>, id: string): void {
    known.delete(id);
    this.#save(() => this.#store.remove(kind, id));
  }

  #knowQueue(id: string): void {
    if (id === DIRECT || !this.#core.queueSettings(id)) throw unknown('queue', id);
  }

  #knowSkills(ids: readonly string[]): void {
    const missing = ids.find((id) => !this.#skills.has(id));
    if (missing !== undefined) throw unknown('skill', missing);
  }

  /** @param serving these agents would serve these queues and no others (R30) */
  #refuseStranding(serving: ReadonlyMap<string, ReadonlySet<string>>): void {
    const agents = this.#core.agents();
    const stranded = this.#queues().filter(({ id, waiting }) => {
      if (waiting === 0) return false;
      const before = agents.filter(({ queues }) => queues.some(({ queueId }) => queueId === id));
      return before.length > 0 && before.every((agent) => serving.get(agent.id)?.has(id) === false);
    });
    if (stranded.length > 0)
      throw new AppError('routing.strands-work', 'work waits that nobody would serve any more', {
        queues: stranded.map(({ id }) => id),
      });
  }

  #settingsOf(agentId: string): AgentSettings | undefined {
    const agent = this.#agents.get(agentId);
    const profile = agent && this.#profiles.get(agent.profileId);
    return profile && resolve(agent, profile);
  }

  #queueSettings(): QueueSettings[] {
    return this.#queues().flatMap(({ id }) => this.#core.queueSettings(id) ?? []);
  }

  // ---- what there is

  skills = () => [...this.#skills.values()];
  hours = () => [...this.#hours.values()];
  profiles = () => [...this.#profiles.values()];
  agentRouting = (agentId: string) => this.#agents.get(agentId);
  reasons = () => [...this.#reasons.values()];
  agent = (agentId: string) => this.#core.agent(agentId);
  agents = () => this.#core.agents();
  queue = (queueId: string) => this.#core.queue(queueId, this.#kernel.clock.now());
  queues = () => this.#queues();
  #queues = () => this.#core.queues(this.#kernel.clock.now());
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

const byId = <T extends { readonly id: string }>(list: readonly T[]): Map<string, T> =>
  new Map(list.map((one) => [one.id, one]));

const served = ({ queues }: Profile): Set<string> => new Set(queues.map(({ queueId }) => queueId));

function resolve({ id, skills, rank }: AgentRouting, profile: Profile): AgentSettings {
  const { queues, capacity, interrupts } = profile;
  return { id, queues, skills, capacity, interrupts, rank };
}

const unknown = (what: 'queue' | 'skill' | 'profile' | 'hours', id: string): AppError => {
  const words = { queue: 'queue', skill: 'skill', profile: 'routing profile', hours: 'opening hours' };
  return new AppError(`${what}.unknown` satisfies ErrorCode, `no such ${words[what]}`, { [what]: id });
};

const inUse = (message: string, by: Readonly<Record<string, string>>): AppError =>
  new AppError('routing.in-use', message, by);

const builtIn = (): AppError =>
  new AppError('conflict', 'this queue is built in', { why: 'built-in', queue: DIRECT });

function parse<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new AppError('bad-request', 'these settings cannot be used', {
    problems: result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
  });
}
