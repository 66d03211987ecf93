import { type Timer, type Timers, timer } from '../timers.ts';
import type { Flow, FlowUser } from '../transport/flow.ts';
import * as tables from './tables.core.ts';

/** Who answers an INVITE. Others need not be told anything. */
export interface ServerUser {
  /** CANCEL arrived before a final response (RFC 3261 9.2). */
  onCancel(reason: string | undefined): void;
  /** The connection closed before a final response. */
  onFlowLost(flow: Flow): void;
}

/** Where server transactions live. */
export interface ServerHome {
  readonly timers: Timers;
  forgetServer(tx: ServerTransaction): void;
}

/** A server transaction (RFC 3261 17.2): carries out the rows of its table. Holds only the last response's text. */
export class ServerTransaction implements FlowUser {
  readonly key: string;
  readonly flow: Flow;
  state: tables.State;
  readonly #home: ServerHome;
  #user: ServerUser | undefined;
  readonly #invite: boolean;
  #text = '';
  #interval = tables.T1;
  #slow: Timer | undefined;
  #fast: Timer | undefined;

  constructor(home: ServerHome, key: string, invite: boolean, flow: Flow, user: ServerUser | undefined) {
    this.#home = home;
    this.key = key;
    this.#invite = invite;
    this.flow = flow;
    this.#user = user;
    this.state = invite ? 'proceeding' : 'trying';
    flow.watch(this);
  }

  /** Sends a response and moves on; ignored once a final response is out. */
  respond(status: number, text: string): void {
    this.event(tables.eventOf(status), text);
  }

  /** Tells the owner of an unanswered INVITE that the caller gave up. */
  cancelled(reason: string | undefined): void {
    if (this.state === 'proceeding') this.#user?.onCancel(reason);
  }

  onFlowLost(flow: Flow): void {
    const user = this.#user;
    const pending = this.state === 'proceeding' || this.state === 'trying';
    if (this.state === 'accepted') return; // the dialog decides; the timer runs on
    this.#end();
    if (pending) user?.onFlowLost(flow);
  }

  event(event: tables.Event, text?: string): void {
    const row = (this.#invite ? tables.inviteServer : tables.server)[this.state]?.[event];
    if (row === undefined) return;
    this.state = row.next;
    for (const action of row.actions) this.#act(action, text);
    if (this.state === 'terminated') this.#end();
  }

  #act(action: tables.Action, text: string | undefined): void {
    const { timers } = this.#home;
    switch (action) {
      case 'send':
        this.flow.send(text ?? '');
        if (this.state === 'accepted') this.#text = '';
        else this.#text = text ?? '';
        if (this.state !== 'proceeding') this.#user = undefined;
        break;
      case 'resend':
        if (this.#text !== '') this.flow.send(this.#text);
        break;
      case 'retransmit':
        if (!this.flow.reliable) {
          this.#fast ??= timer(() => this.event('retransmit'));
          timers.start(this.#fast, this.#interval);
        }
        break;
      case 'backoff':
        this.#interval = tables.backoffMs('invite-server', this.state, this.#interval);
        if (this.#fast !== undefined) timers.start(this.#fast, this.#interval);
        break;
      case 'timeout':
        this.#startSlow('timeout', tables.TIMEOUT);
        break;
      case 'linger': {
        const kind = this.#invite ? 'invite-server' : 'server';
        const ms = tables.lingerMs(kind, this.state, this.flow.reliable);
        if (ms === 0) this.state = 'terminated';
        else this.#startSlow('linger', ms);
        break;
      }
      case 'calm':
      case 'quiet':
        if (this.#fast !== undefined) timers.stop(this.#fast);
        if (action === 'calm' && this.#slow !== undefined) timers.stop(this.#slow);
        break;
      // An ACK that never came for a failure changes nothing for anybody (17.2.1).
      default:
        break;
    }
  }

  #startSlow(event: 'timeout' | 'linger', ms: number): void {
    if (this.#slow !== undefined) this.#home.timers.stop(this.#slow);
    this.#slow = timer(() => this.event(event));
    this.#home.timers.start(this.#slow, ms);
  }

  #end(): void {
    this.state = 'terminated';
    if (this.#slow !== undefined) this.#home.timers.stop(this.#slow);
    if (this.#fast !== undefined) this.#home.timers.stop(this.#fast);
    this.#user = undefined;
    this.flow.unwatch(this);
    this.#home.forgetServer(this);
  }
}
