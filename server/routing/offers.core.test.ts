import { beforeEach, describe, expect, it } from 'vitest';
import { World } from '../../tests/kits/routing/world.ts';

let world: World;
beforeEach(() => {
  world = new World();
  world.queue('support');
  world.queue('sales');
});

describe('an offer that is not taken', () => {
  it('R5 rung out (RONA): the agent is not responding until available is chosen again; the item goes on', () => {
    world.agent('a', 'support');
    world.agent('b', 'support');
    const item = world.call('support');
    world.advance(20_000);
    expect(world.facts('offer.ended').map((f) => f.outcome)).toEqual(['no-answer']);
    expect(world.state('a')).toBe('not-responding');
    expect(world.rings('b')).toBe(item);
    world.advance(19_999);
    world.decline('b');
    expect(world.state('a')).toBe('not-responding');
    world.presence('a', 'available');
    expect(world.rings('a')).toBe(item);
    expect(world.facts('agent.state').filter((f) => f.state === 'not-responding')).toMatchObject([
      { agentId: 'a', reason: 'no-answer' },
    ]);
  });

  it('R5 not responding ends also by going on a break or away', () => {
    world.agent('a', 'support');
    world.call('support');
    world.advance(20_000);
    world.presence('a', 'not-ready', 'break');
    expect(world.state('a')).toBe('not-ready');
    world.presence('a', 'available');
    expect(world.state('a')).toBe('offered');
  });

  it.each([
    ['declined', 30_000],
    ['busy', 15_000],
    ['failed', 10_000],
  ] as const)(
    'R6 %s: that queue leaves the agent alone for %i ms, its other queues do not',
    (outcome, ms) => {
      world.agent('a', 'support', 'sales');
      const item = world.call('support');
      world.decline('a', outcome);
      expect(world.state('a')).toBe('idle');
      const sale = world.call('sales');
      expect(world.rings('a')).toBe(sale);
      world.withdraw(sale);
      world.advance(ms - 1);
      expect(world.state('a')).toBe('idle');
      world.advance(1);
      expect(world.rings('a')).toBe(item);
    },
  );

  it('R6 others are offered it meanwhile, and the one who declined stands behind the idle afterwards', () => {
    world.agent('a', 'support');
    world.agent('b', 'support');
    world.agent('c', 'support');
    const item = world.call('support');
    world.now += 10;
    world.decline('a');
    expect(world.rings('b')).toBe(item);
    world.accept('b');
    world.advance(30_000);
    const next = world.call('support');
    expect(world.rings('c')).toBe(next);
    world.call('support');
    expect(world.state('a')).toBe('offered');
  });

  it('R7 withdrawn while it rings: the offer is revoked, and the agent keeps its place among the idle', () => {
    world.agent('a', 'support');
    const since = world.now;
    world.agent('b', 'support');
    const item = world.call('support');
    world.now += 4_000;
    world.withdraw(item);
    expect(world.last.find((e) => e.type === 'offer-ended')).toMatchObject({ outcome: 'revoked' });
    expect(world.facts('work.ended')).toMatchObject([{ itemId: item, end: 'abandoned' }]);
    expect(world.core.agent('a')).toMatchObject({ state: 'idle', since });
    world.call('support');
    expect(world.state('a')).toBe('offered');
    expect(world.timers.size).toBe(1);
  });

  it('R9 registering again during an offer is no miss', () => {
    world.agent('a', 'support');
    const item = world.call('support');
    world.reachable('a', true);
    expect(world.last).toEqual([]);
    world.reachable('a', false);
    world.advance(2_999);
    world.reachable('a', true);
    world.do({ type: 'grace.over', offerId: world.offer('a')?.id ?? '', at: 0 }); // crossed the phone coming back
    expect(world.last).toEqual([]);
    world.advance(10_000);
    expect(world.rings('a')).toBe(item);
    world.accept('a');
    expect(world.state('a')).toBe('on-work');
  });

  it('R9 a phone gone for 3 s fails the offer; the agent is idle, out of reach, and not at fault', () => {
    world.agent('a', 'support');
    world.call('support');
    world.reachable('a', false);
    world.advance(3_000);
    expect(world.facts('offer.ended').map((f) => f.outcome)).toEqual(['failed']);
    expect(world.core.agent('a')).toMatchObject({ state: 'idle', reachable: false });
    world.reachable('a', true);
    expect(world.state('a')).toBe('idle'); // the delay after a failure
    world.advance(10_000);
    expect(world.state('a')).toBe('offered');
  });

  it('R9 an offer that runs out while the phone is gone failed; it was not missed', () => {
    world.agent('a', 'support');
    world.call('support');
    world.advance(18_000);
    world.reachable('a', false);
    world.advance(2_000);
    expect(world.facts('offer.ended').map((f) => f.outcome)).toEqual(['failed']);
    expect(world.state('a')).toBe('idle');
  });

  it('R10 not ready chosen during an offer is the next state; the offer goes on', () => {
    world.agent('a', 'support');
    const item = world.call('support');
    world.presence('a', 'not-ready', 'lunch');
    expect(world.core.agent('a')).toMatchObject({ state: 'offered', presence: 'available' });
    world.accept('a');
    world.end(item);
    expect(world.core.agent('a')).toMatchObject({
      state: 'not-ready',
      presence: 'not-ready',
      reason: 'lunch',
      next: undefined,
    });
  });

  it('R10 an offer rung out with a next state chosen: that state, for the agent is there', () => {
    world.agent('a', 'support');
    world.call('support');
    world.presence('a', 'not-ready', 'lunch');
    world.advance(20_000);
    expect(world.state('a')).toBe('not-ready');
  });

  it('R10 going offline during an offer revokes it', () => {
    world.agent('a', 'support');
    world.agent('b', 'support');
    const item = world.call('support');
    world.presence('a', 'not-ready');
    world.presence('a', 'offline');
    expect(world.facts('offer.ended').map((f) => f.outcome)).toEqual(['revoked']);
    expect(world.core.agent('a')).toMatchObject({ state: 'offline', next: undefined, offer: undefined });
    expect(world.rings('b')).toBe(item);
  });
});
