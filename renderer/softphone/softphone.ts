import type { SipCredentials } from '#shared/contract/people.ts';

/** Why the phone cannot work now, in codes of the language files (`phone.problem.<code>`). */
export type PhoneProblem =
  | 'mic-denied'
  | 'mic-missing'
  | 'mic-busy'
  | 'insecure'
  | 'connection'
  | 'refused'
  | 'server'
  | 'credentials'
  | 'media-failed';

/**
 *   [off] --start--> [asking] --microphone--> [connecting] --200 to REGISTER--> [registered]
 *                       |  ^                       |  ^                             |
 *                 denied|  |granted, plugged in    |  +------- socket lost ---------+
 *                       v  |                       v refused, 5xx
 *                     [failed] <-------------------+            any --stop--> [off]
 * Without a microphone the phone does not register: an agent who cannot speak must not be offered calls.
 */
export type Registration = 'off' | 'asking' | 'connecting' | 'registered' | 'failed';

/**
 *   (none) --INVITE--> [ringing] --answer--> [answering] --ACK--> [talking] --BYE--> (none)
 *                          +-- CANCEL, decline --> (none)
 */
export interface PhoneCall {
  /** Value of the offer header, or '' when the INVITE has none. */
  readonly offerId: string;
  /** The interaction whose sound this call brings back, or ''. */
  readonly resumes: string;
  readonly phase: 'ringing' | 'answering' | 'talking';
  /** The signalling or the media path is being repaired; the session is kept. */
  readonly reconnecting: boolean;
}

export interface PhoneSnapshot {
  readonly registration: Registration;
  readonly problem: PhoneProblem | undefined;
  readonly call: PhoneCall | undefined;
  readonly muted: boolean;
}

/** Measured over the last two seconds of a call. */
export interface NetworkFigures {
  /** Round trip, ms; undefined until the first report. */
  readonly rtt: number | undefined;
  /** Lost share of incoming packets, 0 to 100. */
  readonly loss: number;
}

export interface Devices {
  readonly microphone: string;
  readonly speaker: string;
}

export interface SoftphoneEvents {
  onChange(snapshot: PhoneSnapshot): void;
  onNetwork(figures: NetworkFigures | undefined): void;
  /** The registrar refused the password: fetch a new one and call `start` again. */
  onCredentialsRefused(): void;
  /** A call ended before it was talking, other than by our own wish; `cause` is for the log. */
  onCallFailed(cause: 'media-failed' | 'mic-denied'): void;
}

/** The phone of the desktop. One call at a time. Every method is safe in every state. */
export interface Softphone {
  /** Opens the microphone and registers; with a running phone only the password is renewed. */
  start(credentials: SipCredentials): void;
  /** Unregisters, hangs up, lets go of the microphone. */
  stop(): void;
  /** Tries again at once after `failed`. */
  retry(): void;
  /** Answers the INVITE of this offer, now or as soon as it comes, until `forget` or another offer. */
  answer(offerId: string): void;
  /** The offer is over: an answer that waits for its INVITE must not take a later call. */
  forget(): void;
  /** The interaction whose call the desk shows as talking or held; an INVITE that brings its sound back is answered. */
  inHand(interactionId: string | undefined): void;
  /** Did this browser have the sound of that interaction, perhaps before a reload? */
  owns(interactionId: string): boolean;
  /** This window is to have the sound of that interaction: it will be the one to answer its INVITE. */
  claim(interactionId: string): void;
  /** Answers whatever rings here. */
  answerRinging(): void;
  /** Refuses what rings (486) or ends what talks (BYE). */
  hangUp(): void;
  /** Nothing of the microphone leaves this machine while muted. */
  mute(on: boolean): void;
  /** One key by RFC 4733. False: there is no call to send it on. */
  sendDigit(key: string): boolean;
  setDevices(devices: Devices): void;
  /** Where the caller's voice plays. */
  attach(audio: HTMLAudioElement | null): void;
  /** 0 to 1, from the microphone itself, muted or not. */
  micLevel(): number;
  /** 0 to 1, of the caller. */
  remoteLevel(): number;
  snapshot(): PhoneSnapshot;
}
