/** Numbers from 0 up to, not including, 1. */
export type Random = () => number;

/**
 * A stream of chance of its own for each purpose, so that what is drawn for one does not shift the others: changing the
 * patience leaves the arrivals as they were. The same seed and name give the same numbers. Not for secrets.
 *
 * sfc32 (C. Doty-Humphrey, PractRand): 128 bits of state, seeded through FNV-1a and an avalanche, 15 rounds thrown away.
 */
export function stream(seed: number, name: string): Random {
  const words = [1, 2, 3, 4].map((n) => hash(`${n} ${seed} ${name}`));
  let [a = 0, b = 0, c = 0, counter = 0] = words;
  const next = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return (t >>> 0) / 4_294_967_296;
  };
  for (let i = 0; i < 15; i++) next();
  return next;
}

function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return h ^ (h >>> 16);
}

export const exponential = (random: Random, mean: number): number => -mean * Math.log(1 - random());

/** Standard normal, by Box and Muller. */
export const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
