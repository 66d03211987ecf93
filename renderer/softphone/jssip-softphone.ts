import { debug, UA } from 'jssip';
import type { RTCSession } from 'jssip/lib/RTCSession';
import type { IncomingRTCSessionEvent, RTCSessionEvent } from 'jssip/lib/UA';
import { OFFER_HEADER, RESUME_HEADER } from '#shared/contract/calls.ts';
import type { SipCredentials } from '#shared/contract/people.ts';
import { playThrough } from './audio.ts';
import { decideInvite, type Invite } from './invite.core.ts';
import { CallSession } from './jssip-call.ts';
import { KeepAliveSocket } from './keep-alive-socket.ts';
import { Microphone } from './microphone.ts';
import type {
  Devices,
  PhoneProblem,
  PhoneSnapshot,
  Registration,
  Softphone,
  SoftphoneEvents,
} from './softphone.ts';

/** How soon a registration refused for the moment (5xx, timeout) is tried again, ms. */
const REGISTER_RETRY = 3000;
/** How long a window leaves returning sound to the window that had it, ms. */
const LATER = 1500;
const OWNED = 'cordboard.sound-of';

/** The desktop's phone on JsSIP. States are drawn in softphone.ts. */
export class JsSipSoftphone implements Softphone {
  readonly #events: SoftphoneEvents;
  readonly #microphone: Microphone;
  #ua: UA | undefined;
  #socket: KeepAliveSocket | undefined;
  #credentials: SipCredentials | undefined;
  #registration: Registration = 'off';
  #problem: PhoneProblem | undefined;
  #call: CallSession | undefined;
  #muted = false;
  #wanted: string | undefined;
  #work: string | undefined;
  #devices: Devices = { microphone: '', speaker: '' };
  #audio: HTMLAudioElement | null = null;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #laterTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #networkChanged = () => this.#socket?.ping();

  constructor(events: SoftphoneEvents) {
    this.#events = events;
    debug.disable();
    this.#microphone = new Microphone({
      onTrack: (track) => this.#haveMicrophone(track),
      onProblem: (problem) => this.#set('failed', problem),
    });
  }

  snapshot(): PhoneSnapshot {
    return {
      registration: this.#registration,
      problem: this.#problem,
      call: this.#call?.view(),
      muted: this.#muted,
    };
  }

  start(credentials: SipCredentials): void {
    const same = this.#credentials?.uri === credentials.uri;
    this.#credentials = credentials;
    if (this.#ua !== undefined && same) {
      this.#ua.set('realm', credentials.realm);
      this.#ua.set('password', credentials.password);
      if (!this.#ua.isRegistered() && this.#ua.isConnected()) this.#ua.register();
      return;
    }
    if (this.#ua !== undefined) this.#stopUa();
    this.#set('asking', undefined);
    addEventListener('online', this.#networkChanged);
    addEventListener('offline', this.#networkChanged);
    const { track } = this.#microphone;
    if (track?.readyState === 'live') this.#connect();
    else this.#microphone.open(this.#devices.microphone);
  }

  stop(): void {
    removeEventListener('online', this.#networkChanged);
    removeEventListener('offline', this.#networkChanged);
    this.#credentials = undefined;
    this.#wanted = undefined;
    this.#call?.end();
    this.#stopUa();
    this.#microphone.close();
    this.#set('off', undefined);
  }

  retry(): void {
    if (this.#credentials === undefined || this.#registration === 'registered') return;
    if (this.#ua !== undefined) {
      if (this.#ua.isConnected()) this.#ua.register();
      return;
    }
    this.#set('asking', undefined);
    this.#microphone.open(this.#devices.microphone);
  }

  answer(offerId: string): void {
    this.#wanted = offerId;
    this.#decide();
  }

  forget(): void {
    this.#wanted = undefined;
  }

  inHand(interactionId: string | undefined): void {
    if (this.#work === interactionId) return;
    this.#work = interactionId;
    if (interactionId !== undefined && this.#call?.talking === true) this.#own(interactionId);
    this.#decide();
  }

  owns(interactionId: string): boolean {
    try {
      return sessionStorage.getItem(OWNED) === interactionId;
    } catch {
      return false;
    }
  }

  claim(interactionId: string): void {
    this.#own(interactionId);
  }

  answerRinging(): void {
    const track = this.#microphone.track;
    if (this.#call?.ringing === true && track !== undefined) this.#call.answer(track, this.#muted);
  }

  hangUp(): void {
    this.#wanted = undefined;
    this.#call?.end();
  }

  mute(on: boolean): void {
    this.#muted = on;
    this.#call?.mute(on);
    this.#changed();
  }

  sendDigit(key: string): boolean {
    return this.#call?.sendDigit(key) ?? false;
  }

  setDevices(devices: Devices): void {
    this.#devices = devices;
    if (this.#credentials !== undefined && this.#registration !== 'asking') {
      this.#microphone.open(devices.microphone);
    }
    if (this.#audio !== null) void playThrough(this.#audio, devices.speaker);
  }

  attach(audio: HTMLAudioElement | null): void {
    this.#audio = audio;
    if (audio === null) return;
    void playThrough(audio, this.#devices.speaker);
    this.#call?.playOn(audio);
  }

  micLevel(): number {
    return this.#microphone.level();
  }

  remoteLevel(): number {
    return this.#call?.remoteLevel() ?? 0;
  }

  #haveMicrophone(track: MediaStreamTrack): void {
    this.#call?.speakInto(track);
    if (this.#ua === undefined && this.#credentials !== undefined) this.#connect();
  }

  #connect(): void {
    const credentials = this.#credentials;
    if (credentials === undefined) return;
    this.#set('connecting', undefined);
    const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new KeepAliveSocket(`${scheme}//${location.host}${credentials.path}`);
    const ua = new UA({
      sockets: socket,
      uri: credentials.uri,
      authorization_user: credentials.username,
      password: credentials.password,
      realm: credentials.realm,
      register: true,
      register_expires: 120,
      // A refresh that falls into a network outage would end the call; the server refreshes if it wants to.
      session_timers: false,
      // The server decides how long an offer rings.
      no_answer_timeout: 3600,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 4,
      user_agent: 'Cordboard desktop',
    });
    this.#socket = socket;
    this.#ua = ua;
    const mine = (run: () => void) => () => {
      if (this.#ua === ua) run();
    };
    ua.on(
      'disconnected',
      mine(() => {
        this.#call?.signallingLost();
        this.#set('connecting', 'connection');
      }),
    );
    ua.on(
      'registered',
      mine(() => {
        this.#set('registered', undefined);
        this.#call?.signallingBack();
      }),
    );
    ua.on(
      'unregistered',
      mine(() => {
        // After a lost socket JsSIP registers again by itself.
        if (ua.isConnected()) this.#set('connecting', 'server');
      }),
    );
    ua.on('registrationFailed', (event) => {
      if (this.#ua !== ua) return;
      const code: unknown = (event.response as { status_code?: number } | null)?.status_code;
      this.#refused(ua, typeof code === 'number' ? code : 0);
    });
    ua.on('newRTCSession', (event: RTCSessionEvent) => {
      if (this.#ua === ua && String(event.originator) === 'remote')
        this.#invited(event as IncomingRTCSessionEvent);
    });
    ua.start();
  }

  #refused(ua: UA, code: number): void {
    if (!ua.isConnected()) {
      this.#set('connecting', 'connection');
      return;
    }
    if (code === 401 || code === 403 || code === 407) {
      this.#set('failed', 'refused');
      this.#events.onCredentialsRefused();
      return;
    }
    this.#set('failed', 'server');
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => {
      if (this.#ua === ua && ua.isConnected() && !ua.isRegistered()) ua.register();
    }, REGISTER_RETRY);
  }

  #stopUa(): void {
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#laterTimer);
    const ua = this.#ua;
    this.#ua = undefined;
    this.#socket = undefined;
    this.#call = undefined;
    ua?.stop();
  }

  #invited({ session, request }: IncomingRTCSessionEvent): void {
    const header = (name: string) => String(request.getHeader(name) ?? '').trim();
    const invite: Invite = { offerId: header(OFFER_HEADER), resumes: header(RESUME_HEADER) };
    const decision = decideInvite(invite, this.#context(invite));
    if (decision === 'replace-later') {
      const timer = setTimeout(() => this.#adopt(session, invite), LATER);
      session.on('failed', () => clearTimeout(timer));
    } else if (decision === 'busy' || (this.#call !== undefined && decision !== 'replace')) {
      session.terminate({ status_code: 486 });
    } else this.#adopt(session, invite);
  }

  /** From now on this is the call of this phone; one that still stood goes. */
  #adopt(session: RTCSession, invite: Invite): void {
    if (session.isEnded()) return;
    const dead = this.#call;
    this.#call = undefined;
    dead?.end();
    this.#call = this.#open(session, invite);
    this.#changed();
    this.#decide();
  }

  #open(session: RTCSession, invite: Invite): CallSession {
    const call: CallSession = new CallSession(session, invite, {
      onChange: () => {
        if (this.#call !== call) return;
        if (call.talking && this.#work !== undefined) this.#own(this.#work);
        this.#changed();
      },
      onEnded: (failed) => {
        if (this.#call !== call) return;
        // Ended by the server over a sound line: the call is over, or another window has taken it.
        if (!call.broken) this.#disown();
        this.#call = undefined;
        this.#muted = false;
        clearTimeout(this.#laterTimer);
        if (this.#audio !== null) this.#audio.srcObject = null;
        this.#events.onNetwork(undefined);
        if (failed) this.#events.onCallFailed('media-failed');
        this.#changed();
      },
      onRemote: () => this.#audio !== null && call.playOn(this.#audio),
      onNetwork: (figures) => this.#events.onNetwork(figures),
    });
    return call;
  }

  #context(invite: Invite) {
    const owner = invite.resumes !== '' && this.owns(invite.resumes);
    const call = this.#call;
    const talking = call?.talking !== true ? 'no' : call.broken ? 'broken' : 'healthy';
    return { wanted: this.#wanted, inHand: this.#work, owner, talking } as const;
  }

  /** Looks again at what rings: an answer was wanted, or the desk now shows the call. */
  #decide(): void {
    const call = this.#call;
    clearTimeout(this.#laterTimer);
    if (call === undefined || !call.ringing) return;
    const decision = decideInvite(call.invite, this.#context(call.invite));
    if (decision === 'answer') this.answerRinging();
    if (decision === 'answer-later') {
      this.#laterTimer = setTimeout(() => {
        if (this.#call === call) this.answerRinging();
      }, LATER);
    }
  }

  #own(interactionId: string): void {
    try {
      sessionStorage.setItem(OWNED, interactionId);
    } catch {
      // Without storage a reload asks the person to take the sound back.
    }
  }

  #disown(): void {
    try {
      sessionStorage.removeItem(OWNED);
    } catch {
      // Nothing was written either.
    }
  }

  #set(registration: Registration, problem: PhoneProblem | undefined): void {
    if (this.#registration === registration && this.#problem === problem) return;
    this.#registration = registration;
    this.#problem = problem;
    this.#changed();
  }

  #changed(): void {
    this.#events.onChange(this.snapshot());
  }
}
