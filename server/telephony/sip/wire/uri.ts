import type { SipUri } from '../types.ts';
import { SipParseError } from './message.ts';

const NONE: Readonly<Record<string, string>> = Object.freeze(Object.create(null) as Record<string, string>);

/** A URI whose scheme we do not speak (RFC 3261 21.4.14: 416). */
export class UnknownSchemeError extends SipParseError {
  constructor(scheme: string) {
    super(`Unknown URI scheme ${scheme.slice(0, 32)}`);
    this.name = 'UnknownSchemeError';
  }
}

/**
 * Parses a SIP, SIPS or tel URI without angle brackets (RFC 3261 19.1, RFC 3966). The user part is unescaped and a
 * password dropped; headers after `?` are left to `uriHeaders`.
 * @throws SipParseError when malformed, UnknownSchemeError for another scheme.
 */
export function parseUri(text: string): SipUri {
  const colon = text.indexOf(':');
  if (colon < 1) throw new SipParseError('URI without a scheme');
  const scheme = text.slice(0, colon).toLowerCase();
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c <= 32 || c === 34 || c === 60 || c === 62 || c === 127)
      throw new SipParseError('Illegal character in URI');
  }
  if (scheme === 'tel') return parseTel(text, colon + 1);
  if (scheme !== 'sip' && scheme !== 'sips') throw new UnknownSchemeError(scheme);
  const at = text.indexOf('@', colon);
  let user = '';
  if (at >= 0) {
    const info = text.slice(colon + 1, at);
    const password = info.indexOf(':');
    user = unescaped(password < 0 ? info : info.slice(0, password));
    if (user === '') throw new SipParseError('URI with an empty user');
  }
  const hostStart = (at < 0 ? colon : at) + 1;
  const question = text.indexOf('?', hostStart);
  const end = question < 0 ? text.length : question;
  let i = hostStart;
  if (text.charCodeAt(i) === 91) {
    const close = text.indexOf(']', i);
    if (close < 0 || close > end) throw new SipParseError('Unclosed IPv6 host');
    i = close + 1;
  } else {
    while (i < end) {
      const c = text.charCodeAt(i);
      if (c === 58 || c === 59) break;
      if (!isHostChar(c)) throw new SipParseError('Illegal host');
      i++;
    }
  }
  const host = text.slice(hostStart, i);
  if (host === '') throw new SipParseError('URI without a host');
  let port: number | undefined;
  if (i < end && text.charCodeAt(i) === 58) {
    const portStart = ++i;
    let n = 0;
    while (i < end) {
      const c = text.charCodeAt(i) - 48;
      if (c < 0 || c > 9) break;
      n = n * 10 + c;
      i++;
    }
    if (i === portStart || i - portStart > 5 || n > 65_535) throw new SipParseError('Illegal port');
    port = n;
  }
  return { scheme, user, host: host.toLowerCase(), port, params: uriParams(text, i, end) };
}

/** Headers of a URI (`?Replaces=...&Subject=...`), names lower case, values unescaped. */
export function uriHeaders(text: string): Readonly<Record<string, string>> {
  const question = text.indexOf('?', Math.max(0, text.indexOf('@')));
  if (question < 0) return NONE;
  const out = Object.create(null) as Record<string, string>;
  for (const part of text.slice(question + 1).split('&')) {
    const equals = part.indexOf('=');
    if (equals > 0) out[part.slice(0, equals).toLowerCase()] ??= unescaped(part.slice(equals + 1));
  }
  return out;
}

/** Escapes a user part (RFC 3261 25.1: unreserved and user-unreserved stay). */
export function escapeUser(user: string): string {
  let plain = true;
  for (let i = 0; i < user.length && plain; i++) {
    const c = user.charCodeAt(i);
    plain = (c >= 48 && c <= 57) || (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (c >= 43 && c <= 46);
  }
  if (plain) return user;
  return encodeURIComponent(user.replace(/\p{Surrogate}/gu, '\uFFFD')).replace(
    /%(?:26|3D|2B|24|2C|3B|3F|2F)/g,
    (hex) => String.fromCharCode(Number.parseInt(hex.slice(1), 16)),
  );
}

function parseTel(text: string, from: number): SipUri {
  const semi = text.indexOf(';', from);
  const end = semi < 0 ? text.length : semi;
  const user = text.slice(from, end);
  if (user === '') throw new SipParseError('tel URI without a number');
  return { scheme: 'tel', user, host: '', port: undefined, params: uriParams(text, end, text.length) };
}

function uriParams(text: string, from: number, end: number): Readonly<Record<string, string>> {
  if (from >= end) return NONE;
  const out = Object.create(null) as Record<string, string>;
  let i = from;
  while (i < end) {
    if (text.charCodeAt(i) !== 59) throw new SipParseError('Illegal URI parameter');
    let next = text.indexOf(';', i + 1);
    if (next < 0 || next > end) next = end;
    const equals = text.indexOf('=', i + 1);
    const flag = equals < 0 || equals > next;
    const name = text.slice(i + 1, flag ? next : equals).toLowerCase();
    if (name === '') throw new SipParseError('Empty URI parameter');
    if (out[name] === undefined) out[name] = flag ? '' : text.slice(equals + 1, next);
    i = next;
  }
  return out;
}

function isHostChar(c: number): boolean {
  return (
    (c >= 97 && c <= 122) || (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || c === 46 || c === 45 || c === 95
  );
}

function unescaped(text: string): string {
  if (text.indexOf('%') < 0) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
