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

/** Cut into tenths of a second; what is left over at the end is left out. */
export const tenths = (samples: Int16Array): Int16Array[] =>
  Array.from({ length: Math.floor((samples.length * 10) / rate) }, (_, i) =>
    samples.subarray((i * rate) / 10, ((i + 1) * rate) / 10),
  );
