import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXPECTED, playGame } from '../../tests/kits/routing/game.ts';

/** A sample; `npm run proof -- routing` plays as many as you like. */
const EVENTS = 200_000;

/** A seed cannot be made simpler: play the one reported. */
const report = { endOnFailure: true, seed: 22 };

describe('routing under random events', () => {
  it('R1-R31 every invariant after each of 200,000 events; every state entered and left', () => {
    const seen = new Map<string, number>();
    let [events, games] = [0, 0];
    const game = fc.property(fc.noBias(fc.integer()), (seed) => {
      if (events < EVENTS) events += playGame(seed, seen, games++ % 10 === 0);
    });
    fc.assert(game, { numRuns: 2_000, ...report });
    expect(events).toBeGreaterThanOrEqual(EVENTS);
    expect(EXPECTED.filter((what) => !seen.has(what))).toEqual([]);
  }, 300_000);
});
