import type { Fraction } from './figures.core.ts';

/** A figure and the interval that holds its true value in 99 of 100 runs. */
export interface Estimate {
  readonly mean: number;
  readonly ci99: readonly [low: number, high: number];
}

/** `share`: from 0 to 1; `mean`: never below 0; `difference`: anything. */
export type Kind = 'share' | 'mean' | 'difference';

/** Normal quantile at 0.995. */
const Z = 2.575_829_303_548_9;
/** Student's t at 0.995 for 1, 2, 3 degrees of freedom, where the series below is too rough. */
const FEW = [63.657, 9.925, 5.841];
/** -ln 0.005: what was never seen in n tries has a probability below this / n. */
const NEVER = 5.298;

/** Student's t at 0.995, by its Cornish-Fisher series (Abramowitz and Stegun 26.7.5). @param freedom 1 or more */
export function studentT(freedom: number): number {
  if (freedom < 4) return FEW[Math.max(0, Math.floor(freedom) - 1)] as number;
  return (
    Z +
    (Z ** 3 + Z) / (4 * freedom) +
    (5 * Z ** 5 + 16 * Z ** 3 + 3 * Z) / (96 * freedom ** 2) +
    (3 * Z ** 7 + 19 * Z ** 5 + 17 * Z ** 3 - 15 * Z) / (384 * freedom ** 3) +
    (79 * Z ** 9 + 776 * Z ** 7 + 1_482 * Z ** 5 - 1_920 * Z ** 3 - 945 * Z) / (92_160 * freedom ** 4)
  );
}

/**
 * 99% interval of a fraction from its parts over batches of one long run, or over independent runs.
 *
 * Waits are autocorrelated, so single waits would give intervals far too narrow. Means over long batches are nearly
 * independent; what correlation is left between neighbours widens the interval by (1 + r) / (1 - r), that of a first-
 * order autoregression, and costs degrees of freedom (as in Skart: Tafazzoli and Wilson, IIE Transactions 43, 2011).
 * Fractions by residuals (ratio estimator: Law, Simulation Modeling and Analysis, 9.5.3). Sums of waits are skewed, so
 * the interval is symmetric in the logarithm of a mean and in the log-odds of a share: cut off at 0 and 1, longer
 * towards where the truth lies more often.
 * @param correlated false for independent runs
 */
export function estimate(parts: readonly Fraction[], kind: Kind, correlated = true): Estimate {
  const over = parts.reduce((sum, [part]) => sum + part, 0);
  const under = parts.reduce((sum, [, part]) => sum + part, 0);
  const { length } = parts;
  const mean = over / under;
  const residuals = parts.map(([a, b]) => ((a - mean * b) * length) / under);
  const squares = residuals.reduce((sum, r) => sum + r * r, 0);
  if (squares === 0 || mean === 0 || length < 2) return { mean, ci99: unvaried(mean, under, kind) };
  const neighbours = residuals.slice(1).reduce((sum, r, i) => sum + r * (residuals[i] as number), 0);
  const seen = neighbours / squares;
  // Seen in few batches a correlation is too low by about (1 + 3 r) / batches (Marriott and Pope 1954).
  const r = correlated ? Math.min(0.9, Math.max(0, seen + (1 + 3 * Math.max(0, seen)) / length)) : 0;
  const freedom = Math.max(4, ((length - 1) * (1 - r * r)) / (1 + r * r));
  const variance = (squares / (length - 1) / length) * ((1 + r) / (1 - r));
  const half = studentT(correlated ? freedom : length - 1) * Math.sqrt(variance);
  return { mean, ci99: spread[kind](mean, half) };
}

const spread: Record<Kind, (mean: number, half: number) => [number, number]> = {
  share: around,
  mean: (mean, half) => [mean * Math.exp(-half / mean), mean * Math.exp(half / mean)],
  difference: (mean, half) => [mean - half, mean + half],
};

function around(mean: number, half: number): [number, number] {
  const odds = Math.log(mean / (1 - mean));
  const width = half / (mean * (1 - mean));
  const share = (x: number) => 1 / (1 + Math.exp(-x));
  return [share(odds - width), share(odds + width)];
}

/** Every batch gave the same: always or never, or nothing at all. */
function unvaried(mean: number, tries: number, kind: Kind): [number, number] {
  if (kind !== 'share') return [mean, mean];
  const rare = Math.min(1, NEVER / tries);
  if (mean === 0) return [0, rare];
  return mean === 1 ? [1 - rare, 1] : [mean, mean];
}
