import type { Sources } from '../transport/index.ts';
import type { SipAccounts, SipServerOptions } from '../types.ts';
import { headerLines, quote, type SipRequest } from '../wire/index.ts';
import { parseCredentials, verifyDigest } from './digest.core.ts';
import type { Nonces } from './nonces.core.ts';

export type Verdict =
  | { readonly kind: 'verified'; readonly username: string }
  /** No credentials for our realm. */
  | { readonly kind: 'none' }
  | { readonly kind: 'stale' }
  | { readonly kind: 'wrong' }
  /** Too many failures from this source, or of this account there: not even tried. */
  | { readonly kind: 'locked' };

/** Checks digest credentials (RFC 3261 22, RFC 7616, RFC 8760). */
export class Authenticator {
  readonly #realm: string;
  readonly #accounts: SipAccounts;
  readonly #nonces: Nonces;
  readonly #sources: Sources;
  readonly #now: () => number;
  readonly #digests: readonly string[];

  constructor(options: SipServerOptions, nonces: Nonces, sources: Sources) {
    this.#realm = options.realm;
    this.#accounts = options.accounts;
    this.#digests = options.digests ?? ['SHA-256', 'MD5'];
    this.#nonces = nonces;
    this.#sources = sources;
    this.#now = () => options.clock.now();
  }

  verify(request: SipRequest, address: string): Verdict {
    for (const name of ['authorization', 'proxy-authorization']) {
      for (const value of headerLines(request, name)) {
        const credentials = parseCredentials(value);
        if (credentials === undefined || credentials.realm !== this.#realm) continue;
        if (!this.#digests.includes(credentials.algorithm)) continue;
        const { username } = credentials;
        if (!this.#sources.mayAuthenticate(address, username)) return { kind: 'locked' };
        // The password first: only who knows it may use up a nonce count.
        const secrets = this.#accounts.ha1(username, credentials.algorithm) ?? ['-'];
        const good = verifyDigest(secrets, request.method, credentials);
        if (!good) {
          this.#sources.failed(address, username);
          return { kind: 'wrong' };
        }
        const count = credentials.qop === '' ? 0 : Number.parseInt(credentials.nc, 16);
        const use = this.#nonces.use(credentials.nonce, count, this.#now());
        return use === 'fresh' ? { kind: 'verified', username } : { kind: 'stale' };
      }
    }
    return { kind: 'none' };
  }

  /**
   * WWW-Authenticate lines, by default the stronger first (RFC 8760 2.4). SIP.js and JsSIP know only MD5 and read only
   * the last line of the header, so MD5 must stand there.
   */
  challenge(stale: boolean): string {
    const nonce = this.#nonces.issue(this.#now());
    const line = (algorithm: string): string =>
      `WWW-Authenticate: Digest realm=${quote(this.#realm)}, nonce="${nonce}", algorithm=${algorithm}, qop="auth"${stale ? ', stale=true' : ''}\r\n`;
    return this.#digests.map(line).join('');
  }
}
