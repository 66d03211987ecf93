import { beforeEach, describe, expect, it } from 'vitest';
import { agentOf, World } from '../../tests/kits/routing/world.ts';

let world: World;
beforeEach(() => {
  world = new World();
  world.queue('support');
  world.queue('sales');
});

describe('settings changed while running', () => {
  it('R16 an agent joining a queue gets what waits there; one leaving is offered no more of it', () => {
    world.agent('a', 'sales');
    const item = world.call('support');
    world.do({ type: 'agent.set', agent: agentOf('a', ['support']) });
    expect(world.rings('a')).toBe(item);
    world.do({ type: 'agent.set', agent: agentOf('a', []) });
    expect(world.rings('a')).toBe(item); // the running offer goes on
    world.decline('a');
    expect(world.core.queue('support', world.now)).toMatchObject({ waiting: 1, agentsSignedIn: 0 });
    expect(world.timers.size).toBe(0);
    world.do({ type: 'agent.set', agent: agentOf('a', ['nowhere']) });
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
    expect(world.core.queue('support', world.now)).toBeUndefined();
    expect(world.core.agent('a')?.queues).toEqual([]);
    world.do({ type: 'queue.removed', queueId: 'direct' });
    expect(world.refused()).toBe('conflict built-in');
  });

  it('R16 a phone reported before its agent was set up counts from then on', () => {
    world.reachable('a', true);
    world.do({ type: 'agent.set', agent: agentOf('a', ['support']) });
    expect(world.core.agent('a')).toMatchObject({ reachable: true, state: 'offline' });
  });

  it('R12 R16 an agent removed during wrap-up goes at once, also when nobody would finish it', () => {
    for (const mode of ['mandatory', 'timed'] as const) {
      world.queue('support', { wrapUp: { mode, ms: 60_000, extendMs: 0 } });
      world.agent('a', 'support');
      const item = world.call('support');
      world.accept('a');
      world.end(item);
      world.do({ type: 'agent.removed', agentId: 'a' });
      expect([world.core.agents(), world.timers.size]).toEqual([[], 0]);
    }
    expect(world.facts('wrap-up.ended')).toHaveLength(2);
  });

  it('R16 an agent removed with several things in hand goes with the last; set again before, it stays', () => {
    world.agent('a', 'support');
    const chats = [1, 2].map(() => {
      const chat = world.call('support', { channel: 'chat' });
      world.accept('a');
      return chat;
    });
    world.do({ type: 'agent.removed', agentId: 'a' });
    world.end(chats[0] ?? '');
    expect(world.state('a')).toBe('on-work');
    world.do({ type: 'agent.set', agent: agentOf('a', ['sales']) });
    world.end(chats[1] ?? '');
    expect(world.state('a')).toBe('idle');
    const sale = world.call('sales');
    expect(world.rings('a')).toBe(sale);
  });

  it('R16 the built-in queue cannot be changed', () => {
    world.queue('direct', { closed: true });
    expect(world.refused()).toBe('conflict built-in');
  });

  it('R16 an agent keeps its counts and delays in queues it stays in, and loses those of queues it leaves', () => {
    world.queue('support', { strategy: 'fewest-handled' });
    world.agent('a', 'support', 'sales');
    world.call('support');
    world.serve('a');
    world.agent('b', 'support');
    world.call('support', { id: 'refused' });
    world.decline('b');
    world.withdraw('refused');
    world.do({ type: 'agent.set', agent: agentOf('b', ['support']) });
    world.do({ type: 'agent.set', agent: agentOf('a', ['support']) });
    const item = world.call('support');
    expect(world.rings('a')).toBe(item); // b's delay runs on
    world.withdraw(item);
    world.do({ type: 'agent.set', agent: agentOf('b', ['sales']) });
    world.do({ type: 'agent.set', agent: agentOf('b', ['support']) });
    expect(world.timers.size).toBe(0);
    const next = world.call('support');
    expect(world.rings('b')).toBe(next); // its delay is gone, and a handled one
  });

  it('R16 capacity and skills given while work waits bring it at once', () => {
    world.agentWith({ capacity: { call: 1 } }, 'a', 'support');
    const chat = world.call('support', { channel: 'chat' });
    expect(world.rings('a')).toBeUndefined();
    world.do({ type: 'agent.set', agent: agentOf('a', ['support'], { capacity: { chat: 1 } }) });
    expect(world.rings('a')).toBe(chat);
  });
});
