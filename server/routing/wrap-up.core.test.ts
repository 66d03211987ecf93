import { beforeEach, describe, expect, it } from 'vitest';
import { World } from '../../tests/kits/routing/world.ts';

let world: World;
beforeEach(() => {
  world = new World();
  world.queue('support');
  world.queue('sales');
});

describe('work and wrap-up', () => {
  it('R11 presence chosen on work or in wrap-up waits until both are over; taking it back is possible', () => {
    world.queue('support', { wrapUp: { mode: 'optional', ms: 0, extendMs: 0 } });
    world.agent('a', 'support');
    const item = world.call('support');
    world.accept('a');
    world.presence('a', 'offline');
    expect(world.core.agent('a')).toMatchObject({ state: 'on-work', next: { presence: 'offline' } });
    world.end(item);
    expect(world.state('a')).toBe('wrap-up');
    world.presence('a', 'available');
    expect(world.core.agent('a')?.next).toBeUndefined();
    world.presence('a', 'not-ready', 'break');
    expect(world.core.agent('a')).toMatchObject({ state: 'wrap-up', next: { reason: 'break' } });
    world.finish('a');
    expect(world.core.agent('a')).toMatchObject({ state: 'not-ready', reason: 'break' });
    expect(world.facts('agent.next').map((f) => f.presence)).toEqual([
      'offline',
      null,
      'not-ready',
      null, // applied
    ]);
  });

  it('R12 the wrap-up is that of the work that ended, whatever queue has work waiting', () => {
    world.queue('support', { wrapUp: { mode: 'timed', ms: 30_000, extendMs: 30_000 } });
    world.agent('a', 'support', 'sales');
    const item = world.call('support');
    world.accept('a');
    const sale = world.call('sales'); // no wrap-up there
    const ended = world.now;
    world.end(item);
    expect(world.core.agent('a')).toMatchObject({
      state: 'wrap-up',
      hands: [{ itemId: item, phase: 'wrap-up', wrapUp: { mode: 'timed', deadline: ended + 30_000 } }],
    });
    world.advance(29_999);
    expect(world.state('a')).toBe('wrap-up');
    world.advance(1);
    expect(world.rings('a')).toBe(sale);
    expect(world.facts('wrap-up.ended')).toHaveLength(1);
  });

  it.each(['optional', 'mandatory'] as const)('R12 %s wrap-up stays open until it is finished', (mode) => {
    world.queue('support', { wrapUp: { mode, ms: 0, extendMs: 0 } });
    world.agent('a', 'support');
    const item = world.call('support');
    world.accept('a');
    world.end(item);
    world.call('support');
    world.advance(3_600_000);
    expect(world.hand('a')?.wrapUp).toEqual({ mode, deadline: undefined });
    world.extend('a');
    expect(world.refused()).toBe('conflict no-deadline');
    world.finish('a');
    expect(world.state('a')).toBe('offered');
  });

  it('R13 finishing ends it early, and its timer with it', () => {
    world.queue('support', { wrapUp: { mode: 'timed', ms: 60_000, extendMs: 30_000 } });
    world.agent('a', 'support');
    const item = world.call('support');
    world.accept('a');
    world.end(item);
    world.finish('a');
    expect([world.state('a'), world.timers.size]).toEqual(['idle', 0]);
  });

  it('R13 extending moves the deadline, and the old one passes unnoticed', () => {
    world.queue('support', { wrapUp: { mode: 'mandatory-timed', ms: 60_000, extendMs: 30_000 } });
    world.agent('a', 'support');
    const item = world.call('support');
    world.accept('a');
    world.end(item);
    world.advance(59_000);
    const deadline = world.hand('a')?.wrapUp?.deadline ?? 0;
    world.extend('a');
    world.advance(1_000);
    world.do({ type: 'wrap-up.expired', agentId: 'a', itemId: item, deadline }); // crossed the extension
    world.advance(29_999);
    expect(world.state('a')).toBe('wrap-up');
    world.advance(1);
    expect(world.state('a')).toBe('idle');
    expect(world.timers.size).toBe(0);
    for (const type of ['wrap-up.finished', 'wrap-up.extended'] as const) {
      world.do({ type, agentId: 'a', itemId: item });
      expect(world.refused()).toBe('wrap-up.none none');
    }
  });

  it('R14 accepting is refused once the offer ran out or was revoked, and twice', () => {
    world.agent('a', 'support');
    world.call('support');
    const ranOut = world.offer('a')?.id ?? '';
    world.advance(20_000);
    world.do({ type: 'offer.accepted', offerId: ranOut });
    expect(world.refused()).toBe('offer.gone over');
    world.presence('a', 'available');
    const taken = world.offer('a')?.id ?? '';
    world.do({ type: 'offer.accepted', offerId: taken });
    world.do({ type: 'offer.accepted', offerId: taken });
    expect(world.refused()).toBe('offer.gone over');
    expect(world.state('a')).toBe('on-work');
  });

  it('R14 ending or withdrawing work twice, and late timers, do nothing', () => {
    world.queue('support', { wrapUp: { mode: 'timed', ms: 5_000, extendMs: 0 } });
    world.agent('a', 'support');
    const item = world.call('support');
    const offerId = world.offer('a')?.id ?? '';
    world.accept('a');
    world.end(item);
    const deadline = world.hand('a')?.wrapUp?.deadline ?? 0;
    world.finish('a');
    const state = world.core.agents();
    const late = [
      { type: 'work.ended', itemId: item },
      { type: 'item.withdrawn', itemId: item, end: 'failed' },
      { type: 'offer.declined', offerId, outcome: 'declined' },
      { type: 'offer.expired', offerId },
      { type: 'grace.over', offerId, at: 0 },
      { type: 'wrap-up.expired', agentId: 'a', itemId: item, deadline },
      { type: 'retry.due', agentId: 'a', queueId: 'support', until: 1 },
      { type: 'queue.removed', queueId: 'nowhere' },
      { type: 'agent.removed', agentId: 'nobody' },
    ] as const;
    for (const event of late) expect(world.do(event)).toEqual([]);
    expect(world.core.agents()).toEqual(state);
  });

  it('R14 work withdrawn while in hands ends with that reason, and wrap-up follows', () => {
    world.queue('support', { wrapUp: { mode: 'timed', ms: 5_000, extendMs: 0 } });
    world.agent('a', 'support');
    const item = world.call('support');
    world.accept('a');
    world.do({ type: 'item.withdrawn', itemId: item, end: 'failed' });
    expect(world.facts('work.ended')).toMatchObject([{ end: 'failed', agentId: 'a' }]);
    expect(world.state('a')).toBe('wrap-up');
  });
});
