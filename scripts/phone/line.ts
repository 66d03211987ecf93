import { randomBytes } from 'node:crypto';
import type { Message } from './message.ts';

type Header = readonly [string, string];

/** What a client transaction tells. Provisional ones come any number of times, a final one at least once. */
export type OnResponse = (response: Message) => void;

/** A random token for tags, branches and Call-IDs. */
export const token = (bytes = 8): string => randomBytes(bytes).toString('hex');

/** What a call needs of its phone: an identity and the transaction layer (RFC 3261 17). */
export interface Line<C> {
  /** Address bound, for SIP and RTP. */
  readonly host: string;
  readonly user: string;
  readonly domain: string;
  /** Our Contact header's value. */
  readonly contact: string;
  /** A request of ours, ready to send: Via with a new branch, Max-Forwards, and the headers given. */
  request(method: string, uri: string, headers: readonly Header[], body?: string): Message;
  /** Sends a request and its copies until a response comes; 408 is made up when none does. */
  send(request: Message, onResponse: OnResponse): void;
  /** Sends a request and resolves with its final response. */
  final(request: Message): Promise<Message>;
  /** Forgets a transaction: its late responses are ignored from here. */
  forget(request: Message): void;
  /** Sends what expects no answer (ACK), or a copy. */
  transmit(message: Message): void;
  /** Answers a request, and its copies with the same. */
  reply(request: Message, response: Message): void;
  /** The header that answers a 401 or 407, if it is one and we have a password. */
  authorize(response: Message, method: string, uri: string): [string, string] | undefined;
  /** Requests with this Call-ID go to this call, until it is released. */
  adopt(callId: string, call: C): void;
  release(callId: string): void;
}
