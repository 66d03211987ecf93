import { mix } from './audio/mixer.core.ts';
import { openRecorder, type Recorder } from './audio/recorder.ts';
import { frameSamples } from './codec/g711.core.ts';
import type { Leg } from './leg.ts';
import type { RecordingResult } from './types.ts';

interface Recording {
  readonly id: number;
  readonly recorder: Recorder;
  readonly left: string;
  right: string;
}

const silence = new Int16Array(frameSamples);
const scratch = new Int16Array(frameSamples);
const mixed = new Int16Array(frameSamples);
const sum = new Int32Array(frameSamples);

/** Legs that belong together: who hears whom, and the recording. One tick does all of it in step. */
export class Call {
  readonly callId: string;
  readonly #legs = new Map<string, Leg>();
  #hears: Readonly<Record<string, readonly string[]>> = {};
  /** `#hears` with the legs that exist now; made anew when either changes. */
  #speakers: Map<Leg, Leg[]> | undefined;
  #recording: Recording | undefined;
  #opening: Promise<unknown> | undefined;
  /** A recording that ended with the last leg, for whoever asks for it later. */
  #finished: Promise<RecordingResult> | undefined;

  constructor(callId: string) {
    this.callId = callId;
  }

  get legs(): Iterable<Leg> {
    return this.#legs.values();
  }

  get empty(): boolean {
    return this.#legs.size === 0 && this.#recording === undefined && this.#opening === undefined;
  }

  /** A recording ended with the last leg, and nobody has asked for it. */
  get hasFinished(): boolean {
    return this.#finished !== undefined;
  }

  get recording(): boolean {
    return this.#recording?.recorder.going === true;
  }

  recordRight(right: string): void {
    if (this.#recording) this.#recording.right = right;
  }

  /** True when a tick has something to do. */
  get awake(): boolean {
    if (this.recording) return true;
    for (const leg of this.#legs.values()) if (leg.live) return true;
    return false;
  }

  has(legId: string): boolean {
    return this.#legs.has(legId);
  }

  add(leg: Leg): void {
    this.#legs.set(leg.legId, leg);
    this.#speakers = undefined;
  }

  /** Takes the leg out; with the last one the recording ends. */
  remove(leg: Leg): void {
    if (this.#legs.get(leg.legId) !== leg) return;
    this.#legs.delete(leg.legId);
    this.#speakers = undefined;
    if (this.#legs.size > 0 || this.#recording === undefined) return;
    this.#finished = this.#recording.recorder.close();
    this.#recording = undefined;
  }

  mix(hears: Readonly<Record<string, readonly string[]>>): void {
    this.#hears = hears;
    this.#speakers = undefined;
  }

  /** @throws the file system's own error, or Error when one is being made already */
  async record(
    id: number,
    file: string,
    left: string,
    right: string,
    failed: (problem: string) => void,
  ): Promise<void> {
    if (this.#recording !== undefined || this.#opening !== undefined) {
      throw new Error('The call is being recorded already.');
    }
    const opening = openRecorder(file, failed);
    this.#opening = opening;
    try {
      const recorder = await opening;
      this.#finished = undefined;
      this.#recording = { id, recorder, left, right };
      if (this.#legs.size === 0) {
        this.#finished = recorder.close();
        this.#recording = undefined;
      }
    } finally {
      this.#opening = undefined;
    }
  }

  async stopRecording(): Promise<RecordingResult | undefined> {
    await this.#opening?.catch(() => {});
    const recording = this.#recording;
    this.#recording = undefined;
    const result = recording?.recorder.close() ?? this.#finished;
    this.#finished = undefined;
    return result;
  }

  tick(index: number): void {
    for (const leg of this.#legs.values()) leg.pull();
    const recording = this.#recording;
    if (recording !== undefined) {
      recording.recorder.write(index, this.#said(recording.left), this.#said(recording.right));
    }
    const frames: Int16Array[] = [];
    for (const [leg, speakers] of this.#listeners()) {
      frames.length = 0;
      for (const speaker of speakers) if (speaker.flowing) frames.push(speaker.frame);
      mix(frames, sum, mixed);
      leg.speak(index, mixed, frames.length > 0, scratch);
    }
  }

  /** Once a second. */
  sweep(index: number): void {
    for (const [leg, speakers] of this.#listeners()) leg.sweep(index, speakers.length > 0, silence);
  }

  #said(legId: string): Int16Array {
    return this.#legs.get(legId)?.frame ?? silence;
  }

  #listeners(): Map<Leg, Leg[]> {
    if (this.#speakers !== undefined) return this.#speakers;
    const made = new Map<Leg, Leg[]>();
    for (const leg of this.#legs.values()) {
      const speakers = new Set<Leg>();
      for (const legId of this.#hears[leg.legId] ?? []) {
        const speaker = this.#legs.get(legId);
        if (speaker !== undefined && speaker !== leg) speakers.add(speaker);
      }
      made.set(leg, [...speakers]);
    }
    this.#speakers = made;
    return made;
  }
}
