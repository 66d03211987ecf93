import { audioContext } from '../../softphone/audio.ts';

/** Ringing tone as in North America: 440 and 480 Hz, two seconds of six. */
const ON = 2;
const CYCLE = 6;

interface Ringback {
  start(): void;
  stop(): void;
}

export function createRingback(): Ringback {
  let timer: ReturnType<typeof setInterval> | undefined;
  let tones: OscillatorNode[] = [];
  function cycle(): void {
    const ctx = audioContext();
    const gain = ctx.createGain();
    gain.gain.value = 0.06;
    gain.connect(ctx.destination);
    tones = [440, 480].map((frequency) => {
      const tone = ctx.createOscillator();
      tone.frequency.value = frequency;
      tone.connect(gain);
      tone.start();
      tone.stop(ctx.currentTime + ON);
      return tone;
    });
  }
  return {
    start() {
      if (timer !== undefined) return;
      timer = setInterval(cycle, CYCLE * 1000);
      cycle();
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
      for (const tone of tones) tone.stop();
      tones = [];
    },
  };
}
