import { type Timer, timer } from '../timers.ts';
import { type ClientTransaction, type ClientUser, TIMEOUT } from '../transaction/index.ts';
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
import { AGENT_LINE, ALLOW_LINE, type DialogCore, SDP_LINE, SUPPORTED_LINE } from './core.ts';
import { Dialog } from './dialog.ts';
import { reasonLine, routeLines, uriIn } from './lines.ts';
import { acceptSession, MIN_SE, minSe, SESSION_EXPIRES } from './session.core.ts';

const NOBODY: ClientUser = { onResponse() {}, onFailure() {} };

/**
 * An INVITE of ours (RFC 3261 13.2, 9.1).
 *
 *   calling --1xx--> ringing --2xx--> answered
 *      |                |--3xx..6xx, timeout, unreachable--> over
 *      cancel: from calling, CANCEL waits for a 1xx; a 2xx that crosses it is acknowledged and ended with BYE
 */
export class OutgoingCall implements OutgoingInvite, ClientUser {
  readonly sipCallId: string;
  private readonly core: DialogCore;
  private readonly target: OutgoingInviteOptions['target'];
  private readonly sdp: string;
  /** Let go once told: the transaction lingers for 64*T1 and must not hold its owner's call all that while. */
  private handlers: OutgoingInviteOptions['handlers'] | undefined;
  private readonly localTag: string;
  private readonly calls: Set<OutgoingCall>;
  private readonly from: string = '';
  private readonly to: string = '';
  private readonly fixedExtra: string = '';
  private flow: Flow | undefined;
  private tx: ClientTransaction | undefined;
  private seq = 1;
  private interval = SESSION_EXPIRES;
  private smallest = MIN_SE;
  private provisional = false;
  private cancelled: string | undefined;
  private cancelTimer: Timer | undefined;
  private over = false;
  private early: Map<string, Dialog> | undefined;
  private lastSdp: string | undefined;
  /** Where this call waits in the core's limbo. */
  private phones: readonly string[] = [];
  private limboTimer: Timer | undefined;
  /** ACKs of the forks that answered, by tag, for their repeated 2xx. */
  private acks: Map<string, (() => void) | undefined> | undefined;

  constructor(core: DialogCore, options: OutgoingInviteOptions, calls: Set<OutgoingCall>) {
    this.core = core;
    this.target = options.target;
    this.sdp = options.sdp;
    this.handlers = options.handlers;
    this.calls = calls;
    this.sipCallId = core.ids.callId();
    this.localTag = core.ids.tag();
    calls.add(this);
    try {
      const { display, user } = options.from;
      const identity = formatNameAddr(display, user, core.realm);
      this.from = `${identity};tag=${this.localTag}`;
      this.to = options.to.includes(':')
        ? `<${safeValue(uriIn(options.to))}>`
        : `<sip:${escapeUser(options.to)}@${core.realm}>`;
      parseAddress(this.to);
      this.fixedExtra = `${AGENT_LINE + ALLOW_LINE + SUPPORTED_LINE}P-Asserted-Identity: ${identity}\r\n${headerBlock(options.headers)}`;
      this.start();
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      queueMicrotask(() => this.fail(400, error.message));
    }
  }

  cancel(reason?: string): void {
    if (this.over || this.cancelled !== undefined) return;
    this.cancelled = reason === undefined ? '' : reasonLine(reason);
    if (this.tx === undefined) queueMicrotask(() => this.fail(487, reasonOf(487)));
    else if (this.provisional) this.sendCancel();
  }

  onResponse(response: SipResponse, tx: ClientTransaction): void {
    const { status } = response;
    if (status < 200) {
      this.onProvisional(response, status);
      return;
    }
    if (status < 300) {
      this.onSuccess(response, tx);
      return;
    }
    if (status === 422 && !this.over && this.cancelled === undefined && this.retryLonger(response)) return;
    this.fail(status, response.reason);
  }

  onFailure(cause: 'timeout' | 'transport'): void {
    this.fail(408, cause === 'timeout' ? reasonOf(408) : 'Unreachable');
  }

  /**
   * The phone rings and its connection is gone: its answer may still come over a new one. A phone that never registered
   * cannot be found again.
   */
  onFlowLost(flow: Flow): void {
    this.leaveLimbo();
    this.phones = this.core.phonesOn(flow);
    if (this.over || this.phones.length === 0) {
      this.tx?.event('transport-error');
      return;
    }
    this.limboTimer = timer(() => this.tx?.event('transport-error'));
    this.core.timers.start(this.limboTimer, TIMEOUT);
    this.core.limbo.enter(this.phones, this);
  }

  /** The phone is back, over this connection. */
  attach(flow: Flow): void {
    this.tx?.onFlowMoved(flow);
  }

  onFlowMoved(to: Flow): void {
    this.leaveLimbo();
    this.flow = to;
    if (this.cancelled !== undefined && !this.over && this.tx !== undefined)
      this.core.layer.cancel(this.tx, AGENT_LINE + this.cancelled, NOBODY); // the first one never got there
  }

  private leaveLimbo(): void {
    if (this.limboTimer !== undefined) this.core.timers.stop(this.limboTimer);
    this.limboTimer = undefined;
    this.core.limbo.leave(this.phones, this);
    this.phones = [];
  }

  /** @throws SipParseError for a target that is no URI. */
  private start(): void {
    const { target } = this;
    const route = target.route ?? [];
    for (const value of [target.uri, ...route]) safeValue(value);
    const uri = parseUri(target.uri);
    const began = (flow: Flow | undefined): void => {
      if (this.over) return;
      if (flow === undefined || flow.closed) queueMicrotask(() => this.fail(408, 'Unreachable'));
      else {
        this.flow = flow;
        this.send(flow);
      }
    };
    if (target.flow !== undefined) began(this.core.transports.flow(target.flow));
    else this.core.transports.reach(route[0] === undefined ? uri : parseUri(uriIn(route[0])), began);
  }

  private send(flow: Flow): void {
    const { target, sdp } = this;
    const parts: RequestParts = {
      method: 'INVITE',
      uri: target.uri,
      route: routeLines(target.route ?? []),
      from: this.from,
      to: this.to,
      callId: this.sipCallId,
      seq: this.seq,
      extra:
        this.core.contactLine(flow.transport) +
        this.fixedExtra +
        `Session-Expires: ${this.interval}\r\nMin-SE: ${this.smallest}\r\n` +
        (sdp === '' ? '' : SDP_LINE),
      body: sdp,
    };
    this.tx = this.core.layer.request(parts, flow, this);
  }

  /** RFC 4028 7.3: once more, with the interval the other side can bear. */
  private retryLonger(response: SipResponse): boolean {
    const least = minSe(response);
    if (least <= this.smallest || this.seq > 2 || this.flow === undefined) return false;
    this.smallest = least;
    this.interval = Math.max(this.interval, least);
    this.seq++;
    this.provisional = false;
    this.send(this.flow);
    return true;
  }

  private onProvisional(response: SipResponse, status: number): void {
    if (this.over) return;
    const first = !this.provisional;
    this.provisional = true;
    if (this.cancelled !== undefined) {
      if (first) this.sendCancel();
      return;
    }
    if (status === 100) return;
    const tag = safeTag(response);
    const sdp = sdpOf(response);
    if (tag !== '' && this.early?.has(tag) !== true) {
      this.early ??= new Map();
      // A forking proxy may ring many phones, an attacker any number.
      if (this.early.size < 20) this.early.set(tag, this.dialog(response, tag));
    }
    if (sdp !== undefined && sdp !== '') this.lastSdp = sdp;
    this.handlers?.onProgress(status, sdp === '' ? undefined : sdp);
  }

  private onSuccess(response: SipResponse, tx: ClientTransaction): void {
    const tag = safeTag(response);
    const known = this.acks?.get(tag);
    if (this.acks?.has(tag) === true) {
      known?.();
      return;
    }
    this.acks ??= new Map();
    this.acks.set(tag, undefined);
    const dialog = this.early?.get(tag) ?? this.dialog(response, tag);
    this.early?.delete(tag);
    if (this.flow?.reliable === true && dialog.lostFlow) dialog.attach(this.flow);
    dialog.refreshRoutes(routeSet(response));
    dialog.learn(response);
    dialog.ack(tx.parts.seq, (again) => this.acks?.set(tag, again));
    const sdp = sdpOf(response) || this.lastSdp;
    const { handlers } = this;
    dialog.localSdp = this.sdp;
    if (handlers !== undefined && this.cancelled === undefined && sdp !== undefined) {
      dialog.confirm(handlers.dialog, acceptSession(response), response);
      this.finish();
      handlers.onAnswered(dialog, sdp);
      return;
    }
    dialog.confirm(undefined, undefined, response);
    // RFC 3261 9.1 and 13.2.2.4: a 2xx that crossed the CANCEL, one more fork, or no answer to our offer.
    dialog.bye(this.over ? 'Answered elsewhere' : undefined);
    if (this.over) return;
    if (this.cancelled !== undefined) this.fail(487, reasonOf(487));
    else this.fail(488, 'No SDP in the answer');
  }

  private dialog(response: SipResponse, tag: string): Dialog {
    const { flow } = this;
    const toValue = header(response, 'to') ?? this.to;
    const fixed = flow?.reliable === false && this.target.flow !== undefined;
    const dialog = new Dialog(this.core, {
      callId: this.sipCallId,
      localTag: this.localTag,
      remoteTag: tag,
      local: this.from,
      remoteValue: toValue,
      remote: parseNameAddr(toValue),
      target: contactOf(response) ?? this.target.uri,
      routes: routeSet(response),
      localSeq: this.seq,
      remoteSeq: undefined,
      flow: flow?.reliable === true || fixed ? flow : undefined,
      fixed,
    });
    if (flow !== undefined) dialog.account = this.core.accountAt(flow, this.target.uri);
    return dialog;
  }

  private sendCancel(): void {
    const { tx, core } = this;
    if (tx === undefined) return;
    core.layer.cancel(tx, AGENT_LINE + (this.cancelled ?? ''), NOBODY);
    // RFC 3261 9.1: without a final response after 64*T1 the INVITE counts as cancelled.
    this.cancelTimer = timer(() => {
      tx.abandon();
      this.fail(487, reasonOf(487));
    });
    core.timers.start(this.cancelTimer, TIMEOUT);
  }

  private fail(status: number, reason: string): void {
    const { handlers } = this;
    if (handlers === undefined) return;
    this.finish();
    if (this.cancelled !== undefined) handlers.onFailed(487, reasonOf(487));
    else handlers.onFailed(status, reason);
  }

  private finish(): void {
    this.over = true;
    this.handlers = undefined;
    this.leaveLimbo();
    this.calls.delete(this);
    if (this.cancelTimer !== undefined) this.core.timers.stop(this.cancelTimer);
    for (const dialog of this.early?.values() ?? []) dialog.discard();
    this.early = undefined;
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
