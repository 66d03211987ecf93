import { type Timer, timer } from '../timers.ts';
import { type ClientUser, NOBODY } from '../transaction/index.ts';
import type { Flow, FlowUser } from '../transport/index.ts';
import type { DialogEnd, DialogHandlers, NameAddr, SipDialog } from '../types.ts';
import {
  header,
  headerValues,
  parseAddress,
  parseUri,
  type RequestParts,
  type SipMessage,
  SipParseError,
} from '../wire/index.ts';
import type { DialogContext, DialogState } from './context.ts';
import { AGENT_LINE, reasonLine, routeLines, uriIn } from './header-lines.ts';
import { Offers } from './offers.ts';
import type { Referral } from './referral.ts';
import type { Session } from './session.core.ts';
import { SessionTimer } from './session-timer.ts';
import type { Unacked } from './unacked.ts';

/** How long a confirmed dialog waits for its peer after the connection closed, in ms. */
const LIMBO_MS = 32_000;

export function dialogKey(callId: string, localTag: string, remoteTag: string): string {
  return `${callId}\n${localTag}\n${remoteTag}`;
}

/** Where dialogs live. */
export interface DialogHome {
  readonly context: DialogContext;
  forget(dialog: Dialog): void;
}

export interface DialogInit {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  /** Values for From and To of our requests, tags included. */
  readonly local: string;
  readonly remoteValue: string;
  readonly remote: NameAddr;
  readonly target: string;
  readonly routes: readonly string[];
  readonly localSeq: number;
  /** Undefined when the INVITE was ours. */
  readonly remoteSeq: number | undefined;
  /** The connection, or the UDP peer when `fixed`. */
  readonly flow: Flow | undefined;
  /** Requests go to `flow` whatever the target says: the peer sits behind an address translator. */
  readonly fixed: boolean;
}

/** What an unanswered INVITE of the peer's must do when the dialog ends under it. */
export interface PendingCall {
  endedByPeer(reason: string | undefined): void;
}

/**
 * A dialog (RFC 3261 12).
 *
 *   early --2xx--> confirmed --BYE either way, 481/408, no ACK, session expired--> ended
 *     \--failure, CANCEL--> ended       |  ^
 *                     connection closed |  | same phone again, or a request over another connection
 *                                       v  |
 *                                     limbo --32 s--> ended (connection-lost)
 */
export class Dialog implements SipDialog, FlowUser {
  readonly id: string;
  readonly context: DialogContext;
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  readonly remote: NameAddr;
  /** The INVITE was ours. */
  readonly ownsCallId: boolean;
  state: DialogState = 'early';
  /** The account whose phone is at the other end, if known; guards Replaces. */
  account: string | undefined;
  handlers: DialogHandlers | undefined;
  remoteSeq: number | undefined;
  /** Last SDP of ours, for a refresh by re-INVITE. */
  localSdp = '';
  peerAllowsUpdate = false;
  pending: PendingCall | undefined;
  /** A re-INVITE of the peer's that its owner has not answered. */
  pendingOffer: { refuse(status: number): void } | undefined;
  /** The CSeq of the INVITE that made the dialog, as long as its ACK is awaited (UAS only). */
  initialSeq: number | undefined;
  onInitialAck: (() => void) | undefined;
  readonly offers: Offers;
  readonly session: SessionTimer;
  referral: Referral | undefined;
  readonly #home: DialogHome;
  readonly #local: string;
  readonly #remoteValue: string;
  #target: string;
  #routes: readonly string[];
  #localSeq: number;
  #flow: Flow | undefined;
  #fixed: boolean;
  #unacked: Unacked[] | undefined;
  #byeWaiting: string | undefined;
  #limboTimer: Timer | undefined;
  #phones: readonly string[] = [];

  constructor(home: DialogHome, init: DialogInit) {
    this.#home = home;
    this.context = home.context;
    this.id = dialogKey(init.callId, init.localTag, init.remoteTag);
    this.callId = init.callId;
    this.localTag = init.localTag;
    this.remoteTag = init.remoteTag;
    this.#local = init.local;
    this.#remoteValue = init.remoteValue;
    this.remote = init.remote;
    this.#target = init.target;
    this.#routes = init.routes;
    this.#localSeq = init.localSeq;
    this.remoteSeq = init.remoteSeq;
    this.ownsCallId = init.remoteSeq === undefined;
    this.#flow = init.flow;
    this.#fixed = init.fixed;
    this.offers = new Offers(this);
    this.session = new SessionTimer(this);
    this.#flow?.watch(this);
  }

  get inLimbo(): boolean {
    return this.#limboTimer !== undefined;
  }

  get awaitingAck(): boolean {
    return this.#unacked !== undefined && this.#unacked.length > 0;
  }

  /** A 2xx of ours carried an offer, and the ACK with its answer has not come. */
  get wantsAnswer(): boolean {
    return this.#unacked?.some((u) => u.wantsAnswer) === true;
  }

  confirm(handlers: DialogHandlers | undefined, session: Session | undefined, source: SipMessage): void {
    this.state = 'confirmed';
    this.handlers = handlers;
    this.pending = undefined;
    this.learn(source);
    this.session.start(session);
    // The connection may have closed between the INVITE and its answer.
    if (this.#flow?.closed === true) this.onFlowLost(this.#flow);
  }

  /** The route set of the 2xx counts, not that of a provisional (RFC 3261 13.2.2.4). */
  refreshRoutes(routes: readonly string[]): void {
    this.#routes = routes;
  }

  /** Takes over what a target refresh brings (RFC 3261 12.2.1.2, 12.2.2). */
  learn(message: SipMessage): void {
    const allow = header(message, 'allow');
    if (allow !== undefined) this.peerAllowsUpdate = allow.toUpperCase().includes('UPDATE');
    const contact = headerValues(message, 'contact')[0];
    if (contact === undefined) return;
    try {
      const { uri } = parseAddress(contact);
      if (uri === this.#target) return;
      this.#target = uri;
      if (!this.#fixed && this.#routes.length === 0 && this.#flow?.reliable === false) this.#flow = undefined;
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
    }
  }

  /** A request of the dialog came over this flow: the peer is there now. */
  seenOn(flow: Flow): void {
    if (flow === this.#flow) return;
    if (flow.reliable) {
      if (this.state === 'confirmed' && this.#flow?.reliable !== false) this.attach(flow);
    } else if (this.#fixed && this.#flow?.reliable === false) {
      this.#flow = flow;
    }
  }

  bye(reason?: string): void {
    if (this.state !== 'confirmed') return;
    const text = reason === undefined ? '' : reasonLine(reason);
    this.referral?.finish(200, 'OK');
    // RFC 3261 15: the callee waits for the ACK before it sends BYE.
    const wait = this.#unacked?.some((u) => u.seq === this.initialSeq) === true;
    if (wait) this.#byeWaiting = text;
    else this.request('BYE', text, '', NOBODY);
    this.#end({ cause: 'local-bye', reason }, wait);
  }

  /** BYE without waiting for an ACK, for shutdown. */
  byeNow(): void {
    this.initialSeq = undefined;
    this.bye();
    if (this.#byeWaiting !== undefined) this.#releaseBye();
  }

  reinvite(sdp: string): Promise<string> {
    return this.offers.propose(sdp);
  }

  /** Keeps the session alive by our offer as it was, unless another is being made. */
  repeatOffer(): void {
    if (this.localSdp === '' || !this.offers.idle) return;
    this.offers.propose(this.localSdp).catch((error: Error) => {
      this.context.log.debug({ error: error.message }, 'sip session refresh refused');
    });
  }

  repeatUntilAcked(unacked: Unacked): void {
    this.#unacked ??= [];
    this.#unacked.push(unacked);
  }

  /** An ACK of a 2xx. Returns the 2xx it is for, once. */
  acked(seq: number): Unacked | undefined {
    const at = this.#unacked?.findIndex((u) => u.seq === seq) ?? -1;
    const found = at < 0 ? undefined : this.#unacked?.splice(at, 1)[0];
    found?.stop();
    if (seq === this.initialSeq) this.initialSeq = undefined;
    if (found !== undefined) {
      if (this.#byeWaiting !== undefined) this.#releaseBye();
      else this.offers.pump();
    }
    return found;
  }

  /** No ACK for 64*T1 (RFC 3261 13.3.1.4). */
  neverAcked(): void {
    this.initialSeq = undefined;
    if (this.#byeWaiting !== undefined) {
      this.#releaseBye();
      return;
    }
    if (this.state === 'ended') return;
    this.request('BYE', reasonLine('SIP;cause=408;text="No ACK"'), '', NOBODY);
    this.#end({ cause: 'no-ack', reason: undefined });
  }

  /** The peer said BYE. */
  endedByPeer(reason: string | undefined): void {
    const { pending } = this;
    this.#end({ cause: 'remote-bye', reason });
    pending?.endedByPeer(reason);
  }

  /** Ends with BYE, as when the session timer ran out. */
  giveUp(cause: DialogEnd['cause'], reason: string, sayBye = true): void {
    if (this.state !== 'confirmed') return;
    if (sayBye) this.request('BYE', reasonLine(reason), '', NOBODY);
    this.#end({ cause, reason: undefined });
  }

  /**
   * A failure of a request within the dialog that ends it: 481, 408 or no response (RFC 3261 12.2.1.2). False for
   * others.
   */
  fatal(status: number): boolean {
    if (status !== 481 && status !== 408) return false;
    this.giveUp('failed', `SIP;cause=${status}`, status === 408);
    return true;
  }

  /** Ends silently: an early dialog that came to nothing. */
  discard(): void {
    if (this.state === 'ended') return;
    this.#end(undefined);
  }

  request(method: string, extra: string, body: string, user: ClientUser, seq = this.nextSeq()): void {
    this.#withFlow((flow) => {
      if (flow === undefined || flow.closed) queueMicrotask(() => user.onFailure('transport', undefined));
      else this.context.layer.request(this.#parts(method, extra, body, seq, flow), flow, user);
    });
  }

  /** Sends the ACK of a 2xx; `sent` gets a function that repeats it. */
  ack(seq: number, sent: (again: () => void) => void): void {
    this.#withFlow((flow) => {
      if (flow === undefined) return;
      const text = this.context.layer.sendOnce(this.#parts('ACK', '', '', seq, flow), flow);
      sent(() => flow.send(text));
    });
  }

  /** Sends over the dialog's connection, for a response whose own connection is gone. */
  sendOver(flow: Flow, text: string): void {
    const way = flow.closed && this.#flow?.reliable === true ? this.#flow : flow;
    if (!way.closed) way.send(text);
  }

  onFlowLost(flow: Flow): void {
    if (flow !== this.#flow || this.state !== 'confirmed' || this.inLimbo) return;
    const { context } = this;
    this.#phones = context.phonesOn(flow);
    context.limbo.enter(this.#phones, this);
    this.#limboTimer = timer(() => this.#end({ cause: 'connection-lost', reason: undefined }));
    context.timers.start(this.#limboTimer, LIMBO_MS);
    context.log.debug({ transport: flow.transport }, 'sip dialog waits for its peer');
  }

  onFlowMoved(to: Flow): void {
    if (this.state === 'confirmed') this.attach(to);
  }

  /** The connection this dialog was made over is gone. */
  get lostFlow(): boolean {
    return this.#flow?.closed === true;
  }

  /** The peer is back, over this connection. */
  attach(flow: Flow): void {
    this.#leaveLimbo();
    this.#flow?.unwatch(this);
    this.#flow = flow;
    flow.watch(this);
    this.offers.pump();
  }

  #leaveLimbo(): void {
    if (this.#limboTimer === undefined) return;
    this.context.timers.stop(this.#limboTimer);
    this.#limboTimer = undefined;
    this.context.limbo.leave(this.#phones, this);
    this.#phones = [];
  }

  #end(end: DialogEnd | undefined, keepForAck = false): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.#leaveLimbo();
    this.session.stop();
    this.referral?.stop();
    this.pendingOffer?.refuse(487);
    this.offers.stop();
    if (!keepForAck) this.#release();
    const { handlers } = this;
    this.handlers = undefined;
    if (handlers !== undefined && end !== undefined) queueMicrotask(() => handlers.onEnded(end));
  }

  #releaseBye(): void {
    const text = this.#byeWaiting ?? '';
    this.#byeWaiting = undefined;
    this.request('BYE', text, '', NOBODY);
    this.#release();
  }

  #release(): void {
    for (const unacked of this.#unacked ?? []) unacked.stop();
    this.#unacked = undefined;
    this.#flow?.unwatch(this);
    this.#home.forget(this);
  }

  nextSeq(): number {
    this.#localSeq++;
    return this.#localSeq;
  }

  #parts(method: string, extra: string, body: string, seq: number, flow: Flow): RequestParts {
    const { uri, route } = this.#routing();
    const contact =
      method === 'BYE' || method === 'ACK' || method === 'INFO'
        ? ''
        : this.context.contactLine(flow.transport);
    return {
      method,
      uri,
      route,
      from: this.#local,
      to: this.#remoteValue,
      callId: this.callId,
      seq,
      extra: contact + AGENT_LINE + extra,
      body,
    };
  }

  /** Request-URI and Route lines (RFC 3261 12.2.1.1): loose routing, or strict when the first route lacks lr. */
  #routing(): { uri: string; route: string } {
    const [first, ...rest] = this.#routes;
    if (first === undefined) return { uri: this.#target, route: '' };
    const uri = uriIn(first);
    if (/;lr(?:[;=]|$)/i.test(uri)) return { uri: this.#target, route: routeLines(this.#routes) };
    return { uri, route: routeLines([...rest, `<${this.#target}>`]) };
  }

  /** The way to the peer: its connection, or the address of the first route or of the target. */
  #withFlow(use: (flow: Flow | undefined) => void): void {
    const flow = this.#flow;
    if (flow !== undefined && !flow.closed) {
      use(flow);
      return;
    }
    const first = this.#routes[0];
    try {
      this.context.transports.reach(parseUri(first === undefined ? this.#target : uriIn(first)), (found) => {
        if (found !== undefined && this.state !== 'ended' && (flow === undefined || found.reliable)) {
          if (found.reliable) this.attach(found);
          else this.#flow = found;
        }
        use(found);
      });
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      use(undefined);
    }
  }
}
