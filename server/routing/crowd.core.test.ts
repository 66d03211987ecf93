import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { World } from '../../tests/kits/routing/world.ts';
import { Bitmap, lowestBit } from './bitmap.core.ts';
import { Crowd, type Wanted } from './crowd.core.ts';

describe('a bitmap', () => {
  it('gives the lowest number that is not inside, and the one beyond its room when it is full', () => {
    const bitmap = new Bitmap(2);
    for (let number = 0; number < 64; number++) {
      expect(bitmap.lowestFree()).toBe(number);
      bitmap.add(number);
    }
    expect(bitmap.lowestFree()).toBe(64);
    for (const number of [40, 31, 0]) {
      bitmap.remove(number);
      expect(bitmap.lowestFree()).toBe(number);
    }
  });

  it('names the lowest bit of a word, the sign bit too', () => {
    for (let bit = 0; bit < 32; bit++) {
      expect(lowestBit(1 << bit, 3)).toBe(96 + bit);
      expect(lowestBit(-1 << bit, 0)).toBe(bit);
    }
  });
});

/** A member of a crowd as it is meant to be. */
interface Member {
  readonly tier: number;
  readonly levels: Uint8Array;
  ready: number;
  order: { readonly group: number; readonly strategy: number; readonly idle: number };
}

const arrival = fc.record({
  do: fc.constant('sit' as const),
  tier: fc.integer({ min: 1, max: 9 }),
  levels: fc.uint8Array({ max: 5, maxLength: 4 }),
});
const change = fc.record({
  do: fc.constantFrom('stand' as const, 'stand' as const, 'pull' as const, 'rise' as const),
  who: fc.nat(),
  channels: fc.integer({ min: 1, max: 7 }),
  group: fc.nat(2),
  strategy: fc.nat(2),
});
const search = fc.record({
  channelBit: fc.constantFrom(1, 2, 4, 8),
  levels: fc.oneof(
    fc.constant([]),
    fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 5 })),
    fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 5 }), fc.nat(5), fc.integer({ min: 1, max: 5 })),
  ),
  tier: fc.integer({ min: 0, max: 9 }),
});

const fits = ({ ready, tier, levels }: Member, wanted: Wanted): boolean => {
  const pairs = wanted.levels.flatMap((skill, i) =>
    i % 2 === 0 ? [[skill, wanted.levels[i + 1]] as const] : [],
  );
  return (
    (ready & wanted.channelBit) !== 0 &&
    tier <= wanted.tier &&
    pairs.every(([skill, level = 0]) => (levels[skill] ?? 0) >= level)
  );
};

describe('R1 R21 R22 those who stand ready', () => {
  it('are found, counted and asked in order, whoever comes and goes, as by looking at everybody', () => {
    let found = 0;
    let largest = 0;
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 4, arbitrary: arrival }, { weight: 5, arbitrary: change }), {
          minLength: 20,
          maxLength: 400,
          size: 'max',
        }),
        fc.array(search, { minLength: 5, maxLength: 5 }),
        (steps, searches) => {
          const crowd = new Crowd();
          const members = new Map<number, Member>();
          let idle = 0;
          for (const step of steps) {
            if (step.do === 'sit') {
              const number = crowd.sit(step.tier, step.levels);
              expect(members.has(number)).toBe(false);
              const order = { group: 0, strategy: 0, idle: 0 };
              members.set(number, { tier: step.tier, levels: step.levels, ready: 0, order });
              continue;
            }
            const number = [...members.keys()][step.who % (members.size || 1)];
            const member = number === undefined ? undefined : members.get(number);
            if (number === undefined || !member) continue;
            crowd.pull(number, member.ready);
            member.ready = 0;
            if (step.do === 'stand') {
              member.order = { group: step.group, strategy: step.strategy, idle: ++idle };
              member.ready = step.channels;
              crowd.stand(number, step.channels, member.order);
            } else if (step.do === 'rise') {
              crowd.rise(number, member.levels);
              members.delete(number);
            }
          }
          largest = Math.max(largest, members.size);
          const inOrder = [...members].sort(
            ([, { order: a }], [, { order: b }]) =>
              a.group - b.group || a.strategy - b.strategy || a.idle - b.idle,
          );
          for (const wanted of searches) {
            const fit = inOrder.filter(([, member]) => fits(member, wanted)).map(([number]) => number);
            found += fit.length;
            expect(crowd.find(wanted)).toEqual({ first: fit[0] ?? -1, count: fit.length });
            expect(crowd.members(wanted).sort((a, b) => a - b)).toEqual([...fit].sort((a, b) => a - b));
            const odd = (number: number): boolean => number % 2 === 1;
            expect(crowd.find(wanted, odd)).toEqual({ first: fit.find(odd) ?? -1, count: fit.length });
            const last = (number: number): number => -number; // of the lowest group, the highest number
            const lowest = Math.min(...fit.map((number) => members.get(number)?.order.group ?? 9));
            const ofIt = fit.filter((number) => members.get(number)?.order.group === lowest);
            expect(crowd.find(wanted, undefined, last).first).toBe(Math.max(-1, ...ofIt));
            const skills = wanted.levels.filter((_, i) => i % 2 === 0);
            const have = [...members].filter(([, { levels }]) =>
              skills.every((skill) => (levels[skill] ?? 0) > 0),
            );
            expect(crowd.having(skills).sort()).toEqual(have.map(([number]) => number).sort());
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(found).toBeGreaterThan(2_000);
    expect(largest).toBeGreaterThan(64); // has grown twice
  });

  it('R16 a queue given another strategy asks in its order at once', () => {
    const world = new World();
    world.queue('support');
    world.agentWith({ rank: 2 }, 'a', 'support');
    world.agentWith({ rank: 1 }, 'b', 'support');
    world.queue('support', { strategy: 'linear' });
    const first = world.call('support');
    expect(world.rings('b')).toBe(first);
    world.withdraw(first);
    world.queue('support', { strategy: 'longest-idle' });
    const second = world.call('support');
    expect(world.rings('a')).toBe(second);
  });
});
