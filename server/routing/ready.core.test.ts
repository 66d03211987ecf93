import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { standingBefore } from './order.core.ts';
import { newReady } from './ready.core.ts';
import type { Standing } from './records.core.ts';
import { World } from './testing/world.ts';

describe('R3 those who stand ready', () => {
  it.each(['longest-idle', 'linear', 'fewest-handled'] as const)(
    'are kept in the order of %s, whoever comes and goes',
    (strategy) => {
      const step = fc.tuple(fc.boolean(), fc.nat(15));
      fc.assert(
        fc.property(fc.array(step, { maxLength: 120 }), fc.integer(), (steps, salt) => {
          const ready = newReady(strategy);
          const members = Array.from({ length: 16 }, (_, n) => standing(strategy, n, salt));
          const inside = new Set<Standing>();
          for (const [comes, n] of steps) {
            const member = members[n] as Standing;
            if (comes) {
              ready.add(member);
              inside.add(member);
            } else {
              ready.remove(member);
              inside.delete(member);
            }
            const order = [...inside].sort((a, b) => (standingBefore(a, b) ? -1 : 1));
            expect(ready.size).toBe(inside.size);
            expect(ready.first(() => true, undefined)).toBe(order[0]);
            const odd = order.filter((one) => one.idle % 2 === 1);
            expect(ready.first(({ idle }, rest) => idle % 2 === rest, 1)).toBe(odd[0]);
            expect(ready.count(({ idle }, rest) => idle % 2 === rest, 1)).toBe(odd.length);
            expect(new Set(ready.values())).toEqual(inside);
          }
        }),
        { numRuns: 50 },
      );
    },
  );

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

/** Seats as far as their order goes; no two of them equal. */
function standing(strategy: 'longest-idle' | 'linear' | 'fewest-handled', n: number, salt: number): Standing {
  const idle = (n * 7 + Math.abs(salt)) % 16;
  const seat = {
    agent: { id: `agent-${n}` },
    queue: { settings: { strategy } },
  } as unknown as Standing['seat']; // what standingBefore reads of it
  const nowhere = { place: -1, list: undefined, before: undefined, after: undefined };
  return { seat, group: n % 3, strategy: strategy === 'longest-idle' ? 0 : n % 4, idle, ...nowhere };
}
