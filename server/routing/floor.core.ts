import type { Presence, RoutingState, WrapUpMode } from '#shared/model/states.ts';
import type { Choice } from './events.core.ts';
import { IndexedHeap } from './heap.core.ts';
import type { AgentView, NewWorkItem, Offer, QueueSettings, QueueView } from './types.ts';

export interface QueueRecord {
  settings: QueueSettings;
  readonly members: Set<AgentRecord>;
  /** Items that wait, best first: priority, then arrival. */
  readonly waiting: IndexedHeap<ItemRecord>;
  /** The same items, oldest first. */
  readonly oldest: IndexedHeap<ItemRecord>;
  /** Agents this queue may offer to now, longest idle first. */
  readonly ready: IndexedHeap<AgentRecord>;
  /** Items arrived and not ended, in any state. */
  open: number;
  idle: number;
  onWork: number;
  signedIn: number;
}

export interface ItemRecord {
  readonly item: NewWorkItem;
  readonly queue: QueueRecord;
  readonly arrivedAt: number;
  /** Grows by one at each arrival: the order of items of one priority. */
  readonly order: number;
  state: 'waiting' | 'offered' | 'in-hands';
  /** Who it is offered to, or who has it. */
  agent: AgentRecord | undefined;
}

export interface AgentRecord {
  readonly id: string;
  queues: readonly QueueRecord[];
  presence: Presence;
  reason: string | undefined;
  next: Choice | undefined;
  state: RoutingState;
  since: number;
  /** When and in which order it became idle last; kept through an offer, for an agent that gets its place back. */
  idleSince: number;
  idleOrder: number;
  reachable: boolean;
  offer: Offer | undefined;
  /** The item offered, in hands, or being wrapped up. */
  item: ItemRecord | undefined;
  wrapUp: { readonly mode: WrapUpMode; readonly extendMs: number; deadline: number | undefined } | undefined;
  /** Queue id to the instant until which that queue leaves this agent alone. */
  readonly retry: Map<string, number>;
  /** The phone is gone while offered, and the grace runs. */
  grace: boolean;
  /** Its settings were taken away; it goes when its work ends. */
  removed: boolean;
  counted: Counted;
}

interface Counted {
  readonly idle: number;
  readonly onWork: number;
  readonly signedIn: number;
}
const NOWHERE: Counted = { idle: 0, onWork: 0, signedIn: 0 };

const itemBefore = (a: ItemRecord, b: ItemRecord): boolean =>
  a.item.priority === b.item.priority ? a.order < b.order : a.item.priority > b.item.priority;

/** Queues, agents and items with the indexes that make every decision cheap. Holds no rule about who gets what. */
export class Floor {
  readonly queues = new Map<string, QueueRecord>();
  readonly agents = new Map<string, AgentRecord>();
  readonly items = new Map<string, ItemRecord>();
  /** Who holds which running offer. */
  readonly offers = new Map<string, AgentRecord>();
  /** Phones are reported by account; also of accounts that are no agents yet. */
  readonly reachable = new Set<string>();

  addQueue(settings: QueueSettings): void {
    this.queues.set(settings.id, {
      settings,
      members: new Set(),
      waiting: new IndexedHeap(itemBefore),
      oldest: new IndexedHeap((a, b) => a.order < b.order),
      ready: new IndexedHeap((a, b) => a.idleOrder < b.idleOrder),
      open: 0,
      idle: 0,
      onWork: 0,
      signedIn: 0,
    });
  }

  addAgent(id: string, now: number): AgentRecord {
    const agent: AgentRecord = {
      id,
      queues: [],
      presence: 'offline',
      reason: undefined,
      next: undefined,
      state: 'offline',
      since: now,
      idleSince: now,
      idleOrder: 0,
      reachable: this.reachable.has(id),
      offer: undefined,
      item: undefined,
      wrapUp: undefined,
      retry: new Map(),
      grace: false,
      removed: false,
      counted: NOWHERE,
    };
    this.agents.set(id, agent);
    return agent;
  }

  addItem(item: NewWorkItem, queue: QueueRecord, arrivedAt: number, order: number): ItemRecord {
    const record: ItemRecord = { item, queue, arrivedAt, order, state: 'waiting', agent: undefined };
    this.items.set(item.id, record);
    queue.open += 1;
    return record;
  }

  wait(item: ItemRecord): void {
    item.state = 'waiting';
    item.agent = undefined;
    item.queue.waiting.add(item);
    item.queue.oldest.add(item);
  }

  unwait(item: ItemRecord): void {
    item.queue.waiting.remove(item);
    item.queue.oldest.remove(item);
  }

  forget(item: ItemRecord): void {
    this.unwait(item);
    item.queue.open -= 1;
    this.items.delete(item.item.id);
  }

  /** The best item waiting in any queue that may offer to this agent now. */
  bestFor(agent: AgentRecord): ItemRecord | undefined {
    let best: ItemRecord | undefined;
    for (const queue of agent.queues) {
      const head = queue.waiting.peek();
      if (head && queue.ready.has(agent) && (!best || itemBefore(head, best))) best = head;
    }
    return best;
  }

  /** Moves the agent to these queues; the retry delays of queues left are dropped, and named in the answer. */
  join(agent: AgentRecord, queues: readonly QueueRecord[]): string[] {
    for (const queue of agent.queues) {
      queue.members.delete(agent);
      queue.ready.remove(agent);
      count(queue, agent.counted, -1);
    }
    agent.counted = NOWHERE;
    agent.queues = queues;
    for (const queue of queues) queue.members.add(agent);
    const left = [...agent.retry.keys()].filter((id) => !queues.some((q) => q.settings.id === id));
    for (const id of left) agent.retry.delete(id);
    this.settle(agent);
    return left;
  }

  /** Brings counters and ready lists of the agent's own queues in line with its state. Call after every change. */
  settle(agent: AgentRecord): void {
    const before = agent.counted;
    const ready = agent.state === 'idle' && agent.reachable;
    const after: Counted = {
      idle: ready ? 1 : 0,
      onWork: agent.state === 'on-work' ? 1 : 0,
      signedIn: agent.state === 'offline' ? 0 : 1,
    };
    agent.counted = after;
    for (const queue of agent.queues) {
      count(queue, before, -1);
      count(queue, after, 1);
      if (ready && !agent.retry.has(queue.settings.id)) queue.ready.add(agent);
      else queue.ready.remove(agent);
    }
  }
}

function count(queue: QueueRecord, counted: Counted, sign: 1 | -1): void {
  queue.idle += sign * counted.idle;
  queue.onWork += sign * counted.onWork;
  queue.signedIn += sign * counted.signedIn;
}

export function viewAgent(agent: AgentRecord): AgentView {
  const held = agent.state === 'on-work' || agent.state === 'wrap-up' ? agent.item : undefined;
  return {
    id: agent.id,
    presence: agent.presence,
    reason: agent.reason,
    next: agent.next,
    state: agent.state,
    since: agent.since,
    offer: agent.offer,
    work: held && {
      itemId: held.item.id,
      interactionId: held.item.interactionId,
      queueId: held.item.queueId,
    },
    wrapUp: agent.wrapUp && { mode: agent.wrapUp.mode, deadline: agent.wrapUp.deadline },
    queues: agent.queues.map((queue) => queue.settings.id),
    reachable: agent.reachable,
  };
}

export function viewQueue(queue: QueueRecord): QueueView {
  return {
    id: queue.settings.id,
    name: queue.settings.name,
    waiting: queue.waiting.size,
    longestSince: queue.oldest.peek()?.arrivedAt,
    agentsIdle: queue.idle,
    agentsOnWork: queue.onWork,
    agentsSignedIn: queue.signedIn,
  };
}
