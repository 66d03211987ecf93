import type { OfferView, WorkView } from '#shared/contract/calls.ts';
import type { Pop } from '#shared/contract/interactions.ts';
import type { EnqueueNode } from '#shared/flow/index.ts';

/** What an IVR flow may do with a call; the flow is told through `on`. */
export interface FlowCall {
  readonly callId: string;
  readonly interactionId: string;
  readonly dnis: string;
  /** 200 OK to the caller; resolves when it is sent, or when the call ended first. */
  answer(): Promise<void>;
  /** Plays a prompt by id to the caller, in place of what plays; `on.played` follows, also when it cannot be played. */
  play(prompt: string): void;
  stopPlaying(): void;
  /** Sends the caller its own voice back. */
  echo(): void;
  /** Hands the call to a queue. False: it was not taken, and the node says where the call goes on. */
  enqueue(node: EnqueueNode): boolean;
  /** Takes down what the caller says from now on: a message. */
  record(): void;
  stopRecording(): void;
  hangUp(): void;
  on: { digit?(digit: string): void; played?(): void; ended?(): void };
}

export interface FlowRunner {
  /** The flow of the number dialled; false when there is none. */
  run(call: FlowCall): boolean;
  /** A flow by its id; false when there is none. */
  runFlow(call: FlowCall, flowId: string): boolean;
}

export interface Calls {
  /** Who carries calls through their flows. Set once before the first call. */
  flows(runner: FlowRunner): void;
  /** From memory alone, as `workView` is. */
  offerView(agentId: string): OfferView | null;
  workView(agentId: string): WorkView | null;
  /** Callers who are still being looked up count as calls. */
  counts(): { readonly calls: number; readonly ringing: number };
  /** The calls of `counts`, without going through them: asked for every INVITE. */
  alive(): number;
  /** Is there a phone of this agent to ring? */
  hasPhone(agentId: string): boolean;
  /** A phone of the agent came back: a call that waits for it rings it. */
  phoneRegistered(agentId: string): void;
  /** Ends every call with `server-stopped`; resolves when recordings are complete. */
  stop(): Promise<void>;

  // Commands of a desk. Each throws AppError: `call.gone`, `call.not-yours`, `call.illegal`, `offer.gone`.
  offerShown(agentId: string, offerId: string): void;
  declineOffer(agentId: string, offerId: string): void;
  mute(agentId: string, interactionId: string, muted: boolean): void;
  /** K8: `call.illegal` when the desk takes back a call that the agent's phone still holds. */
  hold(agentId: string, interactionId: string, held: boolean): void;
  hangUp(agentId: string, interactionId: string): void;
  digit(agentId: string, interactionId: string, digit: string): void;
  /** The agent's desk has lost the audio of its call (a reload): its phones are rung again for the same call. */
  rejoin(agentId: string, interactionId: string): void;
  /**
   * Resolves once it is stored; of several at once the one asked last stays (K18). Rejects with `not-found`, or with
   * DatabaseUnavailable when the customer cannot be read.
   */
  chooseCustomer(agentId: string, interactionId: string, customerId: string | null): Promise<void>;
  /** At once, whatever the database does. Throws `wrap-up.none`, `wrap-up.disposition-required`. */
  finishWrapUp(agentId: string, interactionId: string): void;
  extendWrapUp(agentId: string, interactionId: string): void;
}

export type { OfferView, Pop, WorkView };
