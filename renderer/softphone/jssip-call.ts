import type { RTCSession } from 'jssip/lib/RTCSession';
import { type Meter, meter } from './audio.ts';
import type { Invite } from './invite.core.ts';
import type { NetworkFigures, PhoneCall } from './softphone.ts';

/** A media path that is down this long is rebuilt by an ICE restart, ms. */
const ICE_PATIENCE = 2500;
const STATS_EVERY = 2000;
const RESTART_RETRY = 1000;

interface CallSessionEvents {
  onChange(): void;
  /** Once, however it ended. `failed`: it ended before talking for want of media. */
  onEnded(failed: boolean): void;
  /** The caller's voice can be played. */
  onRemote(): void;
  onNetwork(figures: NetworkFigures): void;
}

/** One incoming session of JsSIP with its sound: phases as in softphone.ts. */
export class CallSession {
  readonly invite: Invite;
  readonly #session: RTCSession;
  readonly #events: CallSessionEvents;
  #phase: PhoneCall['phase'] = 'ringing';
  #over = false;
  #signalling = true;
  #iceBroken = false;
  /** The copy of the microphone that this call sends. */
  #sent: MediaStreamTrack | undefined;
  #remote: MediaStream | undefined;
  #levels: Meter | undefined;
  #iceTimer: ReturnType<typeof setTimeout> | undefined;
  #restartTimer: ReturnType<typeof setTimeout> | undefined;
  #statsTimer: ReturnType<typeof setInterval> | undefined;

  constructor(session: RTCSession, invite: Invite, events: CallSessionEvents) {
    this.#session = session;
    this.invite = invite;
    this.#events = events;
    session.on('peerconnection', ({ peerconnection }) => this.#watch(peerconnection));
    // One host candidate is enough on the way to our own server: never wait for the rest of the gathering.
    session.on('icecandidate', ({ candidate, ready }) => candidate.type === 'host' && ready());
    session.on('confirmed', () => {
      this.#phase = 'talking';
      events.onChange();
    });
    session.on('ended', () => this.#close(false));
    session.on('failed', ({ cause }) => {
      const media = ['WebRTC Error', 'Bad Media Description', 'User Denied Media Access', 'Internal Error'];
      this.#close(media.includes(cause));
    });
  }

  get ringing(): boolean {
    return this.#phase === 'ringing' && !this.#over;
  }

  get talking(): boolean {
    return this.#phase === 'talking' && !this.#over;
  }

  get broken(): boolean {
    return !this.#signalling || this.#iceBroken;
  }

  view(): PhoneCall {
    const { offerId, resumes } = this.invite;
    return { offerId, resumes, phase: this.#phase, reconnecting: this.broken };
  }

  answer(microphone: MediaStreamTrack, muted: boolean): void {
    if (!this.ringing) return;
    this.#phase = 'answering';
    this.#sent = microphone.clone();
    this.#sent.enabled = !muted;
    this.#session.answer({
      mediaStream: new MediaStream([this.#sent]),
      pcConfig: { iceServers: [] },
    });
    if (muted) this.#session.mute({ audio: true });
    this.#events.onChange();
  }

  /** Refuses, or hangs up. */
  end(): void {
    if (this.#over) return;
    try {
      this.#session.terminate(this.#phase === 'ringing' ? { status_code: 486 } : {});
    } catch {
      // It ended by itself in this very moment.
    }
    this.#close(false);
  }

  mute(on: boolean): void {
    if (this.#over || this.#phase === 'ringing') return;
    if (on) this.#session.mute({ audio: true });
    else this.#session.unmute({ audio: true });
    if (this.#sent !== undefined) this.#sent.enabled = !on;
  }

  /** Another microphone, in mid-call and without renegotiation. */
  speakInto(microphone: MediaStreamTrack): void {
    if (this.#over || this.#sent === undefined) return;
    const before = this.#sent;
    const track = microphone.clone();
    track.enabled = before.enabled;
    this.#sent = track;
    const sender = this.#session.connection?.getSenders().find((other) => other.track === before);
    void sender?.replaceTrack(track).catch(() => {});
    before.stop();
  }

  /** RFC 4733: keys pressed quickly queue up behind each other. */
  sendDigit(key: string): boolean {
    const dtmf = this.#session.connection?.getSenders().find((sender) => sender.dtmf !== null)?.dtmf;
    if (!this.talking || dtmf === null || dtmf === undefined) return false;
    try {
      dtmf.insertDTMF(dtmf.toneBuffer + key, 160, 70);
      return true;
    } catch {
      return false;
    }
  }

  playOn(audio: HTMLAudioElement): void {
    if (this.#remote === undefined) return;
    audio.srcObject = this.#remote;
    void audio.play().catch(() => {
      // Held back until the first gesture on this page (after a reload).
      const again = () => void audio.play().catch(() => {});
      addEventListener('pointerdown', again, { once: true });
      addEventListener('keydown', again, { once: true });
    });
  }

  remoteLevel(): number {
    return this.#levels?.level() ?? 0;
  }

  /** The SIP socket is gone. What talks goes on talking; what rings cannot be answered any more and comes again. */
  signallingLost(): void {
    if (this.#over) return;
    if (this.#phase !== 'talking') {
      this.end();
      return;
    }
    this.#signalling = false;
    this.#events.onChange();
  }

  /** Registered again: the server learns the new flow from a re-INVITE, and the media path is made anew. */
  signallingBack(): void {
    if (this.#over || this.#signalling) return;
    this.#signalling = true;
    this.#restartIce();
    this.#events.onChange();
  }

  #restartIce(): void {
    clearTimeout(this.#restartTimer);
    if (this.#over || !this.#signalling || this.#phase !== 'talking') return;
    if (this.#session.renegotiate({ rtcOfferConstraints: { iceRestart: true } })) return;
    // Another negotiation is running (RFC 3261 14.1): after it.
    this.#restartTimer = setTimeout(() => this.#restartIce(), RESTART_RETRY);
  }

  #watch(pc: RTCPeerConnection): void {
    pc.addEventListener('track', ({ track, streams }) => {
      this.#remote = streams[0] ?? new MediaStream([track]);
      this.#levels?.close();
      this.#levels = meter(this.#remote);
      this.#events.onRemote();
    });
    pc.addEventListener('iceconnectionstatechange', () => {
      const state = pc.iceConnectionState;
      clearTimeout(this.#iceTimer);
      if (this.#over) return;
      const broken = state === 'disconnected' || state === 'failed';
      if (broken) {
        this.#iceTimer = setTimeout(() => this.#restartIce(), state === 'failed' ? 0 : ICE_PATIENCE);
      }
      if (broken === this.#iceBroken) return;
      this.#iceBroken = broken;
      this.#events.onChange();
    });
    this.#statsTimer = setInterval(() => void this.#measure(pc), STATS_EVERY);
  }

  #lastPackets = { received: 0, lost: 0 };
  async #measure(pc: RTCPeerConnection): Promise<void> {
    const report = await pc.getStats().catch(() => undefined);
    if (report === undefined || this.#over) return;
    let rtt: number | undefined;
    let { received, lost } = this.#lastPackets;
    report.forEach((entry: Record<string, unknown>) => {
      if (entry.type === 'inbound-rtp') {
        received = Number(entry.packetsReceived ?? 0);
        lost = Number(entry.packetsLost ?? 0);
      }
      const seconds = entry.currentRoundTripTime;
      if (entry.type === 'candidate-pair' && entry.nominated === true && typeof seconds === 'number') {
        rtt = Math.round(seconds * 1000);
      }
    });
    const gone = Math.max(0, lost - this.#lastPackets.lost);
    const came = Math.max(0, received - this.#lastPackets.received);
    this.#lastPackets = { received, lost };
    this.#events.onNetwork({ rtt, loss: gone + came === 0 ? 0 : Math.round((100 * gone) / (gone + came)) });
  }

  #close(failed: boolean): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#iceTimer);
    clearTimeout(this.#restartTimer);
    clearInterval(this.#statsTimer);
    this.#levels?.close();
    this.#sent?.stop();
    this.#events.onEnded(failed);
  }
}
