import type { NameAddr, SipUri } from '../types.ts';
import { SipParseError } from './message.ts';
import { parseParams, quote, readQuoted, skipLws } from './params.ts';
import { escapeUser, parseUri } from './uri.ts';

/** A name-addr or addr-spec with its parameters; the URI is still text. */
export interface RawAddress {
  readonly display: string;
  readonly uri: string;
  readonly params: Readonly<Record<string, string>>;
}

/**
 * Parses From, To, Contact, Route and the like (RFC 3261 20.10, 25.1); one value, already split at commas. Without
 * angle brackets, everything after the first semicolon is a header parameter.
 * @throws SipParseError when malformed.
 */
export function parseAddress(value: string): RawAddress {
  let i = skipLws(value, 0);
  let display = '';
  if (value.charCodeAt(i) === 34) {
    const quoted = readQuoted(value, i);
    if (quoted === undefined) throw new SipParseError('Unclosed quotation mark');
    display = quoted.value;
    i = skipLws(value, quoted.end);
    if (value.charCodeAt(i) !== 60) throw new SipParseError('Display name without a URI in angle brackets');
  }
  const open = value.indexOf('<', i);
  if (open < 0) return bareAddress(value, i);
  if (open > i) {
    display = value.slice(i, open).trim();
    // RFC 4475 3.1.2.15: what is no token must be quoted. Other scripts are let pass.
    if (/[,;:@"\\()[\]?={}]/.test(display)) throw new SipParseError('Display name must be quoted');
  }
  const close = value.indexOf('>', open);
  if (close < 0) throw new SipParseError('Unclosed angle bracket');
  const uri = value.slice(open + 1, close);
  if (uri === '' || /[\s<"]/.test(uri)) throw new SipParseError('Illegal character in URI');
  const params = parseParams(value, close + 1);
  if (params === undefined) throw new SipParseError('Malformed header parameters');
  return { display, uri, params };
}

function bareAddress(value: string, from: number): RawAddress {
  const semi = value.indexOf(';', from);
  const end = semi < 0 ? value.length : semi;
  const uri = value.slice(from, end).trim();
  // RFC 3261 20: a URI with a comma, question mark or semicolon must stand in angle brackets.
  if (uri === '' || /[\s,?<>"]/.test(uri)) throw new SipParseError('URI must stand in angle brackets');
  if (uri.indexOf(':') < 1) throw new SipParseError('URI without a scheme');
  const params = parseParams(value, end);
  if (params === undefined) throw new SipParseError('Malformed header parameters');
  return { display: '', uri, params };
}

const ANONYMOUS: SipUri = Object.freeze({
  scheme: 'sip',
  user: 'anonymous',
  host: 'anonymous.invalid',
  port: undefined,
  params: Object.freeze({}),
});

/**
 * Like `parseAddress`, with the URI parsed. A scheme that is no SIP or tel scheme is no error in From and To
 * (RFC 4475 3.3.4): such a party is anonymous to us.
 * @throws SipParseError when malformed.
 */
export function parseNameAddr(value: string): NameAddr {
  const raw = parseAddress(value);
  return { display: raw.display, uri: uriOrAnonymous(raw.uri), params: raw.params };
}

function uriOrAnonymous(text: string): SipUri {
  const scheme = text.slice(0, text.indexOf(':')).toLowerCase();
  return scheme === 'sip' || scheme === 'sips' || scheme === 'tel' ? parseUri(text) : ANONYMOUS;
}

/** `"Display" <sip:user@host>`, safe for any display name and user. */
export function formatNameAddr(display: string, user: string, host: string): string {
  const uri = user === '' ? `<sip:${host}>` : `<sip:${escapeUser(user)}@${host}>`;
  return display === '' ? uri : `${quote(display)} ${uri}`;
}

/** The tag of a From or To value, or undefined (RFC 3261 19.3). @throws SipParseError when malformed. */
export function tagOf(value: string): string | undefined {
  return parseAddress(value).params.tag;
}
