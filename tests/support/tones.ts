/** Test tones at 8 kHz: make them, and find them again in what was heard. */

const rate = 8000;

/** `ms` of a sine of `hertz`, 16-bit. `from` in samples lets a stream of frames go on without a click. */
export function tone(hertz: number, ms: number, options: { level?: number; from?: number } = {}): Int16Array {
  const { level = 8000, from = 0 } = options;
  return Int16Array.from({ length: (ms * rate) / 1000 }, (_, i) =>
    Math.round(level * Math.sin((2 * Math.PI * hertz * (from + i)) / rate)),
  );
}

/**
 * How much of `samples` is a sine of `hertz`: 1 for that tone alone, near 0 for silence or other tones (Goertzel,
 * as a share of the whole energy).
 */
export function share(samples: ArrayLike<number>, hertz: number): number {
  let energy = 0;
  for (let i = 0; i < samples.length; i++) energy += (samples[i] ?? 0) ** 2;
  if (energy === 0) return 0;
  const coefficient = 2 * Math.cos((2 * Math.PI * hertz) / rate);
  let before = 0;
  let last = 0;
  for (let i = 0; i < samples.length; i++) {
    const now = (samples[i] ?? 0) + coefficient * last - before;
    before = last;
    last = now;
  }
  const power = last * last + before * before - coefficient * last * before;
  return (2 * power) / (samples.length * energy);
}

/** Root mean square: 0 is silence; a sine of level L has L / 1.414. */
export function loudness(samples: ArrayLike<number>): number {
  let energy = 0;
  for (let i = 0; i < samples.length; i++) energy += (samples[i] ?? 0) ** 2;
  return samples.length === 0 ? 0 : Math.sqrt(energy / samples.length);
}

/** Samples of one piece: 40 ms, long enough to tell the tones of the tests apart. */
const PIECE = 320;

/**
 * For how many milliseconds these tones are heard (each alike loud, when there are several). Told in pieces of 40 ms:
 * a packet that came late or never shifts a tone against itself, and over a longer stretch `share` would find nothing
 * of a tone that is plainly there.
 */
export function toneMs(samples: ArrayLike<number>, ...hertz: readonly number[]): number {
  const enough = hertz.length === 1 ? 0.9 : 0.8 / hertz.length;
  let found = 0;
  for (let at = 0; at + PIECE <= samples.length; at += PIECE) {
    const piece = Array.from({ length: PIECE }, (_, i) => samples[at + i] ?? 0);
    if (hertz.every((one) => share(piece, one) > enough)) found += 1;
  }
  return (found * PIECE * 1000) / rate;
}

/** Is that what is heard now: most of the last 400 ms? */
export function nowHears(samples: ArrayLike<number>, ...hertz: readonly number[]): boolean {
  const last = Array.from({ length: 3200 }, (_, i) => samples[samples.length - 3200 + i] ?? 0);
  return samples.length >= 3200 && toneMs(last, ...hertz) >= 240;
}

/** Is that most of what was heard in all of it? */
export const mostly = (samples: ArrayLike<number>, hertz: number): boolean =>
  toneMs(samples, hertz) > (samples.length * 1000) / rate / 2;
