import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Buckets } from './buckets.core.ts';
import { isLoopback, sourceKey } from './source.core.ts';

describe('token buckets', () => {
  it('P4 lets a burst through, then as many as are gained with time', () => {
    const buckets = new Buckets({ burst: 3, perSecond: 2 });
    expect([1, 2, 3, 4].map(() => buckets.take('a', 1000))).toEqual([true, true, true, false]);
    expect(buckets.waitMs('a', 1000)).toBe(500);
    expect(buckets.take('a', 1499)).toBe(false);
    expect(buckets.take('a', 1500)).toBe(true);
    expect(buckets.take('b', 1500)).toBe(true);
  });

  it('P4 a token given back can be taken again, and never makes a bucket overfull', () => {
    const buckets = new Buckets({ burst: 1, perSecond: 1 });
    expect(buckets.take('a', 0)).toBe(true);
    buckets.giveBack('a');
    buckets.giveBack('a');
    buckets.giveBack('unknown');
    expect([buckets.take('a', 0), buckets.take('a', 0)]).toEqual([true, false]);
  });

  it('takes nothing away when the clock is set back', () => {
    const buckets = new Buckets({ burst: 2, perSecond: 1 });
    expect([buckets.take('a', 10_000), buckets.take('a', 0), buckets.take('a', 0)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('never holds more than its share of keys, whatever is asked, nor lets more through than it says', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ key: fc.nat(8), after: fc.nat(400) }), { maxLength: 200 }),
        (attempts) => {
          const buckets = new Buckets({ burst: 5, perSecond: 3 }, 100);
          let now = 0;
          const taken = new Map<number, number>();
          for (const { key, after } of attempts) {
            now += after;
            if (buckets.take(String(key), now)) taken.set(key, (taken.get(key) ?? 0) + 1);
          }
          for (const count of taken.values()) expect(count).toBeLessThanOrEqual(5 + (now / 1000) * 3 + 1e-6);
        },
      ),
    );
    const small = new Buckets({ burst: 1, perSecond: 1 }, 4);
    for (let i = 0; i < 1000; i++) small.take(String(i), i);
    expect(small.size).toBe(4);
  });
});

describe('sources', () => {
  it.each([
    ['10.1.2.3', '10.1.2.3'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['2001:db8:0:1:aaaa::5', '2001:db8:0:1'],
    ['2001:DB8:0:1::9', '2001:db8:0:1'],
    ['2001:db8::9', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['', ''],
  ])('P4 counts %s as %s', (address, key) => {
    expect(sourceKey(address)).toBe(key);
  });

  it.each([
    ['127.0.0.1', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['10.0.0.1', false],
    ['127.evil.example', false],
    ['1127.0.0.1', false],
  ])('knows whether %s is this machine: %s', (address, expected) => {
    expect(isLoopback(address)).toBe(expected);
  });
});
