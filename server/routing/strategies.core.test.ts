import { beforeEach, describe, expect, it } from 'vitest';
import type { Strategy } from '#shared/model/routing.ts';
import { World } from '../../tests/kits/routing/world.ts';

let world: World;
beforeEach(() => {
  world = new World();
});

/** A queue of this strategy with these agents, in this order of their names' arrival. */
function team(strategy: Strategy, ...names: string[]): void {
  world.queue('support', { strategy });
  for (const name of names) world.agent(name, 'support');
}

/** Who is rung by the next call, which is then taken and lasts so long. */
function next(ms = 0): string | undefined {
  const item = world.call('support');
  const agentId = world.core.agents().find((agent) => agent.offer?.itemId === item)?.id;
  if (agentId) world.serve(agentId, ms);
  return agentId;
}

describe('R1 strategies: who of the free agents is asked', () => {
  it('R1 longest idle: whoever was freed first', () => {
    team('longest-idle', 'c', 'a', 'b');
    expect([next(10), next(10), next(10), next(10)]).toEqual(['c', 'a', 'b', 'c']);
  });

  it('R1 longest idle: a break begins the idle time anew, choosing the same presence does not', () => {
    team('longest-idle', 'a', 'b', 'c');
    world.presence('b', 'available');
    world.presence('a', 'not-ready');
    world.presence('a', 'available');
    expect([next(1), next(1), next(1)]).toEqual(['b', 'c', 'a']);
  });

  it('R1 round robin: asked least recently, also when the offer was not taken', () => {
    team('round-robin', 'a', 'b', 'c');
    const item = world.call('support');
    world.decline('a');
    expect(world.rings('b')).toBe(item);
    world.withdraw(item);
    world.advance(30_000);
    // Longest idle would ask b, which kept its place; by turns c comes first.
    expect([next(), next(), next(), next()]).toEqual(['c', 'a', 'b', 'c']);
  });

  it('R1 fewest handled: whoever took least since the counters were reset', () => {
    team('fewest-handled', 'a', 'b');
    expect([next(), next(), next()]).toEqual(['a', 'b', 'a']);
    world.presence('a', 'not-ready');
    expect([next(), next()]).toEqual(['b', 'b']); // a 2, b 3
    world.presence('a', 'available');
    expect(next()).toBe('a'); // free for the shortest time, and yet
    world.do({ type: 'counters.reset' });
    world.presence('a', 'not-ready');
    next();
    next(); // a 0, b 2
    world.presence('a', 'available');
    expect([next(), next()]).toEqual(['a', 'a']);
  });

  it('R1 least talk time: wrap-up does not count, work in other queues neither', () => {
    team('least-talk-time', 'a', 'b');
    world.queue('support', {
      strategy: 'least-talk-time',
      wrapUp: { mode: 'timed', ms: 60_000, extendMs: 0 },
    });
    expect(next(9_000)).toBe('a');
    expect(next(10_000)).toBe('b');
    world.advance(60_000); // a came back before b
    expect(next(2_000)).toBe('a'); // 11 s against 10 s
    world.advance(60_000);
    expect(next()).toBe('b');
    world.do({ type: 'counters.reset' });
    world.advance(60_000);
    expect(next(1)).toBe('a'); // equal now: free for longer
  });

  it('R1 most skilled: the sum of the levels in what is asked for, not in anything else', () => {
    world.queue('support', { strategy: 'most-skilled', skills: { billing: 1 } });
    world.agentWith({ skills: { billing: 2, chess: 5 } }, 'a', 'support');
    world.agentWith({ skills: { billing: 4 } }, 'b', 'support');
    world.agentWith({ skills: { billing: 3, french: 5 } }, 'c', 'support');
    expect(next()).toBe('b');
    const french = world.call('support', { skills: { french: 1 } });
    expect(world.rings('c')).toBe(french);
  });

  it('R1 most skilled: of work that asks for nothing, the sum of all levels', () => {
    world.queue('support', { strategy: 'most-skilled' });
    world.agentWith({ skills: { billing: 5 } }, 'a', 'support');
    world.agentWith({ skills: { billing: 3, chess: 3 } }, 'b', 'support');
    expect(next()).toBe('b');
  });

  it('R1 linear: by rank, however long each was idle; of one rank, the longest idle', () => {
    world.queue('support', { strategy: 'linear' });
    world.agentWith({ rank: 3 }, 'a', 'support');
    world.agentWith({ rank: 1 }, 'z', 'support');
    world.agentWith({ rank: 1 }, 'm', 'support');
    const items = [world.call('support'), world.call('support'), world.call('support')];
    expect(['z', 'm', 'a'].map((id) => world.rings(id))).toEqual(items);
  });

  it('R1 random: everybody gets about the same share, in no fixed order, and the same draw every time', () => {
    const play = (): (string | undefined)[] => {
      world = new World();
      team('random', 'a', 'b', 'c');
      return Array.from({ length: 600 }, () => next(1));
    };
    const first = play();
    expect(play()).toEqual(first);
    for (const id of ['a', 'b', 'c']) {
      const share = first.filter((other) => other === id).length;
      // 600 draws of 1/3 have a deviation of 11.5; whoever was just asked draws anew, so all are alike.
      expect(Math.abs(share - 200)).toBeLessThan(60);
    }
    expect(new Set(first.slice(0, 12).join('').match(/.{3}/g)).size).toBeGreaterThan(1);
  });

  it('R1 fewer things in hand comes before the strategy, the lower tier before both', () => {
    world.queue('support', { strategy: 'linear' });
    world.agentWith({ rank: 1 }, 'a', 'support');
    world.agentWith({ rank: 2 }, 'b', 'support');
    world.agentWith({ rank: 0 }, 'helper', 'support:2');
    const chats = [1, 2, 3].map(() => world.call('support', { channel: 'chat' }));
    expect(world.rings('a')).toBe(chats[0]);
    expect(world.rings('b')).toBe(chats[1]);
    expect(world.rings('helper')).toBe(chats[2]);
    for (const id of ['a', 'b']) world.accept(id);
    world.decline('helper');
    expect(world.rings('a')).toBe(chats[2]); // equal hands: by rank
    world.accept('a');
    world.call('support', { channel: 'chat' });
    expect(world.rings('b')).toBeDefined(); // one in hand, a has two
  });

  it('R1 a strategy changed while agents are idle orders them anew', () => {
    world.queue('support');
    world.agentWith({ rank: 2 }, 'a', 'support');
    world.agentWith({ rank: 1 }, 'b', 'support');
    world.queue('support', { strategy: 'linear' });
    expect(next()).toBe('b');
    world.queue('support', { strategy: 'longest-idle' });
    expect(next()).toBe('a');
  });

  it('R1 of those freed by the same event the strategy decides too', () => {
    world.queue('all', { strategy: 'ring-all' });
    world.queue('support', { strategy: 'linear' });
    world.agentWith({ rank: 2 }, 'late', 'support', 'all');
    world.agentWith({ rank: 1 }, 'early', 'support', 'all');
    const both = world.call('all');
    const waits = world.call('support');
    world.withdraw(both);
    expect([world.rings('early'), world.rings('late')]).toEqual([waits, undefined]);
  });

  it('R24 of those freed by the same event, who declined comes last', () => {
    const retryMs = { noAnswer: 0, declined: 1_000, busy: 1_000, failed: 1_000 };
    world.queue('all', { strategy: 'ring-all' });
    world.queue('support', { retryMs });
    world.agent('early', 'support', 'all');
    world.agent('late', 'support', 'all');
    world.reachable('late', false);
    const waits = world.call('support');
    world.decline('early');
    world.presence('late', 'not-ready');
    world.presence('late', 'available'); // free for the shorter time
    const both = world.call('all', { channel: 'chat' });
    world.reachable('late', true);
    world.advance(1_000);
    world.withdraw(both);
    expect([world.rings('early'), world.rings('late')]).toEqual([undefined, waits]);
  });
});
