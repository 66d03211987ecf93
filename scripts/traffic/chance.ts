/** Dice for synthetic people. `random` returns 0 to 1. */
export interface Chance {
  random(): number;
  /** True in this share of cases. */
  odds(share: number): boolean;
  between(min: number, max: number): number;
  /** Exponential, for arrivals. */
  exponential(mean: number): number;
  pick<T>(items: readonly T[]): T | undefined;
}

export function chance(random: () => number = Math.random): Chance {
  return {
    random,
    odds: (share) => random() < share,
    between: (min, max) => min + (max - min) * random(),
    exponential: (mean) => -mean * Math.log(1 - random()),
    pick: (items) => items[Math.floor(random() * items.length)],
  };
}

/** Resolves after so many seconds, or at once when `signal` is aborted. */
export function wait(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, seconds * 1000);
    signal.addEventListener('abort', done);
  });
}
