import { muLaw } from './g711.ts';

/** 20 ms at 8 kHz. */
export const FRAME = 160;
const RATE = 8000;

/** Audio ready to send: mu-law frames of 20 ms, played round and round. */
export type Frames = readonly Buffer[];

/** Formants (Hz) of a, e, i, o, u: enough for something a listener takes for a voice in another room. */
const VOWELS: readonly (readonly [number, number, number])[] = [
  [730, 1090, 2440],
  [530, 1840, 2480],
  [270, 2290, 3010],
  [570, 840, 2410],
  [300, 870, 2240],
];

/** A two-pole resonator: rings at `frequency` with the given bandwidth, both in Hz. */
function resonator(): (input: number, frequency: number, bandwidth: number) => number {
  let last = 0;
  let before = 0;
  return (input, frequency, bandwidth) => {
    const r = Math.exp((-Math.PI * bandwidth) / RATE);
    const output =
      (1 - r) * input + 2 * r * Math.cos((2 * Math.PI * frequency) / RATE) * last - r * r * before;
    before = last;
    last = output;
    return output;
  };
}

/**
 * Speech-like sound: voiced syllables of random vowels with hissed onsets at a talker's rhythm, phrases with pauses.
 * `random` returns 0 to 1; the pitch of the voice is its first draw.
 */
export function speech(seconds: number, random: () => number): Frames {
  const samples = new Float64Array(Math.floor(seconds * RATE));
  const pitch = 95 + 130 * random();
  const filters = [resonator(), resonator(), resonator()];
  let at = 0;
  let phase = 0;
  while (at < samples.length) {
    const syllables = 4 + Math.floor(random() * 8);
    for (let s = 0; s < syllables && at < samples.length; s++) {
      const vowel = VOWELS[Math.floor(random() * VOWELS.length)] ?? [500, 1500, 2500];
      const length = Math.floor(RATE * (0.13 + 0.12 * random()));
      const onset = Math.floor(length * 0.2 * random());
      const f0 = pitch * (1.15 - (0.3 * s) / syllables) * (0.95 + 0.1 * random()); // falls over the phrase
      for (let i = 0; i < length && at < samples.length; i++, at++) {
        const envelope = Math.sin((Math.PI * i) / length) ** 0.7;
        phase = (phase + f0 / RATE) % 1;
        const source = i < onset ? (random() - 0.5) * 0.6 : 1 - 2 * phase + (random() - 0.5) * 0.05;
        let sum = 0;
        for (const [index, filter] of filters.entries())
          sum += filter(source, vowel[index] ?? 1000, 80 + 60 * index) / (1 + index * 0.7);
        samples[at] = sum * envelope;
      }
    }
    at += Math.floor(RATE * (0.25 + 0.6 * random()));
  }
  return toFrames(samples, 9000);
}

/** A steady tone, for tests that ask whether the right one is heard. */
export function tone(hertz: number, seconds = 1): Frames {
  return toFrames(
    Float64Array.from({ length: Math.floor(seconds * RATE) }, (_, i) =>
      Math.sin((2 * Math.PI * hertz * i) / RATE),
    ),
    8000,
  );
}

/** Scales to `peak` and cuts into whole frames. */
function toFrames(samples: Float64Array, peak: number): Frames {
  let loudest = 1e-9;
  for (const sample of samples) loudest = Math.max(loudest, Math.abs(sample));
  const frames: Buffer[] = [];
  for (let start = 0; start + FRAME <= samples.length; start += FRAME) {
    const frame = Buffer.alloc(FRAME);
    for (let i = 0; i < FRAME; i++) frame[i] = muLaw(((samples[start + i] ?? 0) / loudest) * peak);
    frames.push(frame);
  }
  return frames;
}
