import { type Timer, type Timers, timer } from '../timers.ts';
import type { Flow, FlowUser } from '../transport/flow.ts';
import { header, type RequestParts, type SipResponse, writeRequest } from '../wire/index.ts';
import * as tables from './tables.core.ts';

/** Who sent the request. */
export interface ClientUser {
  onResponse(response: SipResponse, tx: ClientTransaction): void;
  /** No final response: timer B or F, or the transport failed. Told instead of a final response, once. */
  onFailure(cause: 'timeout' | 'transport', tx: ClientTransaction | undefined): void;
  /** The connection of a ringing INVITE is gone; the peer may come back over another (`move`). */
  onFlowLost?(flow: Flow): void;
  /** The transaction goes on over another connection. */
  onFlowMoved?(to: Flow): void;
}

/** For a request whose outcome changes nothing. */
export const NOBODY: ClientUser = { onResponse() {}, onFailure() {} };

/** Where client transactions live. */
export interface ClientHome {
  readonly timers: Timers;
  /** One of them waits for its final response no longer. */
  answered(): void;
  forgetClient(tx: ClientTransaction): void;
}

/** RFC 3261 17.1.3: CANCEL shares the branch of its INVITE. */
export function clientKey(branch: string, method: string): string {
  return method === 'CANCEL' ? `${branch}|C` : branch;
}

/** A client transaction (RFC 3261 17.1): carries out the rows of its table. */
export class ClientTransaction implements FlowUser {
  readonly key: string;
  readonly parts: RequestParts;
  readonly via: string;
  readonly branch: string;
  flow: Flow;
  state: tables.State;
  readonly #home: ClientHome;
  readonly #user: ClientUser;
  readonly #kind: tables.Kind;
  readonly #table: tables.Table;
  #text: string;
  #interval = tables.T1;
  readonly #slow: Timer;
  readonly #fast: Timer | undefined;
  #open = true;

  constructor(
    home: ClientHome,
    parts: RequestParts,
    via: string,
    branch: string,
    flow: Flow,
    user: ClientUser,
  ) {
    const invite = parts.method === 'INVITE';
    this.#home = home;
    this.parts = parts;
    this.via = via;
    this.branch = branch;
    this.flow = flow;
    this.#user = user;
    this.key = clientKey(branch, parts.method);
    this.#kind = invite ? 'invite-client' : 'client';
    this.#table = invite ? tables.inviteClient : tables.client;
    this.state = invite ? 'calling' : 'trying';
    this.#text = writeRequest(parts, via);
    this.#slow = timer(() => this.event(this.#open ? 'timeout' : 'linger'));
    this.#fast = flow.reliable ? undefined : timer(() => this.event('retransmit'));
  }

  start(): void {
    this.flow.watch(this);
    this.event('request');
  }

  /** A phone that rings goes on ringing while its connection is down: its answer may come over a new one. */
  onFlowLost(flow: Flow): void {
    if (this.#kind === 'invite-client' && this.state === 'proceeding' && this.#user.onFlowLost)
      this.#user.onFlowLost(flow);
    else this.event('transport-error');
  }

  onFlowMoved(to: Flow): void {
    if (this.state === 'terminated') return;
    this.flow.unwatch(this);
    this.flow = to;
    to.watch(this);
    this.#user.onFlowMoved?.(to);
  }

  event(event: tables.Event, response?: SipResponse): void {
    const row = this.#table[this.state]?.[event];
    if (row === undefined) return;
    this.state = row.next;
    if (this.#open && row.next !== 'calling' && row.next !== 'trying' && row.next !== 'proceeding') {
      this.#open = false;
      this.#text = '';
      this.#home.answered();
    }
    for (const action of row.actions) this.#act(action, response);
    if (this.state === 'terminated') this.#end();
  }

  /** Drops the transaction without telling its user (RFC 3261 9.1: a cancelled INVITE nobody answered). */
  abandon(): void {
    if (this.state === 'terminated') return;
    this.state = 'terminated';
    if (this.#open) {
      this.#open = false;
      this.#home.answered();
    }
    this.#end();
  }

  #act(action: tables.Action, response: SipResponse | undefined): void {
    const { timers } = this.#home;
    switch (action) {
      case 'send':
      case 'resend':
        this.flow.send(this.#text, this);
        break;
      case 'retransmit':
        if (this.#fast !== undefined) timers.start(this.#fast, this.#interval);
        break;
      case 'backoff':
        this.#interval = tables.backoffMs(this.#kind, this.state, this.#interval);
        if (this.#fast !== undefined) timers.start(this.#fast, this.#interval);
        break;
      case 'timeout':
        timers.start(this.#slow, tables.TIMEOUT);
        break;
      case 'linger': {
        const ms = tables.lingerMs(this.#kind, this.state, this.flow.reliable);
        if (ms === 0) this.state = 'terminated';
        else timers.start(this.#slow, ms);
        break;
      }
      case 'quiet':
        if (this.#fast !== undefined) timers.stop(this.#fast);
        break;
      case 'calm':
        if (this.#fast !== undefined) timers.stop(this.#fast);
        timers.stop(this.#slow);
        break;
      case 'ack':
        if (response !== undefined) this.#acknowledge(response);
        break;
      case 'tell':
        if (this.state === 'terminated') this.#end();
        if (response !== undefined) this.#user.onResponse(response, this);
        break;
      case 'tell-timeout':
        this.#end();
        this.#user.onFailure('timeout', this);
        break;
      case 'tell-error':
        this.#end();
        this.#user.onFailure('transport', this);
        break;
    }
  }

  /** ACK of a failure: same branch, To of the response (RFC 3261 17.1.1.3). */
  #acknowledge(response: SipResponse): void {
    const { parts } = this;
    const to = header(response, 'to') ?? parts.to;
    this.flow.send(writeRequest({ ...parts, method: 'ACK', to, extra: '', body: '' }, this.via));
  }

  #end(): void {
    this.#home.timers.stop(this.#slow);
    if (this.#fast !== undefined) this.#home.timers.stop(this.#fast);
    this.flow.unwatch(this);
    this.#home.forgetClient(this);
  }
}
