import { beforeEach, describe, expect, it } from 'vitest';
import { agentOf, World } from '../../tests/kits/routing/world.ts';

let world: World;
beforeEach(() => {
  world = new World();
  world.queue('support', { wrapUp: { mode: 'timed', ms: 30_000, extendMs: 0 } });
  world.queue('sales');
});
const forA = { preferred: { agentId: 'a', holdMs: 60_000 } };

/** `a` has a call; the one that prefers it waits, with `b` free beside. */
function held(): string {
  world.agent('a', 'support');
  world.call('support', { id: 'first' });
  world.accept('a');
  world.agent('b', 'support');
  return world.call('support', forA);
}

describe('R23 sticky', () => {
  it('R23 the preferred agent is asked first when it is free, though others were idle for longer', () => {
    world.agent('b', 'support');
    world.agent('a', 'support');
    const item = world.call('support', forA);
    expect(world.rings('a')).toBe(item);
    expect(world.offer('a')).toMatchObject({ why: 'preferred' });
  });

  it('R23 busy with other work and its wrap-up: held for it, beside a free agent, who gets what comes later', () => {
    const item = held();
    expect(world.state('b')).toBe('idle');
    expect(world.explain(item)).toMatchObject({
      why: 'held',
      heldFor: { agentId: 'a', until: world.now + 60_000 },
      agents: { busy: 1, 'held-for-another': 1 },
    });
    const later = world.call('support');
    expect(world.rings('b')).toBe(later);
    world.end('first');
    expect([world.state('a'), world.rings('a')]).toEqual(['wrap-up', undefined]);
    world.advance(20_000); // b misses
    world.presence('b', 'available');
    world.advance(9_999);
    expect(world.explain(item).why).toBe('held');
    world.advance(1);
    expect(world.rings('a')).toBe(item);
  });

  it('R23 the hold ends: everybody is asked, the preferred still first', () => {
    const item = held();
    world.advance(59_999);
    expect(world.rings('b')).toBeUndefined();
    world.advance(1);
    expect(world.rings('b')).toBe(item);
    expect(world.offer('b')).toMatchObject({ why: 'longest-idle' });
    world.end('first');
    world.advance(20_000 + 10_000); // b let it ring out, a wrapped up
    expect(world.rings('a')).toBe(item);
    expect(world.offer('a')).toMatchObject({ why: 'preferred' });
  });

  it('R23 the agent goes offline: everybody at once; coming back it is not kept for it again', () => {
    const item = held();
    world.presence('b', 'not-ready');
    world.presence('a', 'offline');
    world.end('first');
    world.advance(30_000); // wrapped up and gone
    expect(world.state('a')).toBe('offline');
    expect(world.explain(item).heldFor).toBeUndefined();
    world.presence('a', 'not-ready');
    expect(world.explain(item).heldFor).toBeUndefined();
    world.presence('b', 'available');
    expect(world.rings('b')).toBe(item);
  });

  it('R23 offline from the start, or of another queue: nobody is waited for', () => {
    world.agent('b', 'support');
    world.agent('a', 'sales');
    const item = world.call('support', forA);
    expect(world.rings('b')).toBe(item);
    world.presence('a', 'offline');
    world.do({ type: 'agent.set', agent: agentOf('a', ['support']) });
    world.withdraw(item);
    const next = world.call('support', forA);
    expect(world.rings('b')).toBe(next);
  });

  it('R23 the agent leaves the queue: everybody at once', () => {
    const item = held();
    world.do({ type: 'agent.set', agent: agentOf('a', ['sales']) });
    expect(world.rings('b')).toBe(item);
    expect([...world.timers.keys()]).toEqual([`offer ${world.offer('b')?.id}`]); // that of the hold is gone
  });

  it('R23 new settings that keep the queue keep the hold', () => {
    const item = held();
    world.do({ type: 'agent.set', agent: agentOf('a', ['sales', 'support'], { skills: { french: 1 } }) });
    expect(world.explain(item)).toMatchObject({ why: 'held', heldFor: { agentId: 'a' } });
    expect(world.rings('b')).toBeUndefined();
  });

  it('R23 while it is held, skill and tier of the preferred agent do not matter; afterwards they do', () => {
    world.queue('support', { skills: { billing: 3 }, tiersMs: [0, 600_000] });
    world.agent('a', 'support:2');
    const item = world.call('support', forA);
    expect(world.rings('a')).toBe(item);
    world.decline('a', 'failed');
    world.advance(10_000);
    expect(world.rings('a')).toBe(item);
    world.presence('a', 'not-ready');
    world.advance(20_000); // rung out: its next state
    world.advance(40_000);
    world.presence('a', 'available');
    expect(world.rings('a')).toBeUndefined();
    expect(world.explain(item).agents).toEqual({ skills: 1 });
  });

  it('R23 R24 declined by the preferred agent: the others are asked at once', () => {
    world.agent('a', 'support');
    world.agent('b', 'support');
    const item = world.call('support', { preferred: { agentId: 'a', holdMs: 600_000 } });
    world.decline('a');
    expect(world.rings('b')).toBe(item);
    world.advance(20_000); // b misses; a is left alone for 10 s more
    world.agent('c', 'support');
    expect(world.rings('c')).toBe(item);
    world.decline('c', 'failed');
    world.presence('b', 'available');
    expect(world.rings('b')).toBe(item);
    world.advance(15_000); // a and c are free again
    world.decline('b', 'busy');
    expect(world.rings('a')).toBeUndefined(); // it declined, and c is free
    expect(world.rings('c')).toBe(item);
  });

  it('R23 rung out at the preferred agent: held on for it until the hold ends', () => {
    world.agent('a', 'support');
    world.agent('b', 'support');
    const item = world.call('support', forA);
    world.advance(20_000);
    expect(world.explain(item)).toMatchObject({
      why: 'held',
      agents: { 'not-responding': 1, 'held-for-another': 1 },
    });
    world.advance(40_000);
    expect(world.rings('b')).toBe(item);
  });

  it('R23 the hold counts from the arrival, not from each queue it comes into', () => {
    const item = held();
    world.agent('d', 'sales');
    const until = world.explain(item).arrivedAt + 60_000;
    world.advance(40_000);
    world.do({ type: 'agent.set', agent: agentOf('a', ['support', 'sales']) });
    world.move(item, 'sales');
    expect(world.explain(item)).toMatchObject({ why: 'held', heldFor: { agentId: 'a', until } });
    world.advance(20_000);
    expect(world.rings('d')).toBe(item);
  });

  it('R2 R23 boosting held work keeps it held; boosting what is not does not begin a hold', () => {
    const item = held();
    world.do({ type: 'item.boosted', itemId: item, boost: 50 });
    expect(world.rings('b')).toBeUndefined();
    expect(world.explain(item)).toMatchObject({ why: 'held', score: { boost: 50 } });

    const lone = world.call('sales', { preferred: { agentId: 'c', holdMs: 60_000 }, skills: { french: 1 } });
    world.agent('c', 'sales'); // signs in meanwhile, without French
    expect(world.rings('c')).toBeUndefined();
    world.do({ type: 'item.boosted', itemId: lone, boost: 50 });
    expect(world.explain(lone)).toMatchObject({ why: 'no-skill', heldFor: undefined, agents: { skills: 1 } });
  });

  it('R23 the agent is removed: everybody at once', () => {
    const item = held();
    world.do({ type: 'agent.removed', agentId: 'a' });
    expect(world.rings('b')).toBe(item);
  });

  it('R2 R23 room for more brings the best of all that waits, held or not', () => {
    world.agentWith({ capacity: { call: 1, chat: 0 } }, 'a', 'support');
    const held = world.call('support', { ...forA, channel: 'chat', priority: 5 });
    const plain = world.call('support', { channel: 'chat' });
    world.do({ type: 'agent.set', agent: agentOf('a', ['support']) });
    expect(world.rings('a')).toBe(held);
    world.accept('a');
    expect(world.rings('a')).toBe(plain);
  });
});
