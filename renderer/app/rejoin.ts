import { shouldRejoin } from '../softphone/invite.core.ts';
import { command, useConnection } from '../stores/connection.ts';
import { softphone, usePhone } from '../stores/phone.ts';

/**
 * After a hang-up the session ends a moment before the desk says so: only a call without sound for this long has lost
 * it. On a fresh page there was no session to end, so the moment is short. ms.
 */
const SURE_AFTER = 1500;
const FRESH_AFTER = 250;
const AGAIN_AFTER = 6000;

let since: number | undefined;
let asked = 0;
let hadCall = false;

export function forgetRejoin(): void {
  since = undefined;
}

/** Asks the server to ring this phone again for the call in hand, when its sound went with an old page. */
export function watchRejoin(): () => void {
  const timer = setInterval(check, 200);
  return () => clearInterval(timer);
}

function check(): void {
  const work = useConnection.getState().desk?.work ?? undefined;
  const inHand = work !== undefined && work.phase !== 'wrap-up' ? work.interactionId : undefined;
  const { registration, call } = usePhone.getState();
  if (call !== undefined) hadCall = true;
  const missing = shouldRejoin({
    inHand,
    owner: inHand !== undefined && softphone.owns(inHand),
    registered: registration === 'registered' && useConnection.getState().status === 'online',
    hasCall: call !== undefined,
  });
  const now = performance.now();
  if (!missing || inHand === undefined) {
    since = undefined;
    return;
  }
  since ??= now;
  if (now - since < (hadCall ? SURE_AFTER : FRESH_AFTER) || now - asked < AGAIN_AFTER) return;
  asked = now;
  // Refused when the call has just ended: the next desk message says so.
  void command('call.rejoin', { interactionId: inHand }).catch(() => {});
}
