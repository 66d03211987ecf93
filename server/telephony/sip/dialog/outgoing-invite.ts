import { type Timer, timer } from '../timers.ts';
import { type ClientTransaction, type ClientUser, NOBODY, TIMEOUT } from '../transaction/index.ts';
import type { Flow } from '../transport/index.ts';
import type { OutgoingInvite, OutgoingInviteOptions } from '../types.ts';
import {
  escapeUser,
  formatNameAddr,
  header,
  headerBlock,
  headerValues,
  parseAddress,
  parseNameAddr,
  parseUri,
  type RequestParts,
  reasonOf,
  SipParseError,
  type SipResponse,
  safeValue,
  tagOf,
} from '../wire/index.ts';
import { sdpOf } from './body.core.ts';
import type { DialogContext } from './context.ts';
import type { Dialog } from './dialog.ts';
import type { Dialogs } from './dialogs.ts';
import {
  AGENT_LINE,
  ALLOW_LINE,
  reasonLine,
  routeLines,
  SDP_LINE,
  SUPPORTED_LINE,
  uriIn,
} from './header-lines.ts';
import { acceptSession, MIN_SE, minSe, SESSION_EXPIRES } from './session.core.ts';

/**
 * An INVITE of ours (RFC 3261 13.2, 9.1).
 *
 *   calling --1xx--> ringing --2xx--> answered
 *      |                |--3xx..6xx, timeout, unreachable--> over
 *      cancel: from calling, CANCEL waits for a 1xx; a 2xx that crosses it is acknowledged and ended with BYE
 */
export class OutgoingCall implements OutgoingInvite, ClientUser {
  readonly sipCallId: string;
  readonly #dialogs: Dialogs;
  readonly #context: DialogContext;
  readonly #target: OutgoingInviteOptions['target'];
  readonly #sdp: string;
  /** Let go once told: the transaction lingers for 64*T1 and must not hold its owner's call all that while. */
  #handlers: OutgoingInviteOptions['handlers'] | undefined;
  readonly #localTag: string;
  readonly #calls: Set<OutgoingCall>;
  readonly #from: string = '';
  readonly #to: string = '';
  readonly #fixedExtra: string = '';
  #flow: Flow | undefined;
  #tx: ClientTransaction | undefined;
  #seq = 1;
  #interval = SESSION_EXPIRES;
  #smallest = MIN_SE;
  #provisional = false;
  #cancelled: string | undefined;
  #cancelTimer: Timer | undefined;
  #over = false;
  #early: Map<string, Dialog> | undefined;
  #lastSdp: string | undefined;
  /** Where this call waits in limbo. */
  #phones: readonly string[] = [];
  #limboTimer: Timer | undefined;
  /** ACKs of the forks that answered, by tag, for their repeated 2xx. */
  #acks: Map<string, (() => void) | undefined> | undefined;

  constructor(dialogs: Dialogs, options: OutgoingInviteOptions, calls: Set<OutgoingCall>) {
    const { context } = dialogs;
    this.#dialogs = dialogs;
    this.#context = context;
    this.#target = options.target;
    this.#sdp = options.sdp;
    this.#handlers = options.handlers;
    this.#calls = calls;
    this.sipCallId = context.ids.callId();
    this.#localTag = context.ids.tag();
    calls.add(this);
    try {
      const { display, user } = options.from;
      const identity = formatNameAddr(display, user, context.realm);
      this.#from = `${identity};tag=${this.#localTag}`;
      this.#to = options.to.includes(':')
        ? `<${safeValue(uriIn(options.to))}>`
        : `<sip:${escapeUser(options.to)}@${context.realm}>`;
      parseAddress(this.#to);
      this.#fixedExtra = `${AGENT_LINE + ALLOW_LINE + SUPPORTED_LINE}P-Asserted-Identity: ${identity}\r\n${headerBlock(options.headers)}`;
      this.#start();
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      queueMicrotask(() => this.#fail(400, error.message));
    }
  }

  cancel(reason?: string): void {
    if (this.#over || this.#cancelled !== undefined) return;
    this.#cancelled = reason === undefined ? '' : reasonLine(reason);
    if (this.#tx === undefined) queueMicrotask(() => this.#fail(487, reasonOf(487)));
    else if (this.#provisional) this.#sendCancel();
  }

  onResponse(response: SipResponse, tx: ClientTransaction): void {
    const { status } = response;
    if (status < 200) {
      this.#onProvisional(response, status);
      return;
    }
    if (status < 300) {
      this.#onSuccess(response, tx);
      return;
    }
    if (status === 422 && !this.#over && this.#cancelled === undefined && this.#retryLonger(response)) return;
    this.#fail(status, response.reason);
  }

  onFailure(cause: 'timeout' | 'transport'): void {
    this.#fail(408, cause === 'timeout' ? reasonOf(408) : 'Unreachable');
  }

  /**
   * The phone rings and its connection is gone: its answer may still come over a new one. A phone that never registered
   * cannot be found again.
   */
  onFlowLost(flow: Flow): void {
    this.#leaveLimbo();
    this.#phones = this.#context.phonesOn(flow);
    if (this.#over || this.#phones.length === 0) {
      this.#tx?.event('transport-error');
      return;
    }
    this.#limboTimer = timer(() => this.#tx?.event('transport-error'));
    this.#context.timers.start(this.#limboTimer, TIMEOUT);
    this.#context.limbo.enter(this.#phones, this);
  }

  /** The phone is back, over this connection. */
  attach(flow: Flow): void {
    this.#tx?.onFlowMoved(flow);
  }

  onFlowMoved(to: Flow): void {
    this.#leaveLimbo();
    this.#flow = to;
    if (this.#cancelled !== undefined && !this.#over && this.#tx !== undefined)
      this.#context.layer.cancel(this.#tx, AGENT_LINE + this.#cancelled, NOBODY); // the first one never got there
  }

  #leaveLimbo(): void {
    if (this.#limboTimer !== undefined) this.#context.timers.stop(this.#limboTimer);
    this.#limboTimer = undefined;
    this.#context.limbo.leave(this.#phones, this);
    this.#phones = [];
  }

  /** @throws SipParseError for a target that is no URI. */
  #start(): void {
    const target = this.#target;
    const route = target.route ?? [];
    for (const value of [target.uri, ...route]) safeValue(value);
    const uri = parseUri(target.uri);
    const began = (flow: Flow | undefined): void => {
      if (this.#over) return;
      if (flow === undefined || flow.closed) queueMicrotask(() => this.#fail(408, 'Unreachable'));
      else {
        this.#flow = flow;
        this.#send(flow);
      }
    };
    if (target.flow !== undefined) began(this.#context.transports.flow(target.flow));
    else this.#context.transports.reach(route[0] === undefined ? uri : parseUri(uriIn(route[0])), began);
  }

  #send(flow: Flow): void {
    const target = this.#target;
    const sdp = this.#sdp;
    const parts: RequestParts = {
      method: 'INVITE',
      uri: target.uri,
      route: routeLines(target.route ?? []),
      from: this.#from,
      to: this.#to,
      callId: this.sipCallId,
      seq: this.#seq,
      extra:
        this.#context.contactLine(flow.transport) +
        this.#fixedExtra +
        `Session-Expires: ${this.#interval}\r\nMin-SE: ${this.#smallest}\r\n` +
        (sdp === '' ? '' : SDP_LINE),
      body: sdp,
    };
    this.#tx = this.#context.layer.request(parts, flow, this);
  }

  /** RFC 4028 7.3: once more, with the interval the other side can bear. */
  #retryLonger(response: SipResponse): boolean {
    const least = minSe(response);
    if (least <= this.#smallest || this.#seq > 2 || this.#flow === undefined) return false;
    this.#smallest = least;
    this.#interval = Math.max(this.#interval, least);
    this.#seq++;
    this.#provisional = false;
    this.#send(this.#flow);
    return true;
  }

  #onProvisional(response: SipResponse, status: number): void {
    if (this.#over) return;
    const first = !this.#provisional;
    this.#provisional = true;
    if (this.#cancelled !== undefined) {
      if (first) this.#sendCancel();
      return;
    }
    if (status === 100) return;
    const tag = safeTag(response);
    const sdp = sdpOf(response);
    if (tag !== '' && this.#early?.has(tag) !== true) {
      this.#early ??= new Map();
      // A forking proxy may ring many phones, an attacker any number.
      if (this.#early.size < 20) this.#early.set(tag, this.#dialog(response, tag));
    }
    if (sdp !== undefined && sdp !== '') this.#lastSdp = sdp;
    this.#handlers?.onProgress(status, sdp === '' ? undefined : sdp);
  }

  #onSuccess(response: SipResponse, tx: ClientTransaction): void {
    const tag = safeTag(response);
    const known = this.#acks?.get(tag);
    if (this.#acks?.has(tag) === true) {
      known?.();
      return;
    }
    this.#acks ??= new Map();
    this.#acks.set(tag, undefined);
    const dialog = this.#early?.get(tag) ?? this.#dialog(response, tag);
    this.#early?.delete(tag);
    if (this.#flow?.reliable === true && dialog.lostFlow) dialog.attach(this.#flow);
    dialog.refreshRoutes(routeSet(response));
    dialog.learn(response);
    dialog.ack(tx.parts.seq, (again) => this.#acks?.set(tag, again));
    const sdp = sdpOf(response) || this.#lastSdp;
    const handlers = this.#handlers;
    dialog.localSdp = this.#sdp;
    if (handlers !== undefined && this.#cancelled === undefined && sdp !== undefined) {
      dialog.confirm(handlers.dialog, acceptSession(response), response);
      this.#finish();
      handlers.onAnswered(dialog, sdp);
      return;
    }
    dialog.confirm(undefined, undefined, response);
    // RFC 3261 9.1 and 13.2.2.4: a 2xx that crossed the CANCEL, one more fork, or no answer to our offer.
    dialog.bye(this.#over ? 'Answered elsewhere' : undefined);
    if (this.#over) return;
    if (this.#cancelled !== undefined) this.#fail(487, reasonOf(487));
    else this.#fail(488, 'No SDP in the answer');
  }

  #dialog(response: SipResponse, tag: string): Dialog {
    const flow = this.#flow;
    const toValue = header(response, 'to') ?? this.#to;
    const fixed = flow?.reliable === false && this.#target.flow !== undefined;
    const dialog = this.#dialogs.open({
      callId: this.sipCallId,
      localTag: this.#localTag,
      remoteTag: tag,
      local: this.#from,
      remoteValue: toValue,
      remote: parseNameAddr(toValue),
      target: contactOf(response) ?? this.#target.uri,
      routes: routeSet(response),
      localSeq: this.#seq,
      remoteSeq: undefined,
      flow: flow?.reliable === true || fixed ? flow : undefined,
      fixed,
    });
    if (flow !== undefined) dialog.account = this.#context.accountAt(flow, this.#target.uri);
    return dialog;
  }

  #sendCancel(): void {
    const tx = this.#tx;
    const context = this.#context;
    if (tx === undefined) return;
    context.layer.cancel(tx, AGENT_LINE + (this.#cancelled ?? ''), NOBODY);
    // RFC 3261 9.1: without a final response after 64*T1 the INVITE counts as cancelled.
    this.#cancelTimer = timer(() => {
      tx.abandon();
      this.#fail(487, reasonOf(487));
    });
    context.timers.start(this.#cancelTimer, TIMEOUT);
  }

  #fail(status: number, reason: string): void {
    const handlers = this.#handlers;
    if (handlers === undefined) return;
    this.#finish();
    if (this.#cancelled !== undefined) handlers.onFailed(487, reasonOf(487));
    else handlers.onFailed(status, reason);
  }

  #finish(): void {
    this.#over = true;
    this.#handlers = undefined;
    this.#leaveLimbo();
    this.#calls.delete(this);
    if (this.#cancelTimer !== undefined) this.#context.timers.stop(this.#cancelTimer);
    for (const dialog of this.#early?.values() ?? []) dialog.discard();
    this.#early = undefined;
  }
}

function routeSet(response: SipResponse): string[] {
  // RFC 3261 12.1.2: the UAC takes Record-Route in reverse.
  return headerValues(response, 'record-route').reverse();
}

function contactOf(response: SipResponse): string | undefined {
  const value = headerValues(response, 'contact')[0];
  if (value === undefined) return undefined;
  try {
    return parseAddress(value).uri;
  } catch {
    return undefined;
  }
}

function safeTag(response: SipResponse): string {
  try {
    return tagOf(header(response, 'to') ?? '') ?? '';
  } catch {
    return '';
  }
}
