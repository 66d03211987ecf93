import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RoutingCore } from './routing.core.ts';
import { Model } from './testing/model.ts';

const games = fc.array(fc.nat(2 ** 31 - 1), { minLength: 1, maxLength: 900, size: 'max' });

/** Shrinking such games takes minutes: run the seed it reports without this to see the shortest one. */
const report = { endOnFailure: true };

describe('routing under random events', () => {
  it('holds every invariant after each of 100,000 events, and every offer ends (R1-R17)', () => {
    let events = 0;
    const property = fc.property(games, (codes) => {
      const model = new Model();
      for (const code of codes) model.play(code);
      model.settle();
      events += model.events;
    });
    fc.assert(property, { numRuns: 260, ...report });
    expect(events).toBeGreaterThan(100_000);
  }, 60_000);

  it('gives the same effects when the same events are played again (R18)', () => {
    const property = fc.property(games, (codes) => {
      const model = new Model();
      for (const code of codes) model.play(code);
      let offers = 0;
      const again = new RoutingCore(() => `o${++offers}`);
      const effects = model.world.log.flatMap(({ event, now }) => again.handle(event, now));
      expect(JSON.stringify(effects)).toBe(JSON.stringify(model.world.effects));
      expect(again.agents()).toEqual(model.world.core.agents());
    });
    fc.assert(property, { numRuns: 20, ...report });
  }, 60_000);
});
