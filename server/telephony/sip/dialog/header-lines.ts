import { safeReason } from '../wire/index.ts';

/** The methods we understand. */
export const METHODS: ReadonlySet<string> = new Set([
  'INVITE',
  'ACK',
  'CANCEL',
  'BYE',
  'OPTIONS',
  'INFO',
  'UPDATE',
  'REFER',
  'NOTIFY',
  'REGISTER',
]);
export const ALLOW_LINE = `Allow: ${[...METHODS].join(', ')}\r\n`;
export const SUPPORTED_LINE = 'Supported: timer, replaces\r\n';
export const AGENT_LINE = 'User-Agent: Cordboard\r\n';
export const SDP_LINE = 'Content-Type: application/sdp\r\n';
export const ACCEPT_SDP_LINE = 'Accept: application/sdp\r\n';

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
