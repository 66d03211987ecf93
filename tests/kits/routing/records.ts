import type { Choice } from '#server/routing/events.core.ts';
import type { AgentSettings, NewWorkItem, QueueSettings } from '#server/routing/types.ts';
import type { Channel, Presence, RoutingState, WrapUpMode } from '#shared/model/states.ts';

/** A plain check: the assertions of the test runner are too slow for millions of them. */
export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

export interface ItemAccount {
  readonly id: string;
  /** Key of its timer. */
  readonly key: string;
  work: NewWorkItem;
  queueId: string;
  readonly order: number;
  readonly arrivedAt: number;
  queuedAt: number;
  boost: number;
  state: 'waiting' | 'offered' | 'in-hands';
  readonly offers: Map<string, string>;
  agentId: string | undefined;
  readonly declined: Set<string>;
  /** Queues it left by rule. */
  readonly visited: Set<string>;
  /** It is kept for its preferred agent no more. */
  holdOver: boolean;
  /** The event in which anything of this changed last. */
  changed: number;
}

export interface HandAccount {
  readonly itemId: string;
  readonly queueId: string;
  readonly channel: Channel;
  readonly takenAt: number;
  item: ItemAccount | undefined;
  wrapUp: { readonly mode: WrapUpMode; readonly extendMs: number; deadline: number | null } | undefined;
}

export interface SeatAccount {
  /** Key of the timer of its delay. */
  readonly key: string;
  tier: number;
  retryUntil: number | undefined;
  handled: number;
  talkMs: number;
  turn: number;
}

export interface AgentAccount {
  readonly id: string;
  settings: AgentSettings;
  readonly seats: Map<string, SeatAccount>;
  presence: Presence;
  reason: string | undefined;
  next: Choice | undefined;
  missed: boolean;
  reachable: boolean;
  removed: boolean;
  state: RoutingState;
  offer: { readonly id: string; readonly item: ItemAccount; readonly channel: Channel } | undefined;
  /** When the phone was lost during this offer. */
  lostAt: number | undefined;
  hands: HandAccount[];
  freeAt: number;
  /** How many of each channel it may hold: its capacity, or what it held when that was taken away. */
  allowed: Map<Channel, number>;
}

export interface QueueAccount {
  settings: QueueSettings;
  /** Looked up after every event among all items. */
  readonly waiting: ItemAccount[];
  emptySince: number;
  signedIn: number;
  handleTimes: number[];
}

/** What was offered in the last event. `turnBefore`: of the seat. */
export interface Offered {
  readonly item: ItemAccount;
  readonly agent: AgentAccount;
  readonly offerId: string;
  readonly why: string;
  readonly turnBefore: number;
}
