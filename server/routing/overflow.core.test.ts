import { beforeEach, describe, expect, it } from 'vitest';
import type { OverflowRule, OverflowTarget } from '#shared/model/routing.ts';
import type { Channel } from '#shared/model/states.ts';
import { World } from '../../tests/kits/routing/world.ts';

let world: World;
beforeEach(() => {
  world = new World();
  world.queue('b');
  world.queue('c');
});

const to = (queueId: string): OverflowTarget => ({ kind: 'queue', queueId });
const voicemail: OverflowTarget = { kind: 'voicemail' };
const rule = (when: OverflowRule['when'], value: number, target: OverflowTarget = to('b')): OverflowRule => ({
  when,
  value,
  to: target,
});
const place = (itemId: string): string | undefined => world.core.explain(itemId, world.now)?.queueId;
const moves = (): string[] => world.facts('work.moved').map((f) => `${f.from} ${f.queueId} ${f.why}`);
const nobody = 'none'; // an agent that keeps a queue staffed and is not ready

function staffed(...queues: string[]): void {
  world.agent(nobody, ...queues);
  world.presence(nobody, 'not-ready');
}

describe('R26 overflow on entering', () => {
  it('R26 length: as many wait already as the rule says', () => {
    world.queue('a', { overflow: [rule('length', 2)] });
    const items = [1, 2, 3].map(() => world.call('a'));
    expect(items.map(place)).toEqual(['a', 'a', 'b']);
    expect(moves()).toEqual(['a b length']);
    expect(world.last).toContainEqual({ type: 'item-moved', itemId: items[2], queueId: 'b' });
    expect(world.facts('work.arrived').map((fact) => fact.queueId)).toEqual(['a', 'a', 'a']);
    world.withdraw(items[0] ?? '');
    expect(place(world.call('a'))).toBe('a');
  });

  it('R26 EWT: at that wait or above; without a figure the rule does not apply', () => {
    world.queue('a', { overflow: [rule('ewt', 20_000)] });
    expect(place(world.call('a', { id: 'x' }))).toBe('a');
    world.agent('one', 'a');
    world.serve('one', 10_000); // mean handle time 10 s
    world.call('a');
    world.accept('one');
    expect(world.core.queue('a', world.now)?.ewtMs).toBe(10_000);
    expect(place(world.call('a'))).toBe('a');
    expect(world.core.queue('a', world.now)?.ewtMs).toBe(20_000);
    expect(place(world.call('a'))).toBe('b');
  });

  it('R26 no agents: nobody signed in for so long; not ready counts as signed in', () => {
    world.queue('a', { overflow: [rule('no-agents', 5_000)] });
    expect(place(world.call('a', { id: 'early' }))).toBe('a');
    world.withdraw('early');
    world.advance(5_000);
    expect(place(world.call('a'))).toBe('b');
    staffed('a');
    expect(place(world.call('a'))).toBe('a');
  });

  it('R26 closed: another queue, also by hours', () => {
    world.queue('a', { closed: true, overflow: [rule('closed', 0)] });
    const item = world.call('a');
    expect(place(item)).toBe('b');
    expect(moves()).toEqual(['a b closed']);
  });

  it('R25 closed without a rule, or whose target refuses: refused, and nothing is left behind', () => {
    world.queue('b', { maxWaiting: 0 });
    world.queue('a', { closed: true, overflow: [rule('closed', 0)] });
    world.call('a');
    expect(world.refused()).toBe('queue.closed a');
    expect([world.core.openItems, world.effects.filter((e) => e.type === 'fact').length]).toEqual([0, 0]);
    world.queue('a', { maxWaiting: 1 });
    world.call('a');
    world.call('a');
    expect(world.refused()).toBe('queue.full a');
    expect(world.waiting('a')).toBe(1);
  });

  it('R25 full counts those who wait: whoever is taken at once is not refused', () => {
    world.queue('a', { maxWaiting: 0 });
    world.agent('one', 'a');
    const item = world.call('a');
    expect(world.rings('one')).toBe(item);
    world.call('a');
    expect(world.refused()).toBe('queue.full a');
    world.accept('one');
    world.end(item);
    world.call('a', { skills: { french: 1 } });
    expect(world.refused()).toBe('queue.full a');
  });

  it('R25 what comes back from an offer, or is restored, is not refused by a full queue', () => {
    world.queue('a', { maxWaiting: 1 });
    world.agent('one', 'a');
    const first = world.call('a');
    const second = world.call('a');
    world.decline('one');
    expect([place(first), place(second), world.waiting('a')]).toEqual(['a', 'a', 2]);
  });

  it('R26 rules are tried in order: the first that applies and whose target takes it', () => {
    world.queue('b', { closed: true });
    world.queue('a', {
      overflow: [
        rule('length', 5),
        rule('length', 0),
        rule('length', 0, to('c')),
        rule('length', 0, voicemail),
      ],
    });
    expect(place(world.call('a'))).toBe('c'); // the first does not apply, the second is refused
  });

  it('R26 chains: on through the rules of each queue, every move a fact', () => {
    world.queue('b', { overflow: [rule('length', 0, to('c'))] });
    world.queue('a', { overflow: [rule('length', 0)] });
    const item = world.call('a');
    expect(place(item)).toBe('c');
    expect(moves()).toEqual(['a b length', 'b c length']);
    expect(world.explain(item).arrivedAt).toBe(world.now);
  });

  it('R26 loops end: never back to a queue it was in, it stays in the last', () => {
    world.queue('b', { overflow: [rule('length', 0, to('a'))] });
    world.queue('a', { overflow: [rule('length', 0)] });
    expect(place(world.call('a'))).toBe('b');
    expect(place(world.call('b'))).toBe('a');
    world.queue('a', { overflow: [rule('length', 0, to('a'))] });
    expect(place(world.call('a'))).toBe('a');
  });

  it('R26 a chain that ends at a full or closed queue is not begun', () => {
    world.queue('c', { maxWaiting: 0 });
    world.queue('b', { closed: true, overflow: [rule('closed', 0, to('c'))] });
    world.queue('a', { overflow: [rule('length', 0)] });
    expect(place(world.call('a'))).toBe('a');
    expect(moves()).toEqual([]);
  });

  it('R26 a removed target is passed over', () => {
    world.queue('a', { overflow: [rule('length', 0), rule('length', 0, to('c'))] });
    world.do({ type: 'queue.removed', queueId: 'b' });
    expect(place(world.call('a'))).toBe('c');
  });

  it.each([voicemail, { kind: 'flow', flowId: 'menu' } as const])(
    'R26 %o takes a call: it is ended here',
    (out) => {
      world.queue('a', { overflow: [rule('length', 0, out)] });
      const item = world.call('a');
      expect(place(item)).toBeUndefined();
      expect(world.facts('work.ended')).toMatchObject([{ itemId: item, end: 'overflowed' }]);
      expect(world.last.at(-1)).toEqual({ type: 'item-overflowed', itemId: item, to: out });
      expect(world.core.openItems).toBe(0);
    },
  );

  it.each(['chat', 'email', 'sms', 'callback', 'task', 'case', 'lead'] as Channel[])(
    'R26 voicemail takes no %s: the next rule, or it stays',
    (channel) => {
      world.queue('a', { overflow: [rule('length', 0, voicemail), rule('length', 1)] });
      const [first, second] = [world.call('a', { channel }), world.call('a', { channel })];
      expect([place(first), place(second)]).toEqual(['a', 'b']);
    },
  );
});

describe('R26 overflow while waiting', () => {
  it('R26 waited: by a timer, to the next queue, whose own time begins anew', () => {
    world.queue('b', { overflow: [rule('waited', 5_000, to('c'))] });
    world.queue('a', { overflow: [rule('waited', 10_000)] });
    const item = world.call('a');
    const { arrivedAt } = world.explain(item);
    world.advance(9_999);
    expect(place(item)).toBe('a');
    world.advance(1);
    expect(place(item)).toBe('b');
    world.advance(4_999);
    expect(place(item)).toBe('b');
    world.advance(1);
    expect(place(item)).toBe('c');
    expect(world.explain(item)).toMatchObject({ arrivedAt, changesAt: undefined });
    expect(moves()).toEqual(['a b waited', 'b c waited']);
  });

  it('R26 waited: a call goes to a flow; while it rings somewhere it does not', () => {
    world.queue('a', { overflow: [rule('waited', 10_000, { kind: 'flow', flowId: 'menu' })] });
    const item = world.call('a');
    world.agent('one', 'a');
    expect(world.rings('one')).toBe(item);
    world.advance(15_000);
    expect(world.rings('one')).toBe(item);
    world.decline('one');
    expect(world.facts('work.ended')).toMatchObject([{ end: 'overflowed' }]);
    expect(world.timers.size).toBe(1); // the delay of the agent
  });

  it('R26 waited: two queues that point at each other do not pass it to and fro', () => {
    world.queue('b', { overflow: [rule('waited', 1_000, to('a'))] });
    world.queue('a', { overflow: [rule('waited', 1_000)] });
    const item = world.call('a');
    world.advance(60_000);
    expect(place(item)).toBe('b');
    expect(moves()).toHaveLength(1);
  });

  it('R26 waited: a target that refuses leaves it where it is; nothing is dropped', () => {
    world.queue('b', { closed: true });
    world.queue('a', { overflow: [rule('waited', 1_000), rule('waited', 3_000, to('c'))] });
    const item = world.call('a');
    world.advance(1_000);
    expect(place(item)).toBe('a');
    world.advance(2_000);
    expect(place(item)).toBe('c');
  });

  it('R26 no agents: the last signs out, and what waits goes after the time of the rule', () => {
    world.queue('a', { overflow: [rule('no-agents', 5_000)] });
    staffed('a');
    const item = world.call('a');
    world.presence(nobody, 'offline');
    world.advance(4_999);
    world.presence(nobody, 'not-ready');
    world.advance(10_000);
    expect(place(item)).toBe('a'); // somebody came back in time
    expect(world.timers.size).toBe(0);
    world.presence(nobody, 'offline');
    world.advance(5_000);
    expect(place(item)).toBe('b');
    expect(moves()).toEqual(['a b no-agents']);
  });

  it('R26 no agents: each rule at its own time', () => {
    world.queue('b', { closed: true });
    world.queue('a', { overflow: [rule('no-agents', 5_000), rule('no-agents', 60_000, to('c'))] });
    staffed('a');
    const item = world.call('a');
    world.presence(nobody, 'offline');
    world.advance(59_999);
    expect(place(item)).toBe('a');
    world.advance(1);
    expect(place(item)).toBe('c');
  });

  it.each(['no-agents', 'closed'] as const)(
    'R25 R26 what leaves together (%s) does not overfill the next queue',
    (when) => {
      const to = { kind: 'queue', queueId: 'next' } as const;
      const rule = { when, value: when === 'closed' ? 0 : 10_000, to };
      world.queue('next', { maxWaiting: 2 });
      world.queue('support', { overflow: [rule] });
      for (let i = 0; i < 50; i++) world.call('support', { priority: i });
      if (when === 'closed') world.queue('support', { overflow: [rule], closed: true });
      else world.advance(10_000);
      expect([world.waiting('next'), world.waiting('support')]).toEqual([2, 48]);
      const there = world.core.waiting(['next'], 9, world.now).map(({ score }) => score.priority);
      expect(there).toEqual([49 * 3_600, 48 * 3_600]); // the best of them
    },
  );

  it('R26 any number of queues that point at each other is searched once', () => {
    const names = Array.from({ length: 40 }, (_, i) => `q${i}`);
    const settings = {
      closed: true,
      overflow: names.map(
        (queueId) => ({ when: 'closed', value: 0, to: { kind: 'queue', queueId } }) as const,
      ),
    };
    for (const name of names) world.queue(name);
    for (const name of names) world.queue(name, settings);
    world.call('q0');
    expect(world.refused()).toContain('queue.closed');
    world.queue('q39', { closed: false });
    world.call('q0');
    expect(world.waiting('q39')).toBe(1);
  });

  it('R14 R26 a late timer of no agents does nothing', () => {
    world.queue('a', { overflow: [rule('no-agents', 5_000)] });
    staffed('a');
    const item = world.call('a');
    world.presence(nobody, 'offline');
    const first = world.now + 5_000;
    world.advance(1_000);
    world.presence(nobody, 'not-ready');
    world.presence(nobody, 'offline');
    world.now = first;
    world.do({ type: 'no-agents.due', queueId: 'a', at: first }); // crossed its cancellation
    expect(world.last).toEqual([]);
    expect(place(item)).toBe('a');
  });

  it('R26 emergency closing sends on what waits, and what does not fit stays and is served', () => {
    const settings = { overflow: [rule('closed', 0, voicemail)] };
    world.queue('a', settings);
    staffed('a');
    const [call, mail] = [world.call('a'), world.call('a', { channel: 'email' })];
    world.queue('a', { ...settings, closed: true });
    expect(place(call)).toBeUndefined();
    expect(place(mail)).toBe('a');
    world.call('a');
    expect(place(world.facts('work.arrived').at(-1)?.itemId ?? '')).toBeUndefined();
    world.call('a', { channel: 'chat' });
    expect(world.refused()).toBe('queue.closed a');
    world.agent('one', 'a');
    expect(world.rings('one')).toBe(mail);
    world.queue('a', settings);
    world.call('a');
    expect(world.refused()).toBeUndefined();
  });

  it('R16 R26 a rule set while work waits counts from the entry into the queue', () => {
    world.queue('a');
    const item = world.call('a');
    world.advance(30_000);
    world.queue('a', { overflow: [rule('waited', 20_000)] });
    expect(place(item)).toBe('b');
    const next = world.call('a');
    world.queue('a', { overflow: [rule('waited', 10_000)] });
    world.advance(10_000);
    expect(place(next)).toBe('b');
  });
});
