import { create } from 'zustand';
import type { OfferView, WorkView } from '#shared/contract/calls.ts';
import type { Desk } from '#shared/contract/desk.ts';
import { type CommandInput, type CommandName, endpoints } from '#shared/contract/index.ts';
import type { Presence } from '#shared/model/states.ts';
import { call, ProblemError, problemCode } from './api.ts';
import { command, useConnection } from './connection.ts';
import { toggleTarget } from './desk.core.ts';
import { saveNow } from './notes.ts';
import { answerOffer, softphone, usePhone } from './phone.ts';

/** What was pressed a moment ago and the desk message has not confirmed yet. */
interface Pending {
  readonly muted: boolean | undefined;
  readonly held: boolean | undefined;
  readonly disposition: string | undefined;
  readonly finishing: boolean;
  readonly presence: boolean;
}
const nothing: Pending = {
  muted: undefined,
  held: undefined,
  disposition: undefined,
  finishing: false,
  presence: false,
};
export const usePending = create<Pending>()(() => nothing);
export const clearPending = (): void => usePending.setState(nothing);

type Report = (error: unknown) => void;
let report: Report = () => {};
/** Where failed actions are shown. */
export function whenActionFails(listener: Report): void {
  report = listener;
}

const desk = (): Desk | undefined => useConnection.getState().desk;
const inCall = (): WorkView | undefined => {
  const work = desk()?.work;
  return work !== null && work !== undefined && work.phase !== 'wrap-up' ? work : undefined;
};
const inWrapUp = (): WorkView | undefined => {
  const work = desk()?.work;
  return work?.phase === 'wrap-up' ? work : undefined;
};

/** Sends a command; a failure is shown and answered with false. */
async function attempt<N extends CommandName>(name: N, input: CommandInput<N>): Promise<boolean> {
  try {
    await command(name, input);
    return true;
  } catch (error) {
    report(error);
    return false;
  }
}

export function answer(): void {
  const offer = desk()?.offer;
  if (offer !== null && offer !== undefined) answerOffer(offer.offerId);
}

export async function decline(): Promise<void> {
  const offer = desk()?.offer;
  if (offer === null || offer === undefined) return;
  try {
    await command('offer.decline', { offerId: offer.offerId });
  } catch (error) {
    if (problemCode(error) !== 'offer.gone') report(error); // a second click: it is what was wanted
  }
}

/**
 * The microphone follows at once, connection or not: a mute must never wait. What the server does not know yet is
 * told to it when the connection is back (`settleMute`).
 */
export async function toggleMute(): Promise<void> {
  const work = inCall();
  if (work === undefined) return;
  const muted = !(usePending.getState().muted ?? work.muted);
  usePending.setState({ muted });
  softphone.mute(muted);
  try {
    await command('call.mute', { interactionId: work.interactionId, muted });
    if (usePending.getState().muted === muted) usePending.setState({ muted: undefined });
  } catch (error) {
    if (problemCode(error) === 'connection.lost') return;
    usePending.setState({ muted: undefined });
    softphone.mute(inCall()?.muted ?? false);
    report(error);
  }
}

/** With each desk message: the microphone does what the desk says, unless the person has just pressed otherwise. */
export function settleMute(work: WorkView | undefined): void {
  const pending = usePending.getState().muted;
  if (work === undefined) {
    if (pending !== undefined) usePending.setState({ muted: undefined });
    return;
  }
  if (pending === work.muted) usePending.setState({ muted: undefined });
  const wanted = pending ?? work.muted;
  if (usePhone.getState().muted !== wanted) softphone.mute(wanted);
}

/** On return: a mute pressed while disconnected is told to the server. */
export function resendMute(): void {
  const work = inCall();
  const { muted } = usePending.getState();
  if (work === undefined || muted === undefined) return;
  if (muted === work.muted) usePending.setState({ muted: undefined });
  else {
    void attempt('call.mute', { interactionId: work.interactionId, muted }).then(() =>
      usePending.setState({ muted: undefined }),
    );
  }
}

export async function toggleHold(): Promise<void> {
  const work = inCall();
  if (work === undefined || usePending.getState().held !== undefined) return;
  const held = work.phase !== 'held';
  usePending.setState({ held });
  await attempt('call.hold', { interactionId: work.interactionId, held });
  usePending.setState({ held: undefined });
}

/** By command; when the server cannot be asked, by the phone itself if the sound is here. */
export async function hangUp(): Promise<void> {
  const work = inCall();
  if (work === undefined) return;
  try {
    await command('call.hang-up', { interactionId: work.interactionId });
  } catch (error) {
    const code = problemCode(error);
    const phone = usePhone.getState().call;
    const here = phone?.phase === 'talking' && !phone.reconnecting;
    if (here && (code === 'connection.lost' || code === 'connection.timeout')) softphone.hangUp();
    else if (code !== 'call.gone') report(error); // over is what was wanted
  }
}

/** The window that has the sound sends the key in its own audio (RFC 4733); otherwise the server does. */
export async function sendDigit(digit: string): Promise<boolean> {
  const work = inCall();
  if (work === undefined) return false;
  if (softphone.sendDigit(digit)) return true;
  return attempt('call.digit', { interactionId: work.interactionId, digit });
}

/** Brings the sound of the call in hand to this window. */
export async function takeSound(): Promise<void> {
  const work = inCall();
  if (work === undefined) return;
  softphone.claim(work.interactionId);
  if (usePhone.getState().call?.phase === 'ringing') softphone.answerRinging();
  else await attempt('call.rejoin', { interactionId: work.interactionId });
}

/** True when the server has it; a failure is shown. */
export const setDisposition = (interactionId: string, disposition: string): Promise<boolean> =>
  attempt('disposition.set', { interactionId, disposition });

export async function chooseDisposition(id: string): Promise<void> {
  const work = desk()?.work;
  if (work === null || work === undefined) return;
  usePending.setState({ disposition: id });
  await setDisposition(work.interactionId, id);
  if (usePending.getState().disposition === id) usePending.setState({ disposition: undefined });
}

export async function extendWrapUp(): Promise<void> {
  const work = inWrapUp();
  if (work !== undefined) await attempt('wrap-up.extend', { interactionId: work.interactionId });
}

/** Saves the notes first and does not finish over unsaved ones. */
export async function finishWrapUp(): Promise<void> {
  const work = inWrapUp();
  if (work === undefined || usePending.getState().finishing) return;
  if (needsDisposition(work)) {
    report(new ProblemError('wrap-up.disposition-required', 'Disposition required'));
    return;
  }
  usePending.setState({ finishing: true });
  try {
    if (await saveNow(work.interactionId)) {
      await attempt('wrap-up.finish', { interactionId: work.interactionId });
    } else report(new ProblemError('connection.lost', 'Notes are not saved'));
  } finally {
    usePending.setState({ finishing: false });
  }
}

export const needsDisposition = (work: WorkView): boolean =>
  (work.wrapUp?.mode === 'mandatory' || work.wrapUp?.mode === 'mandatory-timed') &&
  (usePending.getState().disposition ?? work.disposition) === null;

/** A record chosen before the call was in hand, to be told to the server when it is. */
interface Choice {
  readonly interactionId: string | undefined;
  readonly customerId: string | null;
}
export const useChoice = create<Choice>()(() => ({ interactionId: undefined, customerId: null }));

/** While the call is only offered, a server that takes no choice yet is told it as soon as the call is answered. */
export async function chooseCustomer(on: OfferView | WorkView, customerId: string | null): Promise<boolean> {
  const { interactionId } = on;
  try {
    await command('customer.choose', { interactionId, customerId });
    return true;
  } catch (error) {
    const early =
      'offerId' in on && (problemCode(error) === 'call.gone' || problemCode(error) === 'work.unknown');
    if (early) useChoice.setState({ interactionId, customerId });
    else report(error);
    return early;
  }
}

/** With each desk message. */
export function settleChoice(shown: Desk): void {
  const { interactionId, customerId } = useChoice.getState();
  if (interactionId === undefined || shown.offer?.interactionId === interactionId) return;
  useChoice.setState({ interactionId: undefined });
  if (shown.work?.interactionId === interactionId)
    void attempt('customer.choose', { interactionId, customerId });
}

export async function setPresence(presence: Presence, reason?: string): Promise<void> {
  if (useConnection.getState().status !== 'online') {
    report(new ProblemError('connection.lost', 'Not connected'));
    return;
  }
  usePending.setState({ presence: true });
  try {
    await call(endpoints.setPresence, { body: { presence, ...(reason === undefined ? {} : { reason }) } });
  } catch (error) {
    report(error);
  } finally {
    usePending.setState({ presence: false });
  }
}

export async function togglePresence(): Promise<void> {
  const now = desk();
  if (now !== undefined) await setPresence(toggleTarget(now));
}
