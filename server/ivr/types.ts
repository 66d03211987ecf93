import type { EnqueueNode } from '#shared/flow/index.ts';

/** One call as a flow sees it. Implemented by the calls room; every method is safe after the call ended. */
export interface IvrCall {
  readonly callId: string;
  /** The contact it belongs to: what the caller chooses is kept with it. */
  readonly interactionId: string;
  /** The number dialled, normalised. */
  readonly dnis: string;
  /** Resolves when media flows; at once when it is answered already. Rejects when the call is gone or media fails. */
  answer(): Promise<void>;
  /** Plays a prompt, replacing what plays; `on.played` follows unless it is replaced or stopped first. */
  play(prompt: string): void;
  stopPlaying(): void;
  echo(): void;
  /**
   * Hands the call to a queue; the flow is over. False: a closed, full or unknown queue does not take it, and the node
   * says where the call goes on; without `onRefused` the call is refused instead.
   */
  enqueue(node: EnqueueNode): boolean;
  /** Takes down what the caller says from now on. */
  record(): void;
  /** The message is complete. */
  stopRecording(): void;
  hangUp(): void;
  /** Set by the flow; whoever runs the call tells it what happens. */
  readonly on: {
    digit?: ((digit: string) => void) | undefined;
    /** The prompt that plays now came to its end. Never told for one that was replaced or stopped. */
    played?: (() => void) | undefined;
    /** The call is over, whoever ended it. */
    ended?: (() => void) | undefined;
  };
}

/** A flow at one of its versions. */
export interface FlowVersion {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly published: boolean;
}

export interface NumberEntry {
  readonly number: string;
  readonly name: string;
}

/** A flow in force, with the queues it leads to. */
export interface FlowInForce {
  readonly id: string;
  readonly name: string;
  readonly queues: readonly string[];
}

export interface Ivr {
  /** Runs the flow of the number dialled on this call. False: no such number; the call was not touched. */
  run(call: IvrCall): boolean;
  /** Runs this published flow on the call, whatever number it dialled. False: no such flow; the call was not touched. */
  runFlow(call: IvrCall, flowId: string): boolean;
  /** Every flow in force, by name. */
  flows(): readonly FlowInForce[];
  /** Every number with a flow, in order: what the customer's page may dial. */
  numbers(): NumberEntry[];
  /**
   * Stores a document as the next version of this flow, not yet in force; its version. Resolves once it is stored.
   * Rejects with `bad-request` and `details.problems`, a list of FlowProblem.
   */
  saveFlow(id: string, name: string, document: unknown): Promise<number>;
  /**
   * Puts this version in force, for calls that begin from now on; an older one rolls back. Resolves once that is stored.
   * Rejects with `not-found`, and with `bad-request` for a version whose stored document is damaged.
   */
  publish(id: string, version: number): Promise<void>;
  /** Oldest first. */
  versions(id: string): Promise<readonly FlowVersion[]>;
  /** Lets this number run that flow, once it is stored. Rejects with `not-found` for a flow without a published version. */
  assignNumber(number: string, flowId: string, name: string): Promise<void>;
  /** Does nothing for an unknown number. Resolves once it is stored. */
  removeNumber(number: string): Promise<void>;
  /** Calls in a flow now. */
  running(): number;
}
