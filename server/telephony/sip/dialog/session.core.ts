import { hasToken, header, parseParams, parseUint, type SipMessage } from '../wire/index.ts';

/** RFC 4028 defaults, in seconds. */
export const SESSION_EXPIRES = 1800;
export const MIN_SE = 90;

/** A running session timer: whose turn it is to refresh. */
export interface Session {
  readonly interval: number;
  readonly refresher: 'us' | 'them';
}

export interface SessionAnswer {
  readonly session: Session | undefined;
  /** Header lines for the 2xx. */
  readonly extra: string;
}

interface SessionExpires {
  readonly interval: number;
  readonly refresher: string | undefined;
}

function sessionExpires(message: SipMessage): SessionExpires | undefined {
  const value = header(message, 'session-expires');
  if (value === undefined) return undefined;
  const semi = value.indexOf(';');
  const interval = parseUint((semi < 0 ? value : value.slice(0, semi)).trim());
  if (interval === undefined) return undefined;
  const params = semi < 0 ? undefined : parseParams(value, semi);
  return { interval, refresher: params?.refresher?.toLowerCase() };
}

/** Min-SE of a message; 90 when absent (RFC 4028 5). */
export function minSe(message: SipMessage): number {
  const value = header(message, 'min-se');
  if (value === undefined) return MIN_SE;
  const semi = value.indexOf(';');
  return parseUint((semi < 0 ? value : value.slice(0, semi)).trim(), 86_400) ?? MIN_SE;
}

/**
 * What a UAS makes of an INVITE or UPDATE (RFC 4028 9). `too-small` is answered 422 with our Min-SE.
 * Without a wish of the caller's the roles stay as they are in `current`, and the first time we refresh ourselves.
 */
export function answerSession(
  request: SipMessage,
  current: Session | undefined,
): SessionAnswer | 'too-small' {
  const supported = hasToken(request, 'supported', 'timer');
  const asked = sessionExpires(request);
  if (asked === undefined && !supported) return { session: undefined, extra: '' };
  if (asked !== undefined && asked.interval < MIN_SE && supported) return 'too-small';
  const wanted = Math.max(asked?.interval ?? SESSION_EXPIRES, MIN_SE);
  const interval = Math.max(Math.min(wanted, SESSION_EXPIRES), Math.min(minSe(request), wanted));
  let uac = false;
  if (supported) {
    if (asked?.refresher === 'uac') uac = true;
    else if (asked?.refresher !== 'uas') uac = current?.refresher === 'them';
  }
  const extra = `${uac ? 'Require: timer\r\n' : ''}Session-Expires: ${interval};refresher=${uac ? 'uac' : 'uas'}\r\n`;
  return { session: { interval, refresher: uac ? 'them' : 'us' }, extra };
}

/** What a UAC makes of a 2xx (RFC 4028 7.2): without Session-Expires the session does not expire. */
export function acceptSession(response: SipMessage): Session | undefined {
  const given = sessionExpires(response);
  if (given === undefined) return undefined;
  return { interval: Math.max(given.interval, MIN_SE), refresher: given.refresher === 'uas' ? 'them' : 'us' };
}

/** Header lines for a request of ours within a dialog (roles kept: RFC 4028 7.4). */
export function sessionLines(session: Session | undefined): string {
  if (session === undefined) return '';
  return `Session-Expires: ${session.interval};refresher=${session.refresher === 'us' ? 'uac' : 'uas'}\r\nMin-SE: ${MIN_SE}\r\n`;
}

/** Seconds after a refresh at which the session is given up (RFC 4028 10). */
export function giveUpAfter(session: Session): number {
  return session.interval - Math.min(32, Math.floor(session.interval / 3));
}
