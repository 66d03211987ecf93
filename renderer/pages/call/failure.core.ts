/** Why a call did not go through, in codes of the language files (`callPage.why.<code>`). */
export type CallerProblem =
  | 'mic-denied'
  | 'mic-missing'
  | 'mic-busy'
  | 'insecure'
  | 'connection'
  | 'busy'
  | 'not-found'
  | 'unavailable'
  | 'refused'
  | 'declined'
  | 'no-answer'
  | 'failed'
  | 'connection-lost';

/** What a final SIP response (RFC 3261 section 21) means to somebody who has never heard of SIP. */
export function problemOfStatus(code: number): CallerProblem {
  if (code === 486 || code === 600) return 'busy';
  if (code === 404 || code === 484 || code === 604) return 'not-found';
  if (code === 408) return 'no-answer';
  if (code === 401 || code === 403 || code === 407) return 'refused';
  if (code === 603) return 'declined';
  if (code === 480 || code === 410 || code === 503) return 'unavailable';
  return 'failed';
}

/** The user part of the caller's own address: a number, or what RFC 3323 section 4.1 asks for when it is hidden. */
export function callerUser(from: string): string {
  const digits = from.replace(/[\s().\-/]/g, '');
  return /^\+?\d{2,20}$/.test(digits) ? digits : 'anonymous';
}
