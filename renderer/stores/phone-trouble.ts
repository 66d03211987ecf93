import { create } from 'zustand';
import type { PhoneProblem } from '../softphone/softphone.ts';
import { useConnection } from './connection.ts';
import { usePhone } from './phone.ts';
import { phoneTrouble } from './phone-trouble.core.ts';

/** A phone may need this long to register, after a sign-in or a reload, before anybody is alarmed, ms. */
const PATIENCE = 2000;

interface Shown {
  readonly trouble: PhoneProblem | 'asking' | 'connecting' | undefined;
}
const shown = create<Shown>()(() => ({ trouble: undefined }));

/** Why no call can reach this agent; undefined while some phone is ready, or may be in a moment. */
export const usePhoneTrouble = (): Shown['trouble'] => shown((s) => s.trouble);

let patience: ReturnType<typeof setTimeout> | undefined;
let late = false;

function look(): void {
  const { status, desk } = useConnection.getState();
  const { registration, problem } = usePhone.getState();
  const known = status === 'online' && desk !== undefined;
  const trouble = known ? phoneTrouble(desk.phones, registration, problem) : undefined;
  if (trouble === undefined) {
    clearTimeout(patience);
    patience = undefined;
    late = false;
  } else {
    patience ??= setTimeout(() => {
      late = true;
      look();
    }, PATIENCE);
  }
  const now = late ? trouble : undefined;
  if (shown.getState().trouble !== now) shown.setState({ trouble: now });
}
useConnection.subscribe(look);
usePhone.subscribe(look);
