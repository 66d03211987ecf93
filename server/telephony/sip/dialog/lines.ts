import type { Flow } from '../transport/index.ts';
import { type SipRequest, safeReason } from '../wire/index.ts';

/** `Route: ...` with its CRLF, or ''. */
export function routeLines(routes: readonly string[]): string {
  return routes.length === 0 ? '' : `Route: ${routes.join(', ')}\r\n`;
}

/** What stands in angle brackets, or the whole value. */
export function uriIn(value: string): string {
  const open = value.indexOf('<');
  const close = value.indexOf('>', open);
  return open < 0 || close < 0 ? value : value.slice(open + 1, close);
}

/** A Reason line (RFC 3326): `SIP;...` and `Q.850;...` as they are, other words as their text. */
export function reasonLine(reason: string): string {
  const text = safeReason(reason);
  return /^(?:SIP|Q\.850)\s*;/i.test(text)
    ? `Reason: ${text}\r\n`
    : `Reason: SIP;text="${text.replace(/["\\]/g, '\\$&')}"\r\n`;
}

/** True when a request comes from behind an address translator: its sent-by is another address than its source. */
export function behindNat(request: SipRequest, flow: Flow): boolean {
  const via = request.topVia;
  if (via === undefined || flow.reliable) return false;
  const host = via.host.replace(/^\[|\]$/g, '');
  return /^[\d.]+$|:/.test(host) && host !== flow.address;
}
