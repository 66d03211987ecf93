import { beforeEach, describe, expect, it } from 'vitest';
import { agentOf, World } from '../../tests/kits/routing/world.ts';

let world: World;
beforeEach(() => {
  world = new World();
  world.queue('support');
});

describe('R21 skills', () => {
  it('R21 the agent has what is asked for, at that level or above; the best of the rest waits in vain', () => {
    world.agentWith({ skills: { billing: 2 } }, 'low', 'support');
    world.agentWith({ skills: { french: 5 } }, 'other', 'support');
    const item = world.call('support', { skills: { billing: 3 } });
    expect(world.explain(item)).toMatchObject({
      state: 'waiting',
      why: 'no-skill',
      skills: { billing: 3 },
      agents: { skills: 2 },
    });
    world.agentWith({ skills: { billing: 3 } }, 'enough', 'support');
    expect(world.rings('enough')).toBe(item);
  });

  it('R21 what the queue and the item ask for adds up, the higher level of each', () => {
    world.queue('support', { skills: { english: 3, billing: 1 } });
    const item = world.call('support', { skills: { english: 2, billing: 4 } });
    expect(world.explain(item).skills).toEqual({ english: 3, billing: 4 });
    world.agentWith({ skills: { english: 3, billing: 3 } }, 'a', 'support');
    expect(world.rings('a')).toBeUndefined();
    world.agentWith({ skills: { english: 3, billing: 4 } }, 'b', 'support');
    expect(world.rings('b')).toBe(item);
  });

  it('R21 work in front that an agent cannot take does not keep it from what stands behind', () => {
    world.call('support', { skills: { billing: 5 }, priority: 9 });
    const plain = world.call('support');
    world.agent('a', 'support');
    expect(world.rings('a')).toBe(plain);
  });

  it('R21 a skill learned while work waits brings it at once, one lost leaves a running offer alone', () => {
    world.agent('a', 'support');
    const item = world.call('support', { skills: { billing: 2 } });
    world.do({ type: 'agent.set', agent: agentOf('a', ['support'], { skills: { billing: 2 } }) });
    expect(world.rings('a')).toBe(item);
    world.do({ type: 'agent.set', agent: agentOf('a', ['support']) });
    expect(world.rings('a')).toBe(item);
    world.decline('a', 'failed');
    world.advance(10_000);
    expect(world.rings('a')).toBeUndefined();
  });

  it('R21 relaxing: a ring at a time, by timers, counted from the entry into the queue', () => {
    world.queue('support', {
      skills: { billing: 5, french: 2 },
      relax: [
        { afterMs: 10_000, lower: 2, drop: [] },
        { afterMs: 20_000, lower: 1, drop: ['french'] },
        { afterMs: 30_000, lower: 4, drop: [] },
      ],
    });
    world.agentWith({ skills: { billing: 3, french: 1 } }, 'ring1', 'support');
    world.agentWith({ skills: { billing: 2 } }, 'ring2', 'support');
    const arrived = world.now;
    const item = world.call('support');
    const steps = () => ({ skills: world.explain(item).skills, changesAt: world.explain(item).changesAt });
    expect(steps()).toEqual({ skills: { billing: 5, french: 2 }, changesAt: arrived + 10_000 });
    world.advance(9_999);
    expect(world.rings('ring1')).toBeUndefined();
    world.advance(1);
    expect(world.rings('ring1')).toBe(item);
    expect(world.explain(item).skills).toEqual({ billing: 3, french: 1 });
    world.decline('ring1');
    expect(steps()).toEqual({ skills: { billing: 3, french: 1 }, changesAt: arrived + 20_000 });
    world.advance(10_000);
    expect(world.rings('ring2')).toBe(item);
    world.decline('ring2');
    expect(steps()).toEqual({ skills: { billing: 2 }, changesAt: arrived + 30_000 });
    world.advance(10_000);
    expect(steps()).toEqual({ skills: { billing: 1 }, changesAt: undefined });
    expect([...world.timers.keys()].filter((key) => key.startsWith('item'))).toEqual([]);
  });

  it('R21 an offer made meanwhile: relaxing goes on by time when it comes back', () => {
    world.queue('support', {
      skills: { billing: 3 },
      relax: [{ afterMs: 5_000, lower: 0, drop: ['billing'] }],
    });
    world.agentWith({ skills: { billing: 3 } }, 'a', 'support');
    world.agent('b', 'support');
    const item = world.call('support');
    expect(world.timers.has(`item ${item}`)).toBe(false);
    world.advance(20_000); // rung out at a, long after the ring
    expect(world.rings('b')).toBe(item);
  });

  it('R21 relaxing ends with the wait: the timer of an item that is gone or taken is gone', () => {
    world.queue('support', {
      skills: { billing: 3 },
      relax: [{ afterMs: 5_000, lower: 0, drop: ['billing'] }],
    });
    const first = world.call('support');
    const second = world.call('support');
    expect(world.timers.size).toBe(2);
    world.withdraw(first);
    world.agentWith({ skills: { billing: 3 } }, 'a', 'support');
    expect(world.rings('a')).toBe(second);
    expect([...world.timers.keys()]).toEqual([`offer ${world.offer('a')?.id}`]);
    world.do({ type: 'item.due', itemId: second, at: world.now });
    expect(world.last).toEqual([]);
  });

  it('R21 R16 rings changed while work waits count at once', () => {
    world.agent('a', 'support');
    const item = world.call('support', { skills: { billing: 1 } });
    world.advance(60_000);
    expect(world.state('a')).toBe('idle');
    world.queue('support', { relax: [{ afterMs: 60_000, lower: 0, drop: ['billing'] }] });
    expect(world.rings('a')).toBe(item);
  });
});

describe('R22 tiers', () => {
  it('R22 helpers are asked from their waiting time on, the own first all the while', () => {
    world.queue('support', { tiersMs: [0, 10_000, 30_000] });
    world.agent('third', 'support:3');
    world.agent('second', 'support:2');
    const first = world.call('support');
    expect(world.explain(first)).toMatchObject({
      tier: 1,
      agents: { tier: 2 },
      changesAt: world.now + 10_000,
    });
    world.advance(10_000);
    expect(world.rings('second')).toBe(first);
    const later = world.call('support');
    world.agent('own', 'support:1');
    expect(world.rings('own')).toBe(later);
    const last = world.call('support');
    world.advance(29_999); // both offers rang out meanwhile
    expect(world.rings('third')).toBe(first); // waited 30 s by then
    expect(world.explain(last).tier).toBe(2);
  });

  it('R22 the last time holds for all further tiers; without more than one, everybody is asked at once', () => {
    world.agent('ninth', 'support:9');
    const item = world.call('support');
    expect(world.rings('ninth')).toBe(item);
  });

  it('R22 a first tier with a time waits for it, even beside a free agent', () => {
    world.queue('support', { tiersMs: [5_000] });
    world.agent('a', 'support');
    const item = world.call('support');
    expect(world.explain(item)).toMatchObject({ tier: 0, why: 'no-skill', agents: { tier: 1 } });
    world.advance(5_000);
    expect(world.rings('a')).toBe(item);
  });

  it('R22 among the free the lower tier is asked, however long the other was idle', () => {
    world.agent('helper', 'support:2');
    world.advance(60_000);
    world.agent('own', 'support');
    const item = world.call('support');
    expect(world.rings('own')).toBe(item);
  });

  it('R22 R16 another tier given while work waits', () => {
    world.queue('support', { tiersMs: [0, 60_000] });
    world.agent('a', 'support:2');
    const item = world.call('support');
    expect(world.rings('a')).toBeUndefined();
    world.do({ type: 'agent.set', agent: agentOf('a', ['support:1']) });
    expect(world.rings('a')).toBe(item);
  });
});
