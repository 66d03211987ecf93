import type { ErrorCode } from '#shared/contract/index.ts';
import type { Fact } from '#shared/model/facts/index.ts';
import type { Hours, OverflowTarget } from '#shared/model/routing.ts';
import type { OfferOutcome, Presence, WorkEnd } from '#shared/model/states.ts';
import type { AgentSettings, HandView, NewWorkItem, Offer, QueueSettings } from './types.ts';

export type FailedOutcome = 'declined' | 'busy' | 'failed';
export interface Choice {
  readonly presence: Presence;
  readonly reason: string | undefined;
  /** The supervisor who chose for the agent. */
  readonly by?: string | undefined;
}
/** What is known of an agent from before the server's last stop. `missed`: it was `not-responding`. */
export interface Restored extends Choice {
  readonly next: Choice | undefined;
  readonly missed: boolean;
  readonly hands: readonly RestoredHand[];
  readonly seats?: readonly RestoredSeat[];
}
/** What strategies count, in one queue. */
export interface RestoredSeat {
  readonly queueId: string;
  readonly handled: number;
  readonly talkMs: number;
  /** Of all offers: lower is asked longer ago. */
  readonly turn: number;
}
/** What an agent had in hand at the stop and still has: a wrap-up, or, with its `item`, written work. */
export interface RestoredHand {
  readonly hand: HandView;
  readonly item?: RestoredItem;
}
export interface RestoredItem {
  readonly item: NewWorkItem;
  readonly arrivedAt: number;
  /** When it came into its present queue. */
  readonly queuedAt: number;
  /** What it was expected to wait. */
  readonly ewtMs?: number | undefined;
  /** Who declined it or gave it away. */
  readonly declined?: readonly string[];
  /** Queues that rules took it out of. */
  readonly visited?: readonly string[];
}

/** Everything that can happen to the core. Instants are milliseconds since the epoch. */
export type RoutingEvent =
  | { readonly type: 'queue.set'; readonly queue: QueueSettings }
  | { readonly type: 'queue.removed'; readonly queueId: string }
  | { readonly type: 'hours.set'; readonly hours: Hours }
  | { readonly type: 'hours.removed'; readonly hoursId: string }
  /** `restored` counts only for an agent the core does not know yet; without it a new agent is offline. */
  | { readonly type: 'agent.set'; readonly agent: AgentSettings; readonly restored?: Restored }
  | { readonly type: 'agent.removed'; readonly agentId: string }
  | { readonly type: 'item.arrived'; readonly item: NewWorkItem }
  /** Work that waited when the server stopped and outlives it: it keeps its arrival, and so its place. */
  | ({ readonly type: 'item.restored' } & RestoredItem)
  | { readonly type: 'item.withdrawn'; readonly itemId: string; readonly end: WorkEnd }
  /** `interactionId`: the contact that the callback is; `attributes` are added to the item's. */
  | {
      readonly type: 'item.called-back';
      readonly itemId: string;
      readonly interactionId?: string;
      readonly attributes?: Readonly<Record<string, string>>;
    }
  | {
      readonly type: 'item.moved';
      readonly itemId: string;
      readonly queueId: string;
      readonly by?: string | undefined;
    }
  | {
      readonly type: 'item.boosted';
      readonly itemId: string;
      readonly boost: number;
      readonly by?: string | undefined;
    }
  | { readonly type: 'offer.accepted'; readonly offerId: string }
  | { readonly type: 'offer.declined'; readonly offerId: string; readonly outcome: FailedOutcome }
  | { readonly type: 'work.ended'; readonly itemId: string }
  | { readonly type: 'wrap-up.finished'; readonly agentId: string; readonly itemId: string }
  | { readonly type: 'wrap-up.extended'; readonly agentId: string; readonly itemId: string }
  | ({ readonly type: 'presence.set'; readonly agentId: string } & Choice)
  | { readonly type: 'reachable.set'; readonly agentId: string; readonly reachable: boolean }
  /** What `fewest-handled` and `least-talk-time` count begins again at 0, each midnight of the centre. */
  | { readonly type: 'counters.reset' }
  | TimerEvent;

/** What a timer hands back when it runs out. Each names what it was set for, so a late one is harmless. */
export type TimerEvent =
  | { readonly type: 'offer.expired'; readonly offerId: string }
  | { readonly type: 'grace.over'; readonly offerId: string; readonly at: number }
  | {
      readonly type: 'wrap-up.expired';
      readonly agentId: string;
      readonly itemId: string;
      readonly deadline: number;
    }
  | { readonly type: 'retry.due'; readonly agentId: string; readonly queueId: string; readonly until: number }
  /** A waiting item's next ring, tier, end of hold or overflow. */
  | { readonly type: 'item.due'; readonly itemId: string; readonly at: number }
  /** Nobody has served this queue since long enough for its `no-agents` rule. */
  | { readonly type: 'no-agents.due'; readonly queueId: string; readonly at: number };

/**
 * People's words about work, stored with a fact but not in it, so that they can be erased: they are these from now on;
 * undefined: there are none any more.
 */
export interface WorkWords {
  readonly itemId: string;
  readonly attributes: Readonly<Record<string, string>> | undefined;
}

/** What the service must do, in this order. */
export type Effect =
  | { readonly type: 'fact'; readonly fact: Fact; readonly words?: WorkWords | undefined }
  | { readonly type: 'offer'; readonly offer: Offer }
  /** Never for `accepted`. */
  | { readonly type: 'offer-ended'; readonly offer: Offer; readonly outcome: OfferOutcome }
  /** Work meant for one agent alone came back from that agent; it is ended. */
  | { readonly type: 'item-refused'; readonly itemId: string; readonly outcome: OfferOutcome }
  | { readonly type: 'item-moved'; readonly itemId: string; readonly queueId: string }
  /** The item is ended here and goes on elsewhere. */
  | { readonly type: 'item-overflowed'; readonly itemId: string; readonly to: OverflowTarget }
  /** Replaces a timer of the same key. */
  | { readonly type: 'timer-set'; readonly key: string; readonly at: number; readonly event: TimerEvent }
  | { readonly type: 'timer-cancel'; readonly key: string }
  /** The only effect of its event: nothing was changed. */
  | {
      readonly type: 'refused';
      readonly code: ErrorCode;
      readonly message: string;
      readonly details?: Readonly<Record<string, unknown>>;
    };
