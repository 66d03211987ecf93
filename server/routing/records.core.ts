import type { Channel, Presence, RoutingState, WrapUpMode } from '#shared/model/states.ts';
import type { Crowd } from './crowd.core.ts';
import type { Choice } from './events.core.ts';
import type { Recent, RecentErrors } from './ewt.core.ts';
import type { IndexedHeap, Placed } from './heap.core.ts';
import type { Asked, SkillNumbers } from './skills.core.ts';
import type { AgentSettings, NewWorkItem, Offer, QueueSettings } from './types.ts';

/**
 * What the core remembers, and how it hangs together:
 *
 *   agent --< seat >-- queue --< shelf --< lane --< item
 *     |                  |
 *     +--< hand          +-- crowd
 *
 * A seat is one agent's place in one queue. A lane is all work of one queue that asks the same, a shelf its lanes that
 * ask for the same skills (lanes.core.ts). The crowd knows who stands ready (crowd.core.ts).
 */

export interface QueueRecord {
  settings: QueueSettings;
  /** By agent, in the order they joined. */
  readonly seats: Map<string, Seat>;
  /** Those with work waiting in them, by key. */
  readonly lanes: Map<string, Lane>;
  /** By key; once there, they stay. */
  readonly shelves: Map<string, Shelf>;
  /** By their numbers. */
  readonly shelfList: Shelf[];
  /** By the number of a shelf: the best score (`base`) that waits there, -Infinity while nothing does. One look decides. */
  readonly tops: number[];
  /** Who of the seats stands ready. */
  readonly crowd: Crowd;
  /** By their numbers in the crowd. */
  readonly numbered: (Seat | undefined)[];
  /** The same for every queue. */
  readonly skillNumbers: SkillNumbers;
  /** Everything that waits in it, in no order to rely on. */
  readonly waiting: Set<ItemRecord>;
  /** Moved here in this turn, and not placed yet: what follows them finds the queue so much fuller. */
  coming: number;
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
  readonly channelBit: number;
  /** In the order of their ids. */
  readonly skills: readonly Asked[];
  /** The same as numbers, skill and level by turns: looked at for every agent that comes into question. */
  readonly levels: readonly number[];
  /** Highest tier that may be asked. */
  readonly tier: number;
  /** Held for this agent alone. */
  readonly heldFor: string | undefined;
}

export interface Lane extends Ask, Placed {
  readonly key: string;
  /** Best score first. */
  readonly waiting: IndexedHeap<ItemRecord>;
  /** Of `waiting`, as the shelf knows it. */
  first: ItemRecord | undefined;
  /** Undefined for one held for an agent, who finds it by its seat. */
  readonly shelf: Shelf | undefined;
}

/** What asks for the same skills by the same channel, at whatever levels: freed agents who have them look here. */
export interface Shelf {
  readonly number: number;
  readonly channelBit: number;
  /** Their numbers. */
  readonly skills: readonly number[];
  /** That with the best first item first. */
  readonly lanes: IndexedHeap<Lane>;
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
  /** Counted in `coming`. */
  coming: boolean;
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
  /** In the queue's crowd. */
  readonly number: number;
  /** The numbers of those of the queue that ask for nothing but skills the agent has. */
  readonly shelves: number[];
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
  /** The phone is gone while offered: it may be back until then. */
  graceUntil: number | undefined;
  /** Its settings were taken away; it goes when its work ends. */
  removed: boolean;
  /** The round it was noted in last (turn.core.ts). */
  noted: number;
  /** Channels it stands ready for, as bits. */
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
