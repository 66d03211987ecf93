/** Header names, long and compact (RFC 3261 7.3.3 and the extensions we meet). */

/** As they are mostly written; canonical is lower case. */
const LONG = [
  'Via',
  'From',
  'To',
  'Call-ID',
  'CSeq',
  'Contact',
  'Max-Forwards',
  'Route',
  'Record-Route',
  'Path',
  'Content-Type',
  'Content-Length',
  'Content-Encoding',
  'Content-Disposition',
  'Supported',
  'Require',
  'Proxy-Require',
  'Unsupported',
  'Allow',
  'Accept',
  'User-Agent',
  'Server',
  'Expires',
  'Min-Expires',
  'Session-Expires',
  'Min-SE',
  'Authorization',
  'Proxy-Authorization',
  'WWW-Authenticate',
  'Proxy-Authenticate',
  'Authentication-Info',
  'Refer-To',
  'Referred-By',
  'Replaces',
  'Reason',
  'Event',
  'Subscription-State',
  'Allow-Events',
  'Subject',
  'Date',
  'Warning',
  'Retry-After',
  'P-Asserted-Identity',
  'Privacy',
  'Diversion',
  'Call-Info',
  'Alert-Info',
];

const COMPACT: Readonly<Record<string, string>> = {
  v: 'via',
  f: 'from',
  t: 'to',
  i: 'call-id',
  m: 'contact',
  c: 'content-type',
  e: 'content-encoding',
  l: 'content-length',
  k: 'supported',
  s: 'subject',
  u: 'allow-events',
  o: 'event',
  r: 'refer-to',
  b: 'referred-by',
  x: 'session-expires',
  a: 'accept-contact',
  j: 'reject-contact',
  d: 'request-disposition',
  y: 'identity',
};

const known = new Map<string, string>();
for (const name of LONG) {
  const canonical = name.toLowerCase();
  known.set(canonical, canonical);
  known.set(name, canonical);
  known.set(canonical.toUpperCase(), canonical);
}
for (const [compact, canonical] of Object.entries(COMPACT)) {
  known.set(compact, canonical);
  known.set(compact.toUpperCase(), canonical);
}

/** RFC 3261 25.1 token characters. */
const tokenChars = new Uint8Array(128);
for (const c of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~") {
  tokenChars[c.charCodeAt(0)] = 1;
}

/** True when `text` is a token of RFC 3261 25.1 (at least one character). */
export function isToken(text: string): boolean {
  if (text.length === 0) return false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c > 127 || tokenChars[c] !== 1) return false;
  }
  return true;
}

/** The lower-case long form of a header name, or undefined when it is no token. */
export function canonicalName(raw: string): string | undefined {
  const name = known.get(raw);
  if (name !== undefined) return name;
  if (!isToken(raw)) return undefined;
  const lower = raw.toLowerCase();
  return known.get(lower) ?? lower;
}
