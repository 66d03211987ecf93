import type { Params } from './params.ts';

/** Why a message is bad, and the response that says so (RFC 3261 8.2, 16.3; RFC 4475). */
export interface Problem {
  readonly status: number;
  readonly reason: string;
}

/** One Via value (RFC 3261 20.42). */
export interface Via {
  /** Upper case, as in `UDP`. */
  readonly transport: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly branch: string | undefined;
  /** The client asked for its source port (RFC 3581). */
  readonly rport: boolean;
  readonly params: Readonly<Params>;
}

interface Common {
  /** Canonical header names and their values, in order of arrival; the two arrays run in parallel. */
  readonly names: string[];
  readonly values: string[];
  body: string;
  /** Set by the parser when the message is a SIP message, but not a good one. */
  problem: Problem | undefined;
  /** Filled when first read. */
  topVia: Via | undefined;
}

export interface SipRequest extends Common {
  readonly kind: 'request';
  readonly method: string;
  readonly uri: string;
}

export interface SipResponse extends Common {
  readonly kind: 'response';
  readonly status: number;
  readonly reason: string;
}

export type SipMessage = SipRequest | SipResponse;

/** The bytes are no SIP message that could be answered. Thrown by the parsers of `wire/` and nothing else is. */
export class SipParseError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SipParseError';
  }
}

/** First value of a header by canonical name. */
export function header(message: SipMessage, name: string): string | undefined {
  const at = message.names.indexOf(name);
  return at < 0 ? undefined : message.values[at];
}

/** Every line of a header, unsplit. */
export function headerLines(message: SipMessage, name: string): string[] {
  const out: string[] = [];
  const { names, values } = message;
  for (let i = names.indexOf(name); i >= 0; i = names.indexOf(name, i + 1)) out.push(values[i] ?? '');
  return out;
}

/** Every value of a comma-separated header, over all of its lines (RFC 3261 7.3.1). Empty elements are dropped. */
export function headerValues(message: SipMessage, name: string): string[] {
  const lines = headerLines(message, name);
  const out: string[] = [];
  for (const line of lines) splitCommas(line, out);
  return out;
}

/** True when an option tag or token stands in a comma-separated header; tokens compare without case. */
export function hasToken(message: SipMessage, name: string, token: string): boolean {
  const { names, values } = message;
  for (let i = names.indexOf(name); i >= 0; i = names.indexOf(name, i + 1)) {
    const value = values[i] ?? '';
    if (value === token) return true;
    for (const part of value.split(',')) if (part.trim().toLowerCase() === token) return true;
  }
  return false;
}

/** Splits at commas outside quoted strings and angle brackets. */
export function splitCommas(value: string, out: string[] = []): string[] {
  if (value.indexOf(',') < 0) {
    const only = value.trim();
    if (only !== '') out.push(only);
    return out;
  }
  let start = 0;
  let quoted = false;
  let angled = false;
  for (let i = 0; i <= value.length; i++) {
    const c = i === value.length ? 44 : value.charCodeAt(i);
    if (quoted && i < value.length) {
      if (c === 92) i++;
      else if (c === 34) quoted = false;
    } else if (c === 34) quoted = true;
    else if (c === 60) angled = true;
    else if (c === 62) angled = false;
    else if (c === 44 && (!angled || i === value.length)) {
      const part = value.slice(start, i).trim();
      if (part !== '') out.push(part);
      start = i + 1;
    }
  }
  if (start < value.length) {
    const rest = value.slice(start).trim();
    if (rest !== '') out.push(rest);
  }
  return out;
}

/** CSeq, parsed: number below 2^31 (RFC 3261 8.1.1.5) and method; undefined when malformed. */
export function parseCSeq(value: string): { readonly seq: number; readonly method: string } | undefined {
  let i = 0;
  let seq = 0;
  while (i < value.length) {
    const c = value.charCodeAt(i) - 48;
    if (c < 0 || c > 9) break;
    seq = seq * 10 + c;
    if (seq > 0x7fffffff) return undefined;
    i++;
  }
  if (i === 0 || i >= value.length) return undefined;
  const gap = value.charCodeAt(i);
  if (gap !== 32 && gap !== 9) return undefined;
  const method = value.slice(i + 1).trim();
  return method === '' ? undefined : { seq, method };
}

/** A non-negative decimal integer, the whole value; undefined otherwise or when above `max`. */
export function parseUint(value: string | undefined, max = 0xffffffff): number | undefined {
  if (value === undefined || value.length === 0) return undefined;
  let n = 0;
  for (let i = 0; i < value.length; i++) {
    const c = value.charCodeAt(i) - 48;
    if (c < 0 || c > 9) return undefined;
    n = n * 10 + c;
    if (n > max) return undefined;
  }
  return n;
}
