import { beforeEach, describe, expect, it } from 'vitest';
import { World } from '../../tests/kits/routing/world.ts';
import { Recent, RecentErrors } from './ewt.core.ts';

let world: World;
beforeEach(() => {
  world = new World();
  world.queue('support');
});

const ewt = (): number | undefined => world.core.queue('support', world.now)?.ewtMs;

describe('R29 expected wait', () => {
  it('R29 unknown until something was handled, unless somebody is free and nobody waits', () => {
    expect(ewt()).toBeUndefined();
    world.agent('a', 'support');
    expect(ewt()).toBe(0);
    world.call('support');
    expect(ewt()).toBeUndefined();
  });

  it('R29 a chat waits for nobody while somebody is free who needs no phone; a call does', () => {
    world.agent('a', 'support');
    world.reachable('a', false);
    expect(ewt()).toBeUndefined();
    world.call('support', { channel: 'chat' });
    expect(world.facts('work.arrived').at(-1)?.ewtMs).toBe(0);
  });

  it('R29 (waiting + 1) x mean handle time / agents serving', () => {
    world.agent('a', 'support');
    world.call('support');
    world.serve('a', 60_000);
    world.call('support');
    world.serve('a', 90_000);
    world.agent('b', 'support');
    world.call('support');
    world.call('support');
    expect(ewt()).toBe(37_500); // (0 + 1) x 75 s / 2
    world.call('support');
    world.call('support');
    expect(ewt()).toBe(112_500); // (2 + 1) x 75 s / 2
    world.presence('b', 'not-ready'); // its next state; it is available until then
    expect(ewt()).toBe(112_500);
    world.advance(20_000); // both offers ran out
    expect(ewt()).toBeUndefined(); // nobody serves
    world.presence('a', 'available');
    expect(ewt()).toBe(300_000); // (3 + 1) x 75 s / 1
  });

  it('R29 wrap-up counts as handling', () => {
    world.queue('support', { wrapUp: { mode: 'timed', ms: 30_000, extendMs: 0 } });
    world.agent('a', 'support');
    world.call('support');
    world.serve('a', 60_000);
    world.advance(30_000);
    world.call('support');
    expect(ewt()).toBe(90_000);
  });

  it('R29 is written down with the work, and its error kept for those answered', () => {
    world.agent('a', 'support');
    world.call('support');
    world.serve('a', 10_000);
    expect(world.facts('work.arrived').map((fact) => fact.ewtMs)).toEqual([0]);
    const first = world.call('support'); // expected 0, taken after 4 s
    world.advance(4_000);
    world.accept('a');
    const second = world.call('support'); // expected 10 s
    world.call('support', { id: 'third' }); // expected 20 s, gives up: not counted
    expect(world.facts('work.arrived').map((fact) => fact.ewtMs)).toEqual([0, 0, 10_000, 20_000]);
    world.advance(7_000);
    world.end(first);
    expect(world.rings('a')).toBe(second);
    world.accept('a'); // after 7 s: 3 s too pessimistic
    world.withdraw('third');
    expect(world.core.queue('support', world.now)?.ewtError).toEqual({
      biasMs: (0 + 4_000 - 3_000) / 3,
      absoluteMs: (0 + 4_000 + 3_000) / 3,
      samples: 3,
    });
  });

  it('R29 work overflowed on entering is told the wait of the queue it comes into', () => {
    world.queue('full', {
      overflow: [{ when: 'length', value: 0, to: { kind: 'queue', queueId: 'support' } }],
    });
    world.agent('a', 'support');
    world.call('full');
    expect(world.facts('work.arrived').map((fact) => fact.ewtMs)).toEqual([0]);
  });

  it('R29 only the last 50 count', () => {
    const recent = new Recent();
    expect(recent.mean).toBeUndefined();
    for (let i = 1; i <= 120; i++) recent.add(i);
    expect([recent.size, recent.mean]).toEqual([50, 95.5]); // 71 to 120
    const errors = new RecentErrors();
    expect(errors.view()).toBeUndefined();
    for (let i = 0; i < 60; i++) errors.add(i % 2 === 0 ? 30 : -10);
    expect(errors.view()).toEqual({ biasMs: 10, absoluteMs: 20, samples: 50 });
  });
});
