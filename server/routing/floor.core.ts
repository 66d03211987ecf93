import { Crowd } from './crowd.core.ts';
import { Recent, RecentErrors } from './ewt.core.ts';
import { enter, firstOnShelves, leave, shelvesOf } from './lanes.core.ts';
import { itemBefore, itemBeforeAt, orderOf, scoreBase } from './order.core.ts';
import {
  type AgentRecord,
  type ItemRecord,
  type Lane,
  NOWHERE,
  type OfferRecord,
  type QueueRecord,
  type Seat,
} from './records.core.ts';
import { SkillNumbers } from './skills.core.ts';
import type { AgentSettings, NewWorkItem, QueueSettings } from './types.ts';

/** Queues, agents, items and offers, with the indexes that make every decision cheap. Holds no rule about who gets what. */
export class Floor {
  readonly queues = new Map<string, QueueRecord>();
  readonly agents = new Map<string, AgentRecord>();
  readonly items = new Map<string, ItemRecord>();
  readonly offers = new Map<string, OfferRecord>();
  /** Phones are reported by account; also of accounts that are no agents yet. */
  readonly reachable = new Set<string>();
  /** From 0 up to 1: what the strategy `random` draws. */
  readonly random: () => number;
  readonly #skillNumbers = new SkillNumbers();
  #arrivals = 0;

  constructor(random: () => number) {
    this.random = random;
  }

  addQueue(settings: QueueSettings, now: number): void {
    this.queues.set(settings.id, {
      settings,
      seats: new Map(),
      lanes: new Map(),
      shelves: new Map(),
      shelfList: [],
      tops: [],
      crowd: new Crowd(),
      numbered: [],
      skillNumbers: this.#skillNumbers,
      waiting: new Set(),
      coming: 0,
      open: 0,
      idle: 0,
      onWork: 0,
      signedIn: 0,
      serving: 0,
      emptySince: now,
      emptyAt: undefined,
      handleTimes: new Recent(),
      ewtErrors: new RecentErrors(),
    });
  }

  addAgent(settings: AgentSettings, now: number): AgentRecord {
    const agent: AgentRecord = {
      id: settings.id,
      settings,
      levels: new Uint8Array(0), // until it is seated
      seats: [],
      presence: 'offline',
      reason: undefined,
      next: undefined,
      missed: false,
      state: 'offline',
      stateReason: undefined,
      since: now,
      idleSince: now,
      idleOrder: 0,
      reachable: this.reachable.has(settings.id),
      offer: undefined,
      hands: [],
      graceUntil: undefined,
      removed: false,
      noted: 0,
      ready: 0,
      counted: NOWHERE,
    };
    this.agents.set(agent.id, agent);
    return agent;
  }

  addItem(item: NewWorkItem, queue: QueueRecord, arrivedAt: number, queuedAt = arrivedAt): ItemRecord {
    const record: ItemRecord = {
      item,
      queue,
      place: -1,
      arrivedAt,
      queuedAt,
      order: ++this.#arrivals,
      dueAt: 0,
      boost: item.boost ?? 0,
      base: 0,
      state: 'waiting',
      coming: false,
      lane: undefined,
      offers: [],
      agent: undefined,
      declined: undefined,
      visited: undefined,
      changesAt: undefined,
      ewtMs: undefined,
    };
    this.weigh(record);
    this.items.set(item.id, record);
    queue.open += 1;
    return record;
  }

  /** The item belongs to another queue from now on. It must not wait anywhere. */
  move(item: ItemRecord, to: QueueRecord, now: number): void {
    item.visited = (item.visited ?? new Set()).add(item.queue.settings.id);
    this.here(item);
    item.queue.open -= 1;
    to.open += 1;
    item.queue = to;
    item.coming = true;
    to.coming += 1;
    item.queuedAt = now;
    this.weigh(item);
  }

  /** Placed, or gone again. */
  here(item: ItemRecord): void {
    if (!item.coming) return;
    item.coming = false;
    item.queue.coming -= 1;
  }

  /** Its due time and score by the settings of its queue. It must not wait anywhere. */
  weigh(item: ItemRecord): void {
    item.dueAt = item.item.dueAt ?? item.arrivedAt + item.queue.settings.targetMs;
    item.base = scoreBase(item, item.queue);
  }

  wait(item: ItemRecord, lane: Lane): void {
    this.here(item);
    item.state = 'waiting';
    item.lane = lane;
    enter(lane, item);
    item.queue.waiting.add(item);
  }

  unwait(item: ItemRecord): void {
    const { lane } = item;
    if (!lane) return;
    leave(lane, item);
    item.queue.waiting.delete(item);
    item.lane = undefined;
  }

  /** Takes what waits for the agent of these seats alone out of its lanes; answers with it. */
  unhold(seats: readonly Seat[]): ItemRecord[] {
    const items = seats.flatMap((seat) => seat.held.flatMap((lane) => lane.waiting.values()));
    for (const item of items) this.unwait(item);
    return items;
  }

  forget(item: ItemRecord): void {
    this.unwait(item);
    this.here(item);
    item.queue.open -= 1;
    this.items.delete(item.item.id);
  }

  /** The best of what waits for this agent, who stands ready: its lower tiers first, then the score. */
  bestFor(agent: AgentRecord, now: number): ItemRecord | undefined {
    let best: ItemRecord | undefined;
    let tier = 0;
    for (const seat of agent.seats) {
      if (seat.retryUntil !== undefined || (best && seat.tier > tier)) continue;
      let first = firstOnShelves(seat, agent.ready);
      for (const { channelBit, first: next } of seat.held) {
        const held = (channelBit & agent.ready) === 0 ? undefined : next;
        if (held && (!first || itemBefore(held, first))) first = held;
      }
      if (!first || (best && seat.tier === tier && !itemBeforeAt(first, best, now))) continue;
      best = first;
      tier = seat.tier;
    }
    return best;
  }

  /** The agent stands ready no more; before anything that its order depends on is changed. */
  pull(agent: AgentRecord): void {
    if (agent.ready === 0) return;
    for (const { queue, number } of agent.seats) queue.crowd.pull(number, agent.ready);
    agent.ready = 0;
  }

  /** Stands the agent ready for work of these channels. */
  place(agent: AgentRecord, channels: number): void {
    agent.ready = channels;
    if (channels === 0) return;
    for (const seat of agent.seats)
      if (seat.retryUntil === undefined) seat.queue.crowd.stand(seat.number, channels, orderOf(seat));
  }

  /**
   * Gives the agent these settings and their seats. Seats of queues it stays in keep their counts and delays.
   * Answers with the seats it lost. The agent must be pulled, and counted nowhere.
   */
  seat(agent: AgentRecord, settings: AgentSettings): Seat[] {
    const before = agent.seats;
    const kept = new Map(before.map((seat) => [seat.queue, seat]));
    for (const { queue, number } of before) {
      queue.seats.delete(agent.id);
      queue.crowd.rise(number, agent.levels);
      queue.numbered[number] = undefined;
    }
    agent.settings = settings;
    agent.levels = this.#skillNumbers.levels(settings.skills);
    const seats: Seat[] = [];
    for (const { queueId, tier } of settings.queues) {
      const queue = this.queues.get(queueId);
      if (!queue) throw new Error(`no such queue: ${queueId}`);
      const { retryUntil, handled = 0, talkMs = 0, turn = 0, held = [] } = kept.get(queue) ?? {};
      const number = queue.crowd.sit(tier, agent.levels);
      const shelves = shelvesOf({ agent, queue });
      const seat = { agent, queue, tier, number, shelves, held, retryUntil, handled, talkMs, turn };
      queue.seats.set(agent.id, seat);
      queue.numbered[number] = seat;
      seats.push(seat);
    }
    agent.seats = seats;
    return before.filter((seat) => !seat.queue.seats.has(agent.id));
  }
}
