/**
 * The seam of the media engine: the embedded one runs in worker threads; rtpengine may stand behind the same
 * interface later. SDP goes in and out as text; no other room looks inside it.
 */
export interface MediaEngine {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Opens one leg. Legs that share `callId` can be mixed and recorded together.
   * Rejects with AppError `media.no-ports` or `media.failed`. */
  leg(options: LegOptions): Promise<MediaLeg>;
  /**
   * Who hears whom, replacing what was: for each listener the speakers it hears, by leg id. A leg not named hears
   * nobody (or its own prompt). Two legs hearing each other are bridged; three or more are mixed.
   */
  mix(callId: string, hears: Readonly<Record<string, readonly string[]>>): void;
  /** Starts a two-channel WAV: `left` and `right` are what those legs say. Rejects with AppError `recording.disk`. */
  record(callId: string, options: RecordOptions): Promise<void>;
  /** The right channel is what this leg says from now on: an agent came back on another leg. */
  recordRight(callId: string, right: string): void;
  /** Ends the call's recording and resolves when the file is complete; undefined if there was none. */
  stopRecording(callId: string): Promise<RecordingResult | undefined>;
  counts(): Promise<MediaCounts>;
}

export interface LegOptions {
  readonly callId: string;
  readonly legId: string;
  /** `webrtc`: ICE + DTLS-SRTP; `rtp`: plain RTP/AVP. `auto` decides from the offer given to `accept`. */
  readonly kind: 'webrtc' | 'rtp' | 'auto';
  readonly on: LegEvents;
}

export interface LegEvents {
  /** One key, once, at its end bit (RFC 4733). */
  digit(digit: string): void;
  /** The first packet of audio arrived. */
  flowing(): void;
  /** The far end closed its media (DTLS close), or nothing came for the engine's silence limit: told again after each
   * further limit of silence, never while the far end's SDP says that it sends nothing. The leg stays until `close`. */
  lost(cause: 'closed' | 'silent'): void;
  /** The far end's SDP puts us on hold (RFC 3264 8.4: sendonly, inactive, or 0.0.0.0), or takes us back: each change
   * once. A leg begins not held. */
  held?(on: boolean): void;
  /** A `play` that was not looped came to its end; also for a file that cannot be played (the log says why). */
  played(playId: string): void;
}

export interface MediaLeg {
  readonly legId: string;
  /** Answers an SDP offer (first or renegotiated). Rejects with AppError `media.failed` when nothing in it can be used. */
  accept(offer: string): Promise<string>;
  /** An offer of ours for a peer that has made none. */
  offer(): Promise<string>;
  /** The peer's answer to our offer. */
  answered(answer: string): Promise<void>;
  /** Plays a prompt file (8 kHz mono WAV or G.711) to this leg instead of the mix; a newer one replaces it untold.
   * Begins once the leg's media path is up, so that nothing of it is lost. `loop` for music. Returns its id. */
  play(file: string, options?: { loop?: boolean }): string;
  stopPlaying(): void;
  /** Sends the leg its own audio back, for the echo test. */
  echo(on: boolean): void;
  /** True: what this leg says is heard by nobody and not recorded. */
  mute(on: boolean): void;
  sendDigit(digit: string): void;
  /** Frees ports and timers; the second call does nothing. */
  close(): Promise<void>;
}

export interface RecordOptions {
  /** Absolute path; folders are made. Written as it goes; complete but for its header after a kill. */
  readonly file: string;
  readonly left: string;
  readonly right: string;
  /** Told at most once, when the disk refuses more; what was written stays. */
  readonly onFailed: (problem: string) => void;
}

export interface RecordingResult {
  readonly file: string;
  readonly durationMs: number;
  readonly bytes: number;
}

export interface MediaCounts {
  readonly legs: number;
  readonly calls: number;
  readonly recordings: number;
  readonly ports: number;
}

export interface MediaEngineOptions {
  /** Address to bind RTP to and to write into SDP. */
  readonly host: string;
  readonly advertise: string;
  readonly rtpPorts: { readonly min: number; readonly max: number };
  /** Worker threads; default 1. */
  readonly workers?: number;
  /** Silence after which `lost('silent')` is told; default 30,000 ms; 0 switches it off. */
  readonly silenceMs?: number;
  readonly log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
}
