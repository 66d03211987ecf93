import { type Timer, type Timers, timer } from '../timers.ts';
import type { Binding } from '../types.ts';
import {
  hasToken,
  header,
  headerValues,
  parseAddress,
  parseUint,
  parseUri,
  type RawAddress,
  SipParseError,
  type SipRequest,
  UnknownSchemeError,
} from '../wire/index.ts';
import {
  type Bindings,
  type ContactUpdate,
  DEFAULT_EXPIRES,
  MAX_EXPIRES,
  MIN_EXPIRES,
  type RegisterUpdate,
} from './bindings.core.ts';

/** What to answer a REGISTER with. */
export interface RegisterAnswer {
  readonly status: number;
  readonly reason?: string;
  readonly extra: string;
}

/** Where a REGISTER came from, as far as the bindings care. */
export interface RegisterSource {
  /** The flow to reach the contacts by, if their own address is not good enough. */
  readonly flow: string | undefined;
  readonly transport: Binding['transport'];
}

/** Carries out REGISTER requests whose sender is already known to be `user` (RFC 3261 10.3). */
export class Registrar {
  readonly #bindings: Bindings;
  readonly #timers: Timers;
  readonly #expiry = new Map<string, Timer>();

  constructor(bindings: Bindings, timers: Timers) {
    this.#bindings = bindings;
    this.#timers = timers;
  }

  register(
    request: SipRequest,
    user: string,
    callId: string,
    seq: number,
    source: RegisterSource,
  ): RegisterAnswer {
    const now = this.#timers.clock.now();
    try {
      const refusal = this.#apply(request, user, callId, seq, source, now);
      if (refusal !== undefined) return refusal;
    } catch (error) {
      if (error instanceof UnknownSchemeError)
        return { status: 400, reason: 'Unknown Contact Scheme', extra: '' };
      if (error instanceof SipParseError) return { status: 400, reason: error.message, extra: '' };
      throw error;
    }
    this.#schedule(user);
    return { status: 200, extra: this.#answerHeaders(request, user, now) };
  }

  unregister(user: string): void {
    this.#bindings.clear(user, 'unregistered');
    this.#schedule(user);
  }

  dropFlow(flow: string): void {
    const users = new Set(this.#bindings.onFlow(flow).map((binding) => binding.aor));
    this.#bindings.dropFlow(flow);
    for (const user of users) this.#schedule(user);
  }

  stop(): void {
    for (const entry of this.#expiry.values()) this.#timers.stop(entry);
    this.#expiry.clear();
  }

  #apply(
    request: SipRequest,
    user: string,
    callId: string,
    seq: number,
    source: RegisterSource,
    now: number,
  ): RegisterAnswer | undefined {
    const values = headerValues(request, 'contact');
    if (values.length === 0) return undefined; // a fetch (RFC 3261 10.2.3)
    // RFC 4475 3.1.2.4: an Expires that is no number counts as the default.
    const general = expiresOf(header(request, 'expires'), DEFAULT_EXPIRES);
    if (values.includes('*')) {
      if (values.length > 1 || general !== 0) return { status: 400, reason: 'Misused Contact *', extra: '' };
      return refusal(this.#bindings.clearAll(user, callId, seq));
    }
    const contacts: ContactUpdate[] = [];
    for (const value of values) {
      const raw = parseAddress(value);
      parseUri(raw.uri);
      const asked = expiresOf(raw.params.expires, general);
      if (asked > 0 && asked < MIN_EXPIRES) return { status: 423, extra: `Min-Expires: ${MIN_EXPIRES}\r\n` };
      contacts.push(contactUpdate(raw, Math.min(asked, MAX_EXPIRES), source));
    }
    const update: RegisterUpdate = {
      aor: user,
      callId,
      seq,
      contacts,
      flow: source.flow,
      transport: source.transport,
      userAgent: (header(request, 'user-agent') ?? '').slice(0, 200),
      path: headerValues(request, 'path'),
    };
    return refusal(this.#bindings.update(update, now));
  }

  #answerHeaders(request: SipRequest, user: string, now: number): string {
    let out = '';
    let outbound = false;
    for (const binding of this.#bindings.of(user, now)) {
      const seconds = Math.max(1, Math.round((binding.expiresAt - now) / 1000));
      const instance = binding.instance === binding.contact ? '' : `;+sip.instance="${binding.instance}"`;
      outbound ||= binding.instance !== binding.contact && binding.flow !== undefined;
      out += `Contact: <${binding.contact}>${instance};expires=${seconds}\r\n`;
    }
    for (const path of headerValues(request, 'path')) out += `Path: ${path}\r\n`;
    // RFC 5626 6: told only to a client that asked.
    if (outbound && hasToken(request, 'supported', 'outbound')) out += 'Require: outbound\r\n';
    return `${out}Supported: path, outbound\r\n`;
  }

  /** One timer per user, for whichever binding ends first. */
  #schedule(user: string): void {
    const now = this.#timers.clock.now();
    const next = this.#bindings.expire(user, now);
    let entry = this.#expiry.get(user);
    if (next === undefined) {
      if (entry !== undefined) this.#timers.stop(entry);
      this.#expiry.delete(user);
      return;
    }
    if (entry === undefined) {
      entry = timer(() => this.#schedule(user));
      this.#expiry.set(user, entry);
    }
    // Whole seconds, so that few durations are in use.
    this.#timers.start(entry, Math.ceil((next - now) / 1000) * 1000);
  }
}

function contactUpdate(raw: RawAddress, expires: number, source: RegisterSource): ContactUpdate {
  const given = raw.params['+sip.instance'];
  // A quoted parameter; a stray quote would break the answer it is copied into.
  const instance = given === undefined ? '' : given.replace(/["\\]/g, '');
  if (instance === '') return { contact: raw.uri, key: `c ${raw.uri}`, instance: raw.uri, expires };
  const regId = parseUint(raw.params['reg-id'], 0x7fffffff);
  // RFC 5626 6: reg-id counts only with an instance, and keeps several flows of one device apart.
  const key = regId === undefined || source.flow === undefined ? `i ${instance}` : `i ${instance} ${regId}`;
  return { contact: raw.uri, key, instance, expires };
}

function expiresOf(value: string | undefined, fallback: number): number {
  return value === undefined ? fallback : (parseUint(value) ?? fallback);
}

function refusal(reason: 'out-of-order' | 'too-many' | undefined): RegisterAnswer | undefined {
  if (reason === undefined) return undefined;
  return reason === 'too-many'
    ? { status: 403, reason: 'Too Many Contacts', extra: '' }
    : { status: 500, reason: 'Out of Order', extra: '' };
}
