import type { CallEnd } from '#shared/model/states.ts';

/**
 * What happens to one inbound call, as a pure machine. Media, SIP and the journal are the service's business.
 *
 *              +------ enqueue ------+         +- last offer-ended --+
 *              |                     v         v                     |
 *    flow -----+                  queued --- offered ------------> ringing (one agent, or with ring all several)
 *      |  ^                         |  |                             | agent-answered
 *      |  +-------- to-flow --------+  |                             |
 *      |                             |                               v
 *      |                             |     agent-lost            talking <---- agent-back ----+
 *      |                             |     +---------------------- | ^                        |
 *      |                             |     v                       | | hold / mute: flags     |
 *      |                             |  recovering ----------------+-+------------------------+
 *      |                             |     | recovery-over          |
 *      +------- any end of the caller, the agent, the flow or the server, in every phase ----> ended
 *
 * K1 the caller is answered at most once: by the flow, by the first agent who answers, or when `ringMs` is over and
 *    nobody is being rung.
 * K2 a call ends once; whatever comes later changes nothing, and an agent who answers too late is let go.
 * K3 an agent whose media vanished (reload, crash) does not end the call: the caller hears music until the agent's
 *    phone is back or the time for it is over.
 * K8 the call is on hold as long as the desk or the agent's phone holds it; the hold of a phone ends with that phone.
 */
export interface CallState {
  readonly phase: 'flow' | 'queued' | 'ringing' | 'talking' | 'recovering' | 'ended';
  /** The caller's INVITE has its 200. */
  readonly answered: boolean;
  /** The caller has heard ringing long enough: answer with music as soon as nobody is being rung. */
  readonly ringOver: boolean;
  /** Offers that ring. */
  readonly offers: readonly RingingOffer[];
  /** Who answered. */
  readonly agentId: string | undefined;
  /** Held by command of the desk. */
  readonly deskHolds: boolean;
  /** Held by the agent's phone itself (RFC 3264 8.4). */
  readonly phoneHolds: boolean;
  readonly muted: boolean;
}

export interface RingingOffer {
  readonly offerId: string;
  readonly agentId: string;
}

export type CallEvent =
  | { readonly type: 'flow-answer' }
  | { readonly type: 'enqueue' }
  /** Its queue gave it away (overflow, voicemail): another flow has it. */
  | { readonly type: 'to-flow' }
  | { readonly type: 'ring-over' }
  | { readonly type: 'offered'; readonly offerId: string; readonly agentId: string }
  | { readonly type: 'offer-ended'; readonly offerId: string }
  | { readonly type: 'agent-answered'; readonly offerId: string }
  | { readonly type: 'agent-lost' }
  | { readonly type: 'agent-back' }
  | { readonly type: 'recovery-over' }
  | { readonly type: 'hold'; readonly by: 'desk' | 'phone'; readonly held: boolean }
  | { readonly type: 'mute'; readonly muted: boolean }
  | { readonly type: 'caller-gone'; readonly cause: 'hung-up' | 'connection-lost' | 'media-lost' | 'failed' }
  | { readonly type: 'agent-gone'; readonly cause: 'hung-up' | 'media-lost' }
  /** The call cannot be served; `code` is the SIP answer if the caller has none yet. */
  | { readonly type: 'refuse'; readonly code: number; readonly end: CallEnd }
  | { readonly type: 'flow-ended' }
  | { readonly type: 'server-stopping' };

export type CallEffect =
  | { readonly type: 'answer-caller' }
  | { readonly type: 'music'; readonly on: boolean }
  | { readonly type: 'ring'; readonly offerId: string; readonly agentId: string }
  | { readonly type: 'stop-ringing'; readonly offerId: string }
  | { readonly type: 'bridge' }
  | { readonly type: 'rejoin' }
  | { readonly type: 'await-agent' }
  | { readonly type: 'apply-hold'; readonly held: boolean }
  | { readonly type: 'apply-mute'; readonly muted: boolean }
  /** Everything the call holds is released; `code` answers a caller who has no answer yet. */
  | { readonly type: 'end'; readonly end: CallEnd; readonly code: number };

export type Step = { readonly state: CallState; readonly effects: readonly CallEffect[] };

export const newCall: CallState = {
  phase: 'flow',
  answered: false,
  ringOver: false,
  offers: [],
  agentId: undefined,
  deskHolds: false,
  phoneHolds: false,
  muted: false,
};

/** K8 */
export const isHeld = (state: CallState): boolean => state.deskHolds || state.phoneHolds;

/** One step of the machine; an event that means nothing in this phase changes nothing. */
export function stepCall(state: CallState, event: CallEvent): Step {
  if (state.phase === 'ended') return stay(state); // K2
  switch (event.type) {
    case 'flow-answer':
      return state.answered
        ? stay(state)
        : { state: { ...state, answered: true }, effects: [{ type: 'answer-caller' }] };
    case 'enqueue':
      if (state.phase !== 'flow') return stay(state);
      return {
        state: { ...state, phase: 'queued' },
        effects: state.answered ? [{ type: 'music', on: true }] : [],
      };
    case 'to-flow':
      if (state.phase !== 'queued') return stay(state);
      return {
        state: { ...state, phase: 'flow', ringOver: false },
        effects: state.answered ? [{ type: 'music', on: false }] : [],
      };
    case 'ring-over':
      return musicWhenDue({ ...state, ringOver: true });
    case 'offered':
      return offered(state, { offerId: event.offerId, agentId: event.agentId });
    case 'offer-ended':
      return offerEnded(state, event.offerId);
    case 'agent-answered':
      return agentAnswered(state, event.offerId);
    case 'agent-lost':
      return agentLost(state);
    case 'agent-back':
      if (state.phase !== 'recovering') return stay(state);
      return { state: { ...state, phase: 'talking' }, effects: [{ type: 'rejoin' }] };
    case 'recovery-over':
      return state.phase === 'recovering' ? end(state, 'agent-connection-lost', 480) : stay(state);
    case 'hold':
      return state.phase === 'talking' ? hold(state, event.by, event.held) : stay(state);
    case 'mute':
      if (!inHands(state) || state.muted === event.muted) return stay(state);
      return {
        state: { ...state, muted: event.muted },
        effects: [{ type: 'apply-mute', muted: event.muted }],
      };
    case 'caller-gone':
      return end(state, callerEnd(state, event.cause), 487);
    case 'agent-gone':
      if (!inHands(state)) return stay(state);
      return end(state, event.cause === 'hung-up' ? 'agent-hung-up' : 'media-lost', 480);
    case 'refuse':
      return end(state, event.end, event.code);
    case 'flow-ended':
      return state.phase === 'flow' ? end(state, 'flow-ended', 480) : stay(state);
    case 'server-stopping':
      return end(state, 'server-stopped', 503);
  }
}

const inHands = (state: CallState): boolean => state.phase === 'talking' || state.phase === 'recovering';

function stay(state: CallState): Step {
  return { state, effects: [] };
}

function offered(state: CallState, offer: RingingOffer): Step {
  if (state.phase !== 'queued' && state.phase !== 'ringing') return stay(state);
  if (state.offers.some(({ offerId }) => offerId === offer.offerId)) return stay(state);
  return {
    state: { ...state, phase: 'ringing', offers: [...state.offers, offer] },
    effects: [{ type: 'ring', ...offer }],
  };
}

function offerEnded(state: CallState, offerId: string): Step {
  const offers = state.offers.filter((offer) => offer.offerId !== offerId);
  if (state.phase !== 'ringing' || offers.length === state.offers.length) return stay(state);
  const next = musicWhenDue({ ...state, phase: offers.length > 0 ? 'ringing' : 'queued', offers });
  return { state: next.state, effects: [{ type: 'stop-ringing', offerId }, ...next.effects] };
}

function agentAnswered(state: CallState, offerId: string): Step {
  const taken = state.offers.find((offer) => offer.offerId === offerId);
  if (state.phase !== 'ringing' || !taken) return stay(state);
  const greet: CallEffect[] = state.answered ? [{ type: 'music', on: false }] : [{ type: 'answer-caller' }];
  return {
    state: { ...state, phase: 'talking', answered: true, offers: [], agentId: taken.agentId },
    effects: [...stopRinging(state), ...greet, { type: 'bridge' }],
  };
}

function stopRinging({ offers }: CallState): CallEffect[] {
  return offers.map(({ offerId }) => ({ type: 'stop-ringing', offerId }));
}

function hold(state: CallState, by: 'desk' | 'phone', held: boolean): Step {
  const next = by === 'desk' ? { ...state, deskHolds: held } : { ...state, phoneHolds: held };
  if (isHeld(next) === isHeld(state)) return stay(next);
  return { state: next, effects: [{ type: 'apply-hold', held }] };
}

function agentLost(state: CallState): Step {
  if (state.phase !== 'talking') return stay(state);
  const { state: left, effects } = hold(state, 'phone', false);
  return {
    state: { ...left, phase: 'recovering' },
    effects: [...effects, { type: 'await-agent' }, { type: 'music', on: true }],
  };
}

/** K1: while an agent is being rung, the caller goes on hearing ringing. */
function musicWhenDue(state: CallState): Step {
  if (!state.ringOver || state.answered || state.phase !== 'queued') return stay(state);
  return {
    state: { ...state, answered: true },
    effects: [{ type: 'answer-caller' }, { type: 'music', on: true }],
  };
}

function end(state: CallState, reason: CallEnd, code: number): Step {
  const effects: CallEffect[] = [...stopRinging(state), { type: 'end', end: reason, code }];
  return { state: { ...state, phase: 'ended', offers: [] }, effects };
}

function callerEnd(
  state: CallState,
  cause: 'hung-up' | 'connection-lost' | 'media-lost' | 'failed',
): CallEnd {
  if (cause === 'media-lost') return 'media-lost';
  if (cause === 'failed') return 'failed';
  if (cause === 'connection-lost') return 'caller-connection-lost';
  return inHands(state) || state.phase === 'flow' ? 'caller-hung-up' : 'caller-abandoned';
}
