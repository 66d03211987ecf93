import type {
  AgentRouting,
  Capacity,
  Hours,
  Interrupts,
  NewWorkItem,
  OverflowTarget,
  Profile,
  QueueSettings,
  Serves,
  Skill,
  Skills,
} from '#shared/model/routing.ts';
import type {
  Channel,
  NotMine,
  OfferOutcome,
  OfferWhy,
  Presence,
  RoutingState,
  WaitingWhy,
  WorkEnd,
  WrapUpMode,
} from '#shared/model/states.ts';

export type { NewWorkItem, QueueSettings } from '#shared/model/routing.ts';

/** What the core knows of an agent: its profile, resolved, and its skills. */
export interface AgentSettings {
  readonly id: string;
  /** In the order of the profile. */
  readonly queues: readonly Serves[];
  readonly skills: Skills;
  readonly capacity: Capacity;
  readonly interrupts: Interrupts;
  /** Place in queues with the strategy `linear`: lower is asked first. */
  readonly rank: number;
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
  /** Why this agent, and of how many that could have been asked. */
  readonly why: OfferWhy;
  readonly among: number;
  readonly attributes?: Readonly<Record<string, string>> | undefined;
}

/** Something in an agent's hands, from the accepted offer to the end of its wrap-up. */
export interface HandView {
  readonly itemId: string;
  readonly interactionId: string;
  readonly queueId: string;
  readonly channel: Channel;
  readonly phase: 'work' | 'wrap-up';
  /** When this phase began. */
  readonly since: number;
  readonly wrapUp: { readonly mode: WrapUpMode; readonly deadline: number | undefined } | undefined;
}

export interface AgentView {
  readonly id: string;
  readonly presence: Presence;
  readonly reason: string | undefined;
  readonly next: { readonly presence: Presence; readonly reason: string | undefined } | undefined;
  readonly state: RoutingState;
  readonly since: number;
  readonly offer: Offer | undefined;
  /** In the order taken. */
  readonly hands: readonly HandView[];
  readonly queues: readonly Serves[];
  readonly skills: Skills;
  readonly reachable: boolean;
}

/** How far the expected waits told to those who were answered lately were off, in ms. */
export interface EwtError {
  /** Mean of (actual - expected): above 0, people waited longer than they were told. */
  readonly biasMs: number;
  /** Mean of the absolute error. */
  readonly absoluteMs: number;
  readonly samples: number;
}

export interface QueueView {
  readonly id: string;
  readonly name: string;
  readonly open: boolean;
  readonly waiting: number;
  /** Arrival of the oldest item that waits; undefined when none does. */
  readonly longestSince: number | undefined;
  readonly agentsIdle: number;
  readonly agentsOnWork: number;
  readonly agentsSignedIn: number;
  /** Expected wait of a new arrival, ms; undefined while there is nothing to reckon it from. */
  readonly ewtMs: number | undefined;
  readonly ewtError: EwtError | undefined;
}

/** The terms of one item's score at one instant, in points. */
export interface Score {
  readonly priority: number;
  readonly ageing: number;
  readonly urgency: number;
  readonly boost: number;
  readonly total: number;
}

/** Where an item stands and why. */
export interface Explanation {
  readonly itemId: string;
  readonly interactionId: string;
  readonly queueId: string;
  readonly channel: Channel;
  readonly state: 'waiting' | 'offered' | 'in-hands';
  readonly arrivedAt: number;
  readonly dueAt: number;
  /** 1 is next among those waiting in its queue. */
  readonly position: number;
  readonly score: Score;
  /** What the agent must know now, after relaxing. */
  readonly skills: Skills;
  /** Highest tier that may be asked now. */
  readonly tier: number;
  /** Nobody else is asked before `until`. */
  readonly heldFor: { readonly agentId: string; readonly until: number } | undefined;
  /** When its ring, tier, hold or overflow changes next. */
  readonly changesAt: number | undefined;
  /** The agents of its queue, counted by why they do not have it. */
  readonly agents: Readonly<Partial<Record<NotMine, number>>>;
  /** The one answer to "why has nobody got it?". */
  readonly why: WaitingWhy;
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
  /** The work left its queue for a flow or voicemail (work.ended `overflowed`): the call goes on there. */
  onItemOverflowed?(itemId: string, to: OverflowTarget): void;
  /** The work waits in another queue now. */
  onItemMoved?(itemId: string, queueId: string): void;
}

export interface Routing {
  /** Who rings phones; set once, before the first item. */
  carry(carrier: OfferCarrier): void;
  /**
   * Puts work into its queue, or where that queue's overflow rules send it. Throws AppError `queue.unknown`,
   * `queue.closed`, `queue.full`; for `onlyAgent`: `conflict` with details.why `busy` or `unavailable` when that agent
   * cannot take it now.
   */
  enqueue(item: NewWorkItem): void;
  /** The customer left, or the work is void. Revokes a running offer. Does nothing for an unknown or ended item. */
  withdraw(itemId: string, end: WorkEnd): void;
  /**
   * A waiting call becomes a callback: same place, same score. Its contact is another from now on, and `attributes`
   * are added to its own. Throws `work.unknown`; `conflict` unless it waits.
   */
  callBack(itemId: string, interactionId: string, attributes: Readonly<Record<string, string>>): void;
  /**
   * Work goes to another queue, keeping its arrival: waiting work is moved; work in an agent's hands is transferred,
   * and that agent wraps up as its old queue wants. Throws `work.unknown`, `queue.unknown`, `queue.closed`,
   * `queue.full`.
   * @param by the supervisor who does it, for the journal
   */
  move(itemId: string, queueId: string, by?: string): void;
  /** Sets the points added to the score of waiting work; `by` whom, for the journal. Throws `work.unknown`. */
  boost(itemId: string, points: number, by?: string): void;
  /** The agent has it. False: the offer was gone (expired, revoked, taken): the caller must be let go of by the carrier. */
  accept(offerId: string): boolean;
  /** The agent or its phone refused. Unknown offers are ignored. */
  decline(offerId: string, outcome: 'declined' | 'busy' | 'failed'): void;
  /** Work in an agent's hands is over: wrap-up begins, or the agent is free. */
  workEnded(itemId: string): void;
  /** Throws `wrap-up.none`. Ends the wrap-up; when it was the last thing in hand, the next state applies. */
  finishWrapUp(agentId: string, itemId: string): void;
  /** Throws `wrap-up.none`; `conflict` without a deadline; returns the new deadline. */
  extendWrapUp(agentId: string, itemId: string): number;
  /**
   * `now`: in force; `next`: kept until the present work and wrap-up end. Throws `presence.reason-unknown`.
   * @param by the supervisor who chooses for the agent
   */
  setPresence(agentId: string, presence: Presence, reason: string | undefined, by?: string): 'now' | 'next';
  /** Does this agent have a phone that can be rung? Unreachable agents are not offered calls. */
  setReachable(agentId: string, reachable: boolean): void;
  agent(agentId: string): AgentView | undefined;
  agents(): readonly AgentView[];
  queue(queueId: string): QueueView | undefined;
  queues(): readonly QueueView[];
  queueSettings(queueId: string): QueueSettings | undefined;
  /** Where this work stands and why; undefined when it is not (or no longer) here. */
  explain(itemId: string): Explanation | undefined;
  /** The best `limit` items that wait in these queues, best first, explained. */
  waiting(queueIds: readonly string[], limit: number): readonly Explanation[];
}

/** What is changed together with what would strand work (R30). */
export interface Forced {
  /** Even if waiting work would be left without any agent. */
  readonly force?: boolean;
}

/**
 * Routing with what administration and the seed need. Each change is checked, written down with who asked for it (`by`: a
 * user's id, or `system`), stored and put in force; its promise resolves after all of that, rejects with what is thrown,
 * and waits for as long as the database does not answer. Changes are made one after the other.
 */
export interface RoutingService extends Routing {
  /**
   * Adds or changes a queue. Throws `bad-request`, `skill.unknown`, `hours.unknown`, and `queue.unknown` for an
   * overflow target that does not exist.
   */
  setQueue(settings: QueueSettings, by: string): Promise<void>;
  /** Throws `conflict` while work is in it, `routing.in-use` while another queue overflows to it. Profiles let go of it. */
  removeQueue(queueId: string, by: string): Promise<void>;
  skills(): readonly Skill[];
  setSkill(skill: Skill, by: string): Promise<void>;
  /** Throws `routing.in-use` while an agent has it or a queue asks for it. */
  removeSkill(skillId: string, by: string): Promise<void>;
  hours(): readonly Hours[];
  setHours(hours: Hours, by: string): Promise<void>;
  /** Throws `routing.in-use`. */
  removeHours(hoursId: string, by: string): Promise<void>;
  profiles(): readonly Profile[];
  /** In force for all its agents at once. Throws `queue.unknown`, `routing.strands-work`. */
  setProfile(profile: Profile, forced: Forced, by: string): Promise<void>;
  /** Throws `routing.in-use` while an agent has it. */
  removeProfile(profileId: string, by: string): Promise<void>;
  /** What was set for an agent; undefined for somebody who takes no work. */
  agentRouting(agentId: string): AgentRouting | undefined;
  /** Adds an agent (offline) or changes it. Throws `bad-request`, `profile.unknown`, `skill.unknown`, `routing.strands-work`. */
  setAgent(agent: AgentRouting, forced: Forced, by: string): Promise<void>;
  /** All of these or none, stored together. */
  setAgents(agents: readonly AgentRouting[], forced: Forced, by: string): Promise<void>;
  /** Revokes its offer; work in its hands goes on to its end. Throws `routing.strands-work`. */
  removeAgent(agentId: string, forced: Forced, by: string): Promise<void>;
  /** Reasons for being not ready, in the order to show them. */
  reasons(): readonly { readonly id: string; readonly name: string }[];
  setReason(reason: { readonly id: string; readonly name: string }, by: string): Promise<void>;
  removeReason(reasonId: string, by: string): Promise<void>;
  /** Did work of this contact outlive the last server? */
  outlived(interactionId: string): boolean;
  /** Work arrived and not ended. */
  openItems(): number;
  /** Timers running. */
  timers(): number;
  /** Cancels every timer. Call last. */
  stop(): void;
}
