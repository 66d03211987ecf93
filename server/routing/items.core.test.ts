import { beforeEach, describe, expect, it } from 'vitest';
import { World } from '../../tests/kits/routing/world.ts';

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
    expect(world.core.queue('support', world.now)).toMatchObject({ waiting: 1, agentsIdle: 0 });
  });

  it('R4 an item not taken stands in front again with its own arrival time', () => {
    world.agent('a', 'support');
    const arrived = world.now;
    const first = world.call('support');
    world.now += 5_000;
    const second = world.call('support');
    world.decline('a');
    expect(world.core.queue('support', world.now)).toMatchObject({ waiting: 2, longestSince: arrived });
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
    expect(world.core.queue('support', world.now)).toMatchObject({
      waiting: 1,
      agentsIdle: 0,
      agentsSignedIn: 2,
    });
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
