import { beforeEach, describe, expect, it } from 'vitest';
import type { Channel } from '#shared/model/states.ts';
import { World } from '../../tests/kits/routing/world.ts';

let world: World;
beforeEach(() => {
  world = new World();
  world.queue('support');
  world.agent('a', 'support');
});

const work = (channel: Channel, id?: string): string =>
  world.call('support', { channel, ...(id === undefined ? {} : { id }) });
/** Arrives and is taken, if it is offered at all. */
function take(channel: Channel): string | undefined {
  const item = work(channel);
  if (world.rings('a') !== item) return undefined;
  world.accept('a');
  return item;
}
const held = (): string[] =>
  world.core.agent('a')?.hands.map((hand) => `${hand.channel} ${hand.phase}`) ?? [];

describe('R20 capacity and interruption', () => {
  it('R20 a call comes on top of a mail, and the mail is still there afterwards', () => {
    take('email');
    const call = take('call');
    expect(held()).toEqual(['email work', 'call work']);
    world.end(call ?? '');
    expect(held()).toEqual(['email work']);
    expect(world.state('a')).toBe('on-work');
  });

  it('R20 three chats at once, the fourth waits, and comes when one of them ends', () => {
    const chats = [take('chat'), take('chat'), take('chat')];
    const fourth = work('chat');
    expect([world.rings('a'), world.waiting('support')]).toEqual([undefined, 1]);
    expect(world.explain(fourth)).toMatchObject({ why: 'all-busy', agents: { busy: 1 } });
    world.end(chats[1] ?? '');
    expect(world.rings('a')).toBe(fourth);
  });

  it('R20 a chat does not come on top of a call, nor a call on top of a chat', () => {
    const call = take('call');
    const chat = work('chat');
    expect(world.rings('a')).toBeUndefined();
    world.end(call ?? '');
    expect(world.rings('a')).toBe(chat);
    world.accept('a');
    work('call');
    expect(world.rings('a')).toBeUndefined();
  });

  it('R20 what may come must be allowed on top of everything held, not only of something', () => {
    take('email');
    take('chat');
    expect(take('call')).toBeUndefined(); // above the mail, but not above the chat
    expect(take('sms')).toBeDefined(); // above both
  });

  it('R20 a channel left out of the profile, or with none, is not served', () => {
    world.agentWith({ capacity: { call: 1, chat: 0 } }, 'a', 'support');
    expect([take('chat'), take('email')]).toEqual([undefined, undefined]);
    expect(take('call')).toBeDefined();
  });

  it('R20 wrap-up takes a place of its channel, and is not interrupted by what the work was not', () => {
    world.queue('support', { wrapUp: { mode: 'timed', ms: 30_000, extendMs: 0 } });
    world.agentWith({ capacity: { call: 1, chat: 2 }, interrupts: {} }, 'a', 'support');
    const first = take('chat');
    take('chat');
    world.end(first ?? '');
    expect(held()).toEqual(['chat wrap-up', 'chat work']);
    expect(world.state('a')).toBe('on-work');
    const third = work('chat');
    const call = work('call');
    expect(world.rings('a')).toBeUndefined();
    world.advance(30_000);
    expect(world.rings('a')).toBe(third);
    expect(world.waiting('support')).toBe(1);
    expect(world.explain(call).agents).toEqual({ busy: 1 });
  });

  it('R20 after the work, several wrap-ups are wrap-up until the last is over', () => {
    world.queue('support', { wrapUp: { mode: 'optional', ms: 0, extendMs: 0 } });
    const chats = [take('chat') ?? '', take('chat') ?? ''];
    for (const chat of chats) world.end(chat);
    expect(world.state('a')).toBe('wrap-up');
    world.do({ type: 'wrap-up.finished', agentId: 'a', itemId: chats[0] ?? '' });
    expect(held()).toEqual(['chat wrap-up']);
    world.finish('a');
    expect(world.state('a')).toBe('idle');
  });

  it('R20 R11 with a next state nothing new comes, and what is in hand drains', () => {
    const chats = [take('chat') ?? '', take('chat') ?? ''];
    world.presence('a', 'not-ready', 'lunch');
    work('chat');
    expect(world.rings('a')).toBeUndefined();
    world.end(chats[0] ?? '');
    expect(world.core.agent('a')).toMatchObject({ state: 'on-work', next: { reason: 'lunch' } });
    world.end(chats[1] ?? '');
    expect(world.core.agent('a')).toMatchObject({ state: 'not-ready', next: undefined });
    expect(world.waiting('support')).toBe(1);
  });

  it('R20 R8 one offer at a time, on top of work too', () => {
    take('chat');
    const [second, third] = [work('chat'), work('chat')];
    expect(world.rings('a')).toBe(second);
    world.accept('a');
    expect(world.rings('a')).toBe(third);
    expect(world.state('a')).toBe('on-work');
  });

  it.each(['call', 'callback', 'lead'] as const)('R20 %s needs a phone that can be rung', (channel) => {
    world.reachable('a', false);
    const item = work(channel);
    expect(world.explain(item)).toMatchObject({ why: 'all-not-ready', agents: { 'no-phone': 1 } });
    world.reachable('a', true);
    expect(world.rings('a')).toBe(item);
  });

  it.each(['chat', 'email', 'sms', 'task', 'case'] as const)('R20 %s needs no phone', (channel) => {
    world.reachable('a', false);
    expect(world.rings('a')).toBeUndefined();
    const item = work(channel);
    expect(world.rings('a')).toBe(item);
  });

  it.each(['chat', 'email', 'sms', 'task', 'case'] as const)(
    'R9 R20 a phone that goes does not fail an offered %s',
    (channel) => {
      const item = work(channel);
      world.reachable('a', false);
      world.advance(19_999);
      expect(world.rings('a')).toBe(item);
      world.advance(1);
      expect(world.facts('offer.ended').map((fact) => fact.outcome)).toEqual(['no-answer']);
    },
  );

  it.each(['call', 'callback', 'lead'] as const)(
    'R9 R20 a phone that goes fails an offered %s: no miss',
    (channel) => {
      work(channel);
      world.advance(18_000);
      world.reachable('a', false);
      world.advance(2_000);
      expect(world.facts('offer.ended').map((fact) => fact.outcome)).toEqual(['failed']);
      expect(world.state('a')).toBe('idle');
    },
  );

  it('R5 R20 a chat missed while another is answered: not responding, said when the hands are empty', () => {
    const chat = take('chat') ?? '';
    work('chat');
    world.advance(20_000);
    expect(world.state('a')).toBe('on-work');
    expect(world.rings('a')).toBeUndefined();
    world.end(chat);
    expect(world.state('a')).toBe('not-responding');
    world.presence('a', 'available');
    expect(world.state('a')).toBe('offered');
  });

  it('R5 R20 a chat missed, and available chosen while another is answered: asked again', () => {
    take('chat');
    const missed = work('chat');
    world.advance(20_000);
    world.presence('a', 'available');
    expect(world.rings('a')).toBe(missed);
  });

  it('R10 R20 offline chosen with work in hand and an offer: revoked, and gone when the work is over', () => {
    const chat = take('chat') ?? '';
    work('chat');
    world.presence('a', 'offline');
    expect(world.core.agent('a')).toMatchObject({
      state: 'on-work',
      offer: undefined,
      next: { presence: 'offline' },
    });
    expect(world.waiting('support')).toBe(1);
    world.end(chat);
    expect(world.state('a')).toBe('offline');
  });

  it('R16 R20 capacity taken away leaves what is held, and gives nothing new', () => {
    const chats = [take('chat') ?? '', take('chat') ?? ''];
    world.do({
      type: 'agent.set',
      agent: {
        id: 'a',
        queues: [{ queueId: 'support', tier: 1 }],
        skills: {},
        capacity: { chat: 1 },
        interrupts: {},
        rank: 1,
      },
    });
    const waits = work('chat');
    expect(held()).toHaveLength(2);
    world.end(chats[0] ?? '');
    expect(world.rings('a')).toBeUndefined();
    world.end(chats[1] ?? '');
    expect(world.rings('a')).toBe(waits);
  });
});
