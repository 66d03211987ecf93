import { beforeEach, describe, expect, it } from 'vitest';
import { World } from './testing/world.ts';

let world: World;
beforeEach(() => {
  world = new World();
  world.queue('support');
  world.queue('sales');
});

describe('who gets which item', () => {
  it('R1 the agent idle longest is offered first, whatever the order of names', () => {
    world.agent('zoe', 'support');
    world.agent('amy', 'support');
    const first = world.call('support');
    expect(world.rings('zoe')).toBe(first);
    world.accept('zoe');
    world.now += 1_000;
    world.end(first);
    expect(world.rings('amy')).toBeUndefined();
    world.call('support');
    expect(world.rings('amy')).toBeDefined();
    expect(world.state('zoe')).toBe('idle');
  });

  it('R2 higher priority comes first, then earlier arrival, over all queues of the agent', () => {
    const late = world.call('support');
    world.now += 1;
    const other = world.call('sales');
    const urgent = world.call('sales', { priority: 5 });
    world.agent('a', 'support', 'sales');
    const order: (string | undefined)[] = [];
    for (let i = 0; i < 3; i++) {
      const item = world.rings('a') ?? 'none';
      order.push(item);
      world.accept('a');
      world.end(item);
    }
    expect(order).toEqual([urgent, late, other]);
  });

  it('R3 one agent gets one offer, one item goes to one agent', () => {
    world.agent('a', 'support');
    world.agent('b', 'support');
    const items = [world.call('support'), world.call('support'), world.call('support')];
    expect([world.rings('a'), world.rings('b')]).toEqual(items.slice(0, 2));
    expect(world.core.queue('support')).toMatchObject({ waiting: 1, agentsIdle: 0 });
  });

  it('R4 an item not taken stands in front again with its own arrival time', () => {
    world.agent('a', 'support');
    const arrived = world.now;
    const first = world.call('support');
    world.now += 5_000;
    const second = world.call('support');
    world.decline('a');
    expect(world.core.queue('support')).toMatchObject({ waiting: 2, longestSince: arrived });
    world.agent('b', 'support');
    expect(world.rings('b')).toBe(first);
    world.agent('c', 'support');
    expect(world.rings('c')).toBe(second);
  });

  it('R8 nobody offline, not ready or without a phone is offered anything', () => {
    world.agent('a', 'support');
    world.agent('b', 'support');
    world.agent('c', 'support');
    world.presence('a', 'offline');
    world.presence('b', 'not-ready', 'lunch');
    world.reachable('c', false);
    const item = world.call('support');
    expect(world.core.queue('support')).toMatchObject({ waiting: 1, agentsIdle: 0, agentsSignedIn: 2 });
    world.reachable('c', true);
    expect(world.rings('c')).toBe(item);
  });

  it('refuses an unknown queue, and work that has arrived already', () => {
    world.call('nowhere');
    expect(world.refused()).toBe('queue.unknown nowhere');
    const item = world.call('support');
    world.call('support', { id: item });
    expect(world.refused()).toBe('conflict duplicate');
    expect(world.facts('work.arrived')).toHaveLength(1);
  });
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
    world.do({ type: 'grace.over', offerId: world.offer('a')?.id ?? '' }); // crossed the phone coming back
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
    world.do({ type: 'wrap-up.finished', agentId: 'a' });
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
      work: { itemId: item },
      wrapUp: { mode: 'timed', deadline: ended + 30_000 },
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
    expect(world.core.agent('a')?.wrapUp).toEqual({ mode, deadline: undefined });
    world.do({ type: 'wrap-up.extended', agentId: 'a' });
    expect(world.refused()).toBe('conflict no-deadline');
    world.do({ type: 'wrap-up.finished', agentId: 'a' });
    expect(world.state('a')).toBe('offered');
  });

  it('R13 finishing ends it early, and its timer with it', () => {
    world.queue('support', { wrapUp: { mode: 'timed', ms: 60_000, extendMs: 30_000 } });
    world.agent('a', 'support');
    const item = world.call('support');
    world.accept('a');
    world.end(item);
    world.do({ type: 'wrap-up.finished', agentId: 'a' });
    expect([world.state('a'), world.timers.size]).toEqual(['idle', 0]);
  });

  it('R13 extending moves the deadline, and the old one passes unnoticed', () => {
    world.queue('support', { wrapUp: { mode: 'mandatory-timed', ms: 60_000, extendMs: 30_000 } });
    world.agent('a', 'support');
    const item = world.call('support');
    world.accept('a');
    world.end(item);
    world.advance(59_000);
    const deadline = world.core.agent('a')?.wrapUp?.deadline ?? 0;
    world.do({ type: 'wrap-up.extended', agentId: 'a' });
    world.advance(1_000);
    world.do({ type: 'wrap-up.expired', agentId: 'a', deadline }); // crossed the extension
    world.advance(29_999);
    expect(world.state('a')).toBe('wrap-up');
    world.advance(1);
    expect(world.state('a')).toBe('idle');
    expect(world.timers.size).toBe(0);
    for (const type of ['wrap-up.finished', 'wrap-up.extended'] as const) {
      world.do({ type, agentId: 'a' });
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
    const deadline = world.core.agent('a')?.wrapUp?.deadline ?? 0;
    world.do({ type: 'wrap-up.finished', agentId: 'a' });
    const state = world.core.agents();
    const late = [
      { type: 'work.ended', itemId: item },
      { type: 'item.withdrawn', itemId: item, end: 'failed' },
      { type: 'offer.declined', offerId, outcome: 'declined' },
      { type: 'offer.expired', offerId },
      { type: 'grace.over', offerId },
      { type: 'wrap-up.expired', agentId: 'a', deadline },
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

describe('work for one agent alone', () => {
  const toA = { onlyAgent: 'a' };

  it('R15 is offered to that agent at once, and wrapped up as the direct queue says', () => {
    world.agent('a');
    world.agent('b', 'support');
    const item = world.call('direct', toA);
    expect(world.rings('a')).toBe(item);
    world.accept('a');
    world.end(item);
    expect(world.core.agent('a')?.wrapUp?.mode).toBe('optional');
    expect(world.core.queues().map((q) => q.id)).toEqual(['support', 'sales']);
  });

  it('R15 is refused when the agent is busy or cannot be reached, and leaves no fact', () => {
    const refusals: (string | undefined)[] = [];
    const attempt = (): void => {
      world.call('direct', toA);
      refusals.push(world.refused());
    };
    attempt();
    world.agent('a', 'support');
    const item = world.call('support');
    attempt();
    world.accept('a');
    attempt();
    world.end(item);
    world.presence('a', 'not-ready');
    attempt();
    world.presence('a', 'available');
    world.reachable('a', false);
    attempt();
    expect(refusals).toEqual([
      'conflict unavailable',
      'conflict busy',
      'conflict busy',
      'conflict unavailable',
      'conflict unavailable',
    ]);
    expect(world.facts('work.arrived')).toHaveLength(1);
    world.call('direct');
    expect(world.refused()).toBe('bad-request no-agent');
  });

  it.each(['declined', 'no-answer', 'revoked'] as const)(
    'R15 %s: it ends refused, nobody else gets it',
    (how) => {
      world.agent('a');
      world.agent('b', 'support');
      const item = world.call('direct', toA);
      if (how === 'declined') world.decline('a');
      else if (how === 'no-answer') world.advance(20_000);
      else world.presence('a', 'offline');
      expect(world.facts('work.ended')).toMatchObject([{ itemId: item, end: 'refused' }]);
      expect(world.effects.find((e) => e.type === 'item-refused')).toEqual({
        type: 'item-refused',
        itemId: item,
        outcome: how,
      });
      expect(world.rings('b')).toBeUndefined();
      expect(world.core.openItems).toBe(0);
      expect(world.timers.size).toBe(0);
    },
  );
});

describe('settings changed while running', () => {
  it('R16 an agent joining a queue gets what waits there; one leaving is offered no more of it', () => {
    world.agent('a', 'sales');
    const item = world.call('support');
    world.do({ type: 'agent.set', agent: { id: 'a', queues: ['support'] } });
    expect(world.rings('a')).toBe(item);
    world.do({ type: 'agent.set', agent: { id: 'a', queues: [] } });
    expect(world.rings('a')).toBe(item); // the running offer goes on
    world.decline('a');
    expect(world.core.queue('support')).toMatchObject({ waiting: 1, agentsSignedIn: 0 });
    expect(world.timers.size).toBe(0);
    world.do({ type: 'agent.set', agent: { id: 'a', queues: ['nowhere'] } });
    expect(world.refused()).toBe('queue.unknown nowhere');
  });

  it('R16 an agent removed on work gets no wrap-up', () => {
    world.queue('support', { wrapUp: { mode: 'mandatory', ms: 0, extendMs: 0 } });
    world.agent('a', 'support');
    const item = world.call('support');
    world.accept('a');
    world.do({ type: 'agent.removed', agentId: 'a' });
    world.end(item);
    expect(world.core.agents()).toEqual([]);
  });

  it('R16 an agent removed while offered loses the offer; one removed while on work goes when it ends', () => {
    world.agent('a', 'support');
    const item = world.call('support');
    world.do({ type: 'agent.removed', agentId: 'a' });
    expect(world.core.agent('a')).toBeUndefined();
    world.agent('b', 'support');
    expect(world.rings('b')).toBe(item);
    world.accept('b');
    world.do({ type: 'agent.removed', agentId: 'b' });
    expect(world.state('b')).toBe('on-work');
    world.presence('b', 'available');
    expect(world.refused()).toBe('not-found no-agent');
    world.end(item);
    expect(world.core.agents()).toEqual([]);
    expect(world.facts('agent.state').at(-1)).toMatchObject({ agentId: 'b', state: 'offline' });
  });

  it('R16 a queue with work in it cannot be removed, nor the built-in one', () => {
    world.agent('a', 'support');
    const item = world.call('support');
    world.do({ type: 'queue.removed', queueId: 'support' });
    expect(world.refused()).toBe('conflict not-empty');
    world.withdraw(item);
    world.do({ type: 'queue.removed', queueId: 'support' });
    expect(world.core.queue('support')).toBeUndefined();
    expect(world.core.agent('a')?.queues).toEqual([]);
    world.do({ type: 'queue.removed', queueId: 'direct' });
    expect(world.refused()).toBe('conflict built-in');
  });

  it('R16 a phone reported before its agent was set up counts from then on', () => {
    world.reachable('a', true);
    world.do({ type: 'agent.set', agent: { id: 'a', queues: ['support'] } });
    expect(world.core.agent('a')).toMatchObject({ reachable: true, state: 'offline' });
  });
});
