import type { Channel, Presence, RoutingState, WrapUpMode } from '#shared/model/states.ts';
import type { Choice } from './events.core.ts';
import type { Recent, RecentErrors } from './ewt.core.ts';
import type { IndexedHeap } from './heap.core.ts';
import type { AgentSettings, NewWorkItem, Offer, QueueSettings } from './types.ts';

/**
 * What the core remembers. Four kinds of records and how they hang together:
 *
 *   agent --< seat >-- queue --< lane          a seat is one agent's place in one queue
 *     |                            |           a lane is all work of one queue that the same agents may take now;
 *     |                            |           agents stand ready in pools, which share the shape (lanes.core.ts)
 *     +--< hand                    +--< item   an item waits in one lane
 */

export interface QueueRecord {
  settings: QueueSettings;
  /** By agent, in the order they joined. */
  readonly seats: Map<string, Seat>;
  /** By key (lanes.core.ts). */
  readonly lanes: Map<string, Lane>;
  /** Everything that waits, oldest first. */
  readonly oldest: IndexedHeap<ItemRecord>;
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

export interface Lane {
  readonly key: string;
  readonly queue: QueueRecord;
  /** The channel's bit (fit.core.ts). */
  readonly bit: number;
  readonly skills: readonly (readonly [id: string, level: number])[];
  /** Highest tier that may be asked. */
  readonly tier: number;
  /** Held for this agent alone. */
  readonly heldFor: string | undefined;
  /** Best score first. */
  readonly waiting: IndexedHeap<ItemRecord>;
  /** Seats whose agents could take an item of this lane now, in the order of the queue's strategy. */
  readonly ready: IndexedHeap<Seat>;
}

export interface ItemRecord {
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
  /** Lanes of the queue this agent has the skills and the tier for. */
  lanes: Lane[];
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
  /** Channels it stands ready for, as bits; 0 while it is in no ready heap. */
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
