import { z } from 'zod';
import { exponential, normal, type Random } from './random.core.ts';

/** How long something takes, in ms. */
export type Distribution =
  | { readonly kind: 'exponential'; readonly mean: number }
  /** `spread`: standard deviation divided by the mean. */
  | { readonly kind: 'lognormal'; readonly mean: number; readonly spread: number }
  | { readonly kind: 'constant'; readonly mean: number }
  /** Each of the values as likely as the others. */
  | { readonly kind: 'empirical'; readonly mean: number; readonly values: readonly number[] };

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** `20s`, `1.5m`, `2h`, `500ms` in ms; undefined for anything else, and for more than 24 hours. */
export function durationOf(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h)$/.exec(text);
  const ms = match ? Number(match[1]) * UNITS[match[2] as keyof typeof UNITS] : Number.NaN;
  return ms <= 24 * UNITS.h ? ms : undefined;
}

/** `180s` (exponential), `lognormal:180s:0.8`, `constant:20s`, `empirical:30s,45s,2m`; undefined for anything else. */
export function distributionOf(text: string): Distribution | undefined {
  const [kind = '', first = '', second, ...rest] = text.includes(':')
    ? text.split(':')
    : ['exponential', text];
  if (rest.length > 0) return undefined;
  if (kind === 'empirical' && second === undefined) {
    const values = first.split(',').map((part) => durationOf(part.trim()) ?? Number.NaN);
    return values.every((value) => value >= 0) ? empirical(values) : undefined;
  }
  const mean = durationOf(first);
  if (mean === undefined) return undefined;
  if (kind === 'lognormal') {
    const spread = Number(second);
    return mean > 0 && spread > 0 && spread <= 10 ? { kind, mean, spread } : undefined;
  }
  if (second !== undefined) return undefined;
  if (kind === 'exponential') return mean > 0 ? { kind, mean } : undefined;
  return kind === 'constant' ? { kind, mean } : undefined;
}

/** @param values at least one, ms */
export function empirical(values: readonly number[]): Distribution {
  return { kind: 'empirical', mean: values.reduce((sum, value) => sum + value, 0) / values.length, values };
}

export function sample(distribution: Distribution, random: Random): number {
  const { mean } = distribution;
  switch (distribution.kind) {
    case 'exponential':
      return exponential(random, mean);
    case 'lognormal': {
      // E = exp(mu + sigma^2 / 2), spread^2 = exp(sigma^2) - 1
      const variance = Math.log(1 + distribution.spread ** 2);
      return mean * Math.exp(Math.sqrt(variance) * normal(random) - variance / 2);
    }
    case 'constant':
      return mean;
    case 'empirical':
      return distribution.values[Math.floor(random() * distribution.values.length)] ?? mean;
  }
}

const parsed = <T>(read: (text: string) => T | undefined, looks: string) =>
  z.string().transform((text, context): T => {
    const value = read(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: `must look like ${looks}, not "${text}"` });
    return z.NEVER;
  });
export const durationSchema = parsed(durationOf, '20s, 5m or 1.5h');
export const distributionSchema = parsed(
  distributionOf,
  '180s (exponential), lognormal:180s:0.8, constant:20s or empirical:30s,45s',
);
