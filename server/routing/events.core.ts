import type { ErrorCode } from '#shared/contract/errors.ts';
import type { Fact } from '#shared/model/facts.ts';
import type { OfferOutcome, Presence, WorkEnd } from '#shared/model/states.ts';
import type { AgentSettings, NewWorkItem, Offer, QueueSettings } from './types.ts';

export type FailedOutcome = 'declined' | 'busy' | 'failed';
export interface Choice {
  readonly presence: Presence;
  readonly reason: string | undefined;
}
/** What is known of an agent from before the server's last stop. `missed`: it was `not-responding`. */
export interface Restored extends Choice {
  readonly next: Choice | undefined;
  readonly missed: boolean;
}

/** Everything that can happen to the core. Instants are milliseconds since the epoch. */
export type RoutingEvent =
  | { readonly type: 'queue.set'; readonly queue: QueueSettings }
  | { readonly type: 'queue.removed'; readonly queueId: string }
  /** `restored` counts only for an agent the core does not know yet; without it a new agent is offline. */
  | { readonly type: 'agent.set'; readonly agent: AgentSettings; readonly restored?: Restored }
  | { readonly type: 'agent.removed'; readonly agentId: string }
  | { readonly type: 'item.arrived'; readonly item: NewWorkItem }
  | { readonly type: 'item.withdrawn'; readonly itemId: string; readonly end: WorkEnd }
  | { readonly type: 'offer.accepted'; readonly offerId: string }
  | { readonly type: 'offer.declined'; readonly offerId: string; readonly outcome: FailedOutcome }
  | { readonly type: 'work.ended'; readonly itemId: string }
  | { readonly type: 'wrap-up.finished'; readonly agentId: string }
  | { readonly type: 'wrap-up.extended'; readonly agentId: string }
  | ({ readonly type: 'presence.set'; readonly agentId: string } & Choice)
  | { readonly type: 'reachable.set'; readonly agentId: string; readonly reachable: boolean }
  | TimerEvent;

/** What a timer hands back when it runs out. Each names what it was set for, so a late one is harmless. */
export type TimerEvent =
  | { readonly type: 'offer.expired'; readonly offerId: string }
  | { readonly type: 'grace.over'; readonly offerId: string }
  | { readonly type: 'wrap-up.expired'; readonly agentId: string; readonly deadline: number }
  | {
      readonly type: 'retry.due';
      readonly agentId: string;
      readonly queueId: string;
      readonly until: number;
    };

/** What the service must do, in this order. */
export type Effect =
  | { readonly type: 'fact'; readonly fact: Fact }
  | { readonly type: 'offer'; readonly offer: Offer }
  /** Never for `accepted`. */
  | { readonly type: 'offer-ended'; readonly offer: Offer; readonly outcome: OfferOutcome }
  /** Work meant for one agent alone came back from that agent; it is ended. */
  | { readonly type: 'item-refused'; readonly itemId: string; readonly outcome: OfferOutcome }
  /** Replaces a timer of the same key. */
  | {
      readonly type: 'timer-set';
      readonly key: string;
      readonly at: number;
      readonly event: TimerEvent;
    }
  | { readonly type: 'timer-cancel'; readonly key: string }
  /** The only effect of its event: nothing was changed. */
  | {
      readonly type: 'refused';
      readonly code: ErrorCode;
      readonly message: string;
      readonly details?: Readonly<Record<string, unknown>>;
    };
