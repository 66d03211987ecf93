import {
  ACCEPT_SDP_LINE,
  ALLOW_LINE,
  acceptsSdp,
  type Dialog,
  type DialogContext,
  type Dialogs,
  IncomingCall,
  METHODS,
  MIN_SE,
  parseReplaces,
  receiveAck,
  receiveInDialog,
  SUPPORTED_LINE,
  sdpOf,
  sessionOf,
} from './dialog/index.ts';
import { behindNat } from './nat.ts';
import type { Authenticator, Bindings, Registrar } from './registrar/index.ts';
import { type Flow, isLoopback, type Sources } from './transport/index.ts';
import type { SipServerOptions, SipUri } from './types.ts';
import {
  type Essentials,
  essentials,
  header,
  headerLines,
  headerValues,
  isProblem,
  parseAddress,
  parseMessage,
  parseUint,
  parseUri,
  reasonOf,
  responseHead,
  type SipMessage,
  SipParseError,
  type SipRequest,
  stampVia,
  topVia,
  UnknownSchemeError,
  uriHeaders,
  writeResponse,
} from './wire/index.ts';

interface Parts {
  readonly options: SipServerOptions;
  readonly dialogs: Dialogs;
  readonly sources: Sources;
  readonly bindings: Bindings;
  readonly registrar: Registrar;
  readonly authenticator: Authenticator;
  readonly incoming: Set<IncomingCall>;
}

/** Option tags a request may require (RFC 3261 8.2.2.3). */
const EXTENSIONS = new Set(['timer', 'replaces', 'outbound', 'path']);
/** More than this many server and client transactions: new calls are turned away, whoever sends them. */
const MAX_TRANSACTIONS = 300_000;

/** A refusal that needs no transaction: it is computed again for a retransmission (RFC 3261 8.2.7). */
interface Refusal {
  readonly status: number;
  readonly reason?: string;
  readonly extra?: string;
}

/** Takes messages off the transports and brings each to its transaction, dialog or service (RFC 3261 8.2, 12.2.2). */
export class Dispatcher {
  stopping = false;
  readonly #parts: Parts;
  readonly #context: DialogContext;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#context = parts.dialogs.context;
  }

  /** One message as a transport cut it out. Never throws. */
  receive(data: Buffer, flow: Flow): void {
    if (!this.#parts.sources.message(flow.address)) return;
    let message: SipMessage;
    try {
      message = parseMessage(data);
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      this.#context.log.debug({ problem: error.message, transport: flow.transport }, 'sip message dropped');
      return;
    }
    try {
      this.#dispatch(message, flow);
    } catch (error) {
      const stack = error instanceof Error ? error.stack : String(error);
      this.#context.log.warn({ error: stack }, 'sip message failed');
      if (message.kind === 'request' && message.method !== 'ACK') {
        this.#refuse(message, this.#replyFlow(message, flow), { status: 500 });
      }
    }
  }

  #dispatch(message: SipMessage, flow: Flow): void {
    const about = essentials(message);
    if (message.kind === 'response') {
      if (!isProblem(about)) this.#context.layer.response(message, about, flow);
      return;
    }
    stampVia(message, flow.address, flow.port);
    const reply = this.#replyFlow(message, flow);
    if (isProblem(about)) {
      // Without a Via there is no way back (RFC 3261 18.2.2).
      if (message.method !== 'ACK' && topVia(message) !== undefined) this.#refuse(message, reply, about);
      return;
    }
    const refusal = this.#request(message, about, flow, reply);
    if (refusal !== undefined) this.#refuse(message, reply, refusal);
  }

  #request(request: SipRequest, about: Essentials, flow: Flow, reply: Flow): Refusal | undefined {
    const { layer } = this.#context;
    const { method } = request;
    const known = layer.find(request, about);
    if (known !== undefined) {
      known.event(method === 'ACK' ? 'ack' : 'request');
      return undefined;
    }
    if (method === 'ACK') {
      const dialog = this.#dialogOf(about);
      if (dialog !== undefined) receiveAck(dialog, request, about, flow);
      return undefined;
    }
    if (method === 'CANCEL') return this.#cancel(request, about);
    if (!METHODS.has(method)) return { status: 405, extra: ALLOW_LINE };
    const unsupported = unsupportedExtensions(request);
    if (unsupported !== '') return { status: 420, extra: `Unsupported: ${unsupported}\r\n` };
    if (method === 'REGISTER') return this.#register(request, about, flow, reply);
    if (about.toTag !== '') {
      const dialog = this.#dialogOf(about);
      if (dialog === undefined) return { status: 481 };
      receiveInDialog(dialog, request, about, flow, reply);
      return undefined;
    }
    if (method === 'INVITE') return this.#invite(request, about, flow, reply);
    if (method === 'OPTIONS') {
      const uri = requestUri(request);
      return 'status' in uri ? uri : { status: 200, extra: ALLOW_LINE + SUPPORTED_LINE + ACCEPT_SDP_LINE };
    }
    // BYE, INFO, UPDATE, REFER and NOTIFY live in dialogs.
    return { status: 481 };
  }

  /** RFC 3261 9.2. Answering again for a repeated CANCEL does no harm. */
  #cancel(request: SipRequest, about: Essentials): Refusal | undefined {
    const invite = this.#context.layer.findInvite(request, about);
    if (invite === undefined) return { status: 481 };
    invite.cancelled(header(request, 'reason'));
    return { status: 200 };
  }

  #register(request: SipRequest, about: Essentials, flow: Flow, reply: Flow): Refusal | undefined {
    const { authenticator, registrar } = this.#parts;
    const uri = requestUri(request);
    if ('status' in uri) return uri;
    const verdict = authenticator.verify(request, flow.address);
    if (verdict.kind !== 'verified') return this.#challenge(verdict.kind, flow);
    let user: string;
    try {
      user = parseUri(parseAddress(header(request, 'to') ?? '').uri).user;
    } catch (error) {
      if (error instanceof SipParseError) return { status: 400, reason: 'Malformed Address of Record' };
      throw error;
    }
    if (user !== verdict.username) return { status: 403 };
    const source = { transport: flow.transport, flow: contactFlow(request, flow) };
    const answer = registrar.register(request, user, about.callId, about.seq, source);
    // In a transaction: a repeated REGISTER must not meet its own nonce count again.
    const tx = this.#context.layer.accept(request, about, reply, undefined);
    const { status, reason = reasonOf(status), extra } = answer;
    tx.respond(
      status,
      writeResponse(status, reason, responseHead(request, this.#context.ids.tag()), extra, ''),
    );
    return undefined;
  }

  #invite(request: SipRequest, about: Essentials, flow: Flow, reply: Flow): Refusal | undefined {
    const { options } = this.#parts;
    if (this.stopping || options.overloaded() || this.#context.layer.size > MAX_TRANSACTIONS) {
      return { status: 503, extra: 'Retry-After: 5\r\n' };
    }
    const uri = requestUri(request);
    if ('status' in uri) return uri;
    const content = contentRefusal(request);
    if (content !== undefined) return content;
    const session = sessionOf(request);
    if (session === 'too-small') return { status: 422, extra: `Min-SE: ${MIN_SE}\r\n` };
    const account = this.#authorise(request, flow);
    if (typeof account === 'object') return account;
    const replaces = this.#replaced(request, account.length === 0 ? undefined : account, flow);
    if (replaces !== undefined && 'status' in replaces) return replaces;
    const source = {
      transport: flow.transport,
      address: flow.address,
      port: flow.port,
      account: account === '' ? undefined : account,
    };
    const facts = { about, requestUri: uri, source, session, replaces };
    let call: IncomingCall;
    try {
      call = new IncomingCall(this.#parts.dialogs, request, flow, reply, facts, this.#parts.incoming);
    } catch (error) {
      if (error instanceof SipParseError) return { status: 400, reason: error.message };
      throw error;
    }
    try {
      options.onInvite(call);
    } catch (error) {
      this.#context.log.warn(
        { error: error instanceof Error ? error.stack : String(error) },
        'sip invite handler failed',
      );
      call.reject(500);
    }
    return undefined;
  }

  /** Whose call it is: a user name, '' for a trusted source, or the challenge. */
  #authorise(request: SipRequest, flow: Flow): string | Refusal {
    const { options, authenticator, bindings } = this.#parts;
    const trusted = options.trusted(flow.address);
    // A connection proves itself once, by its registration; a UDP source address proves nothing unless trusted.
    if (flow.reliable || trusted) {
      const account = bindings.accountOf(flow.id, fromUser(request), options.clock.now());
      if (account !== undefined) return account;
    }
    const verdict = authenticator.verify(request, flow.address);
    if (verdict.kind === 'verified') return verdict.username;
    if (verdict.kind === 'none' && trusted) return '';
    return this.#challenge(verdict.kind, flow);
  }

  #challenge(kind: 'none' | 'stale' | 'wrong' | 'locked', flow: Flow): Refusal {
    if (kind === 'locked') return { status: 403, reason: 'Too Many Failures', extra: 'Retry-After: 60\r\n' };
    if (kind === 'wrong') this.#context.log.info({ transport: flow.transport }, 'sip password refused');
    return { status: 401, extra: this.#parts.authenticator.challenge(kind === 'stale') };
  }

  /** RFC 3891 3: the dialog a call is to replace, undefined without a Replaces header. */
  #replaced(request: SipRequest, account: string | undefined, flow: Flow): Dialog | Refusal | undefined {
    const lines = headerLines(request, 'replaces');
    const value = lines[0];
    if (value === undefined) return undefined;
    const replaces = lines.length === 1 ? parseReplaces(value) : undefined;
    if (replaces === undefined) return { status: 400, reason: 'Malformed Replaces' };
    const dialog = this.#parts.dialogs.find(replaces.callId, replaces.toTag, replaces.fromTag);
    if (dialog === undefined || dialog.state === 'early') return { status: 481 };
    if (dialog.state === 'ended') return { status: 603 };
    if (replaces.earlyOnly) return { status: 486 };
    // Only the account in the dialog may take it over; a dialog of no account, only a source on this machine.
    const allowed = dialog.account === undefined ? isLoopback(flow.address) : dialog.account === account;
    return allowed ? dialog : { status: 403 };
  }

  #dialogOf(about: Essentials): Dialog | undefined {
    return this.#parts.dialogs.find(about.callId, about.toTag, about.fromTag);
  }

  /** Where responses go: over the connection, or to the source address, and with rport to its port (RFC 3581 4). */
  #replyFlow(request: SipRequest, flow: Flow): Flow {
    if (flow.reliable) return flow;
    const via = topVia(request);
    if (via === undefined || via.rport) return flow;
    const port = via.port ?? 5060;
    return port === flow.port ? flow : this.#context.transports.udpFlow(flow.address, port);
  }

  #refuse(request: SipRequest, reply: Flow, refusal: Refusal): void {
    const { status, reason = reasonOf(status), extra = '' } = refusal;
    reply.send(writeResponse(status, reason, responseHead(request, statelessTag(request)), extra, ''));
  }
}

/** The same To tag for every copy of a request (RFC 3261 8.2.7). */
function statelessTag(request: SipRequest): string {
  const text = `${header(request, 'call-id') ?? ''}${topVia(request)?.branch ?? ''}${header(request, 'cseq') ?? ''}`;
  let hash = 2_166_136_261;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16_777_619) >>> 0;
  return `s${hash.toString(36)}`;
}

function requestUri(request: SipRequest): SipUri | Refusal {
  // Max-Forwards 0 has reached its end; a call would go on from here (RFC 3261 8.1.1.6).
  const forwards = header(request, 'max-forwards');
  if (forwards !== undefined) {
    const left = parseUint(forwards, 255);
    if (left === undefined) return { status: 400, reason: 'Malformed Max-Forwards' };
    if (left === 0 && request.method === 'INVITE') return { status: 483 };
  }
  try {
    const uri = parseUri(request.uri);
    // RFC 3261 19.1.1: headers are not allowed in a Request-URI (RFC 4475 3.1.2.11).
    if (Object.keys(uriHeaders(request.uri)).length > 0)
      return { status: 400, reason: 'Headers in the Request-URI' };
    return uri;
  } catch (error) {
    if (error instanceof UnknownSchemeError) return { status: 416 };
    if (error instanceof SipParseError) return { status: 400, reason: error.message };
    throw error;
  }
}

function contentRefusal(request: SipRequest): Refusal | undefined {
  if (sdpOf(request) === undefined)
    return { status: 415, extra: `${ACCEPT_SDP_LINE}Accept-Encoding: identity\r\n` };
  if (!acceptsSdp(request)) return { status: 406, extra: ACCEPT_SDP_LINE };
  const contacts = headerValues(request, 'contact');
  // RFC 3261 8.1.1.8
  if (contacts.length !== 1) return { status: 400, reason: 'Exactly One Contact Needed' };
  return undefined;
}

function unsupportedExtensions(request: SipRequest): string {
  const required = headerValues(request, 'require');
  return required.length === 0 ? '' : required.filter((tag) => !EXTENSIONS.has(tag.toLowerCase())).join(', ');
}

function fromUser(request: SipRequest): string {
  try {
    return parseUri(parseAddress(header(request, 'from') ?? '').uri).user;
  } catch {
    return '';
  }
}

/**
 * How a contact is to be reached (RFC 5626 5.2, RFC 7118 6): over its connection; over UDP only when it sits behind
 * an address translator, else by its own address.
 */
function contactFlow(request: SipRequest, flow: Flow): string | undefined {
  if (flow.reliable) return headerLines(request, 'path').length === 0 ? flow.id : undefined;
  return behindNat(request, flow) ? flow.id : undefined;
}
