import type { TransportName } from '../types.ts';

/** Told once when a connection is gone. */
export interface FlowUser {
  onFlowLost(flow: Flow): void;
  /** The peer has registered again over another connection; this one may be dead and not know it. */
  onFlowMoved?(to: Flow): void;
}

/**
 * A way to reach one peer: a UDP address, or one connection (RFC 5626 3.2). Connections know who uses them, so that
 * their end reaches transactions, dialogs and bindings without a search.
 */
export interface Flow {
  readonly id: string;
  readonly transport: TransportName;
  readonly address: string;
  readonly port: number;
  /** False for UDP: messages are retransmitted. */
  readonly reliable: boolean;
  readonly closed: boolean;
  /** Sends; a failure found later is told to `failed` if given (connections tell their users instead). */
  send(text: string, failed?: FlowUser): void;
  watch(user: FlowUser): void;
  unwatch(user: FlowUser): void;
  /** Asks the users to move to another flow of the same peer. */
  moveUsers(to: Flow): void;
}

/** Told of every message a transport receives. */
export type Receive = (data: Buffer, flow: Flow) => void;
