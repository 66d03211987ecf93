import { create } from 'zustand';
import { endpoints } from '#shared/contract/index.ts';
import type { SipCredentials } from '#shared/contract/people.ts';
import { JsSipSoftphone } from '../softphone/jssip-softphone.ts';
import { heard, quiet } from '../softphone/level.core.ts';
import { createRinger } from '../softphone/ringer.ts';
import type { NetworkFigures, PhoneProblem, PhoneSnapshot, Softphone } from '../softphone/softphone.ts';
import { call, problemCode } from './api.ts';
import { usePreferences } from './preferences.ts';

interface Phone extends PhoneSnapshot {
  readonly network: NetworkFigures | undefined;
  /** The offer whose answer button was pressed, until it is talking or gone. */
  readonly wanted: string | undefined;
  readonly talkingWhileMuted: boolean;
}

export const usePhone = create<Phone>()(() => ({
  registration: 'off',
  problem: undefined,
  call: undefined,
  muted: false,
  network: undefined,
  wanted: undefined,
  talkingWhileMuted: false,
}));

/** Renewed this long before the password's end, ms; and retried this often while it cannot be had. */
const RENEW_BEFORE = 60_000;
const RENEW_RETRY = 4000;

export const ringer = createRinger();
let renewal: ReturnType<typeof setTimeout> | undefined;
let running = false;
let failureListener: (problem: PhoneProblem) => void = () => {};

/** Told when an answered call could not get its sound. */
export function whenCallFails(listener: (problem: PhoneProblem) => void): void {
  failureListener = listener;
}

const phone: Softphone = new JsSipSoftphone({
  onChange(snapshot) {
    usePhone.setState(snapshot);
    if (snapshot.call?.phase === 'ringing') ringer.start();
    else ringer.stop();
    watchMutedSpeech(snapshot);
  },
  onNetwork: (network) => usePhone.setState({ network }),
  onCredentialsRefused: () => renewIn(RENEW_RETRY / 2),
  onCallFailed: (problem) => failureListener(problem),
});

let speech = quiet;
let speechTimer: ReturnType<typeof setInterval> | undefined;
function watchMutedSpeech({ muted, call: current }: PhoneSnapshot): void {
  const needed = muted && current?.phase === 'talking';
  if (!needed) {
    clearInterval(speechTimer);
    speechTimer = undefined;
    speech = quiet;
    usePhone.setState({ talkingWhileMuted: false });
  } else if (speechTimer === undefined) {
    speechTimer = setInterval(() => {
      speech = heard(speech, phone.micLevel());
      const talking = speech.stay > 0;
      if (usePhone.getState().talkingWhileMuted !== talking)
        usePhone.setState({ talkingWhileMuted: talking });
    }, 200);
  }
}

/** Starts the phone with these credentials, or with fresh ones, and keeps its password fresh. */
export function startPhone(credentials: SipCredentials | null): void {
  running = true;
  applyDevices();
  if (credentials === null) void renew();
  else use(credentials);
}

export function stopPhone(): void {
  running = false;
  clearTimeout(renewal);
  phone.stop();
  usePhone.setState({ wanted: undefined });
}

function use(credentials: SipCredentials): void {
  phone.start(credentials);
  const life = credentials.expiresAt - Date.now();
  renewIn(Math.max(RENEW_RETRY, Math.min(life - RENEW_BEFORE, life / 2)));
}

function renewIn(ms: number): void {
  clearTimeout(renewal);
  // A longer timer would overflow and fire at once.
  renewal = setTimeout(() => void renew(), Math.min(ms, 2_000_000_000));
}

async function renew(): Promise<void> {
  if (!running) return;
  try {
    const credentials = await call(endpoints.myPhone);
    if (running) use(credentials);
  } catch (error) {
    if (!running) return;
    const waiting = usePhone.getState().registration === 'off';
    if (waiting) usePhone.setState({ registration: 'failed', problem: 'credentials' });
    if (problemCode(error) !== 'forbidden') renewIn(RENEW_RETRY);
  }
}

function applyDevices(): void {
  const { microphone, speaker, ringer: ringerDevice, ringVolume } = usePreferences.getState();
  phone.setDevices({ microphone, speaker });
  ringer.set(ringerDevice, ringVolume);
}
usePreferences.subscribe((now, before) => {
  const keys = ['microphone', 'speaker', 'ringer', 'ringVolume'] as const;
  if (keys.some((key) => now[key] !== before[key])) applyDevices();
});

/** What the rest of the desktop may do with the phone; calls are told to the server by commands. */
export const softphone: Pick<
  Softphone,
  | 'attach'
  | 'micLevel'
  | 'remoteLevel'
  | 'retry'
  | 'mute'
  | 'hangUp'
  | 'sendDigit'
  | 'inHand'
  | 'owns'
  | 'claim'
  | 'answerRinging'
> = phone;

export function answerOffer(offerId: string): void {
  usePhone.setState({ wanted: offerId });
  phone.answer(offerId);
}

/** The offer is gone from the desk. */
export function forgetOffer(): void {
  if (usePhone.getState().wanted === undefined) return;
  usePhone.setState({ wanted: undefined });
  phone.forget();
}
