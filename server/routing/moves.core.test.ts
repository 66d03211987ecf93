import { beforeEach, describe, expect, it } from 'vitest';
import { agentOf, World } from '../../tests/kits/routing/world.ts';

let world: World;
beforeEach(() => {
  world = new World();
  world.queue('support', { wrapUp: { mode: 'timed', ms: 30_000, extendMs: 10_000 } });
  world.queue('sales', { wrapUp: { mode: 'mandatory', ms: 0, extendMs: 0 } });
});

describe('R27 moved work', () => {
  it('R27 keeps its arrival, and so its place among those who came later', () => {
    const old = world.call('support');
    world.now += 5_000;
    const young = world.call('sales');
    world.now += 5_000;
    world.move(old, 'sales');
    expect(world.facts('work.moved')).toMatchObject([
      { itemId: old, queueId: 'sales', from: 'support', why: 'moved' },
    ]);
    expect([old, young].map((id) => world.explain(id).position)).toEqual([1, 2]);
    world.agent('a', 'sales');
    expect(world.rings('a')).toBe(old);
  });

  it('R27 rings and tiers begin anew in the queue it comes into', () => {
    world.queue('sales', {
      tiersMs: [0, 10_000],
      relax: [{ afterMs: 10_000, lower: 0, drop: ['french'] }],
      skills: { french: 1 },
    });
    const item = world.call('support');
    world.advance(60_000);
    world.move(item, 'sales');
    expect(world.explain(item)).toMatchObject({
      tier: 1,
      skills: { french: 1 },
      changesAt: world.now + 10_000,
    });
  });

  it('R27 stands by the target and the weights of the queue it comes into', () => {
    world.queue('sales', { targetMs: 5_000, score: { priority: 10, ageing: 0, urgency: 1 } });
    const item = world.call('support', { priority: 3 });
    const { arrivedAt } = world.explain(item);
    world.now += 20_000;
    world.move(item, 'sales');
    expect(world.explain(item)).toMatchObject({ dueAt: arrivedAt + 5_000, score: { total: 30 + 15 } });
  });

  it('R27 moved while it rings: the offer is revoked, and the agent keeps its place', () => {
    world.agent('a', 'support');
    const since = world.now;
    world.agent('b', 'support');
    const item = world.call('support');
    world.now += 1_000;
    world.move(item, 'sales');
    expect(world.facts('offer.ended').map((fact) => fact.outcome)).toEqual(['revoked']);
    expect(world.core.agent('a')).toMatchObject({ state: 'idle', since });
    world.call('support');
    expect(world.rings('a')).toBeDefined();
  });

  it('R27 refused: unknown work, unknown, closed and full queues, work for one agent; nothing changes', () => {
    world.queue('closed', { closed: true });
    world.queue('full', { maxWaiting: 0 });
    const item = world.call('support');
    const tries = [
      ['gone', 'sales', 'work.unknown gone'],
      [item, 'nowhere', 'queue.unknown nowhere'],
      [item, 'direct', 'queue.unknown direct'],
      [item, 'closed', 'queue.closed closed'],
      [item, 'full', 'queue.full full'],
    ] as const;
    for (const [itemId, queueId, why] of tries) {
      world.move(itemId, queueId);
      expect([world.refused(), world.last.length]).toEqual([why, 1]);
    }
    expect(world.explain(item)).toMatchObject({ queueId: 'support', state: 'waiting' });
    world.agent('a', 'sales');
    world.call('direct', { id: 'alone', onlyAgent: 'a' });
    world.move('alone', 'sales');
    expect(world.refused()).toBe('conflict only-agent');
    expect(world.rings('a')).toBe('alone');
  });

  it('R26 R27 the rules of the queue it comes into send it on; and back, for people may', () => {
    world.queue('sales', {
      overflow: [{ when: 'length', value: 0, to: { kind: 'queue', queueId: 'support' } }],
    });
    const item = world.call('support');
    world.move(item, 'sales');
    expect(world.explain(item).queueId).toBe('support');
    expect(world.facts('work.moved').map((fact) => fact.why)).toEqual(['moved', 'length']);
    world.queue('sales', { overflow: [{ when: 'length', value: 0, to: { kind: 'voicemail' } }] });
    world.move(item, 'sales');
    expect(world.facts('work.ended')).toMatchObject([{ end: 'overflowed' }]);
  });
});

describe('R27 transferred work', () => {
  it('R12 R27 the agent wraps up as the old queue wants; the new one wraps up its own', () => {
    world.agent('a', 'support');
    world.agent('b', 'sales');
    const item = world.call('support');
    const { arrivedAt } = world.explain(item);
    world.accept('a');
    world.now += 60_000;
    world.move(item, 'sales');
    expect(world.facts('work.moved')).toMatchObject([
      { why: 'transferred', from: 'support', queueId: 'sales' },
    ]);
    expect(world.hand('a')).toMatchObject({
      phase: 'wrap-up',
      wrapUp: { mode: 'timed', deadline: world.now + 30_000 },
    });
    expect(world.rings('b')).toBe(item);
    expect(world.explain(item).arrivedAt).toBe(arrivedAt);
    world.accept('b');
    world.end(item);
    expect(world.hand('b')?.wrapUp).toEqual({ mode: 'mandatory', deadline: undefined });
    expect(world.hand('a')?.wrapUp?.mode).toBe('timed');
    world.advance(30_000);
    expect([world.state('a'), world.state('b')]).toEqual(['idle', 'wrap-up']);
  });

  it('R24 R27 it does not come back to the one who gave it away while another is free', () => {
    world.queue('support');
    world.agent('a', 'support');
    const item = world.call('support');
    world.accept('a');
    world.agent('b', 'support');
    world.move(item, 'support');
    expect(world.rings('b')).toBe(item);
    world.decline('b');
    expect(world.rings('a')).toBe(item); // nobody else is free
  });

  it('R12 R27 taken back during its own wrap-up: one wrap-up, at the end', () => {
    world.agentWith({ capacity: { chat: 2 } }, 'a', 'support');
    const chat = world.call('support', { channel: 'chat' });
    world.accept('a');
    world.move(chat, 'support');
    expect(world.rings('a')).toBe(chat);
    world.advance(10_000);
    world.accept('a');
    expect(world.core.agent('a')?.hands).toMatchObject([{ itemId: chat, phase: 'work' }]);
    expect(world.facts('wrap-up.ended')).toHaveLength(1);
    expect(world.timers.size).toBe(0);
    world.end(chat);
    expect(world.core.agent('a')?.hands).toMatchObject([{ itemId: chat, phase: 'wrap-up' }]);
    world.advance(30_000);
    expect([world.state('a'), world.timers.size]).toEqual(['idle', 0]);
  });

  it('R1 R27 taken back during its own wrap-up: that ended then, and others have been free for longer', () => {
    for (const id of ['a', 'b']) world.agentWith({ capacity: { chat: 2 } }, id, 'support');
    const given = world.call('support', { channel: 'chat' });
    world.accept('a');
    world.call('support', { channel: 'chat' });
    world.accept('b');
    world.move(given, 'support');
    expect(world.rings('b')).toBe(given); // a gave it away
    world.decline('b');
    world.advance(5_000);
    expect(world.rings('a')).toBe(given);
    world.accept('a');
    world.advance(60_000); // b is asked again
    const next = world.call('support', { channel: 'chat' });
    expect(world.rings('b')).toBe(next);
  });

  it('R15 R27 an extension dialled directly is transferred to a queue', () => {
    world.agent('a');
    const item = world.call('direct', { onlyAgent: 'a' });
    world.accept('a');
    world.move(item, 'support');
    expect(world.hand('a')?.wrapUp?.mode).toBe('optional');
    world.agent('b', 'support');
    expect(world.rings('b')).toBe(item);
    world.decline('b');
    expect(world.explain(item).state).toBe('waiting'); // everybody's now
  });

  it('R27 a transfer the queue refuses leaves the work in hand', () => {
    world.queue('sales', { closed: true });
    world.agent('a', 'support');
    const item = world.call('support');
    world.accept('a');
    world.move(item, 'sales');
    expect(world.refused()).toBe('queue.closed sales');
    expect(world.hand('a')).toMatchObject({ itemId: item, phase: 'work' });
  });
});

describe('R28 callback in queue', () => {
  it('R28 a waiting call turned callback keeps place and score, and rings a phone', () => {
    const first = world.call('support');
    world.now += 1_000;
    const second = world.call('support');
    const before = world.explain(first);
    world.do({ type: 'item.called-back', itemId: first });
    expect(world.facts('work.called-back')).toMatchObject([{ itemId: first, queueId: 'support' }]);
    const { channel, ...after } = world.explain(first);
    expect(channel).toBe('callback');
    expect(after).toEqual({ ...before, channel: undefined });
    world.agent('a', 'support');
    expect(world.offer('a')).toMatchObject({ itemId: first, channel: 'callback' });
    expect(world.explain(second).position).toBe(1);
  });

  it('R28 while it rings: that offer is revoked, and the callback stands in its place', () => {
    world.agent('a', 'support');
    const item = world.call('support');
    world.do({ type: 'item.called-back', itemId: item });
    expect(world.facts('offer.ended').map((fact) => fact.outcome)).toEqual(['revoked']);
    expect(world.offer('a')).toMatchObject({ itemId: item, channel: 'callback' });
  });

  it('R28 timers of rings run on', () => {
    world.queue('support', { tiersMs: [0, 10_000] });
    world.agent('helper', 'support:2');
    const item = world.call('support');
    world.advance(4_000);
    world.do({ type: 'item.called-back', itemId: item });
    world.advance(6_000);
    expect(world.offer('helper')).toMatchObject({ itemId: item, channel: 'callback' });
  });

  it('R28 only a waiting call becomes one', () => {
    world.do({ type: 'item.called-back', itemId: 'gone' });
    expect(world.refused()).toBe('work.unknown gone');
    const mail = world.call('support', { channel: 'email' });
    world.do({ type: 'item.called-back', itemId: mail });
    expect(world.refused()).toBe('conflict waiting');
    world.agent('a', 'support');
    const item = world.call('support');
    world.do({ type: 'agent.set', agent: agentOf('a', ['support'], { capacity: { call: 1, callback: 1 } }) });
    world.agent('b', 'support');
    world.accept('b');
    world.do({ type: 'item.called-back', itemId: item });
    expect(world.refused()).toBe('conflict in-hands');
  });
});
