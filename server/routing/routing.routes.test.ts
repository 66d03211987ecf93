import { beforeEach, describe, expect, it } from 'vitest';
import type { Mounts, Principal } from '#server/kernel/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import { type Endpoint, endpoints } from '#shared/contract/index.ts';
import { queueDefaults } from '#shared/model/routing.ts';
import type { Role } from '#shared/model/states.ts';
import { RoutingWorld, refusal } from '../../tests/support/routing.ts';
import { type RoutingParts, routingRoom } from './index.ts';

type Handler = (call: object) => unknown;
const names: Readonly<Record<string, string>> = { agent1: 'Ann', agent2: 'Bob', super1: 'Sue' };
const principal = (id: string, role: Role): Principal => ({
  sessionId: id,
  user: { id, username: id, name: names[id] ?? id, roles: [role], team: null },
});

/** The endpoints of the room with what other rooms would give; each asked as the API would, once form and permission are checked. */
async function roomWith(more: Partial<RoutingParts>) {
  const world = await RoutingWorld.open();
  const parts: RoutingParts = {
    clock: world.kernel.clock,
    routing: world.routing,
    people: {
      user: (id) => (names[id] === undefined ? undefined : principal(id, 'agent').user),
      may: ({ user }) => user.roles.includes('supervisor'),
      authorize: ({ user }) => {
        if (!user.roles.includes('supervisor')) throw new AppError('forbidden', 'No.');
      },
    },
    work: () => [],
    dispositions: () => [],
    flows: () => [],
    deviceChanged: () => undefined,
    ...more,
  };
  const handlers = new Map<Endpoint, Handler>();
  const mounts: Mounts = {
    mount: (endpoint, handler) => void handlers.set(endpoint, handler as Handler),
    mountPublic: () => expect.fail('everything here wants a session'),
    mountFile: () => expect.fail('there are no files here'),
  };
  routingRoom.routes?.(parts, mounts);
  const ask = async (endpoint: Endpoint, call: object, who = principal('admin1', 'administrator')) => {
    const answer = await handlers.get(endpoint)?.({
      principal: who,
      params: {},
      query: {},
      body: {},
      ...call,
    });
    return endpoint.response.parse(answer);
  };
  return { world, ask };
}

describe('flows', () => {
  it('A17 are what work may overflow to; a queue to which one leads is not removed', async () => {
    let flows = [{ id: 'menu', name: 'Main menu', queues: ['help'] }];
    const { ask } = await roomWith({ flows: () => flows });
    const params = { id: 'help' };
    const overflow = [{ when: 'waited', value: 1_000, to: { kind: 'flow', flowId: 'menu' } }];
    const body = { ...queueDefaults, name: 'Help', overflow };
    expect(await ask(endpoints.setQueue, { params, body })).toEqual({ ...body, ...params });
    expect(await ask(endpoints.routing, {})).toMatchObject({
      flows: [{ id: 'menu', name: 'Main menu' }],
      queues: [{ id: 'help', overflow }],
    });
    const missing = [{ ...overflow[0], to: { kind: 'flow', flowId: 'gone' } }];
    expect(
      await refusal(() => ask(endpoints.setQueue, { params, body: { ...body, overflow: missing } })),
    ).toMatchObject({
      code: 'bad-request',
      details: { issues: [{ path: 'overflow.0.to.flowId', message: 'there is no such flow' }] },
    });
    expect(await refusal(() => ask(endpoints.removeQueue, { params }))).toMatchObject({
      code: 'routing.in-use',
      message: 'A flow leads to this queue.',
      details: { flows: ['menu'], names: ['Main menu'] },
    });
    flows = [];
    expect(await ask(endpoints.removeQueue, { params })).toEqual({});
  });
});

describe('what is refused', () => {
  it('A17 is told in names: of agents, queues and what nobody knows any more', async () => {
    const { world, ask } = await roomWith({});
    await world.queue('help', { name: 'Help' });
    await world.routing.setSkill({ id: 'french', name: 'French' }, 'test');
    for (const id of ['agent1', 'gone']) await world.agent(id, ['help'], { french: 1 });
    const skill = await refusal(() => ask(endpoints.removeSkill, { params: { id: 'french' } }));
    expect(skill.details).toEqual({ agents: ['agent1', 'gone'], names: ['Ann', 'gone'] });
    world.routing.setPresence('agent1', 'not-ready', 'lunch');
    world.routing.setPresence('gone', 'not-ready', 'lunch');
    world.item('i1', { queueId: 'help' });
    const [profile] = world.routing.profiles();
    const body = { ...profile, queues: [] };
    const params = { id: profile?.id };
    const call = { params, body, query: {} };
    const stranded = await refusal(() => ask(endpoints.setProfile, call));
    expect(stranded).toMatchObject({
      code: 'routing.strands-work',
      details: { queues: ['help'], names: ['Help'] },
    });
    expect(await ask(endpoints.setProfile, { ...call, query: { force: true } })).toMatchObject({
      queues: [],
    });
  });
});

describe('the work list', () => {
  const agent = principal('agent1', 'agent');
  const supervisor = principal('super1', 'supervisor');
  let made: string[];
  let failing: boolean;
  let room: Awaited<ReturnType<typeof roomWith>>;
  const list = (query: object, who: Principal) =>
    room.ask(endpoints.listWork, { query: { limit: 50, ...query } }, who);
  beforeEach(async () => {
    made = [];
    failing = false;
    room = await roomWith({
      work: async (queueIds, limit) => {
        made.push(`${queueIds.join(' ')} ${limit}`);
        if (failing) throw new Error('no database');
        return [];
      },
    });
    await room.world.queue('help');
    await room.world.queue('sales');
    await room.world.agent('agent1', ['help']);
    await room.world.agent('agent2', ['help']);
  });

  it('A16 is of one’s own queues; of any for who oversees the centre, of all for who serves none', async () => {
    await list({}, agent);
    await list({ queue: 'help' }, agent);
    expect((await refusal(() => list({ queue: 'sales' }, agent))).code).toBe('forbidden');
    expect((await refusal(() => list({ queue: 'nowhere' }, supervisor))).code).toBe('queue.unknown');
    await list({ queue: 'sales' }, supervisor);
    await list({}, supervisor);
    expect(made).toEqual(['help 50', 'sales 50', 'help sales 50']);
  });

  it('A16 is shared by agents of the same queues for a second; a supervisor’s is made anew', async () => {
    const { clock } = room.world.kernel;
    await Promise.all([list({}, agent), list({}, principal('agent2', 'agent')), list({}, agent)]);
    expect(made).toEqual(['help 50']);
    await list({ limit: 7 }, agent);
    expect(made).toEqual(['help 50', 'help 7']);
    clock.advance(999);
    await list({}, agent);
    expect(made).toHaveLength(2);
    clock.advance(1);
    await list({}, agent);
    expect(made).toHaveLength(3);
    await list({}, supervisor);
    await list({}, supervisor);
    expect(made).toHaveLength(5);
  });

  it('A16 that could not be made is not shared', async () => {
    failing = true;
    await expect(list({}, agent)).rejects.toThrow('no database');
    failing = false;
    expect(await list({}, agent)).toMatchObject({ items: [] });
  });
});
