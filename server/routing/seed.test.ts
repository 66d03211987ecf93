import { describe, expect, it } from 'vitest';
import { RoutingWorld } from '../../tests/support/routing.ts';
import { seedQueues } from './index.ts';

const people = Array.from({ length: 12 }, (_, i) => `agent${i + 1}`);
const served = (world: RoutingWorld, id: string) =>
  world.routing.agent(id)?.queues.map(({ queueId }) => queueId);

describe('the seed', () => {
  it('makes the demo centre, once, with agent1 and agent2 in all queues', async () => {
    const world = await RoutingWorld.open();
    const { routing } = world;
    expect(await seedQueues(routing, 'demo', people)).toBe(true);
    expect(await seedQueues(routing, 'demo', people)).toBe(false);
    expect(routing.queues().map(({ id }) => id)).toEqual(['support', 'sales', 'billing']);
    expect(served(world, 'agent1')).toEqual(['support', 'sales', 'billing']);
    expect(served(world, 'agent3')).toEqual(['support']);
    expect(served(world, 'agent12')).toEqual(['billing']);
    expect(routing.queueSettings('support')).toMatchObject({ offerMs: 20_000, ringMs: 8_000, record: true });
  });

  it('asks nothing of a caller’s patience in the demo: everybody of a queue is asked at once, at any hour', async () => {
    const world = await RoutingWorld.open();
    const { routing } = world;
    await seedQueues(routing, 'demo', people);
    for (const hour of [0, 5, 12, 23]) {
      world.kernel.clock.advance(hour * 3_600_000 + 86_400_000);
      for (const { id, open } of routing.queues()) {
        expect(open).toBe(true);
        world.item(`${id}-${hour}`, { queueId: id });
        const { agents = {} } = routing.explain(`${id}-${hour}`) ?? {};
        expect(agents).toEqual({
          'signed-out': people.filter((agent) => served(world, agent)?.includes(id)).length,
        });
        routing.withdraw(`${id}-${hour}`, 'abandoned');
      }
    }
    for (const agent of people) {
      routing.setReachable(agent, true);
      routing.setPresence(agent, 'available', undefined);
      for (const queueId of served(world, agent) ?? []) {
        const itemId = `${agent}-${queueId}`;
        world.item(itemId, { queueId });
        expect(routing.agent(agent)?.offer?.itemId).toBe(itemId);
        routing.withdraw(itemId, 'abandoned');
      }
      routing.setPresence(agent, 'offline', undefined);
    }
  });

  it('sends who waits for sales for two minutes to support', async () => {
    const world = await RoutingWorld.open();
    await seedQueues(world.routing, 'demo', people);
    world.item('i1', { queueId: 'sales' });
    world.kernel.clock.advance(119_999);
    expect(world.said).toEqual([]);
    world.kernel.clock.advance(1);
    expect(world.said).toEqual(['moved i1 support']);
  });

  it('gives a centre without people queues that ask for nothing, and profiles to put people into', async () => {
    const { routing } = await RoutingWorld.open();
    expect(await seedQueues(routing, 'plain', [])).toBe(true);
    for (const { id } of routing.queues())
      expect(routing.queueSettings(id)).toMatchObject({ skills: {}, hours: null, overflow: [] });
    expect(routing.profiles().map(({ id }) => id)).toContain('all-round');
    expect(routing.skills()).toHaveLength(5);
  });

  it('makes the one queue of the benchmark with everybody in it, and adds who is new', async () => {
    const world = await RoutingWorld.open();
    const { routing } = world;
    await seedQueues(routing, 'bench', people.slice(0, 3));
    expect(await seedQueues(routing, 'bench', people)).toBe(false);
    expect(routing.queues().map(({ id }) => id)).toEqual(['bench']);
    expect(routing.agents()).toHaveLength(12);
    for (const { id } of routing.agents()) expect(served(world, id)).toEqual(['bench']);
    expect(routing.queueSettings('bench')).toMatchObject({
      record: false,
      wrapUp: { mode: 'none' },
      skills: {},
    });
  });
});
