import { type Effect, RoutingCore, type RoutingEvent } from '#server/routing/index.ts';
import type { AgentSettings, NewWorkItem, Offer, QueueSettings } from '#server/routing/types.ts';
import type { Fact } from '#shared/model/facts/index.ts';
import type { Presence } from '#shared/model/states.ts';
import { Agenda, callOff, type Entry } from './agenda.core.ts';
import { type Distribution, sample } from './distribution.core.ts';
import { type Random, stream } from './random.core.ts';
import { comesBack, goesWithTheServer } from './restart.ts';

/** What an agent does with an offer, and its phone with itself. */
export interface Habits {
  /** From the offer to the answer. */
  readonly answer: Distribution;
  /** Share of offers it lets ring out (RONA), and declines. */
  readonly noAnswer: number;
  readonly decline: number;
  /** After an offer that rang out: how long until it is available again. */
  readonly back: Distribution;
  /** How long its phone is there, and then gone; undefined: it never goes. */
  readonly phoneLoss: { readonly every: Distribution; readonly lasts: Distribution } | undefined;
}

export const steadyHand: Habits = {
  answer: { kind: 'constant', mean: 0 },
  noAnswer: 0,
  decline: 0,
  back: { kind: 'constant', mean: 60_000 },
  phoneLoss: undefined,
};

/** A piece of work and what will come of it. */
export interface Job {
  readonly item: NewWorkItem;
  readonly handleMs: number;
  /** Leaves when not answered by then; undefined: never. */
  readonly patienceMs: number | undefined;
}

/** Who watches. Told of every fact of the routing core in order, and of work that never got in. */
export interface Watcher {
  onFact(fact: Fact, now: number): void;
  onRefused(item: NewWorkItem, now: number): void;
}

interface Live extends Job {
  readonly arrivedAt: number;
  /** Into its present queue. */
  queuedAt: number;
  inHands: boolean;
  /** Its patience, then the end of its work. */
  entry: Entry | undefined;
}

/**
 * A centre around the real routing core under a virtual clock: agents, callers and phones as chance will have them, and
 * the core's timers. It decides nothing about routing. S1 The same calls on it and the same seed give the same facts.
 */
export class Centre {
  now = 0;
  #core: RoutingCore;
  readonly #agenda = new Agenda();
  readonly #watcher: Watcher;
  readonly #dice: { readonly agents: Random; readonly phones: Random; readonly core: Random };
  readonly #timers = new Map<string, Entry>();
  readonly #live = new Map<string, Live>();
  readonly #queues = new Map<string, { settings: QueueSettings; wrapUp: Distribution | undefined }>();
  readonly #agents = new Map<string, { settings: AgentSettings; habits: Habits; phone: boolean }>();
  readonly #rings = new Set<string>();
  /** While the server is down: what is to be told it once it is up. */
  #missed: RoutingEvent[] | undefined;
  #offers = 0;

  constructor(seed: number, watcher: Watcher) {
    this.#watcher = watcher;
    this.#dice = {
      agents: stream(seed, 'agents'),
      phones: stream(seed, 'phones'),
      core: stream(seed, 'core'),
    };
    this.#core = this.#newCore();
  }

  /** Work that arrived and has not ended. */
  get openItems(): number {
    return this.#live.size;
  }

  /** To look at, not to touch. */
  get core(): Pick<RoutingCore, 'agent' | 'queue' | 'openItems'> {
    return this.#core;
  }

  // ---- what the scenario does

  at(when: number, run: () => void): void {
    this.#agenda.add(Math.max(when, this.now), run);
  }

  /** Runs what is due next, until `stop` says so or nothing is left to happen. */
  run(stop: () => boolean): void {
    while (!stop()) {
      const next = this.#agenda.next();
      if (!next) return;
      this.now = next.at;
      next.run?.();
    }
  }

  setQueue(settings: QueueSettings, wrapUp: Distribution | undefined): void {
    const mode = wrapUp ? 'optional' : 'none';
    const queue = { ...settings, wrapUp: { mode, ms: 0, extendMs: 0 } } as const;
    this.#queues.set(settings.id, { settings: queue, wrapUp });
    this.#do({ type: 'queue.set', queue });
  }

  /** With a phone, offline. */
  addAgent(settings: AgentSettings, habits: Habits): void {
    const agent = { settings, habits, phone: true };
    this.#agents.set(settings.id, agent);
    this.#do({ type: 'agent.set', agent: settings });
    this.#do({ type: 'reachable.set', agentId: settings.id, reachable: true });
    if (habits.phoneLoss) this.#losePhone(settings.id, habits.phoneLoss);
  }

  presence(agentId: string, presence: Presence): void {
    this.#do({ type: 'presence.set', agentId, presence, reason: undefined });
  }

  arrive(job: Job): void {
    const { item, patienceMs } = job;
    if (this.#missed) {
      this.#watcher.onRefused(item, this.now);
      return;
    }
    const live: Live = { ...job, arrivedAt: this.now, queuedAt: this.now, inHands: false, entry: undefined };
    this.#live.set(item.id, live);
    if (patienceMs !== undefined)
      live.entry = this.#agenda.add(this.now + patienceMs, () => this.#giveUp(item.id));
    if (this.#do({ type: 'item.arrived', item })) return;
    callOff(live.entry);
    this.#live.delete(item.id);
    this.#watcher.onRefused(item, this.now);
  }

  /** The server stops, and is up again after `downMs`: what a stop ends and keeps says R17 of routing. */
  restart(downMs: number): void {
    if (this.#missed) return;
    this.#missed = [];
    for (const entry of this.#timers.values()) callOff(entry);
    this.#timers.clear();
    this.#rings.clear();
    const agents = this.#core.agents();
    for (const { item, inHands, entry } of [...this.#live.values()]) {
      if (!goesWithTheServer(item)) continue;
      callOff(entry);
      this.#live.delete(item.id);
      const agentId = inHands ? agents.find((a) => a.hands.some((h) => h.itemId === item.id))?.id : undefined;
      const { id: itemId, interactionId, queueId } = item;
      const who = agentId === undefined ? {} : { agentId };
      this.#watcher.onFact(
        { type: 'work.ended', itemId, interactionId, queueId, end: 'server-restart', ...who },
        this.now,
      );
    }
    this.#core = this.#newCore();
    this.at(this.now + downMs, () => {
      const missed = this.#missed ?? [];
      this.#missed = undefined;
      for (const { settings } of this.#queues.values()) this.#do({ type: 'queue.set', queue: settings });
      for (const event of comesBack(agents, this.#agents, this.#live)) this.#do(event);
      for (const event of missed) this.#do(event);
    });
  }

  // ---- what the people in it do

  #giveUp(itemId: string): void {
    this.#do({ type: 'item.withdrawn', itemId, end: 'abandoned' });
  }

  #losePhone(agentId: string, loss: NonNullable<Habits['phoneLoss']>): void {
    const set = (phone: boolean, next: () => void, how: Distribution) => {
      this.at(this.now + sample(how, this.#dice.phones), () => {
        const agent = this.#agents.get(agentId);
        if (agent) agent.phone = phone;
        this.#do({ type: 'reachable.set', agentId, reachable: phone });
        next();
      });
    };
    set(false, () => set(true, () => this.#losePhone(agentId, loss), loss.lasts), loss.every);
  }

  #onOffer(offer: Offer): void {
    const agent = this.#agents.get(offer.agentId);
    if (!agent) throw new Error(`an offer to nobody: ${offer.agentId}`);
    const { noAnswer, decline, answer } = agent.habits;
    this.#rings.add(offer.id);
    const mood = noAnswer + decline > 0 ? this.#dice.agents() : 1;
    if (mood < noAnswer) return;
    this.at(this.now + sample(answer, this.#dice.agents), () => {
      // Rings no more, or rings nowhere: then the core's own timers decide.
      if (!this.#rings.has(offer.id) || !agent.phone) return;
      if (mood < noAnswer + decline)
        this.#do({ type: 'offer.declined', offerId: offer.id, outcome: 'declined' });
      else this.#accept(offer);
    });
  }

  #accept({ id, itemId }: Offer): void {
    const live = this.#live.get(itemId);
    if (!live) throw new Error(`an offer of nothing: ${itemId}`);
    callOff(live.entry);
    live.inHands = true;
    this.#do({ type: 'offer.accepted', offerId: id });
    live.entry = this.#agenda.add(this.now + live.handleMs, () => this.#do({ type: 'work.ended', itemId }));
  }

  // ---- the core

  #newCore(): RoutingCore {
    return new RoutingCore({ newOfferId: () => `o${++this.#offers}`, random: this.#dice.core });
  }

  /** False: refused, and nothing was changed. */
  #do(event: RoutingEvent): boolean {
    if (this.#missed) {
      this.#missed.push(event);
      return true;
    }
    let done = true;
    for (const effect of this.#core.handle(event, this.now)) {
      if (effect.type === 'refused') {
        // Of what a centre does only new work may be refused; anything else is a mistake here or in the core.
        if (event.type !== 'item.arrived')
          throw new Error(`${event.type} was refused: ${effect.code} ${effect.message}`);
        done = false;
      } else this.#carryOut(effect);
    }
    return done;
  }

  #carryOut(effect: Exclude<Effect, { type: 'refused' }>): void {
    switch (effect.type) {
      case 'fact':
        this.#onFact(effect.fact);
        break;
      case 'offer':
        this.#onOffer(effect.offer);
        break;
      case 'offer-ended':
        this.#rings.delete(effect.offer.id);
        break;
      case 'timer-set': {
        const { key, event } = effect;
        callOff(this.#timers.get(key));
        const run = () => {
          this.#timers.delete(key);
          this.#do(event);
        };
        this.#timers.set(key, this.#agenda.add(Math.max(effect.at, this.now), run));
        break;
      }
      case 'timer-cancel':
        callOff(this.#timers.get(effect.key));
        this.#timers.delete(effect.key);
        break;
      default: // told by facts as well
        break;
    }
  }

  #onFact(fact: Fact): void {
    this.#watcher.onFact(fact, this.now);
    if (fact.type === 'work.ended') {
      callOff(this.#live.get(fact.itemId)?.entry);
      this.#live.delete(fact.itemId);
    } else if (fact.type === 'work.moved') this.#moved(fact.itemId, fact.queueId);
    else if (fact.type === 'offer.ended' && fact.outcome === 'accepted') this.#rings.delete(fact.offerId);
    else if (fact.type === 'wrap-up.started') {
      const { agentId, itemId, queueId } = fact;
      const wrapUp = this.#queues.get(queueId)?.wrapUp;
      if (!wrapUp) throw new Error(`a wrap-up nobody asked for: ${queueId}`);
      this.at(this.now + sample(wrapUp, this.#dice.agents), () =>
        this.#do({ type: 'wrap-up.finished', agentId, itemId }),
      );
    } else if (fact.type === 'agent.state' && fact.state === 'not-responding') this.#comeBack(fact.agentId);
  }

  #moved(itemId: string, queueId: string): void {
    const live = this.#live.get(itemId);
    if (live) this.#live.set(itemId, { ...live, item: { ...live.item, queueId }, queuedAt: this.now });
  }

  #comeBack(agentId: string): void {
    const back = this.#agents.get(agentId)?.habits.back;
    if (!back) return;
    const look = (): void => {
      if (this.#missed) this.at(this.now + 1_000, look);
      else if (this.#core.agent(agentId)?.state === 'not-responding') this.presence(agentId, 'available');
    };
    this.at(this.now + sample(back, this.#dice.agents), look);
  }
}
