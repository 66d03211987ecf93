import { describe, expect, it } from 'vitest';
import type { Fraction } from './figures.core.ts';
import { estimate, studentT } from './interval.core.ts';
import { normal, stream } from './random.core.ts';

it.each([
  [1, 63.657],
  [2, 9.925],
  [3, 5.841],
  [4, 4.604],
  [5, 4.032],
  [9, 3.25],
  [19, 2.861],
  [30, 2.75],
  [1e6, 2.576],
])('Student t at 0.995 with %i degrees of freedom is %f', (freedom, t) => {
  expect(Math.abs(studentT(freedom) - t)).toBeLessThan(0.02);
});

/** How often the interval of a first-order autoregression around 10 holds 10. */
function coverage(memory: number, runs: number, correlated: boolean): number {
  const random = stream(11, `coverage ${memory}`);
  let held = 0;
  for (let run = 0; run < runs; run++) {
    let x = normal(random) / Math.sqrt(1 - memory ** 2);
    const parts = Array.from({ length: 20 }, (): Fraction => {
      const part: Fraction = [100 * (10 + x), 100];
      x = memory * x + normal(random);
      return part;
    });
    const { ci99 } = estimate(parts, 'difference', correlated);
    if (ci99[0] <= 10 && 10 <= ci99[1]) held += 1;
  }
  return held / runs;
}

describe('S4 the 99% interval', () => {
  it('holds the truth in about 99 of 100 runs of independent batches', () => {
    const held = coverage(0, 4_000, false);
    expect(held).toBeGreaterThan(0.985);
    expect(held).toBeLessThan(0.995);
    expect(coverage(0, 4_000, true)).toBeGreaterThan(0.985);
  });

  it('still does when neighbours are correlated, where plain batch means fail', () => {
    expect(coverage(0.3, 4_000, false)).toBeLessThan(0.97);
    expect(coverage(0.3, 4_000, true)).toBeGreaterThan(0.975);
  });

  it('weighs batches of unequal size as a fraction of sums', () => {
    const { mean } = estimate(
      [
        [1, 10],
        [30, 100],
      ],
      'share',
    ); // not the mean of 0.1 and 0.3
    expect(mean).toBeCloseTo(31 / 110, 12);
  });

  it('stays between 0 and 1 for a share, above 0 for a mean', () => {
    const rare: Fraction[] = [
      [0, 100],
      [1, 100],
      [0, 100],
      [5, 100],
    ];
    expect(estimate(rare, 'share').ci99[0]).toBeGreaterThan(0);
    expect(estimate(rare, 'share').ci99[1]).toBeLessThan(1);
    expect(estimate(rare, 'mean').ci99[0]).toBeGreaterThan(0);
  });

  it('what never happened may still be rare', () => {
    const never = estimate(
      Array.from({ length: 20 }, (): Fraction => [0, 100]),
      'share',
    );
    expect(never.mean).toBe(0);
    expect(never.ci99).toEqual([0, expect.closeTo(5.298 / 2_000, 6)]);
    const always = estimate(
      Array.from({ length: 20 }, (): Fraction => [100, 100]),
      'share',
    );
    expect(always.ci99).toEqual([expect.closeTo(1 - 5.298 / 2_000, 6), 1]);
  });
});
