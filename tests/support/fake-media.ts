import type {
  LegOptions,
  MediaEngine,
  MediaLeg,
  RecordingResult,
  RecordOptions,
} from '#server/telephony/media/index.ts';

/** A leg of the fake engine; the test plays its far end through `options.on`. */
export class FakeLeg implements MediaLeg {
  readonly legId: string;
  readonly options: LegOptions;
  playing: string | undefined;
  muted = false;
  readonly digits: string[] = [];
  readonly #open: Map<string, FakeLeg>;

  constructor(options: LegOptions, open: Map<string, FakeLeg>) {
    this.legId = options.legId;
    this.options = options;
    this.#open = open;
  }

  async accept(): Promise<string> {
    return 'answer';
  }
  async offer(): Promise<string> {
    return 'offer';
  }
  async answered(): Promise<void> {}
  play(file: string): string {
    this.playing = file;
    return 'play';
  }
  stopPlaying(): void {
    this.playing = undefined;
  }
  echo(): void {}
  mute(on: boolean): void {
    this.muted = on;
  }
  sendDigit(digit: string): void {
    this.digits.push(digit);
  }
  async close(): Promise<void> {
    this.#open.delete(this.legId);
  }
}

/** Stands where the media engine stands, for tests of what is above it. */
export class FakeMedia implements MediaEngine {
  readonly legs = new Map<string, FakeLeg>();
  readonly recordings = new Map<string, RecordOptions>();
  readonly mixes = new Map<string, Readonly<Record<string, readonly string[]>>>();
  /** What a recording that is asked for is refused with. */
  refusesRecordings: Error | undefined;

  async start(): Promise<void> {}
  async stop(): Promise<void> {}

  async leg(options: LegOptions): Promise<MediaLeg> {
    const leg = new FakeLeg(options, this.legs);
    this.legs.set(options.legId, leg);
    return leg;
  }

  mix(callId: string, hears: Readonly<Record<string, readonly string[]>>): void {
    this.mixes.set(callId, hears);
  }

  async record(callId: string, options: RecordOptions): Promise<void> {
    if (this.refusesRecordings) throw this.refusesRecordings;
    this.recordings.set(callId, options);
  }

  recordRight(callId: string, right: string): void {
    const recording = this.recordings.get(callId);
    if (recording) this.recordings.set(callId, { ...recording, right });
  }

  async stopRecording(callId: string): Promise<RecordingResult | undefined> {
    const recording = this.recordings.get(callId);
    this.recordings.delete(callId);
    return recording && { file: recording.file, durationMs: 1000, bytes: 32_000 };
  }

  async counts() {
    return { legs: this.legs.size, calls: 0, recordings: this.recordings.size, ports: this.legs.size };
  }
}
