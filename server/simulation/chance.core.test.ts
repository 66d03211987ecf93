import { describe, expect, it } from 'vitest';
import { Agenda, callOff } from './agenda.core.ts';
import { type Distribution, distributionOf, durationOf, sample } from './distribution.core.ts';
import { stream } from './random.core.ts';

describe('chance', () => {
  it('S1 the same seed and name give the same numbers, others do not', () => {
    const draw = (seed: number, name: string) => Array.from({ length: 5 }, stream(seed, name));
    expect(draw(1, 'a')).toEqual(draw(1, 'a'));
    expect(draw(1, 'a')).not.toEqual(draw(2, 'a'));
    expect(draw(1, 'a')).not.toEqual(draw(1, 'b'));
  });

  it('is even: 100 bins of a million draws (chi-square below its 99.99% point)', () => {
    const random = stream(7, 'even');
    const bins = new Array<number>(100).fill(0);
    for (let i = 0; i < 1_000_000; i++) {
      const bin = Math.floor(random() * 100);
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    const chi = bins.reduce((sum, n) => sum + (n - 10_000) ** 2 / 10_000, 0);
    expect(chi).toBeLessThan(161.3);
    expect(chi).toBeGreaterThan(51); // too even would be wrong as well
  });

  it.each([
    ['180s', 180_000, 180_000],
    ['lognormal:180s:0.8', 180_000, 144_000],
    ['constant:20s', 20_000, 0],
    ['empirical:10s,20s,30s', 20_000, 8_165],
  ])('%s has its mean and deviation', (text, mean, deviation) => {
    const distribution = distributionOf(text) ?? expect.fail(text);
    expect(distribution.mean).toBe(mean);
    const random = stream(3, text);
    const draws = Array.from({ length: 200_000 }, () => sample(distribution, random));
    const got = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    const spread = Math.sqrt(draws.reduce((sum, x) => sum + (x - got) ** 2, 0) / draws.length);
    expect(Math.abs(got - mean)).toBeLessThanOrEqual((3.5 * deviation) / Math.sqrt(draws.length) + 1e-6);
    expect(Math.abs(spread - deviation)).toBeLessThanOrEqual(0.03 * deviation + 1e-6);
  });

  it.each(['', '20', '-5s', '1d', '25h', 'NaNs', '1e3s', ' 5s'])('"%s" is no duration', (text) => {
    expect(durationOf(text)).toBeUndefined();
  });

  it.each([
    '',
    'normal:3s',
    'lognormal:3s',
    'lognormal:3s:0',
    'lognormal:0s:1',
    '0s',
    'empirical:',
    'empirical:3s,x',
    'constant:3s:4',
    'empirical:3s:4',
    'lognormal:1s:1:1',
  ])('"%s" is no distribution', (text) => {
    expect(distributionOf(text) satisfies Distribution | undefined).toBeUndefined();
  });
});

it('the agenda is done in the order of time, then of writing; what is called off is not', () => {
  const agenda = new Agenda();
  const random = stream(5, 'agenda');
  const expected: [number, number][] = [];
  const done: [number, number][] = [];
  for (let i = 0; i < 2_000; i++) {
    const at = Math.floor(random() * 300);
    const entry = agenda.add(at, () => done.push([at, i]));
    if (i % 7 === 0) callOff(entry);
    else expected.push([at, i]);
  }
  for (let next = agenda.next(); next; next = agenda.next()) next.run?.();
  expect(done).toEqual(expected.sort((a, b) => a[0] - b[0] || a[1] - b[1]));
  expect(agenda.size).toBe(0);
});
