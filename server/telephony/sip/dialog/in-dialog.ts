import type { ServerTransaction, ServerUser } from '../transaction/index.ts';
import type { Flow } from '../transport/index.ts';
import {
  type Essentials,
  header,
  headerValues,
  parseAddress,
  parseUri,
  reasonOf,
  recordRouteLines,
  responseHead,
  SipParseError,
  type SipRequest,
  uriHeaders,
  writeResponse,
} from '../wire/index.ts';
import { digitOf, mediaType, sdpOf } from './body.core.ts';
import type { Dialog } from './dialog.ts';
import { ACCEPT_SDP_LINE, ALLOW_LINE, SDP_LINE, SUPPORTED_LINE } from './header-lines.ts';
import { Referral } from './referral.ts';
import { answerSession, MIN_SE, type SessionAnswer } from './session.core.ts';
import { Unacked } from './unacked.ts';

/** Retry-After for a request that came while another of its kind was being answered (RFC 3261 14.2: 0 to 10 s). */
const BUSY = 'Retry-After: 1\r\n';

/** One request within a dialog, and its answer. */
class Inbound {
  readonly dialog: Dialog;
  readonly request: SipRequest;
  readonly about: Essentials;
  readonly tx: ServerTransaction;
  readonly #head: string;

  constructor(
    dialog: Dialog,
    request: SipRequest,
    about: Essentials,
    reply: Flow,
    user: ServerUser | undefined,
  ) {
    this.dialog = dialog;
    this.request = request;
    this.about = about;
    this.tx = dialog.context.layer.accept(request, about, reply, user);
    this.#head = responseHead(request, dialog.localTag);
  }

  answer(status: number, extra = '', body = '', reason = reasonOf(status)): string {
    const text = writeResponse(status, reason, this.#head, extra, body);
    this.tx.respond(status, text);
    return text;
  }

  contact(): string {
    return recordRouteLines(this.request) + this.dialog.context.contactLine(this.tx.flow.transport);
  }
}

/** Carries out a request within a dialog (RFC 3261 12.2.2); ACK and CANCEL do not come here. */
export function receiveInDialog(
  dialog: Dialog,
  request: SipRequest,
  about: Essentials,
  flow: Flow,
  reply: Flow,
): void {
  if (request.method === 'INVITE') {
    new InboundOffer(dialog, request, about, flow, reply).begin();
    return;
  }
  const inbound = new Inbound(dialog, request, about, reply, undefined);
  if (outOfOrder(inbound)) return;
  dialog.seenOn(flow);
  switch (request.method) {
    case 'BYE':
      inbound.answer(200);
      dialog.endedByPeer(header(request, 'reason'));
      break;
    case 'UPDATE':
      update(inbound);
      break;
    case 'INFO':
      info(inbound);
      break;
    case 'REFER':
      refer(inbound);
      break;
    case 'OPTIONS':
      inbound.answer(200, ALLOW_LINE + SUPPORTED_LINE + ACCEPT_SDP_LINE);
      break;
    case 'NOTIFY':
      // We subscribe to nothing (RFC 6665 4.1.3).
      inbound.answer(481, '', '', 'Subscription Does Not Exist');
      break;
    default:
      inbound.answer(405, ALLOW_LINE);
  }
}

/** An ACK of a 2xx (RFC 3261 13.2.2.4). */
export function receiveAck(dialog: Dialog, request: SipRequest, about: Essentials, flow: Flow): void {
  dialog.seenOn(flow);
  const initial = about.seq === dialog.initialSeq;
  const unacked = dialog.acked(about.seq);
  if (unacked === undefined) return;
  if (initial) {
    const told = dialog.onInitialAck;
    dialog.onInitialAck = undefined;
    told?.();
  }
  if (!unacked.wantsAnswer || dialog.state !== 'confirmed') return;
  const sdp = sdpOf(request);
  if (sdp === undefined || sdp === '') dialog.giveUp('failed', 'SIP;cause=488;text="No SDP in the ACK"');
  else dialog.handlers?.onAnswer(sdp);
}

function outOfOrder(inbound: Inbound): boolean {
  const { dialog, about } = inbound;
  // RFC 3261 12.2.2
  if (dialog.remoteSeq !== undefined && about.seq <= dialog.remoteSeq) {
    inbound.answer(500, '', '', 'CSeq Out of Order');
    return true;
  }
  dialog.remoteSeq = about.seq;
  return false;
}

/** A session timer for a target refresh, or undefined after 422. */
function session(inbound: Inbound): SessionAnswer | undefined {
  const result = answerSession(inbound.request, inbound.dialog.session.current);
  if (result !== 'too-small') return result;
  inbound.answer(422, `Min-SE: ${MIN_SE}\r\n`);
  return undefined;
}

/** UPDATE (RFC 3311 5.2): a refresh without a body, or an offer. */
function update(inbound: Inbound): void {
  const { dialog, request } = inbound;
  const sdp = sdpOf(request);
  if (sdp === undefined) {
    inbound.answer(415, ACCEPT_SDP_LINE);
    return;
  }
  if (sdp !== '') {
    if (dialog.offers.answering) {
      inbound.answer(500, BUSY);
      return;
    }
    if (dialog.offers.inFlight || dialog.state !== 'confirmed' || dialog.wantsAnswer) {
      inbound.answer(491);
      return;
    }
  }
  const timing = session(inbound);
  if (timing === undefined) return;
  dialog.learn(request);
  if (sdp === '') {
    dialog.session.start(timing.session);
    inbound.answer(200, inbound.contact() + ALLOW_LINE + SUPPORTED_LINE + timing.extra);
    return;
  }
  askOwner(dialog, sdp, (answer) => {
    if (answer === undefined) {
      inbound.answer(488);
      return;
    }
    dialog.session.start(timing.session);
    inbound.answer(200, inbound.contact() + ALLOW_LINE + SUPPORTED_LINE + timing.extra + SDP_LINE, answer);
  });
}

/** Puts an offer to the owner; `done` gets its answer, or undefined for 488. */
function askOwner(
  dialog: Dialog,
  offer: string | undefined,
  done: (answer: string | undefined) => void,
): void {
  dialog.offers.answering = true;
  const finished = (answer: string | undefined): void => {
    dialog.offers.answering = false;
    if (answer !== undefined) dialog.localSdp = answer;
    done(answer);
    dialog.offers.pump();
  };
  const { handlers } = dialog;
  if (handlers === undefined) {
    finished(undefined);
    return;
  }
  // An owner that throws refuses, as one that rejects.
  Promise.resolve()
    .then(() => handlers.onOffer(offer))
    .then(
      (answer) => finished(answer === '' ? undefined : answer),
      (error: Error) => {
        dialog.context.log.debug({ error: String(error) }, 'sip offer refused by its owner');
        finished(undefined);
      },
    );
}

/** A re-INVITE (RFC 3261 14.2). */
class InboundOffer implements ServerUser {
  readonly #dialog: Dialog;
  readonly #flow: Flow;
  readonly #inbound: Inbound;
  #closed = false;

  constructor(dialog: Dialog, request: SipRequest, about: Essentials, flow: Flow, reply: Flow) {
    this.#dialog = dialog;
    this.#flow = flow;
    this.#inbound = new Inbound(dialog, request, about, reply, this);
  }

  begin(): void {
    const dialog = this.#dialog;
    const inbound = this.#inbound;
    const { request } = inbound;
    if (outOfOrder(inbound)) return;
    dialog.seenOn(this.#flow);
    const sdp = sdpOf(request);
    if (sdp === undefined) {
      inbound.answer(415, ACCEPT_SDP_LINE);
      return;
    }
    if (dialog.offers.answering || dialog.state !== 'confirmed') {
      inbound.answer(500, BUSY);
      return;
    }
    // Glare (14.2), or our offer in a 200 still wants its answer (RFC 5407 3.2.2).
    if (dialog.offers.inFlight || dialog.wantsAnswer) {
      inbound.answer(491);
      return;
    }
    const timing = session(inbound);
    if (timing === undefined) return;
    inbound.tx.respond(100, writeResponse(100, 'Trying', responseHead(request, ''), '', ''));
    dialog.learn(request);
    dialog.pendingOffer = this;
    askOwner(dialog, sdp === '' ? undefined : sdp, (answer) => this.#answered(answer, sdp === '', timing));
  }

  /** CANCEL of the re-INVITE: the session stays as it was. */
  onCancel(): void {
    this.refuse(487);
  }

  onFlowLost(): void {
    this.#closed = true;
    this.#dialog.pendingOffer = undefined;
  }

  /** The dialog ended under it (RFC 3261 15.1.2). */
  refuse(status: number): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#dialog.pendingOffer = undefined;
    this.#inbound.answer(status);
  }

  #answered(answer: string | undefined, wantsAnswer: boolean, timing: SessionAnswer): void {
    const dialog = this.#dialog;
    const inbound = this.#inbound;
    if (this.#closed) return;
    if (dialog.state !== 'confirmed') {
      this.refuse(487);
      return;
    }
    if (answer === undefined) {
      this.refuse(488);
      return;
    }
    this.#closed = true;
    dialog.pendingOffer = undefined;
    const extra = inbound.contact() + ALLOW_LINE + SUPPORTED_LINE + timing.extra + SDP_LINE;
    const { flow } = inbound.tx;
    const text = inbound.answer(200, extra, answer);
    dialog.repeatUntilAcked(
      new Unacked(
        dialog.context.timers,
        inbound.about.seq,
        wantsAnswer,
        () => dialog.sendOver(flow, text),
        () => dialog.neverAcked(),
      ),
    );
    dialog.session.start(timing.session);
  }
}

/** Digits by INFO. */
function info(inbound: Inbound): void {
  const { dialog, request } = inbound;
  const type = mediaType(header(request, 'content-type'));
  if (request.body === '') {
    inbound.answer(200);
    return;
  }
  if (type !== 'application/dtmf-relay' && type !== 'application/dtmf') {
    inbound.answer(415, 'Accept: application/dtmf-relay, application/dtmf\r\n');
    return;
  }
  const digit = digitOf(request.body, type);
  if (digit === undefined) {
    inbound.answer(400, '', '', 'No Digit');
    return;
  }
  inbound.answer(200);
  dialog.handlers?.onDigit(digit);
}

/** REFER (RFC 3515): the owner decides; the phone is told by NOTIFY. */
function refer(inbound: Inbound): void {
  const { dialog, request } = inbound;
  const values = headerValues(request, 'refer-to');
  const value = values[0];
  if (value === undefined || values.length !== 1) {
    inbound.answer(400, '', '', 'Exactly One Refer-To Needed');
    return;
  }
  let uriText: string;
  let target: ReturnType<typeof parseUri>;
  try {
    uriText = parseAddress(value).uri;
    target = parseUri(uriText);
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
    inbound.answer(400, '', '', 'Malformed Refer-To');
    return;
  }
  const { handlers } = dialog;
  if (handlers?.onRefer === undefined || dialog.state !== 'confirmed') {
    inbound.answer(603);
    return;
  }
  const referral = new Referral(dialog, inbound.about.seq);
  // RFC 4488: the phone may do without the subscription.
  if (header(request, 'refer-sub')?.toLowerCase() === 'false') referral.stop();
  let accepted = false;
  try {
    accepted = handlers.onRefer(target, uriHeaders(uriText).replaces, (status, reason) =>
      referral.report(status, reason),
    );
  } catch (error) {
    // The phone must have its answer whatever the owner does.
    dialog.context.log.warn({ error: String(error) }, 'sip refer handler failed');
  }
  if (!accepted) {
    referral.stop();
    inbound.answer(603);
    return;
  }
  inbound.answer(202, inbound.contact());
  if (dialog.state === 'confirmed') {
    dialog.referral?.finish(200, 'OK');
    dialog.referral = referral;
    referral.report(100);
  }
}
