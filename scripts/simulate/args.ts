import { type Distribution, distributionOf, durationOf } from '#server/simulation/index.ts';
import { numberOf, UsageError } from '../lib/args.ts';

/** `180s`, `5m`, in ms. */
export function duration(name: string, text: string, min = 0): number {
  const ms = durationOf(text);
  if (ms === undefined || ms < min)
    throw new UsageError(
      `--${name} must look like 20s, 5m or 1.5h${min > 0 ? ', above 0' : ''} (at most 24h), not ${text}`,
    );
  return ms;
}

/** The text as it was, once it is known to be right. */
export function distribution(name: string, text: string): { text: string; distribution: Distribution } {
  const read = distributionOf(text);
  if (!read)
    throw new UsageError(
      `--${name} must look like 180s (exponential), lognormal:180s:0.8, constant:20s or empirical:30s,45s, not ${text}`,
    );
  return { text, distribution: read };
}

export function whole(name: string, text: string, min: number, max: number): number {
  const value = numberOf(name, text, min, max);
  if (!Number.isInteger(value)) throw new UsageError(`--${name} must be a whole number, not ${text}`);
  return value;
}

/** `100/30m`, `48/m`, `2/s`: arrivals a second. */
export function arrivalRate(name: string, text: string): number {
  const [, count = '', amount = '', unit = ''] =
    /^(\d{1,7}(?:\.\d{1,6})?)\/(\d{0,4})([smh])$/.exec(text) ?? [];
  const seconds = (amount === '' ? 1 : Number(amount)) * ({ s: 1, m: 60, h: 3_600 }[unit] ?? Number.NaN);
  const rate = Number(count) / seconds;
  if (!(rate > 0 && rate <= 1_000))
    throw new UsageError(`--${name} must look like 100/30m, 48/m or 2/s (at most 1000/s), not ${text}`);
  return rate;
}

export const seedOf = (text: string): number => whole('seed', text, 0, 4_294_967_295);
