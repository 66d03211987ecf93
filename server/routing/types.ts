import type {
  Channel,
  OfferOutcome,
  Presence,
  RoutingState,
  WorkEnd,
  WrapUpMode,
} from '#shared/model/states.ts';

/** A queue as an administrator set it. Times in milliseconds. */
export interface QueueSettings {
  readonly id: string;
  readonly name: string;
  readonly strategy: 'longest-idle';
  /** How long one agent is rung before RONA. */
  readonly offerMs: number;
  readonly wrapUp: { readonly mode: WrapUpMode; readonly ms: number; readonly extendMs: number };
  /** How long an agent is left alone by this queue after declining, being busy or failing. */
  readonly retryMs: { readonly declined: number; readonly busy: number; readonly failed: number };
  /** Service-level target, shown on the board. */
  readonly targetMs: number;
  readonly record: boolean;
  /** How long the caller hears ringing before the call is answered with music, if no agent answers first. */
  readonly ringMs: number;
}

/** Where an agent serves. */
export interface AgentSettings {
  readonly id: string;
  readonly queues: readonly string[];
}

export interface NewWorkItem {
  readonly id: string;
  readonly interactionId: string;
  readonly channel: Channel;
  /** A queue, or `direct` for work meant for `onlyAgent` alone (an extension dialled directly). */
  readonly queueId: string;
  /** Higher first; 0 is normal. */
  readonly priority: number;
  readonly onlyAgent?: string;
}

export interface Offer {
  readonly id: string;
  readonly itemId: string;
  readonly interactionId: string;
  readonly queueId: string;
  readonly agentId: string;
  readonly channel: Channel;
  readonly offeredAt: number;
  readonly expiresAt: number;
}

export interface AgentView {
  readonly id: string;
  readonly presence: Presence;
  readonly reason: string | undefined;
  readonly next: { readonly presence: Presence; readonly reason: string | undefined } | undefined;
  readonly state: RoutingState;
  readonly since: number;
  readonly offer: Offer | undefined;
  readonly work:
    | { readonly itemId: string; readonly interactionId: string; readonly queueId: string }
    | undefined;
  readonly wrapUp: { readonly mode: WrapUpMode; readonly deadline: number | undefined } | undefined;
  readonly queues: readonly string[];
  readonly reachable: boolean;
}

export interface QueueView {
  readonly id: string;
  readonly name: string;
  readonly waiting: number;
  /** Arrival of the oldest item that waits; undefined when none does. */
  readonly longestSince: number | undefined;
  readonly agentsIdle: number;
  readonly agentsOnWork: number;
  readonly agentsSignedIn: number;
}

/** What routing tells whoever carries an offer to a phone or a desk. Called after the facts are appended. */
export interface OfferCarrier {
  onOffer(offer: Offer): void;
  /** The offer is over for this agent, for any reason but this carrier's own `accepted`. Stop ringing. */
  onOfferEnded(offer: Offer, outcome: OfferOutcome): void;
  /**
   * Work meant for one agent alone was not taken by that agent and is ended (work.ended `refused`). Told after
   * `onOfferEnded`. `revoked`: the agent went offline.
   */
  onItemRefused?(itemId: string, outcome: OfferOutcome): void;
}

export interface Routing {
  /** Who rings phones; set once, before the first item. */
  carry(carrier: OfferCarrier): void;
  /**
   * Puts work into its queue. Throws AppError `queue.unknown`; for `onlyAgent`: `conflict` with details.why
   * `busy` or `unavailable` when that agent cannot take it now.
   */
  enqueue(item: NewWorkItem): void;
  /** The customer left, or the work is void. Revokes a running offer. Does nothing for an unknown or ended item. */
  withdraw(itemId: string, end: WorkEnd): void;
  /** The agent has it. False: the offer was gone (expired, revoked, taken): the caller must be let go of by the carrier. */
  accept(offerId: string): boolean;
  /** The agent or its phone refused. Unknown offers are ignored. */
  decline(offerId: string, outcome: 'declined' | 'busy' | 'failed'): void;
  /** Work in an agent's hands is over: wrap-up begins, or the agent is free. */
  workEnded(itemId: string): void;
  /** Throws `wrap-up.none`. Ends the wrap-up; the next state applies. */
  finishWrapUp(agentId: string): void;
  /** Throws `wrap-up.none`; returns the new deadline. */
  extendWrapUp(agentId: string): number;
  /** `now`: in force; `next`: kept until the present work and wrap-up end. Throws `presence.reason-unknown`. */
  setPresence(agentId: string, presence: Presence, reason: string | undefined): 'now' | 'next';
  /** Does this agent have a phone that can be rung? Unreachable agents are not offered calls. */
  setReachable(agentId: string, reachable: boolean): void;
  agent(agentId: string): AgentView | undefined;
  agents(): readonly AgentView[];
  queue(queueId: string): QueueView | undefined;
  queues(): readonly QueueView[];
  queueSettings(queueId: string): QueueSettings | undefined;
}
