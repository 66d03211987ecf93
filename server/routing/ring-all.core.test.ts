import { beforeEach, describe, expect, it } from 'vitest';
import { World } from '../../tests/kits/routing/world.ts';

let world: World;
beforeEach(() => {
  world = new World();
  world.queue('support', {
    strategy: 'ring-all',
    retryMs: { noAnswer: 0, declined: 30_000, busy: 15_000, failed: 10_000 },
  });
  for (const id of ['a', 'b', 'c']) world.agent(id, 'support');
});

const ringing = (itemId: string): string[] =>
  world.core.agents().flatMap((agent) => (agent.offer?.itemId === itemId ? [agent.id] : []));
const outcomes = (): string[] => world.facts('offer.ended').map((fact) => `${fact.agentId} ${fact.outcome}`);

describe('R19 ring all', () => {
  it('R19 asks everybody free at that instant, and says so', () => {
    world.presence('c', 'not-ready');
    const item = world.call('support');
    expect(ringing(item)).toEqual(['a', 'b']);
    expect(world.offer('b')).toMatchObject({ why: 'ring-all', among: 2 });
    world.presence('c', 'available');
    expect(ringing(item)).toEqual(['a', 'b']); // too late for this round
    expect(world.state('c')).toBe('idle');
  });

  it('R19 the first to accept has it; the others are revoked and keep their place', () => {
    const before = ['a', 'c'].map((id) => world.core.agent(id)?.since);
    const item = world.call('support');
    const [offerA, offerB] = [world.offer('a')?.id ?? '', world.offer('b')?.id ?? ''];
    world.now += 3_000;
    world.do({ type: 'offer.accepted', offerId: offerB });
    expect(world.hand('b')).toMatchObject({ itemId: item, phase: 'work' });
    expect(outcomes()).toEqual(['b accepted', 'a revoked', 'c revoked']);
    expect(['a', 'c'].map((id) => world.core.agent(id)?.since)).toEqual(before);
    world.do({ type: 'offer.accepted', offerId: offerA });
    expect(world.refused()).toBe('offer.gone over');
    expect(world.timers.size).toBe(0);
  });

  it('R19 the caller hangs up: every phone is let go', () => {
    const item = world.call('support');
    world.withdraw(item);
    expect(outcomes()).toEqual(['a revoked', 'b revoked', 'c revoked']);
    expect(world.last.filter((effect) => effect.type === 'offer-ended')).toHaveLength(3);
    expect(world.core.agents().map((agent) => agent.state)).toEqual(['idle', 'idle', 'idle']);
    expect([world.core.openItems, world.timers.size]).toEqual([0, 0]);
  });

  it('R19 rings on at the others while some decline; when all did it waits, and goes round again', () => {
    const item = world.call('support');
    world.decline('a');
    world.decline('b', 'busy');
    expect(ringing(item)).toEqual(['c']);
    expect(world.waiting('support')).toBe(0);
    world.decline('c');
    expect(world.waiting('support')).toBe(1);
    world.advance(15_000);
    expect(ringing(item)).toEqual(['b']); // its delay is over first
  });

  it('R19 R24 who declined is left out of the next round while anybody else is free', () => {
    const item = world.call('support');
    world.decline('a');
    world.decline('b', 'busy');
    world.presence('c', 'offline'); // the last to ring: it goes round again
    world.advance(14_999);
    expect(world.waiting('support')).toBe(1);
    world.advance(1);
    expect(ringing(item)).toEqual(['b']);
    world.advance(15_000); // a's delay is over: free again
    expect(world.state('a')).toBe('idle');
    world.advance(5_000); // b let it ring out: nobody but a is free
    expect(ringing(item)).toEqual(['a']);
    world.presence('b', 'available');
    world.decline('a');
    expect(ringing(item)).toEqual(['b']);
    world.advance(20_000); // b misses again; a is left alone for 10 s more
    world.presence('c', 'not-ready');
    world.advance(10_000); // a is asked at once when its delay ends
    expect(ringing(item)).toEqual(['a']);
    world.presence('c', 'available');
    world.presence('b', 'available');
    world.move(item, 'support'); // everybody free, a among them: those who did not decline are asked
    expect(ringing(item)).toEqual(['b', 'c']);
  });

  it('R19 rung out by all: nobody responds, the item waits, and the first to come back is asked', () => {
    const item = world.call('support');
    world.advance(20_000);
    expect(outcomes()).toEqual(['a no-answer', 'b no-answer', 'c no-answer']);
    expect(world.core.agents().map((agent) => agent.state)).toEqual(Array(3).fill('not-responding'));
    expect(world.explain(item)).toMatchObject({ state: 'waiting', why: 'all-not-ready' });
    world.presence('b', 'available');
    expect(ringing(item)).toEqual(['b']);
  });

  it('R19 agents let go by one item are all asked for the next that waits', () => {
    const first = world.call('support');
    const second = world.call('support');
    expect(ringing(second)).toEqual([]);
    world.accept('a');
    expect(world.hand('a')?.itemId).toBe(first);
    expect(ringing(second)).toEqual(['b', 'c']);
    world.withdraw(second);
    expect(world.core.agents().map((agent) => agent.state)).toEqual(['on-work', 'idle', 'idle']);
  });

  it('R19 two who become free together when a queue is set are both asked', () => {
    world.queue('sales');
    const item = world.call('support', { skills: { french: 1 } });
    expect(ringing(item)).toEqual([]);
    world.queue('support', { strategy: 'ring-all', relax: [{ afterMs: 1_000, lower: 0, drop: ['french'] }] });
    world.advance(1_000);
    expect(ringing(item)).toEqual(['a', 'b', 'c']);
  });

  it('R19 R23 held for one agent it rings there alone, then everywhere', () => {
    const item = world.call('support', { preferred: { agentId: 'b', holdMs: 60_000 } });
    expect(ringing(item)).toEqual(['b']);
    world.decline('b');
    expect(ringing(item)).toEqual(['a', 'c']);
  });

  it('R19 R31 says of each why it is asked, also when all have declined before', () => {
    const item = world.call('support', { preferred: { agentId: 'b', holdMs: 0 } });
    for (const id of ['a', 'b', 'c']) world.decline(id);
    world.advance(30_000);
    world.move(item, 'support'); // asked all over again
    const why = ['a', 'b', 'c'].map((id) => world.offer(id)?.why);
    expect(why).toEqual(['ring-all', 'preferred', 'ring-all']);
  });

  it('R19 the phone of one goes: only its offer fails', () => {
    const item = world.call('support');
    world.reachable('a', false);
    world.advance(3_000);
    expect(outcomes()).toEqual(['a failed']);
    expect(ringing(item)).toEqual(['b', 'c']);
  });
});
