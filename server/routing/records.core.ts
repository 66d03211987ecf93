import type { Channel, Presence, RoutingState, WrapUpMode } from '#shared/model/states.ts';
import type { Choice } from './events.core.ts';
import type { Recent, RecentErrors } from './ewt.core.ts';
import type { IndexedHeap, Placed } from './heap.core.ts';
import type { Asked, SkillNumbers } from './skills.core.ts';
import type { AgentSettings, NewWorkItem, Offer, QueueSettings } from './types.ts';

/**
 * What the core remembers, and how it hangs together:
 *
 *   agent --< seat >-- queue --< lane >-- pool     a seat is one agent's place in one queue
 *     |         |        |         |        |      a lane is all work of one queue that asks the same
 *     |         |        +--< pool |        |      a pool is a skill of a queue: who has it stands ready there,
 *     |         +------< standing -|--------+      and lanes that ask for it wait there (lanes.core.ts)
 *     +--< hand                    +--< item       an item waits in one lane
 */

export interface QueueRecord {
  settings: QueueSettings;
  /** By agent, in the order they joined. */
  readonly seats: Map<string, Seat>;
  /** Those with work waiting in them, by key. */
  readonly lanes: Map<string, Lane>;
  /** By channel and skill. */
  readonly pools: Map<number, Pool>;
  /** The same for every queue. */
  readonly skillNumbers: SkillNumbers;
  /** Everything that waits, oldest first. */
  readonly oldest: IndexedHeap<ItemAge>;
  /** Items arrived and not ended, in any state. */
  open: number;
  idle: number;
  onWork: number;
  signedIn: number;
  /** Signed in, available and responding: who works off this queue. */
  serving: number;
  /** Since when nobody is signed in. */
  emptySince: number;
  /** The `no-agents` timer runs until then. */
  emptyAt: number | undefined;
  readonly handleTimes: Recent;
  readonly ewtErrors: RecentErrors;
}

/** What an item asks for at one instant. */
export interface Ask {
  readonly queue: QueueRecord;
  readonly channel: Channel;
  /** In the order of their ids. */
  readonly skills: readonly Asked[];
  /** The same as numbers, skill and level by turns: looked at for every agent that comes into question. */
  readonly levels: readonly number[];
  /** Their bits (skills.core.ts). */
  readonly skillBits: number;
  /** Highest tier that may be asked. */
  readonly tier: number;
  /** Held for this agent alone. */
  readonly heldFor: string | undefined;
}

export interface Lane extends Ask, Placed {
  readonly key: string;
  /** Best score first. */
  readonly waiting: IndexedHeap<ItemRecord>;
  /** Of `waiting`, as the pool knows it. */
  first: ItemRecord | undefined;
  /** Where freed agents find it; undefined for one held for an agent, who finds it by its seat. */
  readonly pool: Pool | undefined;
}

export interface Pool {
  /** The channel's bit (fit.core.ts). */
  readonly bit: number;
  /** Undefined: of everybody. */
  readonly skill: number | undefined;
  /** Who could be offered work of this channel now, in the order of the queue's strategy. */
  ready: ReadyOrder;
  /** That with the best first item first. */
  readonly lanes: IndexedHeap<Lane>;
}

/** Those who stand ready in one pool, in the order in which they are asked. */
export interface ReadyOrder {
  readonly size: number;
  /** Its order must have been weighed (order.core.ts), and not change until it is removed. */
  add(standing: Standing): void;
  /** Nothing happens when it is not inside. */
  remove(standing: Standing): unknown;
  /** The first that fits. */
  first<W>(fits: (standing: Standing, what: W) => boolean, what: W): Standing | undefined;
  /** How many fit; looks at each. */
  count<W>(fits: (standing: Standing, what: W) => boolean, what: W): number;
  /** All of them, in no order to rely on. */
  values(): readonly Standing[];
}

/** All of one group (tier and hands), longest free first. */
export interface ReadyGroup {
  readonly group: number;
  head: Standing | undefined;
  tail: Standing | undefined;
}

/** A seat's place in a pool, and what decides its order there (order.core.ts), as it was when it was taken. */
export interface Standing extends Placed {
  readonly seat: Seat;
  group: number;
  strategy: number;
  idle: number;
  /** Kept by ReadyList: the list it is in, and its neighbours. */
  list: ReadyGroup | undefined;
  before: Standing | undefined;
  after: Standing | undefined;
}

/** An item's place in the order of age. */
export interface ItemAge extends Placed {
  readonly item: ItemRecord;
}

export interface ItemRecord extends Placed {
  item: NewWorkItem;
  queue: QueueRecord;
  readonly arrivedAt: number;
  /** When it came into its present queue: rings, tiers and overflow count from here. */
  queuedAt: number;
  /** Grows by one at each arrival: the order of items of one score. */
  readonly order: number;
  dueAt: number;
  boost: number;
  /** The part of its score that time does not change (order.core.ts). */
  base: number;
  state: 'waiting' | 'offered' | 'in-hands';
  /** While it waits. */
  lane: Lane | undefined;
  age: ItemAge | undefined;
  readonly offers: OfferRecord[];
  /** Who has it. */
  agent: AgentRecord | undefined;
  /** Who declined it: they are asked again only when nobody else is free. */
  declined: Set<string> | undefined;
  /** Queues it was in before: overflow never leads back. */
  visited: Set<string> | undefined;
  /** Its timer runs until then. */
  changesAt: number | undefined;
  ewtMs: number | undefined;
}

export interface OfferRecord {
  readonly offer: Offer;
  readonly agent: AgentRecord;
  readonly item: ItemRecord;
}

export interface Seat {
  readonly agent: AgentRecord;
  readonly queue: QueueRecord;
  readonly tier: number;
  /** Its places in the queue's pools, taken while the agent is free. */
  readonly standings: { readonly pool: Pool; readonly standing: Standing }[];
  /** Lanes held for this agent. */
  held: Lane[];
  /** This queue leaves the agent alone until then. */
  retryUntil: number | undefined;
  /** Since the counters were reset. */
  handled: number;
  talkMs: number;
  /** Grows with each offer of the queue: who was asked last. */
  turn: number;
}

export interface Hand {
  readonly itemId: string;
  readonly interactionId: string;
  readonly channel: Channel;
  readonly channelBit: number;
  /** In hands; undefined once the work is over and only its wrap-up is left. */
  item: ItemRecord | undefined;
  readonly queueId: string;
  readonly takenAt: number;
  since: number;
  wrapUp: { readonly mode: WrapUpMode; readonly extendMs: number; deadline: number | undefined } | undefined;
}

export interface AgentRecord {
  readonly id: string;
  settings: AgentSettings;
  /** Of its skills, by their numbers. */
  levels: Uint8Array;
  /** Their bits (skills.core.ts). */
  skillBits: number;
  seats: readonly Seat[];
  presence: Presence;
  reason: string | undefined;
  next: Choice | undefined;
  /** Let an offer ring out and has not chosen a presence since. */
  missed: boolean;
  state: RoutingState;
  /** Said with the state: which kind of not ready. */
  stateReason: string | undefined;
  since: number;
  /** When and in which order it became free last; kept through an offer, for an agent that gets its place back. */
  idleSince: number;
  idleOrder: number;
  reachable: boolean;
  offer: OfferRecord | undefined;
  hands: readonly Hand[];
  /** The phone is gone while offered, and the grace runs. */
  grace: boolean;
  /** Its settings were taken away; it goes when its work ends. */
  removed: boolean;
  /** Channels it stands ready for, as bits; 0 while it stands in no pool. */
  ready: number;
  counted: Counted;
}

/** What an agent adds to the counts of its queues. */
export interface Counted {
  readonly idle: number;
  readonly onWork: number;
  readonly signedIn: number;
  readonly serving: number;
}
export const NOWHERE: Counted = { idle: 0, onWork: 0, signedIn: 0, serving: 0 };
