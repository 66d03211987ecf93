import { audioContext, playThrough } from './audio.ts';

/** Two tones, on for 0.4 s twice, then 2 s of quiet: heard across a room, and unlike a desk phone's. */
const CYCLE = 3;
const BURSTS = [0, 0.6];
const BURST = 0.4;

export interface Ringer {
  start(): void;
  stop(): void;
  /** One cycle, to hear the choice of device. */
  test(): void;
  set(deviceId: string, volume: number): void;
}

/** Rings on its own device, apart from the headset. Starting twice rings once; stopping is immediate. */
export function createRinger(): Ringer {
  let audio: HTMLAudioElement | undefined;
  let gain: GainNode | undefined;
  let tones: OscillatorNode[] = [];
  let timer: ReturnType<typeof setInterval> | undefined;
  let device = '';
  let volume = 0.7;

  function output(): GainNode {
    if (gain !== undefined) return gain;
    const ctx = audioContext();
    gain = ctx.createGain();
    const sink = ctx.createMediaStreamDestination();
    gain.connect(sink);
    audio = new Audio();
    audio.srcObject = sink.stream;
    return gain;
  }

  function cycle(): void {
    const ctx = audioContext();
    const out = output();
    const now = ctx.currentTime + 0.02;
    for (const at of BURSTS) {
      for (const frequency of [660, 880]) {
        const tone = ctx.createOscillator();
        const shape = ctx.createGain();
        tone.frequency.value = frequency;
        shape.gain.setValueAtTime(0, now + at);
        shape.gain.linearRampToValueAtTime(0.25, now + at + 0.02);
        shape.gain.setValueAtTime(0.25, now + at + BURST - 0.04);
        shape.gain.linearRampToValueAtTime(0, now + at + BURST);
        tone.connect(shape).connect(out);
        tone.start(now + at);
        tone.stop(now + at + BURST);
        tone.onended = () => {
          tones = tones.filter((other) => other !== tone);
          shape.disconnect();
        };
        tones.push(tone);
      }
    }
  }

  async function play(): Promise<void> {
    output().gain.value = volume;
    if (audio === undefined) return;
    await playThrough(audio, device);
    // Refused only before the first click or key on this page; the offer is still on screen.
    await audio.play().catch(() => {});
  }

  const ringer: Ringer = {
    start() {
      if (timer !== undefined) return;
      timer = setInterval(cycle, CYCLE * 1000);
      void play();
      cycle();
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
      for (const tone of tones) tone.stop();
      tones = [];
      audio?.pause();
    },
    test() {
      if (timer !== undefined) return;
      ringer.start();
      setTimeout(() => ringer.stop(), CYCLE * 1000 - 100);
    },
    set(deviceId, level) {
      device = deviceId;
      volume = level;
      if (gain !== undefined) gain.gain.value = level;
      if (audio !== undefined) void playThrough(audio, device);
    },
  };
  return ringer;
}
