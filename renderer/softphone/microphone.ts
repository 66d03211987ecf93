import { type Meter, meter, micProblem, openMicrophone } from './audio.ts';
import type { PhoneProblem } from './softphone.ts';

interface MicrophoneEvents {
  /** The track that is spoken into from now on: the first one, or another device's. */
  onTrack(track: MediaStreamTrack): void;
  onProblem(problem: PhoneProblem): void;
}

/**
 * One microphone, open from sign-in to sign-out, so that an answer never waits for it and its level is always shown.
 * The meter listens to the device itself; calls send a clone, whose muting leaves the meter alive.
 */
export class Microphone {
  readonly #events: MicrophoneEvents;
  #stream: MediaStream | undefined;
  #levels: Meter | undefined;
  #device = '';
  /** Only the newest request for a device counts. */
  #request = 0;
  #stopWatching: (() => void) | undefined;

  constructor(events: MicrophoneEvents) {
    this.#events = events;
  }

  get track(): MediaStreamTrack | undefined {
    return this.#stream?.getAudioTracks()[0];
  }

  open(device: string): void {
    if (this.#stream !== undefined && device === this.#device && this.track?.readyState === 'live') return;
    this.#device = device;
    this.#watch();
    this.#request += 1;
    const mine = this.#request;
    openMicrophone(device).then(
      (stream) => {
        if (mine !== this.#request) for (const track of stream.getTracks()) track.stop();
        else this.#use(stream);
      },
      (error: unknown) => {
        if (mine === this.#request) this.#events.onProblem(micProblem(error));
      },
    );
  }

  close(): void {
    this.#request += 1;
    this.#stopWatching?.();
    this.#stopWatching = undefined;
    this.#release();
  }

  level(): number {
    return this.#levels?.level() ?? 0;
  }

  #use(stream: MediaStream): void {
    this.#release();
    this.#stream = stream;
    this.#levels = meter(stream);
    const track = this.track;
    if (track === undefined) return;
    // Unplugged: the browser ends the track; whatever is the default now takes over.
    track.onended = () => {
      this.#release();
      this.open(this.#device);
    };
    this.#events.onTrack(track);
  }

  #release(): void {
    this.#levels?.close();
    this.#levels = undefined;
    for (const track of this.#stream?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
    this.#stream = undefined;
  }

  /** A permission given or a device plugged in later opens the microphone without a further click. */
  #watch(): void {
    if (this.#stopWatching !== undefined || navigator.mediaDevices === undefined) return;
    const again = () => {
      if (this.track?.readyState !== 'live') this.open(this.#device);
    };
    let permission: PermissionStatus | undefined;
    let stopped = false;
    navigator.permissions?.query({ name: 'microphone' }).then(
      (status) => {
        if (stopped) return;
        permission = status;
        status.onchange = again;
      },
      () => {},
    );
    navigator.mediaDevices.addEventListener('devicechange', again);
    this.#stopWatching = () => {
      stopped = true;
      if (permission !== undefined) permission.onchange = null;
      navigator.mediaDevices.removeEventListener('devicechange', again);
    };
  }
}
