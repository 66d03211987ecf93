/** Header names: compact forms (RFC 3261 7.3.3 and the extensions we meet) and the spelling we write. */

const PRETTY: Readonly<Record<string, string>> = {
  via: 'Via',
  from: 'From',
  to: 'To',
  'call-id': 'Call-ID',
  cseq: 'CSeq',
  contact: 'Contact',
  'max-forwards': 'Max-Forwards',
  route: 'Route',
  'record-route': 'Record-Route',
  path: 'Path',
  'content-type': 'Content-Type',
  'content-length': 'Content-Length',
  'content-encoding': 'Content-Encoding',
  'content-disposition': 'Content-Disposition',
  supported: 'Supported',
  require: 'Require',
  'proxy-require': 'Proxy-Require',
  unsupported: 'Unsupported',
  allow: 'Allow',
  accept: 'Accept',
  'user-agent': 'User-Agent',
  server: 'Server',
  expires: 'Expires',
  'min-expires': 'Min-Expires',
  'session-expires': 'Session-Expires',
  'min-se': 'Min-SE',
  authorization: 'Authorization',
  'proxy-authorization': 'Proxy-Authorization',
  'www-authenticate': 'WWW-Authenticate',
  'proxy-authenticate': 'Proxy-Authenticate',
  'authentication-info': 'Authentication-Info',
  'refer-to': 'Refer-To',
  'referred-by': 'Referred-By',
  replaces: 'Replaces',
  reason: 'Reason',
  event: 'Event',
  'subscription-state': 'Subscription-State',
  'allow-events': 'Allow-Events',
  subject: 'Subject',
  date: 'Date',
  warning: 'Warning',
  'retry-after': 'Retry-After',
  'p-asserted-identity': 'P-Asserted-Identity',
  privacy: 'Privacy',
  diversion: 'Diversion',
  'call-info': 'Call-Info',
  'alert-info': 'Alert-Info',
};

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
for (const [canonical, pretty] of Object.entries(PRETTY)) {
  known.set(canonical, canonical);
  known.set(pretty, canonical);
  known.set(canonical.toUpperCase(), canonical);
}
for (const [compact, canonical] of Object.entries(COMPACT)) {
  known.set(compact, canonical);
  known.set(compact.toUpperCase(), canonical);
}
const pretty = new Map<string, string>(Object.entries(PRETTY));

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

/** How a canonical name is written on the wire. */
export function prettyName(canonical: string): string {
  return pretty.get(canonical) ?? canonical;
}
