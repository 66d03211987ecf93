import { beforeEach, describe, expect, it } from 'vitest';
import { DatabaseUnavailable, type Db, openJournal } from '#server/kernel/index.ts';
import type { Profile } from '#shared/model/routing.ts';
import { testKernel } from '../../tests/support/kernel.ts';
import { RoutingWorld, refusal } from '../../tests/support/routing.ts';
import { serves } from '../../tests/support/serves.ts';
import { turns } from '../../tests/support/turns.ts';
import { type QueueSettings, type RoutingService, routingMigrations } from './index.ts';

let world: RoutingWorld;
let routing: RoutingService;

beforeEach(async () => {
  world = await RoutingWorld.open();
  ({ routing } = world);
  await world.queue('support');
  await world.queue('sales');
});

const settings = (id: string): QueueSettings => {
  const queue = routing.queueSettings(id);
  if (!queue) throw new Error(`no queue ${id}`);
  return queue;
};
const profile = (id: string): Profile => {
  const found = routing.profiles().find((one) => one.id === id);
  if (!found) throw new Error(`no profile ${id}`);
  return found;
};
const everything = () => ({
  queues: routing.queues().map(({ id }) => routing.queueSettings(id)),
  skills: routing.skills(),
  hours: routing.hours(),
  profiles: routing.profiles(),
  agents: routing.agents().map(({ id }) => routing.agentRouting(id)),
  inForce: routing.agents().map(({ id, queues, skills }) => ({ id, queues, skills })),
  reasons: routing.reasons(),
});
/** Refused with this code, and nothing is changed: neither what is in force nor what a restart finds. */
async function refused(run: () => unknown, code: string): Promise<void> {
  await world.mark();
  const before = everything();
  expect((await refusal(run)).code).toBe(code);
  expect(everything()).toEqual(before);
  await world.restart();
  ({ routing } = world);
  expect(everything()).toEqual(before);
}
const always = { id: 'always', name: 'Always', zone: 'UTC', weekly: {}, holidays: [] };

describe('R16 what is set', () => {
  it('is in force at once and after a restart, in the order it was made', async () => {
    await routing.setSkill({ id: 'chinese', name: 'Chinese' }, 'test');
    await routing.setHours(always, 'test');
    await routing.setQueue(
      { ...settings('support'), name: 'Help', skills: { chinese: 3 }, hours: 'always' },
      'test',
    );
    await routing.setReason({ id: 'golf', name: 'Golf' }, 'test');
    await routing.setReason({ id: 'lunch', name: 'Long lunch' }, 'test');
    await serves(routing, 'a', ['sales', 'support'], { chinese: 4 });
    const before = everything();
    expect(before.queues.map((queue) => queue?.name)).toEqual(['Help', 'sales']);
    expect(before.inForce).toEqual([
      {
        id: 'a',
        queues: [
          { queueId: 'sales', tier: 1 },
          { queueId: 'support', tier: 1 },
        ],
        skills: { chinese: 4 },
      },
    ]);
    expect(routing.queue('support')?.open).toBe(false);
    expect(before.reasons.map(({ id, name }) => `${id} ${name}`)).toEqual([
      'break Break',
      'lunch Long lunch',
      'training Training',
      'meeting Meeting',
      'follow-up Follow-up',
      'golf Golf',
    ]);
    await world.restart();
    ({ routing } = world);
    expect(everything()).toEqual(before);
    expect(routing.queue('support')?.open).toBe(false);
  });

  it('is put in force for all agents of a profile, while work waits', async () => {
    await world.agent('a', ['support']);
    await world.agent('b', ['support']);
    world.item('i1', { queueId: 'sales' });
    expect(routing.queue('sales')?.waiting).toBe(1);
    await routing.setProfile(
      { ...profile('serves.support'), queues: [{ queueId: 'sales', tier: 1 }] },
      {},
      'test',
    );
    expect(routing.agent('a')?.offer?.itemId).toBe('i1');
    expect(routing.agent('b')?.queues).toEqual([{ queueId: 'sales', tier: 1 }]);
  });

  it('opens and closes a queue by its hours', async () => {
    const hours = { ...always, weekly: { '3': [{ from: '00:00', to: '24:00' }] } }; // the test's day is a Tuesday
    await routing.setHours(hours, 'test');
    await routing.setQueue({ ...settings('support'), hours: 'always' }, 'test');
    expect((await refusal(() => world.item('i1'))).code).toBe('queue.closed');
    await routing.setHours({ ...hours, weekly: { '2': [{ from: '00:00', to: '24:00' }] } }, 'test');
    world.item('i1');
    expect(routing.queue('support')).toMatchObject({ waiting: 1, open: true });
  });
});

describe('a change', () => {
  const told = async (since: number) =>
    (await world.facts('routing.changed', since)).map(({ seq: _, at: __, type: ___, ...fact }) => fact);
  const skill = (id: string, name = id) => ({ id, name });

  it('is written down: who, what, as it was and as it is', async () => {
    const since = await world.mark();
    await routing.setSkill(skill('a', 'A'), 'ann');
    await routing.setSkill(skill('a', 'B'), 'bob');
    await routing.removeSkill('a', 'ann');
    await refusal(() => routing.removeSkill('a', 'bob'));
    const what = { what: 'skill', subject: 'a' };
    expect(await told(since)).toEqual([
      { by: 'ann', ...what, change: 'set', before: null, after: skill('a', 'A') },
      { by: 'bob', ...what, change: 'set', before: skill('a', 'A'), after: skill('a', 'B') },
      { by: 'ann', ...what, change: 'removed', before: skill('a', 'B'), after: null },
    ]);
    const support = settings('support');
    await routing.setQueue({ ...support, closed: true }, 'ann');
    expect((await told(since)).at(-1)).toEqual({
      ...{ by: 'ann', what: 'queue', subject: 'support', change: 'set' },
      ...{ before: support, after: { ...support, closed: true } },
    });
  });

  it('that takes others with it is written down for each', async () => {
    await serves(routing, 'a', ['support', 'sales']);
    const since = await world.mark();
    const before = profile('serves.support.sales');
    await routing.removeQueue('support', 'ann');
    expect(await told(since)).toMatchObject([
      { by: 'ann', what: 'queue', subject: 'support', change: 'removed', after: null },
      { by: 'ann', what: 'profile', subject: before.id, change: 'set', before },
    ]);
    expect((await told(since))[1]).toMatchObject({ after: { queues: [{ queueId: 'sales', tier: 1 }] } });
  });

  it('of many agents is made at once or, if one cannot be set, not at all', async () => {
    await serves(routing, 'a', ['support']);
    const agent = (id: string, rank: number) => ({ id, profileId: 'serves.support', skills: {}, rank });
    const since = await world.mark();
    await refused(
      () => routing.setAgents([agent('b', 2), { ...agent('c', 3), profileId: 'none' }], {}, 'test'),
      'profile.unknown',
    );
    await routing.setAgents([agent('b', 2), agent('c', 10_000)], {}, 'test');
    expect((await told(since)).map(({ subject }) => subject)).toEqual(['b', 'c']);
    expect(routing.agents().map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(routing.agentRouting('c')?.rank).toBe(10_000);
  });

  it('is in force once it is stored, not before; the next one waits behind it, and calls for neither', async () => {
    const lock = { closed: true };
    const kernel = await testKernel(routingMigrations);
    const db: Db = {
      ...kernel.db,
      async write(ops) {
        if (lock.closed) throw new DatabaseUnavailable('locked', { cause: undefined });
        return kernel.db.write(ops);
      },
    };
    lock.closed = false;
    const journal = await openJournal(db, kernel.clock, kernel.log);
    world = await RoutingWorld.open({ kernel: { ...kernel, db, journal } });
    ({ routing } = world);
    await world.queue('support');
    await world.agent('a');
    await world.mark();
    lock.closed = true;
    const done: string[] = [];
    const made = [
      routing.setQueue({ ...settings('support'), closed: true }, 'ann').then(() => done.push('closed')),
      routing.setSkill(skill('french'), 'ann').then(() => done.push('skill')),
      routing.setAgent({ id: 'a', profileId: 'serves.support', skills: { french: 3 }, rank: 1 }, {}, 'bob'),
    ];
    await turns();
    expect([done, routing.queue('support')?.open, routing.skills()]).toEqual([[], true, []]);
    world.item('i1');
    routing.workEnded(world.take('a'));
    expect(routing.agent('a')).toMatchObject({ state: 'idle' });
    lock.closed = false;
    kernel.clock.advance(1_000);
    await Promise.all(made);
    expect(done).toEqual(['closed', 'skill']);
    expect([routing.queue('support')?.open, routing.agent('a')?.skills]).toEqual([false, { french: 3 }]);
  });

  it('of two that contradict each other is refused if it comes second', async () => {
    await routing.setSkill(skill('french'), 'ann');
    await serves(routing, 'a', ['support']);
    const give = () =>
      routing.setAgent({ id: 'a', profileId: 'serves.support', skills: { french: 1 }, rank: 1 }, {}, 'bob');
    const remove = () => routing.removeSkill('french', 'ann');
    const codes = await Promise.all([refusal(give), refusal(remove)]);
    expect(codes.map(({ code }) => code)).toEqual([undefined, 'routing.in-use']);
    await routing.setAgent({ id: 'a', profileId: 'serves.support', skills: {}, rank: 1 }, {}, 'bob');
    const other = await Promise.all([refusal(remove), refusal(give)]);
    expect(other.map(({ code }) => code)).toEqual([undefined, 'skill.unknown']);
  });
});

describe('what makes no sense', () => {
  it('is refused with the fields it is about', async () => {
    const bad = {
      ...settings('support'),
      offerMs: 0,
      wrapUp: { mode: 'timed', ms: 0, extendMs: 0 },
    } as const;
    const { code, details } = await refusal(() => routing.setQueue(bad, 'test'));
    expect([code, JSON.stringify(details?.problems)]).toEqual([
      'bad-request',
      expect.stringContaining('offerMs'),
    ]);
    await refused(() => routing.setQueue(bad, 'test'), 'bad-request');
    await refused(() => routing.setQueue({ ...settings('support'), id: 'no id' }, 'test'), 'bad-request');
    await refused(() => routing.setSkill({ id: 'x', name: ' ' }, 'test'), 'bad-request');
    await refused(() => routing.setHours({ ...always, zone: 'Mars/Base' }, 'test'), 'bad-request');
    await refused(() => routing.setReason({ id: '', name: 'x' }, 'test'), 'bad-request');
    await serves(routing, 'a', ['support']);
    const twice = [...profile('serves.support').queues, ...profile('serves.support').queues];
    await refused(
      () => routing.setProfile({ ...profile('serves.support'), queues: twice }, {}, 'test'),
      'bad-request',
    );
    await refused(
      () => routing.setAgent({ id: 'a', profileId: 'serves.support', skills: { x: 9 }, rank: 1 }, {}, 'test'),
      'bad-request',
    );
  });

  it('names something unknown', async () => {
    await serves(routing, 'a', ['support']);
    const agent = { id: 'a', profileId: 'serves.support', skills: {}, rank: 1 };
    const to = { kind: 'queue', queueId: 'nowhere' } as const;
    await refused(
      () => routing.setQueue({ ...settings('support'), skills: { juggling: 1 } }, 'test'),
      'skill.unknown',
    );
    await refused(
      () =>
        routing.setQueue(
          {
            ...settings('support'),
            relax: [{ afterMs: 1_000, lower: 0, drop: ['juggling'] }],
          },
          'test',
        ),
      'skill.unknown',
    );
    await refused(
      () => routing.setQueue({ ...settings('support'), hours: 'never' }, 'test'),
      'hours.unknown',
    );
    await refused(
      () =>
        routing.setQueue({ ...settings('support'), overflow: [{ when: 'waited', value: 1, to }] }, 'test'),
      'queue.unknown',
    );
    await refused(
      () =>
        routing.setProfile(
          { ...profile('serves.support'), queues: [{ queueId: 'nowhere', tier: 1 }] },
          {},
          'test',
        ),
      'queue.unknown',
    );
    await refused(
      () =>
        routing.setProfile(
          { ...profile('serves.support'), queues: [{ queueId: 'direct', tier: 1 }] },
          {},
          'test',
        ),
      'queue.unknown',
    );
    await refused(() => routing.setAgent({ ...agent, profileId: 'none' }, {}, 'test'), 'profile.unknown');
    await refused(() => routing.setAgent({ ...agent, skills: { juggling: 1 } }, {}, 'test'), 'skill.unknown');
    await refused(() => routing.removeQueue('nowhere', 'test'), 'queue.unknown');
    await refused(() => routing.removeSkill('juggling', 'test'), 'skill.unknown');
    await refused(() => routing.removeHours('never', 'test'), 'hours.unknown');
    await refused(() => routing.removeProfile('none', 'test'), 'profile.unknown');
    await refused(() => routing.removeAgent('nobody', {}, 'test'), 'not-found');
    await refused(() => routing.removeReason('golf', 'test'), 'not-found');
  });

  it('is about the built-in queue', async () => {
    await refused(() => routing.setQueue({ ...settings('support'), id: 'direct' }, 'test'), 'conflict');
    await refused(() => routing.removeQueue('direct', 'test'), 'conflict');
  });
});

describe('R16 what is in use cannot be removed', () => {
  it('a queue in which work waits', async () => {
    world.item('i1');
    await refused(() => routing.removeQueue('support', 'test'), 'conflict');
  });

  it('a queue with work in hands', async () => {
    await world.agent('a');
    world.item('i1');
    world.take('a');
    expect((await refusal(() => routing.removeQueue('support', 'test'))).code).toBe('conflict');
    routing.workEnded('i1');
    await routing.removeQueue('support', 'test');
    expect(routing.queue('support')).toBeUndefined();
  });

  it('a queue to which another one overflows', async () => {
    const to = { kind: 'queue', queueId: 'sales' } as const;
    await routing.setQueue(
      { ...settings('support'), overflow: [{ when: 'waited', value: 1_000, to }] },
      'test',
    );
    await refused(() => routing.removeQueue('sales', 'test'), 'routing.in-use');
    await routing.setQueue({ ...settings('support'), overflow: [] }, 'test');
    await routing.removeQueue('sales', 'test');
    expect(routing.queues().map(({ id }) => id)).toEqual(['support']);
  });

  it('and profiles let go of a removed queue, also for the next start', async () => {
    await serves(routing, 'a', ['support', 'sales']);
    await routing.removeQueue('support', 'test');
    expect(routing.agent('a')?.queues).toEqual([{ queueId: 'sales', tier: 1 }]);
    await world.restart();
    ({ routing } = world);
    expect(routing.agent('a')?.queues).toEqual([{ queueId: 'sales', tier: 1 }]);
    expect(routing.queue('support')).toBeUndefined();
  });

  it('a skill somebody has, or a queue asks for or lets go of', async () => {
    for (const id of ['had', 'asked', 'dropped', 'free', 'constructor'])
      await routing.setSkill({ id, name: id }, 'test');
    await serves(routing, 'a', ['support'], { had: 1 });
    const relax = [{ afterMs: 1_000, lower: 0, drop: ['dropped'] }];
    await routing.setQueue({ ...settings('support'), skills: { asked: 1 }, relax }, 'test');
    for (const id of ['had', 'asked', 'dropped'])
      await refused(() => routing.removeSkill(id, 'test'), 'routing.in-use');
    await routing.removeSkill('free', 'test');
    await routing.removeSkill('constructor', 'test');
    expect(routing.skills().map(({ id }) => id)).toEqual(['had', 'asked', 'dropped']);
  });

  it('hours of a queue, a profile of an agent', async () => {
    await routing.setHours(always, 'test');
    await routing.setQueue({ ...settings('support'), hours: 'always' }, 'test');
    await refused(() => routing.removeHours('always', 'test'), 'routing.in-use');
    await routing.setQueue({ ...settings('support'), hours: null }, 'test');
    await routing.removeHours('always', 'test');
    await serves(routing, 'a', ['support']);
    await refused(() => routing.removeProfile('serves.support', 'test'), 'routing.in-use');
    await routing.removeAgent('a', {}, 'test');
    await routing.removeProfile('serves.support', 'test');
    expect([routing.hours(), routing.profiles(), routing.agent('a')]).toEqual([[], [], undefined]);
  });

  it('but a reason can: whoever is not ready for it stays so', async () => {
    await world.agent('a');
    routing.setPresence('a', 'not-ready', 'lunch');
    await routing.removeReason('lunch', 'test');
    expect(routing.agent('a')).toMatchObject({ state: 'not-ready', reason: 'lunch' });
    expect((await refusal(() => routing.setPresence('a', 'not-ready', 'lunch'))).code).toBe(
      'presence.reason-unknown',
    );
    await world.restart();
    expect(world.routing.agent('a')).toMatchObject({ state: 'not-ready', reason: 'lunch' });
  });
});

describe('R30 a change that would leave waiting work without any agent', () => {
  beforeEach(async () => {
    await world.agent('a', ['support']);
    await world.agent('b', ['support']);
    for (const id of ['a', 'b']) routing.setPresence(id, 'not-ready', 'lunch');
    await world.agent('c', ['sales']);
    world.item('i1', { channel: 'email' }); // it is still there after a restart
  });

  it('is refused, whether by one agent’s settings or by a profile of all who serve it', async () => {
    const sales = [{ queueId: 'sales', tier: 1 }];
    const { code, details } = await refusal(() =>
      routing.setProfile({ ...profile('serves.support'), queues: sales }, {}, 'test'),
    );
    expect([code, details]).toEqual(['routing.strands-work', { queues: ['support'] }]);
    await refused(
      () => routing.setProfile({ ...profile('serves.support'), queues: sales }, {}, 'test'),
      'routing.strands-work',
    );
    await routing.setAgent({ id: 'a', profileId: 'serves.sales', skills: {}, rank: 1 }, {}, 'test'); // b is left
    await refused(
      () => routing.setAgent({ id: 'b', profileId: 'serves.sales', skills: {}, rank: 1 }, {}, 'test'),
      'routing.strands-work',
    );
    await refused(() => routing.removeAgent('b', {}, 'test'), 'routing.strands-work');
  });

  it('is refused for work that is being offered, and when the only ones with the skill lose it', async () => {
    routing.withdraw('i1', 'abandoned');
    await routing.setSkill({ id: 'french', name: 'French' }, 'test');
    await world.agent('d', ['support'], { french: 3 });
    world.item('i2', { channel: 'email', skills: { french: 2 } });
    expect(routing.agent('d')?.offer?.itemId).toBe('i2');
    const d = routing.agentRouting('d') ?? expect.fail('an agent');
    await refused(() => routing.removeAgent('d', {}, 'test'), 'routing.strands-work');
    await refused(
      () => routing.setAgent({ ...d, skills: { french: 1 } }, {}, 'test'),
      'routing.strands-work',
    );
    await routing.setAgent({ ...d, skills: { french: 2 } }, {}, 'test');
    await world.agent('e', ['support'], { french: 2 });
    await routing.removeAgent('d', {}, 'test');
    expect(routing.agent('e')?.offer?.itemId).toBe('i2');
  });

  it('is done when forced, and the work waits on', async () => {
    await routing.removeAgent('a', {}, 'test');
    await routing.removeAgent('b', { force: true }, 'test');
    expect(routing.explain('i1')).toMatchObject({ state: 'waiting', why: 'nobody-serves' });
    await routing.setProfile(
      { ...profile('serves.sales'), queues: [{ queueId: 'support', tier: 1 }] },
      {},
      'test',
    );
    expect(routing.agent('c')?.offer?.itemId).toBe('i1');
  });

  it('is done without a word where nothing waits, or nobody served it before', async () => {
    routing.withdraw('i1', 'abandoned');
    await routing.removeAgent('a', {}, 'test');
    await routing.removeAgent('b', {}, 'test');
    world.item('i2');
    await routing.removeAgent('c', {}, 'test');
    expect(routing.agents()).toEqual([]);
  });
});
