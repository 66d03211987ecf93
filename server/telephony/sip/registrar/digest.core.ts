import { hash, timingSafeEqual } from 'node:crypto';
import { isLws, readQuoted, readValue, skipLws } from '../wire/index.ts';

export type DigestAlgorithm = 'MD5' | 'SHA-256';

/** Credentials of an Authorization header, unquoted (RFC 7616 3.4). */
export interface Credentials {
  readonly username: string;
  readonly realm: string;
  readonly nonce: string;
  readonly uri: string;
  readonly response: string;
  readonly algorithm: DigestAlgorithm;
  /** '' when the client does without (RFC 2069). */
  readonly qop: string;
  readonly nc: string;
  readonly cnonce: string;
}

/** Lower-case hex of the digest. */
function digestHash(algorithm: DigestAlgorithm, text: string): string {
  return hash(algorithm === 'MD5' ? 'md5' : 'sha256', text, 'hex');
}

/** The response a client with this HA1 (RFC 7616 3.4.2) must send (3.4.1). Lower-case hex. */
export function digestResponse(secret: string, method: string, credentials: Credentials): string {
  const { algorithm, nonce, nc, cnonce, qop, uri } = credentials;
  const ha2 = digestHash(algorithm, `${method}:${uri}`);
  return digestHash(
    algorithm,
    qop === '' ? `${secret}:${nonce}:${ha2}` : `${secret}:${nonce}:${nc}:${cnonce}:${qop}:${ha2}`,
  );
}

/** True when the response fits one of the secrets. Every secret is tried, in constant time each. */
export function verifyDigest(secrets: readonly string[], method: string, credentials: Credentials): boolean {
  const given = Buffer.from(credentials.response.toLowerCase());
  let good = false;
  for (const secret of secrets) {
    const expected = Buffer.from(digestResponse(secret, method, credentials));
    if (expected.length === given.length && timingSafeEqual(expected, given)) good = true;
  }
  return good;
}

/**
 * Reads `Digest a=b, c="d"`. Undefined for another scheme, a missing part, an algorithm or a qop we did not offer
 * (RFC 4475 3.3.7: such credentials count as none).
 */
export function parseCredentials(value: string): Credentials | undefined {
  if (!/^digest[ \t]/i.test(value)) return undefined;
  const fields = parseAuthParams(value, 7);
  if (fields === undefined) return undefined;
  const { username, realm, nonce, uri, response } = fields;
  if (!username || realm === undefined || !nonce || uri === undefined || !response) return undefined;
  const name = (fields.algorithm ?? 'MD5').toUpperCase();
  if (name !== 'MD5' && name !== 'SHA-256') return undefined;
  const qop = (fields.qop ?? '').toLowerCase();
  if (qop !== '' && qop !== 'auth') return undefined;
  const nc = fields.nc ?? '';
  const cnonce = fields.cnonce ?? '';
  if (qop !== '' && (!/^[0-9a-fA-F]{8}$/.test(nc) || cnonce === '')) return undefined;
  return { username, realm, nonce, uri, response, algorithm: name, qop, nc, cnonce };
}

function parseAuthParams(value: string, from: number): Record<string, string> | undefined {
  const out = Object.create(null) as Record<string, string>;
  let i = from;
  for (;;) {
    while (i < value.length && (value.charCodeAt(i) === 44 || isLws(value.charCodeAt(i)))) i++;
    if (i >= value.length) return out;
    const equals = value.indexOf('=', i);
    if (equals < 0) return undefined;
    const name = value.slice(i, equals).trim().toLowerCase();
    i = skipLws(value, equals + 1);
    const read = value.charCodeAt(i) === 34 ? readQuoted(value, i) : readValue(value, i);
    if (read === undefined) return undefined;
    if (out[name] !== undefined) return undefined;
    out[name] = read.value;
    i = skipLws(value, read.end);
    if (i < value.length && value.charCodeAt(i) !== 44) return undefined;
  }
}
