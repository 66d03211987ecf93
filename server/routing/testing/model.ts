import { wrapUpModeSchema } from '#shared/model/states.ts';
import { DIRECT } from '../settings.core.ts';
import type { AgentView, NewWorkItem } from '../types.ts';
import { World } from './world.ts';

const AGENTS = ['a0', 'a1', 'a2', 'a3', 'a4', 'a5'];
const QUEUES = ['q0', 'q1', 'q2'];
const RETRY = { declined: 30_000, busy: 15_000, failed: 10_000 };

interface Item extends NewWorkItem {
  readonly order: number;
  readonly at: number;
  state: 'waiting' | 'offered' | 'in-hands';
}

/** A plain check: the assertions of the test runner are too slow for millions of them. */
function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/**
 * Plays random events, one for each number, and keeps its own account of items, offers and retry delays from the
 * facts alone; after every event the core's views must agree with it. Throws what was broken.
 */
export class Model {
  readonly world = new World();
  /** Events played and checked, timers included. */
  events = 0;
  readonly #items = new Map<string, Item>();
  readonly #offers = new Map<string, { readonly itemId: string; readonly agentId: string }>();
  readonly #made = new Set<string>();
  readonly #oldOffers: string[] = [];
  /** `agent queue` to the end of the delay. */
  readonly #retry = new Map<string, number>();
  readonly #idleSince = new Map<string, number>();

  constructor() {
    QUEUES.forEach((id, i) => {
      this.#setQueue(id, i);
    });
    AGENTS.forEach((id, i) => {
      this.#setAgent(id, 1 + i);
      this.#then(() => this.world.reachable(id, true));
      this.#then(() => this.world.presence(id, 'available'));
    });
  }

  /** Decodes one number into one event (a few, for time), aimed at what exists more often than not. */
  play(code: number): void {
    const kind = code % 32;
    const pick = Math.floor(code / 32);
    const high = Math.floor(pick / AGENTS.length);
    const agentId = nth(AGENTS, pick) ?? 'a0';
    const itemId = nth([...this.#items.keys()], high) ?? 'none';
    const { world } = this;
    if (kind < 7) this.#arrive(pick);
    else if (kind < 9) this.#then(() => world.withdraw(itemId));
    else if (kind < 16) this.#answer(kind, pick, high);
    else if (kind < 20) this.#then(() => world.end(itemId));
    else if (kind < 22) this.#then(() => world.do({ type: 'wrap-up.finished', agentId }));
    else if (kind < 23) this.#then(() => world.do({ type: 'wrap-up.extended', agentId }));
    else if (kind < 26) {
      const presence =
        nth(['available', 'available', 'available', 'not-ready', 'offline'] as const, high) ?? 'offline';
      const reason = presence === 'not-ready' && pick % 2 ? 'lunch' : undefined;
      this.#then(() => world.presence(agentId, presence, reason));
    } else if (kind < 28) this.#then(() => world.reachable(agentId, high % 4 !== 0));
    else if (kind < 29) this.#settings(agentId, pick, high);
    else if (kind < 30) this.#late(agentId);
    else world.advance((pick % 12_000) + 1, () => this.#check());
  }

  /** Everybody goes: no offer can be left, and the timers are those of wrap-up and retry delays at most. */
  settle(): void {
    this.world.advance(60_000, () => this.#check());
    for (const id of AGENTS) this.#then(() => this.world.presence(id, 'offline'));
    must(this.#offers.size === 0, 'an offer never ended');
    for (const key of this.world.timers.keys()) must(/^(wrap-up|retry) /.test(key), `timer left: ${key}`);
  }

  #then(event: () => void): void {
    event();
    this.#check();
  }

  #answer(kind: number, pick: number, high: number): void {
    const offers = high % 8 === 0 ? this.#oldOffers : [...this.#offers.keys()];
    const offerId = nth(offers, high) ?? 'none';
    const running = this.#offers.has(offerId);
    if (kind < 14) {
      this.world.do({ type: 'offer.accepted', offerId });
      must((this.world.refused() === undefined) === running, 'exactly a running offer can be accepted');
      this.#check();
    } else {
      const outcome = nth(['declined', 'busy', 'failed'] as const, pick) ?? 'failed';
      this.#then(() => this.world.do({ type: 'offer.declined', offerId, outcome }));
    }
  }

  #settings(agentId: string, pick: number, high: number): void {
    if (high % 5 === 0) {
      this.#forgetDelays(agentId);
      this.#then(() => this.world.do({ type: 'agent.removed', agentId }));
    } else if (high % 5 === 1) this.#setQueue(nth(QUEUES, pick) ?? 'q0', high);
    else this.#setAgent(agentId, high);
  }

  /** Timers that fire although they were cancelled, or for something long gone. */
  #late(agentId: string): void {
    const { world } = this;
    const offerId = this.#oldOffers[0] ?? 'none';
    this.#then(() => world.do({ type: 'grace.over', offerId }));
    this.#then(() => world.do({ type: 'offer.expired', offerId }));
    this.#then(() => world.do({ type: 'wrap-up.expired', agentId, deadline: world.now - 1 }));
    this.#then(() => world.do({ type: 'retry.due', agentId, queueId: 'q0', until: world.now - 1 }));
  }

  #arrive(pick: number): void {
    const order = this.#made.size * 1_000 + this.events;
    const direct = pick % 9 === 0;
    const item: NewWorkItem = {
      id: `i${order}`,
      interactionId: `x${order}`,
      channel: 'call',
      queueId: direct ? DIRECT : (nth(QUEUES, pick) ?? 'q0'),
      priority: pick % 7 === 0 ? 5 : 0,
      ...(direct ? { onlyAgent: nth(AGENTS, pick >> 4) ?? 'a0' } : {}),
    };
    const only = item.onlyAgent ? this.world.core.agent(item.onlyAgent) : undefined;
    this.#items.set(item.id, { ...item, order, at: this.world.now, state: 'waiting' });
    this.world.do({ type: 'item.arrived', item });
    const refused = this.world.refused() !== undefined;
    must(
      refused === (direct && !(only?.state === 'idle' && only.reachable)),
      'refused exactly when it must be',
    );
    if (refused) this.#items.delete(item.id);
    this.#check();
  }

  #setQueue(id: string, pick: number): void {
    const mode = nth(wrapUpModeSchema.options, pick) ?? 'none';
    const settings = { wrapUp: { mode, ms: 5_000, extendMs: 2_000 }, retryMs: RETRY };
    this.#then(() => this.world.queue(id, settings));
  }

  #setAgent(id: string, bits: number): void {
    const queues = QUEUES.filter((_, i) => (bits >> i) & 1);
    this.#forgetDelays(id, queues);
    this.#then(() => this.world.do({ type: 'agent.set', agent: { id, queues } }));
  }

  #forgetDelays(agentId: string, kept: readonly string[] = []): void {
    for (const queue of QUEUES) if (!kept.includes(queue)) this.#retry.delete(`${agentId} ${queue}`);
  }

  #check(): void {
    this.events += 1;
    const offered = this.#account();
    const agents = this.world.core.agents();
    this.#checkAgents(agents);
    this.#checkQueues(agents);
    for (const { itemId, agentId } of offered) this.#checkChoice(agents, itemId, agentId);
    for (const agent of agents) if (agent.state === 'idle') this.#idleSince.set(agent.id, agent.since);
  }

  /** Takes the facts of the last event into account, once; says what was offered in it. */
  #account(): { itemId: string; agentId: string }[] {
    const offered = [];
    let toRing = 0;
    let toStop = 0;
    for (const effect of this.world.last) {
      if (effect.type === 'offer') toRing -= 1;
      else if (effect.type === 'offer-ended') toStop -= 1;
      if (effect.type !== 'fact') continue;
      const { fact } = effect;
      if (fact.type === 'offer.made') {
        const { offerId, itemId, agentId } = fact;
        must(!this.#made.has(offerId), 'an offer was made twice');
        must(fact.queueId === DIRECT || !this.#due(agentId, fact.queueId), 'offered during a retry delay');
        must(this.world.core.agent(agentId)?.reachable === true, 'offered to an unreachable agent');
        for (const other of this.#offers.values())
          must(other.itemId !== itemId && other.agentId !== agentId, 'two offers at once');
        must(this.#item(itemId).state === 'waiting', 'offered what does not wait');
        this.#offers.set(offerId, { itemId, agentId });
        this.#made.add(offerId);
        this.#oldOffers.unshift(offerId);
        this.#oldOffers.length = Math.min(this.#oldOffers.length, 5);
        this.#item(itemId).state = 'offered';
        offered.push({ itemId, agentId });
        toRing += 1;
      } else if (fact.type === 'offer.ended') {
        const { outcome, queueId, agentId } = fact;
        must(this.#offers.delete(fact.offerId), 'an offer ended twice');
        this.#item(fact.itemId).state = outcome === 'accepted' ? 'in-hands' : 'waiting';
        const delay = outcome in RETRY ? RETRY[outcome as keyof typeof RETRY] : undefined;
        const member = this.world.core.agent(agentId)?.queues.includes(queueId);
        if (delay && member) this.#retry.set(`${agentId} ${queueId}`, this.world.now + delay);
        if (outcome !== 'accepted') toStop += 1;
      } else if (fact.type === 'work.ended') must(this.#items.delete(fact.itemId), 'work ended twice');
    }
    must(toRing === 0 && toStop === 0, 'the carrier is told of every offer and its end');
    this.world.last = [];
    return offered;
  }

  #checkAgents(agents: readonly AgentView[]): void {
    const held = new Set<string>();
    for (const { id, state, presence, next, offer, work, wrapUp } of agents) {
      must((offer !== undefined) === (state === 'offered'), 'offered means an offer');
      must((work !== undefined) === (state === 'on-work' || state === 'wrap-up'), 'on work means work');
      must((wrapUp !== undefined) === (state === 'wrap-up'), 'wrap-up means a wrap-up');
      const waits = state === 'idle' || state === 'not-responding';
      if (waits || state === 'offered') must(presence === 'available', 'only the available get offers');
      if (state === 'not-ready' || state === 'offline') must(presence === state, 'presence is in force');
      if (waits || state === 'not-ready' || state === 'offline') must(!next, 'a next state was forgotten');
      const itemId = offer?.itemId ?? (state === 'on-work' ? work?.itemId : undefined);
      if (itemId === undefined) continue;
      if (offer) must(this.#offers.get(offer.id)?.agentId === id, 'this offer is in no fact');
      must(!held.has(itemId), 'two agents with one item');
      held.add(itemId);
      must(this.#item(itemId).state === (offer ? 'offered' : 'in-hands'), 'agent and item disagree');
    }
    const taken = [...this.#items.values()].filter((item) => item.state !== 'waiting');
    must(held.size === taken.length, 'an item is with nobody');
    must(this.world.core.openItems === this.#items.size, 'items and facts disagree');
  }

  #checkQueues(agents: readonly AgentView[]): void {
    for (const view of this.world.core.queues()) {
      const { id } = view;
      const waiting = [...this.#items.values()].filter((i) => i.queueId === id && i.state === 'waiting');
      const members = agents.filter((a) => a.queues.includes(id));
      const idle = members.filter((a) => a.state === 'idle' && a.reachable);
      const oldest = waiting.reduce<number | undefined>((at, i) => Math.min(at ?? i.at, i.at), undefined);
      must(view.waiting === waiting.length, 'count of waiting');
      must(view.longestSince === oldest, 'longest wait');
      must(view.agentsIdle === idle.length, 'count of idle');
      must(view.agentsOnWork === members.filter((a) => a.state === 'on-work').length, 'count on work');
      must(view.agentsSignedIn === members.filter((a) => a.state !== 'offline').length, 'count of signed in');
      must(waiting.length === 0 || idle.every((a) => this.#due(a.id, id)), 'work waits beside an idle agent');
    }
  }

  /** Nobody idle for longer was passed over, and no better item. */
  #checkChoice(agents: readonly AgentView[], itemId: string, agentId: string): void {
    const item = this.#item(itemId);
    const agent = agents.find((a) => a.id === agentId);
    if (item.onlyAgent !== undefined || !agent) return;
    const since = this.#idleSince.get(agentId) ?? 0;
    for (const other of agents) {
      if (other.state !== 'idle' || !other.reachable || !other.queues.includes(item.queueId)) continue;
      if (!this.#due(other.id, item.queueId))
        must(other.since >= since, 'one idle for longer was passed over');
    }
    for (const other of this.#items.values()) {
      if (other.state !== 'waiting' || !agent.queues.includes(other.queueId)) continue;
      if (this.#due(agentId, other.queueId)) continue;
      const behind =
        other.priority === item.priority ? other.order > item.order : other.priority < item.priority;
      must(behind, 'a better item was passed over');
    }
  }

  /** At the very instant it ends, the delay holds until its timer ran. */
  #due(agentId: string, queueId: string): boolean {
    const key = `${agentId} ${queueId}`;
    const until = this.#retry.get(key) ?? 0;
    return until > this.world.now || (until === this.world.now && this.world.timers.has(`retry ${key}`));
  }

  #item(id: string): Item {
    const item = this.#items.get(id);
    if (!item) throw new Error(`unknown item ${id}`);
    return item;
  }
}

function nth<T>(list: readonly T[], n: number): T | undefined {
  return list.length === 0 ? undefined : list[n % list.length];
}
