import { behindNat } from '../nat.ts';
import { type Timer, timer } from '../timers.ts';
import type { ServerTransaction, ServerUser } from '../transaction/index.ts';
import type { Flow } from '../transport/index.ts';
import type { DialogHandlers, IncomingInvite, NameAddr, SipDialog, SipSource, SipUri } from '../types.ts';
import {
  type Essentials,
  header,
  headerBlock,
  headerLines,
  headerValues,
  parseAddress,
  parseNameAddr,
  reasonOf,
  recordRouteLines,
  responseHead,
  type SipRequest,
  safeReason,
  writeResponse,
} from '../wire/index.ts';
import { sdpOf } from './body.core.ts';
import type { DialogContext } from './context.ts';
import type { Dialog, PendingCall } from './dialog.ts';
import type { Dialogs } from './dialogs.ts';
import { ALLOW_LINE, SDP_LINE, SUPPORTED_LINE } from './header-lines.ts';
import { answerSession, type SessionAnswer } from './session.core.ts';
import { Unacked } from './unacked.ts';

/** A provisional response is repeated this often, lest a proxy give up (RFC 3261 13.3.1.1), in ms. */
const REMIND_MS = 60_000;

/** What the server found out about an INVITE before the owner hears of it. */
export interface InviteFacts {
  readonly about: Essentials;
  readonly requestUri: SipUri;
  readonly source: SipSource;
  readonly session: SessionAnswer;
  readonly replaces: SipDialog | undefined;
}

/**
 * An INVITE from outside (RFC 3261 13.3).
 *
 *   pending --answer--> answered --ACK--> (the dialog's own life)
 *      |--reject, CANCEL, BYE, connection lost, stop--> over
 */
export class IncomingCall implements IncomingInvite, ServerUser, PendingCall {
  readonly sipCallId: string;
  readonly requestUri: SipUri;
  readonly from: NameAddr;
  readonly to: NameAddr;
  readonly source: SipSource;
  readonly sdp: string;
  readonly replaces: SipDialog | undefined;
  onCancelled: (cause: 'cancel' | 'connection-lost') => void = () => {};
  onAcked: () => void = () => {};
  readonly #context: DialogContext;
  readonly #request: SipRequest;
  readonly #facts: InviteFacts;
  readonly #dialog: Dialog;
  readonly #tx: ServerTransaction;
  readonly #head: string;
  readonly #remind: Timer;
  readonly #pendingCalls: Set<IncomingCall>;
  #lastProgress = '';
  #over = false;

  /** @throws SipParseError when From, To or Contact cannot be used. */
  constructor(
    dialogs: Dialogs,
    request: SipRequest,
    flow: Flow,
    replyFlow: Flow,
    facts: InviteFacts,
    pendingCalls: Set<IncomingCall>,
  ) {
    const { about } = facts;
    const { context } = dialogs;
    this.#context = context;
    this.#request = request;
    this.#facts = facts;
    this.#pendingCalls = pendingCalls;
    this.sipCallId = about.callId;
    this.requestUri = facts.requestUri;
    const fromValue = header(request, 'from') ?? '';
    const toValue = header(request, 'to') ?? '';
    this.from = parseNameAddr(fromValue);
    this.to = parseNameAddr(toValue);
    this.source = facts.source;
    this.replaces = facts.replaces;
    this.sdp = sdpOf(request) ?? '';
    const target = parseAddress(headerValues(request, 'contact')[0] ?? '').uri;
    const localTag = context.ids.tag();
    const nat = behindNat(request, flow);
    this.#head = responseHead(request, localTag);
    this.#dialog = dialogs.open({
      callId: about.callId,
      localTag,
      remoteTag: about.fromTag,
      local: `${toValue};tag=${localTag}`,
      remoteValue: fromValue,
      remote: this.from,
      target,
      routes: headerLines(request, 'record-route').length === 0 ? [] : headerValues(request, 'record-route'),
      localSeq: 0,
      remoteSeq: about.seq,
      flow: flow.reliable || nat ? flow : undefined,
      fixed: nat,
    });
    this.#dialog.pending = this;
    this.#dialog.account = facts.source.account;
    this.#tx = context.layer.accept(request, about, replyFlow, this);
    this.#remind = timer(() => {
      this.#tx.respond(180, this.#lastProgress);
      context.timers.start(this.#remind, REMIND_MS);
    });
    pendingCalls.add(this);
    // RFC 3261 8.2.6.1: 100 carries no tag of ours.
    this.#tx.respond(100, writeResponse(100, 'Trying', responseHead(request, ''), '', ''));
  }

  header(name: string): string | undefined {
    return header(this.#request, name.toLowerCase());
  }

  progress(code: 180 | 181 | 182 | 183, options: { sdp?: string } = {}): void {
    if (this.#over) return;
    const sdp = options.sdp ?? '';
    const extra =
      recordRouteLines(this.#request) + this.#contact() + ALLOW_LINE + (sdp === '' ? '' : SDP_LINE);
    this.#lastProgress = writeResponse(code, reasonOf(code), this.#head, extra, sdp);
    this.#tx.respond(code, this.#lastProgress);
    this.#context.timers.start(this.#remind, REMIND_MS);
  }

  answer(sdp: string, handlers: DialogHandlers): SipDialog {
    const context = this.#context;
    const dialog = this.#dialog;
    const request = this.#request;
    const facts = this.#facts;
    if (this.#over) {
      // The caller was quicker: the owner finds out as if the call had ended after the answer.
      queueMicrotask(() => handlers.onEnded({ cause: 'remote-bye', reason: undefined }));
      return dialog;
    }
    this.#close();
    const { seq } = facts.about;
    const extra =
      recordRouteLines(request) +
      this.#contact() +
      ALLOW_LINE +
      SUPPORTED_LINE +
      facts.session.extra +
      SDP_LINE;
    const text = writeResponse(200, 'OK', this.#head, extra, sdp);
    dialog.localSdp = sdp;
    dialog.initialSeq = seq;
    dialog.onInitialAck = () => this.onAcked();
    const { flow } = this.#tx;
    dialog.repeatUntilAcked(
      new Unacked(
        context.timers,
        seq,
        this.sdp === '',
        () => dialog.sendOver(flow, text),
        () => dialog.neverAcked(),
      ),
    );
    this.#tx.respond(200, text);
    dialog.confirm(handlers, facts.session.session, request);
    return dialog;
  }

  reject(code: number, reason?: string, headers?: Readonly<Record<string, string>>): void {
    if (this.#over) return;
    const status = Number.isInteger(code) && code >= 300 && code <= 699 ? code : 500;
    let extra = '';
    try {
      extra = headerBlock(headers);
    } catch (error) {
      this.#context.log.warn({ error: String(error) }, 'sip response header refused');
    }
    this.#finish(status, safeReason(reason ?? reasonOf(status)), extra);
  }

  onCancel(reason: string | undefined): void {
    this.#giveUp('cancel', reason);
  }

  onFlowLost(): void {
    if (this.#over) return;
    this.#close();
    this.#dialog.discard();
    this.onCancelled('connection-lost');
  }

  /** BYE in the early dialog (RFC 3261 15.1.2: the INVITE is answered 487). */
  endedByPeer(reason: string | undefined): void {
    this.#giveUp('cancel', reason);
  }

  #giveUp(cause: 'cancel', reason: string | undefined): void {
    if (this.#over) return;
    this.#context.log.debug({ reason }, 'sip call cancelled by its caller');
    this.#finish(487, reasonOf(487), '');
    this.onCancelled(cause);
  }

  #finish(status: number, reason: string, extra: string): void {
    this.#close();
    this.#tx.respond(status, writeResponse(status, reason, this.#head, extra, ''));
    this.#dialog.discard();
  }

  #close(): void {
    this.#over = true;
    this.#context.timers.stop(this.#remind);
    this.#pendingCalls.delete(this);
  }

  #contact(): string {
    return this.#context.contactLine(this.#tx.flow.transport);
  }
}

/** The session timer an INVITE asks for; `too-small` is to be answered 422. */
export function sessionOf(request: SipRequest): SessionAnswer | 'too-small' {
  return answerSession(request, undefined);
}
