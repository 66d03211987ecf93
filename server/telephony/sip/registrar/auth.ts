import type { Sources } from '../transport/index.ts';
import type { SipAccounts, TransportName } from '../types.ts';
import { headerLines, quote, type SipRequest } from '../wire/index.ts';
import { parseCredentials, verifyDigest } from './digest.core.ts';
import type { Nonces } from './nonces.core.ts';

export type Verdict =
  | { readonly kind: 'verified'; readonly username: string }
  /** No credentials for our realm. */
  | { readonly kind: 'none' }
  | { readonly kind: 'stale' }
  | { readonly kind: 'wrong' }
  /** Too many failures from this source: not even tried. */
  | { readonly kind: 'locked' };

/** Checks digest credentials (RFC 3261 22, RFC 7616, RFC 8760). */
export class Authenticator {
  private readonly realm: string;
  private readonly accounts: SipAccounts;
  private readonly nonces: Nonces;
  private readonly sources: Sources;
  private readonly now: () => number;

  constructor(realm: string, accounts: SipAccounts, nonces: Nonces, sources: Sources, now: () => number) {
    this.realm = realm;
    this.accounts = accounts;
    this.nonces = nonces;
    this.sources = sources;
    this.now = now;
  }

  verify(request: SipRequest, address: string): Verdict {
    for (const name of ['authorization', 'proxy-authorization']) {
      for (const value of headerLines(request, name)) {
        const credentials = parseCredentials(value);
        if (credentials === undefined || credentials.realm !== this.realm) continue;
        if (!this.sources.mayAuthenticate(address)) return { kind: 'locked' };
        // The password first: only who knows it may use up a nonce count.
        const secrets = this.accounts.ha1(credentials.username, credentials.algorithm) ?? ['-'];
        const good = verifyDigest(secrets, request.method, credentials);
        if (!good) {
          this.sources.failed(address);
          return { kind: 'wrong' };
        }
        const count = credentials.qop === '' ? 0 : Number.parseInt(credentials.nc, 16);
        const use = this.nonces.use(credentials.nonce, count, this.now());
        return use === 'fresh' ? { kind: 'verified', username: credentials.username } : { kind: 'stale' };
      }
    }
    return { kind: 'none' };
  }

  /**
   * WWW-Authenticate lines, the stronger first (RFC 8760 2.4). Browsers' user agents (SIP.js, JsSIP) read only the
   * first and know only MD5, so over WebSocket the order is turned.
   */
  challenge(transport: TransportName, stale: boolean): string {
    const nonce = this.nonces.issue(this.now());
    const line = (algorithm: string): string =>
      `WWW-Authenticate: Digest realm=${quote(this.realm)}, nonce="${nonce}", algorithm=${algorithm}, qop="auth"${stale ? ', stale=true' : ''}\r\n`;
    return transport === 'ws' || transport === 'wss'
      ? line('MD5') + line('SHA-256')
      : line('SHA-256') + line('MD5');
  }
}
