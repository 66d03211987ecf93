import { seeded } from '#shared/model/random.ts';

/** Chance from a seed: the same seed gives the same centre. Not for secrets. */
export interface Random {
  /** From 0 up to, not including, 1. */
  next(): number;
  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number;
  chance(share: number): boolean;
  pick<T>(list: readonly [T, ...T[]]): T;
  /** One of several, each with its weight. */
  weighted<T>(list: readonly [readonly [T, number], ...(readonly [T, number])[]]): T;
  exponential(mean: number): number;
  /** Bell-shaped in its logarithm: few long, many short. `spread` 0.5 is ordinary. */
  logNormal(median: number, spread: number): number;
  shuffled<T>(list: readonly T[]): T[];
  bytes(count: number): Uint8Array;
}

export function createRandom(seed: number): Random {
  const next = seeded(seed);
  const int = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  return {
    next,
    int,
    chance: (share) => next() < share,
    pick: (list) => list[int(0, list.length - 1)] ?? list[0],
    weighted(list) {
      let left = next() * list.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [item, weight] of list) {
        left -= weight;
        if (left < 0) return item;
      }
      return list[0][0];
    },
    exponential: (mean) => -mean * Math.log(1 - next()),
    logNormal(median, spread) {
      const bell = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
      return median * Math.exp(spread * bell);
    },
    shuffled(list) {
      const copy = [...list];
      for (let i = copy.length - 1; i > 0; i--) {
        const j = int(0, i);
        const a = copy[i];
        const b = copy[j];
        if (a === undefined || b === undefined) continue;
        copy[i] = b;
        copy[j] = a;
      }
      return copy;
    },
    bytes: (count) => Uint8Array.from({ length: count }, () => int(0, 255)),
  };
}
