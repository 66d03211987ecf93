import { beforeEach, describe, expect, it } from 'vitest';
import { World } from '../../tests/kits/routing/world.ts';

let world: World;
beforeEach(() => {
  world = new World();
  world.queue('support');
  world.queue('sales');
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
    expect(world.hand('a')?.wrapUp?.mode).toBe('optional');
    expect(world.core.queues(world.now).map((q) => q.id)).toEqual(['support', 'sales']);
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

  it('R15 R20 is refused when the agent takes none of that channel, and comes on top of what it may', () => {
    world.agentWith({ capacity: { chat: 1 } }, 'a');
    world.call('direct', toA);
    expect(world.refused()).toBe('conflict unavailable');
    world.agent('b', 'support');
    const mail = world.call('support', { channel: 'email' });
    world.accept('b');
    const item = world.call('direct', { onlyAgent: 'b' });
    expect(world.rings('b')).toBe(item);
    world.accept('b');
    world.call('direct', { onlyAgent: 'b' });
    expect(world.refused()).toBe('conflict busy');
    world.withdraw(mail);
    expect(world.core.agent('b')?.hands).toMatchObject([{ itemId: item }]);
  });

  it('R15 is refused while a next state is chosen', () => {
    world.agent('a', 'support');
    world.call('support', { channel: 'email' });
    world.accept('a');
    world.presence('a', 'not-ready');
    world.call('direct', toA);
    expect(world.refused()).toBe('conflict busy');
  });
});
