import type { Ids } from '../ids.ts';
import type { Timers } from '../timers.ts';
import type { Flow } from '../transport/flow.ts';
import {
  type Essentials,
  type RequestParts,
  type SipRequest,
  type SipResponse,
  topVia,
  type Via,
  writeRequest,
} from '../wire/index.ts';
import { type ClientHome, ClientTransaction, type ClientUser, clientKey } from './client.ts';
import { type ServerHome, ServerTransaction, type ServerUser } from './server.ts';
import { eventOf } from './tables.core.ts';

/** How we name ourselves in Via, by transport: `SIP/2.0/UDP host:port`. */
export type ViaPrefix = (transport: Flow['transport']) => string;

/**
 * All transactions, keyed (RFC 3261 17.1.3, 17.2.3). Requests without the magic cookie are matched as in RFC 2543.
 */
export class TransactionLayer implements ClientHome, ServerHome {
  readonly timers: Timers;
  readonly #ids: Ids;
  readonly #viaPrefix: ViaPrefix;
  readonly #clients = new Map<string, ClientTransaction>();
  readonly #servers = new Map<string, ServerTransaction>();
  /** Client transactions still waiting for a final response. */
  waiting = 0;
  /** Told when `waiting` falls to 0. */
  onIdle: (() => void) | undefined;

  constructor(timers: Timers, ids: Ids, viaPrefix: ViaPrefix) {
    this.timers = timers;
    this.#ids = ids;
    this.#viaPrefix = viaPrefix;
  }

  get size(): number {
    return this.#clients.size + this.#servers.size;
  }

  /** Sends a request. The user is told of responses, timeout and transport failure; never before this returns. */
  request(parts: RequestParts, flow: Flow, user: ClientUser): ClientTransaction {
    const branch = this.#ids.branch();
    const via = this.#via(flow, branch);
    const tx = new ClientTransaction(this, parts, via, branch, flow, user);
    this.#clients.set(tx.key, tx);
    this.waiting++;
    tx.start();
    return tx;
  }

  /** Sends CANCEL for an INVITE (RFC 3261 9.1): same branch, its own transaction. */
  cancel(invite: ClientTransaction, extra: string, user: ClientUser): void {
    const { parts } = invite;
    const cancelParts: RequestParts = { ...parts, method: 'CANCEL', extra, body: '' };
    const tx = new ClientTransaction(this, cancelParts, invite.via, invite.branch, invite.flow, user);
    if (this.#clients.has(tx.key)) return;
    this.#clients.set(tx.key, tx);
    this.waiting++;
    tx.start();
  }

  /** Sends a request without a transaction: the ACK of a 2xx (RFC 3261 13.2.2.4). Returns its text for repeating. */
  sendOnce(parts: RequestParts, flow: Flow): string {
    const text = writeRequest(parts, this.#via(flow, this.#ids.branch()));
    flow.send(text);
    return text;
  }

  /** Hands a response to its transaction; false when there is none. */
  response(message: SipResponse, about: Essentials, flow?: Flow): boolean {
    const branch = topVia(message)?.branch;
    if (branch === undefined) return false;
    const tx = this.#clients.get(clientKey(branch, about.method));
    if (tx === undefined) return false;
    if (tx.flow.closed && flow?.reliable) tx.onFlowMoved(flow);
    tx.event(eventOf(message.status), message);
    return true;
  }

  /** The server transaction a request belongs to: a retransmission, or the ACK of a failure. */
  find(request: SipRequest, about: Essentials): ServerTransaction | undefined {
    return this.#servers.get(serverKey(request, about, request.method === 'ACK' ? 'INVITE' : request.method));
  }

  /** The INVITE a CANCEL is about (RFC 3261 9.2). */
  findInvite(cancel: SipRequest, about: Essentials): ServerTransaction | undefined {
    return this.#servers.get(serverKey(cancel, about, 'INVITE'));
  }

  /** Starts a server transaction for a new request. */
  accept(
    request: SipRequest,
    about: Essentials,
    flow: Flow,
    user: ServerUser | undefined,
  ): ServerTransaction {
    const tx = new ServerTransaction(
      this,
      serverKey(request, about, request.method),
      request.method === 'INVITE',
      flow,
      user,
    );
    this.#servers.set(tx.key, tx);
    return tx;
  }

  forgetClient(tx: ClientTransaction): void {
    if (this.#clients.get(tx.key) === tx) this.#clients.delete(tx.key);
  }

  forgetServer(tx: ServerTransaction): void {
    if (this.#servers.get(tx.key) === tx) this.#servers.delete(tx.key);
  }

  answered(): void {
    if (--this.waiting === 0) this.onIdle?.();
  }

  clear(): void {
    this.#clients.clear();
    this.#servers.clear();
    this.waiting = 0;
  }

  #via(flow: Flow, branch: string): string {
    // rport always: replies find us behind a translator (RFC 3581 3).
    return flow.reliable
      ? `Via: ${this.#viaPrefix(flow.transport)};branch=${branch}\r\n`
      : `Via: ${this.#viaPrefix(flow.transport)};rport;branch=${branch}\r\n`;
  }
}

const COOKIE = 'z9hG4bK';

function serverKey(request: SipRequest, about: Essentials, method: string): string {
  const via = topVia(request);
  const branch = via?.branch;
  if (via !== undefined && branch?.startsWith(COOKIE) === true && branch.length > COOKIE.length) {
    return `${branch}|${via.host}:${via.port ?? ''}|${method}`;
  }
  return `${request.uri}|${about.callId}|${about.fromTag}|${about.seq}|${via === undefined ? '' : sentBy(via)}|${method}`;
}

function sentBy(via: Via): string {
  return `${via.host}:${via.port ?? ''};${via.branch ?? ''}`;
}
