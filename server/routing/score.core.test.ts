import { beforeEach, describe, expect, it } from 'vitest';
import { World } from '../../tests/kits/routing/world.ts';

let world: World;
beforeEach(() => {
  world = new World();
});

/** What the agent gets, one after the other, with no time between. */
function order(agentId: string, n: number): string[] {
  return Array.from({ length: n }, () => world.serve(agentId));
}

describe('R2 the score', () => {
  it('R2 adds up priority, seconds waited, seconds past due and boost, each with its weight', () => {
    world.queue('support', { score: { priority: 100, ageing: 2, urgency: 3 }, targetMs: 30_000 });
    const item = world.call('support', { priority: 4, boost: 7 });
    world.now += 10_000;
    expect(world.explain(item).score).toEqual({
      priority: 400,
      ageing: 20,
      urgency: -60, // due in 20 s
      boost: 7,
      total: 367,
    });
    world.now += 30_000;
    expect(world.explain(item).score).toMatchObject({ ageing: 80, urgency: 30, total: 517 });
  });

  it('R2 a due time of its own counts instead of the target of the queue', () => {
    world.queue('support', { score: { priority: 0, ageing: 0, urgency: 1 }, targetMs: 20_000 });
    const first = world.call('support');
    const due = world.call('support', { dueAt: world.now + 5_000 });
    world.agent('a', 'support');
    expect(order('a', 2)).toEqual([due, first]);
  });

  it('R2 enough waiting outweighs a priority, and not before', () => {
    world.queue('support', { score: { priority: 60, ageing: 1, urgency: 0 } });
    const old = world.call('support');
    world.now += 59_000;
    const early = world.call('support', { priority: 1 });
    world.now += 2_000;
    const late = world.call('support', { priority: 1 });
    world.agent('a', 'support');
    expect(order('a', 3)).toEqual([early, old, late]);
  });

  it('R2 a negative priority waits behind, and rises', () => {
    world.queue('support', { score: { priority: 10, ageing: 1, urgency: 0 } });
    const bulk = world.call('support', { priority: -1 });
    world.now += 5_000;
    const normal = world.call('support');
    world.now += 10_000;
    const late = world.call('support');
    world.agent('a', 'support');
    expect(order('a', 3)).toEqual([normal, bulk, late]);
  });

  it('R2 scores of different queues are compared at the instant of the choice: a steeper one overtakes', () => {
    const at = (waited: number): string => {
      world = new World();
      world.queue('slow', { score: { priority: 0, ageing: 1, urgency: 0 } });
      world.queue('steep', { score: { priority: 0, ageing: 10, urgency: 0 } });
      world.call('slow', { id: 'slow', boost: 90 });
      world.call('steep', { id: 'steep' });
      world.now += waited;
      world.agent('a', 'slow', 'steep');
      return world.rings('a') ?? 'none';
    };
    expect([at(9_000), at(11_000)]).toEqual(['slow', 'steep']);
  });

  it('R2 the lower tier of the agent comes before any score', () => {
    world.queue('own');
    world.queue('other');
    const other = world.call('other', { priority: 9 });
    const own = world.call('own');
    world.agent('a', 'other:2', 'own:1');
    expect(order('a', 2)).toEqual([own, other]);
  });

  it('R2 equal scores: first come, over all queues', () => {
    world.queue('q');
    world.queue('r');
    const items = ['q', 'r', 'r', 'q'].map((queue) => world.call(queue));
    world.agent('a', 'r', 'q');
    expect(order('a', 4)).toEqual(items);
  });

  it('R2 boosted work overtakes, and falls back when the boost is taken away', () => {
    world.queue('support');
    const [first, second, third] = [1, 2, 3].map(() => world.call('support'));
    world.do({ type: 'item.boosted', itemId: third ?? '', boost: 100 });
    expect(world.facts('work.boosted')).toMatchObject([{ itemId: third, queueId: 'support', boost: 100 }]);
    world.do({ type: 'item.boosted', itemId: second ?? '', boost: 200 });
    world.do({ type: 'item.boosted', itemId: second ?? '', boost: 0 });
    world.do({ type: 'item.boosted', itemId: second ?? '', boost: 0 });
    expect(world.last).toEqual([]);
    world.agent('a', 'support');
    expect(order('a', 3)).toEqual([third, first, second]);
    world.do({ type: 'item.boosted', itemId: 'gone', boost: 1 });
    expect(world.refused()).toBe('work.unknown gone');
  });

  it('R2 an item boosted while it is offered stands by its new score when it comes back', () => {
    world.queue('support');
    world.agent('a', 'support');
    const first = world.call('support');
    const second = world.call('support');
    world.do({ type: 'item.boosted', itemId: first, boost: -50 });
    world.decline('a');
    expect(world.explain(second).position).toBe(1);
    world.agent('b', 'support');
    expect(world.rings('b')).toBe(second);
  });

  it('R2 R16 weights changed while work waits and is offered: all of it stands by the new ones', () => {
    world.queue('support', { score: { priority: 0, ageing: 1, urgency: 0 } });
    world.agent('a', 'support');
    const offered = world.call('support', { priority: 1 });
    const [low, high] = [world.call('support', { priority: 2 }), world.call('support', { priority: 3 })];
    world.queue('support', { score: { priority: 10, ageing: 0, urgency: 1 }, targetMs: 60_000 });
    world.decline('a');
    const stand = [high, low, offered].map((id) => world.explain(id).position);
    expect(stand).toEqual([1, 2, 3]);
    expect(world.explain(offered)).toMatchObject({ score: { total: 10 - 60 } });
    world.agent('b', 'support');
    expect(order('b', 3)).toEqual([high, low, offered]);
  });

  it('R2 nothing starves: beside an endless stream of higher priority it is taken at last', () => {
    world.queue('support', { score: { priority: 600, ageing: 1, urgency: 0 } });
    world.agent('a', 'support');
    world.call('support', { priority: 1 });
    const poor = world.call('support');
    for (let i = 0; i < 120 && world.rings('a') !== poor; i++) {
      world.call('support', { priority: 1 });
      world.serve('a', 10_000);
    }
    expect(world.rings('a')).toBe(poor);
    expect(world.now - world.explain(poor).arrivedAt).toBeLessThan(620_000);
  });
});
