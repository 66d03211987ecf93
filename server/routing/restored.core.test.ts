import { beforeEach, describe, expect, it } from 'vitest';
import { agentOf, World } from '../../tests/kits/routing/world.ts';
import type { Restored } from './events.core.ts';

let world: World;
beforeEach(() => {
  world = new World();
  world.queue('support', { wrapUp: { mode: 'timed', ms: 30_000, extendMs: 5_000 } });
});

const before: Restored = {
  presence: 'available',
  reason: undefined,
  next: undefined,
  missed: false,
  hands: [],
};
/** An agent as it was before the restart, with a phone. */
function agent(id: string, more: Partial<Restored> = {}): void {
  world.reachable(id, true);
  world.do({ type: 'agent.set', agent: agentOf(id, ['support']), restored: { ...before, ...more } });
}
function item(id: string, arrivedAt: number, queuedAt = arrivedAt, more = {}): void {
  const work = world.item('support', { id, channel: 'callback', ...more });
  world.do({ type: 'item.restored', item: work, arrivedAt, queuedAt });
}
const hand = (itemId: string, more = {}) =>
  ({
    itemId,
    interactionId: `x-${itemId}`,
    queueId: 'support',
    channel: 'email',
    since: 5_000,
    ...more,
  }) as const;
const wrapUp = (itemId: string, deadline: number | undefined) => ({
  hand: {
    ...hand(itemId),
    phase: 'wrap-up',
    wrapUp: { mode: deadline ? 'timed' : 'mandatory', deadline },
  } as const,
});
const inHands = (itemId: string) => ({
  hand: { ...hand(itemId), phase: 'work', wrapUp: undefined } as const,
  item: { item: world.item('support', { id: itemId, channel: 'email' }), arrivedAt: 1_000, queuedAt: 2_000 },
});

describe('R17 restored work', () => {
  it('R17 waits in its place, with its arrival and its entry into the queue, and no fact', () => {
    world.queue('support', { tiersMs: [0, 60_000] });
    item('late', world.now - 10_000);
    item('early', world.now - 90_000, world.now - 20_000);
    expect(world.effects.filter((effect) => effect.type === 'fact')).toEqual([]);
    expect(world.explain('early')).toMatchObject({
      position: 1,
      arrivedAt: world.now - 90_000,
      tier: 1,
      changesAt: world.now + 40_000,
    });
    agent('a');
    expect(world.rings('a')).toBe('early');
    expect(world.core.queue('support', world.now)?.longestSince).toBe(world.now - 10_000);
  });

  it('R17 goes to an agent who is free already, with its boost and its asks', () => {
    agent('a');
    item('french', 1_000, 1_000, { skills: { french: 1 } });
    expect(world.explain('french').why).toBe('no-skill');
    item('plain', 2_000, 2_000, { boost: 40 });
    expect(world.rings('a')).toBe('plain');
    expect(world.explain('plain').score.boost).toBe(40);
  });

  it('R17 R25 is not refused by a closed or full queue, nor sent on by rules of entering', () => {
    world.queue('other');
    world.queue('support', {
      closed: true,
      maxWaiting: 0,
      overflow: [{ when: 'closed', value: 0, to: { kind: 'queue', queueId: 'other' } }],
    });
    item('a', 1_000);
    expect([world.refused(), world.explain('a').queueId]).toEqual([undefined, 'support']);
  });

  it('R17 R26 rules of waiting count from its entry: overdue ones at once', () => {
    world.queue('other');
    world.queue('support', {
      overflow: [{ when: 'waited', value: 60_000, to: { kind: 'queue', queueId: 'other' } }],
    });
    item('a', 1_000);
    expect(world.explain('a').queueId).toBe('other');
  });

  it('R17 refused: an unknown queue, twice, and work for one agent alone', () => {
    item('a', 1_000);
    item('a', 1_000);
    expect(world.refused()).toBe('conflict duplicate');
    item('b', 1_000, 1_000, { queueId: 'nowhere' });
    expect(world.refused()).toBe('queue.unknown nowhere');
    item('c', 1_000, 1_000, { queueId: 'direct', onlyAgent: 'a' });
    expect(world.refused()).toBe('conflict only-agent');
    expect(world.core.openItems).toBe(1);
  });
});

describe('R17 R26 restored work where nobody is signed in', () => {
  it('goes at once where a rule that is due sends it, and stays where none takes it', () => {
    world.queue('next');
    const to = { kind: 'queue', queueId: 'next' } as const;
    world.queue('support', { overflow: [{ when: 'no-agents', value: 0, to }] });
    item('i1', world.now - 10_000);
    item('i2', world.now - 10_000, world.now, {});
    expect([world.waiting('next'), world.waiting('support'), world.timers.size]).toEqual([2, 0, 0]);
  });
});

describe('R17 restored agents', () => {
  it('R17 presence, reason, next state and not responding are as before', () => {
    agent('break', { presence: 'not-ready', reason: 'lunch' });
    agent('away', { presence: 'offline' });
    agent('missed', { missed: true });
    agent('leaving', { next: { presence: 'not-ready', reason: 'lunch' }, hands: [wrapUp('w', undefined)] });
    agent('left', { next: { presence: 'offline', reason: undefined } });
    const states = world.core.agents().map(({ id, state, next }) => [id, state, next?.presence]);
    expect(states).toEqual([
      ['break', 'not-ready', undefined],
      ['away', 'offline', undefined],
      ['missed', 'not-responding', undefined],
      ['leaving', 'wrap-up', 'not-ready'],
      ['left', 'offline', undefined], // nothing in hand any more: it applied
    ]);
    world.finish('leaving');
    expect(world.core.agent('leaving')).toMatchObject({ state: 'not-ready', reason: 'lunch' });
  });

  it('R17 in the order told they are asked: who was free for longest is the first again', () => {
    for (const id of ['c', 'a', 'b']) agent(id);
    expect([1, 2, 3].map(() => world.call('support')).map((id) => world.explain(id).state)).toEqual(
      Array(3).fill('offered'),
    );
    expect(['c', 'a', 'b'].map((id) => world.rings(id))).toEqual(['i1', 'i2', 'i3']);
  });

  it('R17 wrap-ups keep their deadlines; a passed one ends at once, an open one waits', () => {
    const soon = world.now + 7_000;
    agent('a', { hands: [wrapUp('soon', soon), wrapUp('past', world.now - 1), wrapUp('open', undefined)] });
    expect(world.state('a')).toBe('wrap-up');
    world.advance(0);
    expect(world.core.agent('a')?.hands.map((held) => held.itemId)).toEqual(['soon', 'open']);
    world.do({ type: 'wrap-up.extended', agentId: 'a', itemId: 'soon' });
    world.advance(11_999);
    expect(world.core.agent('a')?.hands).toHaveLength(2);
    world.advance(1);
    expect(world.core.agent('a')?.hands.map((held) => held.itemId)).toEqual(['open']);
    world.finish('a');
    expect(world.state('a')).toBe('idle');
  });

  it('R17 written work lies in the same hands, and ends and is transferred as ever', () => {
    world.queue('other');
    agent('a', { hands: [inHands('mail')] });
    expect(world.core.agent('a')).toMatchObject({
      state: 'on-work',
      hands: [{ itemId: 'mail', since: 5_000 }],
    });
    expect(world.explain('mail')).toMatchObject({ state: 'in-hands', arrivedAt: 1_000 });
    world.do({ type: 'queue.removed', queueId: 'support' });
    expect(world.refused()).toBe('conflict not-empty');
    world.move('mail', 'other');
    expect(world.explain('mail')).toMatchObject({ state: 'waiting', queueId: 'other', arrivedAt: 1_000 });
    expect(world.hand('a')?.wrapUp).toEqual({ mode: 'timed', deadline: world.now + 30_000 });
  });

  it('R17 refused with nothing changed: hands with work of an unknown queue, or that is here already', () => {
    item('mail', 1_000);
    agent('a', { hands: [inHands('mail')] });
    expect(world.refused()).toBe('conflict duplicate');
    const lost = inHands('lost');
    agent('a', { hands: [{ ...lost, hand: { ...lost.hand, queueId: 'gone' } }] });
    expect(world.refused()).toBe('queue.unknown gone');
    expect(world.core.agent('a')).toBeUndefined();
    agent('a', { hands: [{ hand: { ...wrapUp('w', undefined).hand, queueId: 'gone' } }] });
    expect(world.state('a')).toBe('wrap-up'); // its work was over: it wraps up as it began to
  });

  it('R17 somebody the core knows is not restored', () => {
    world.agent('a', 'support');
    agent('a', { presence: 'offline' });
    expect(world.state('a')).toBe('idle');
  });
});
