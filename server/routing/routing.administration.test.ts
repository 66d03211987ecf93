import { beforeEach, describe, expect, it } from 'vitest';
import type { Profile } from '#shared/model/routing.ts';
import { RoutingWorld, refusal } from '../../tests/support/routing.ts';
import { serves } from '../../tests/support/serves.ts';
import type { QueueSettings, RoutingService } from './index.ts';

let world: RoutingWorld;
let routing: RoutingService;

beforeEach(() => {
  world = new RoutingWorld();
  ({ routing } = world);
  world.queue('support');
  world.queue('sales');
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
function refused(run: () => unknown, code: string): void {
  world.mark();
  const before = everything();
  expect(refusal(run).code).toBe(code);
  expect(everything()).toEqual(before);
  world.restart();
  ({ routing } = world);
  expect(everything()).toEqual(before);
}
const always = { id: 'always', name: 'Always', zone: 'UTC', weekly: {}, holidays: [] };

describe('R16 what is set', () => {
  it('is in force at once and after a restart, in the order it was made', () => {
    routing.setSkill({ id: 'chinese', name: 'Chinese' });
    routing.setHours(always);
    routing.setQueue({ ...settings('support'), name: 'Help', skills: { chinese: 3 }, hours: 'always' });
    routing.setReason({ id: 'golf', name: 'Golf' });
    routing.setReason({ id: 'lunch', name: 'Long lunch' });
    serves(routing, 'a', ['sales', 'support'], { chinese: 4 });
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
    world.restart();
    ({ routing } = world);
    expect(everything()).toEqual(before);
    expect(routing.queue('support')?.open).toBe(false);
  });

  it('is put in force for all agents of a profile, while work waits', () => {
    world.agent('a', ['support']);
    world.agent('b', ['support']);
    world.item('i1', { queueId: 'sales' });
    expect(routing.queue('sales')?.waiting).toBe(1);
    routing.setProfile({ ...profile('serves.support'), queues: [{ queueId: 'sales', tier: 1 }] });
    expect(routing.agent('a')?.offer?.itemId).toBe('i1');
    expect(routing.agent('b')?.queues).toEqual([{ queueId: 'sales', tier: 1 }]);
  });

  it('opens and closes a queue by its hours', () => {
    const hours = { ...always, weekly: { '3': [{ from: '00:00', to: '24:00' }] } }; // the test's day is a Tuesday
    routing.setHours(hours);
    routing.setQueue({ ...settings('support'), hours: 'always' });
    expect(refusal(() => world.item('i1')).code).toBe('queue.closed');
    routing.setHours({ ...hours, weekly: { '2': [{ from: '00:00', to: '24:00' }] } });
    world.item('i1');
    expect(routing.queue('support')).toMatchObject({ waiting: 1, open: true });
  });
});

describe('what makes no sense', () => {
  it('is refused with the fields it is about', () => {
    const bad = {
      ...settings('support'),
      offerMs: 0,
      wrapUp: { mode: 'timed', ms: 0, extendMs: 0 },
    } as const;
    const { code, details } = refusal(() => routing.setQueue(bad));
    expect([code, JSON.stringify(details?.problems)]).toEqual([
      'bad-request',
      expect.stringContaining('offerMs'),
    ]);
    refused(() => routing.setQueue(bad), 'bad-request');
    refused(() => routing.setQueue({ ...settings('support'), id: 'no id' }), 'bad-request');
    refused(() => routing.setSkill({ id: 'x', name: ' ' }), 'bad-request');
    refused(() => routing.setHours({ ...always, zone: 'Mars/Base' }), 'bad-request');
    refused(() => routing.setReason({ id: '', name: 'x' }), 'bad-request');
    serves(routing, 'a', ['support']);
    const twice = [...profile('serves.support').queues, ...profile('serves.support').queues];
    refused(() => routing.setProfile({ ...profile('serves.support'), queues: twice }), 'bad-request');
    refused(
      () => routing.setAgent({ id: 'a', profileId: 'serves.support', skills: { x: 9 }, rank: 1 }),
      'bad-request',
    );
  });

  it('names something unknown', () => {
    serves(routing, 'a', ['support']);
    const agent = { id: 'a', profileId: 'serves.support', skills: {}, rank: 1 };
    const to = { kind: 'queue', queueId: 'nowhere' } as const;
    refused(() => routing.setQueue({ ...settings('support'), skills: { juggling: 1 } }), 'skill.unknown');
    refused(
      () =>
        routing.setQueue({
          ...settings('support'),
          relax: [{ afterMs: 1_000, lower: 0, drop: ['juggling'] }],
        }),
      'skill.unknown',
    );
    refused(() => routing.setQueue({ ...settings('support'), hours: 'never' }), 'hours.unknown');
    refused(
      () => routing.setQueue({ ...settings('support'), overflow: [{ when: 'waited', value: 1, to }] }),
      'queue.unknown',
    );
    refused(
      () => routing.setProfile({ ...profile('serves.support'), queues: [{ queueId: 'nowhere', tier: 1 }] }),
      'queue.unknown',
    );
    refused(
      () => routing.setProfile({ ...profile('serves.support'), queues: [{ queueId: 'direct', tier: 1 }] }),
      'queue.unknown',
    );
    refused(() => routing.setAgent({ ...agent, profileId: 'none' }), 'profile.unknown');
    refused(() => routing.setAgent({ ...agent, skills: { juggling: 1 } }), 'skill.unknown');
    refused(() => routing.removeQueue('nowhere'), 'queue.unknown');
    refused(() => routing.removeSkill('juggling'), 'skill.unknown');
    refused(() => routing.removeHours('never'), 'hours.unknown');
    refused(() => routing.removeProfile('none'), 'profile.unknown');
    refused(() => routing.removeAgent('nobody'), 'not-found');
    refused(() => routing.removeReason('golf'), 'not-found');
  });

  it('is about the built-in queue', () => {
    refused(() => routing.setQueue({ ...settings('support'), id: 'direct' }), 'conflict');
    refused(() => routing.removeQueue('direct'), 'conflict');
  });
});

describe('R16 what is in use cannot be removed', () => {
  it('a queue in which work waits', () => {
    world.item('i1');
    refused(() => routing.removeQueue('support'), 'conflict');
  });

  it('a queue with work in hands', () => {
    world.agent('a');
    world.item('i1');
    world.take('a');
    expect(refusal(() => routing.removeQueue('support')).code).toBe('conflict');
    routing.workEnded('i1');
    routing.removeQueue('support');
    expect(routing.queue('support')).toBeUndefined();
  });

  it('a queue to which another one overflows', () => {
    const to = { kind: 'queue', queueId: 'sales' } as const;
    routing.setQueue({ ...settings('support'), overflow: [{ when: 'waited', value: 1_000, to }] });
    refused(() => routing.removeQueue('sales'), 'routing.in-use');
    routing.setQueue({ ...settings('support'), overflow: [] });
    routing.removeQueue('sales');
    expect(routing.queues().map(({ id }) => id)).toEqual(['support']);
  });

  it('and profiles let go of a removed queue, also for the next start', () => {
    serves(routing, 'a', ['support', 'sales']);
    routing.removeQueue('support');
    expect(routing.agent('a')?.queues).toEqual([{ queueId: 'sales', tier: 1 }]);
    world.restart();
    ({ routing } = world);
    expect(routing.agent('a')?.queues).toEqual([{ queueId: 'sales', tier: 1 }]);
    expect(routing.queue('support')).toBeUndefined();
  });

  it('a skill somebody has, or a queue asks for or lets go of', () => {
    for (const id of ['had', 'asked', 'dropped', 'free', 'constructor']) routing.setSkill({ id, name: id });
    serves(routing, 'a', ['support'], { had: 1 });
    const relax = [{ afterMs: 1_000, lower: 0, drop: ['dropped'] }];
    routing.setQueue({ ...settings('support'), skills: { asked: 1 }, relax });
    for (const id of ['had', 'asked', 'dropped']) refused(() => routing.removeSkill(id), 'routing.in-use');
    routing.removeSkill('free');
    routing.removeSkill('constructor');
    expect(routing.skills().map(({ id }) => id)).toEqual(['had', 'asked', 'dropped']);
  });

  it('hours of a queue, a profile of an agent', () => {
    routing.setHours(always);
    routing.setQueue({ ...settings('support'), hours: 'always' });
    refused(() => routing.removeHours('always'), 'routing.in-use');
    routing.setQueue({ ...settings('support'), hours: null });
    routing.removeHours('always');
    serves(routing, 'a', ['support']);
    refused(() => routing.removeProfile('serves.support'), 'routing.in-use');
    routing.removeAgent('a');
    routing.removeProfile('serves.support');
    expect([routing.hours(), routing.profiles(), routing.agent('a')]).toEqual([[], [], undefined]);
  });

  it('but a reason can: whoever is not ready for it stays so', () => {
    world.agent('a');
    routing.setPresence('a', 'not-ready', 'lunch');
    routing.removeReason('lunch');
    expect(routing.agent('a')).toMatchObject({ state: 'not-ready', reason: 'lunch' });
    expect(refusal(() => routing.setPresence('a', 'not-ready', 'lunch')).code).toBe(
      'presence.reason-unknown',
    );
    world.restart();
    expect(world.routing.agent('a')).toMatchObject({ state: 'not-ready', reason: 'lunch' });
  });
});

describe('R30 a change that would leave waiting work without any agent', () => {
  beforeEach(() => {
    world.agent('a', ['support']);
    world.agent('b', ['support']);
    for (const id of ['a', 'b']) routing.setPresence(id, 'not-ready', 'lunch');
    world.agent('c', ['sales']);
    world.item('i1', { channel: 'email' }); // it is still there after a restart
  });

  it('is refused, whether by one agent’s settings or by a profile of all who serve it', () => {
    const sales = [{ queueId: 'sales', tier: 1 }];
    const { code, details } = refusal(() =>
      routing.setProfile({ ...profile('serves.support'), queues: sales }),
    );
    expect([code, details]).toEqual(['routing.strands-work', { queues: ['support'] }]);
    refused(
      () => routing.setProfile({ ...profile('serves.support'), queues: sales }),
      'routing.strands-work',
    );
    routing.setAgent({ id: 'a', profileId: 'serves.sales', skills: {}, rank: 1 }); // b is left
    refused(
      () => routing.setAgent({ id: 'b', profileId: 'serves.sales', skills: {}, rank: 1 }),
      'routing.strands-work',
    );
    refused(() => routing.removeAgent('b'), 'routing.strands-work');
  });

  it('is refused for work that is being offered, and when the only ones with the skill lose it', () => {
    routing.withdraw('i1', 'abandoned');
    routing.setSkill({ id: 'french', name: 'French' });
    world.agent('d', ['support'], { french: 3 });
    world.item('i2', { channel: 'email', skills: { french: 2 } });
    expect(routing.agent('d')?.offer?.itemId).toBe('i2');
    const d = routing.agentRouting('d') ?? expect.fail('an agent');
    refused(() => routing.removeAgent('d'), 'routing.strands-work');
    refused(() => routing.setAgent({ ...d, skills: { french: 1 } }), 'routing.strands-work');
    routing.setAgent({ ...d, skills: { french: 2 } });
    world.agent('e', ['support'], { french: 2 });
    routing.removeAgent('d');
    expect(routing.agent('e')?.offer?.itemId).toBe('i2');
  });

  it('is done when forced, and the work waits on', () => {
    routing.removeAgent('a');
    routing.removeAgent('b', { force: true });
    expect(routing.explain('i1')).toMatchObject({ state: 'waiting', why: 'nobody-serves' });
    routing.setProfile({ ...profile('serves.sales'), queues: [{ queueId: 'support', tier: 1 }] });
    expect(routing.agent('c')?.offer?.itemId).toBe('i1');
  });

  it('is done without a word where nothing waits, or nobody served it before', () => {
    routing.withdraw('i1', 'abandoned');
    routing.removeAgent('a');
    routing.removeAgent('b');
    world.item('i2');
    routing.removeAgent('c');
    expect(routing.agents()).toEqual([]);
  });
});
