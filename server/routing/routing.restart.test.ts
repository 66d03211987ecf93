import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RoutingWorld } from '../../tests/support/routing.ts';
import { dump } from '../../tests/support/routing-tables.ts';
import { serves } from '../../tests/support/serves.ts';
import { removeOp } from './routing.store.ts';

let world: RoutingWorld;
const mail = { channel: 'email', queueId: 'mail' } as const;
const states = () => Object.fromEntries(world.routing.agents().map(({ id, state }) => [id, state]));
const handsOf = (id: string) => world.routing.agent(id)?.hands ?? [];
const waiting = (queueId: string) => world.routing.waiting([queueId], 100).map(({ itemId }) => itemId);

describe('R17 after a restart', () => {
  beforeEach(async () => {
    world = await RoutingWorld.open();
    await world.queue('support', { wrapUp: { mode: 'timed', ms: 30_000, extendMs: 30_000 } });
    await world.queue('mail', { wrapUp: { mode: 'mandatory', ms: 0, extendMs: 0 }, offerMs: 60_000 });
  });
  afterEach(() => world.close());

  it('settings, presence and next states are as they were', async () => {
    for (const id of ['idle', 'lunch', 'working', 'missing', 'away']) await world.agent(id, []);
    const { routing, kernel } = world;
    routing.setPresence('lunch', 'not-ready', 'lunch');
    const give = (id: string, onlyAgent: string) => world.item(id, { queueId: 'direct', onlyAgent });
    give('i1', 'missing');
    kernel.clock.advance(20_000);
    give('i2', 'working');
    world.take('working');
    routing.setPresence('working', 'not-ready', 'break');
    routing.setPresence('away', 'offline', undefined);
    await world.mark();
    await world.restart();
    const after = {
      idle: 'idle',
      lunch: 'not-ready',
      working: 'not-ready',
      missing: 'not-responding',
      away: 'offline',
    };
    expect(states()).toEqual(after);
    expect(world.routing.agent('working')).toMatchObject({
      reason: 'break',
      next: undefined,
      reachable: false,
    });
    expect(world.routing.agent('lunch')).toMatchObject({ presence: 'not-ready', reason: 'lunch' });
    await world.restart();
    expect(states()).toEqual(after);
  });

  it('calls and chats that were open are ended by facts, once; their offers too', async () => {
    for (const id of ['a', 'b', 'c']) await world.agent(id);
    world.item('held');
    world.take('a');
    world.item('chat', { channel: 'chat' });
    world.take('b');
    world.item('offered');
    world.item('waiting');
    const from = await world.mark();
    await world.restart();
    expect(await world.facts('offer.ended', from)).toMatchObject([
      { itemId: 'offered', agentId: 'c', outcome: 'revoked' },
    ]);
    expect(await world.facts('work.ended', from)).toMatchObject([
      { itemId: 'held', end: 'server-restart', agentId: 'a' },
      { itemId: 'chat', end: 'server-restart', agentId: 'b' },
      { itemId: 'offered', end: 'server-restart' },
      { itemId: 'waiting', end: 'server-restart' },
    ]);
    const again = await world.mark();
    await world.restart();
    expect([await world.facts('work.ended', again), world.routing.openItems()]).toEqual([[], 0]);
    expect(states()).toEqual({ a: 'idle', b: 'idle', c: 'idle' });
  });

  it('written work and callbacks wait in their place: arrival, score, asks, entry into the queue', async () => {
    world.item('old', { ...mail, skills: {}, attributes: { subject: 'late' } });
    world.kernel.clock.advance(5_000);
    world.item('call');
    world.kernel.clock.advance(5_000);
    world.item('urgent', { ...mail, priority: 2, dueAt: world.kernel.clock.now() + 1_000 });
    world.item('boosted', mail);
    world.routing.boost('boosted', 50_000);
    world.routing.callBack('call', 'x-call', { uri: 'sip:1@127.0.0.1' });
    world.item('moved');
    world.routing.callBack('moved', 'x-moved', { uri: 'sip:1@127.0.0.1' });
    world.kernel.clock.advance(1_000);
    world.routing.move('moved', 'mail');
    world.kernel.clock.advance(9_000);
    const before = world.routing.waiting(['support', 'mail'], 100);
    expect(before).toHaveLength(5);
    const from = await world.mark();
    await world.restart();
    expect(world.routing.waiting(['support', 'mail'], 100)).toEqual(before);
    expect(await world.facts(undefined, from)).toEqual([]);
    expect(world.routing.openItems()).toBe(5);
    expect(['call', 'none'].map((id) => world.routing.outlived(`x-${id}`))).toEqual([true, false]);
  });

  it('goes on relaxing, holding and overflowing from when the work came into its queue', async () => {
    const to = { kind: 'queue', queueId: 'mail' } as const;
    await world.routing.setSkill({ id: 'chinese', name: 'Chinese' }, 'test');
    await world.queue('support', {
      skills: { chinese: 3 },
      relax: [{ afterMs: 10_000, lower: 0, drop: ['chinese'] }],
      overflow: [{ when: 'waited', value: 30_000, to }],
    });
    await world.agent('a', ['support']);
    world.item('i1', { channel: 'task' });
    world.kernel.clock.advance(9_000);
    await world.mark();
    await world.restart();
    expect(world.routing.explain('i1')).toMatchObject({ why: 'no-skill', skills: { chinese: 3 } });
    world.kernel.clock.advance(1_000);
    expect(world.routing.agent('a')?.offer?.itemId).toBe('i1');
    world.routing.setPresence('a', 'offline', undefined);
    await world.mark();
    await world.restart();
    world.kernel.clock.advance(19_999);
    expect(waiting('support')).toEqual(['i1']);
    world.kernel.clock.advance(1);
    expect(waiting('mail')).toEqual(['i1']);
  });

  it('an open offer of what goes on is revoked; the agent keeps its place and is offered the best first', async () => {
    await world.agent('first', ['mail']);
    await world.agent('second', ['mail']);
    world.item('i1', mail);
    expect(world.routing.agent('first')?.offer?.itemId).toBe('i1');
    world.item('i2', { ...mail, priority: 1 });
    world.item('i3', { ...mail, priority: 3 });
    world.kernel.clock.advance(5_000);
    const from = await world.mark();
    await world.restart();
    expect((await world.facts('offer.ended', from)).map(({ itemId, outcome }) => [itemId, outcome])).toEqual([
      ['i1', 'revoked'],
      ['i2', 'revoked'],
    ]);
    const offered = (await world.facts('offer.made', from)).map(({ agentId, itemId }) => [agentId, itemId]);
    expect(offered).toEqual([
      ['first', 'i3'],
      ['second', 'i2'],
    ]);
    // The carrier came later than the offers, and is told of those that are still open.
    expect(world.said.slice(-2)).toEqual(['offer first', 'offer second']);
    expect(waiting('mail')).toEqual(['i1']);
  });

  it('work kept for one agent is still kept for it', async () => {
    await world.agent('a', ['mail']);
    await world.agent('b', ['mail']);
    world.routing.setPresence('b', 'not-ready', 'lunch');
    world.item('i1', { ...mail, preferred: { agentId: 'b', holdMs: 60_000 } });
    await world.mark();
    await world.restart();
    expect(world.routing.explain('i1')).toMatchObject({ why: 'held', heldFor: { agentId: 'b' } });
    world.kernel.clock.advance(60_000);
    expect(world.routing.agent('a')?.offer?.itemId).toBe('i1');
  });

  it('work in hands is in the same hands, in the same order, and takes its capacity', async () => {
    await world.agent('a', ['mail', 'support']);
    world.item('i1', mail);
    world.take('a');
    world.item('chat', { channel: 'chat' });
    world.take('a');
    world.item('sms', { channel: 'sms' });
    world.take('a');
    world.routing.setPresence('a', 'not-ready', 'lunch');
    world.item('i2', mail);
    const before = handsOf('a');
    await world.mark();
    await world.restart();
    expect(handsOf('a')).toEqual(before.filter(({ itemId }) => itemId !== 'chat'));
    expect(world.routing.agent('a')).toMatchObject({
      state: 'on-work',
      next: { presence: 'not-ready', reason: 'lunch' },
    });
    expect(waiting('mail')).toEqual(['i2']);
    world.routing.workEnded('sms'); // timed wrap-up
    world.routing.workEnded('i1'); // mandatory
    world.kernel.clock.advance(30_000);
    expect(states()).toEqual({ a: 'wrap-up' });
    world.routing.finishWrapUp('a', 'i1');
    expect(world.routing.agent('a')).toMatchObject({ state: 'not-ready', reason: 'lunch', next: undefined });
  });

  it('wrap-ups keep their deadlines, extensions too; those past end at once, those without one wait', async () => {
    for (const id of ['timed', 'extended', 'past', 'mandatory']) await world.agent(id, []);
    const wrap = async (agent: string, queueId: string) => {
      await serves(world.routing, agent, [queueId]);
      const channel = queueId === 'mail' ? 'email' : 'call';
      world.item(`of-${agent}`, { queueId, channel });
      world.take(agent);
      world.routing.workEnded(`of-${agent}`);
      await serves(world.routing, agent, []);
    };
    await wrap('past', 'support');
    await wrap('mandatory', 'mail');
    world.kernel.clock.advance(10_000);
    await wrap('timed', 'support');
    await wrap('extended', 'support');
    world.routing.extendWrapUp('extended', 'of-extended');
    const { clock } = world.kernel;
    const began = clock.now();
    const before = ['timed', 'extended', 'mandatory'].map((id) => handsOf(id));
    await world.mark();
    clock.advance(0);
    world.routing.stop(); // dead for 25 s: nothing ends meanwhile
    clock.advance(25_000);
    const from = await world.mark();
    await world.restart();
    expect(states()).toEqual({ timed: 'wrap-up', extended: 'wrap-up', past: 'idle', mandatory: 'wrap-up' });
    expect(['timed', 'extended', 'mandatory'].map((id) => handsOf(id))).toEqual(before);
    expect(handsOf('timed')[0]?.wrapUp?.deadline).toBe(began + 30_000);
    expect(await world.facts('wrap-up.ended', from)).toMatchObject([{ itemId: 'of-past' }]);
    expect(world.routing.extendWrapUp('timed', 'of-timed')).toBe(began + 60_000);
    clock.advance(35_000);
    expect(states()).toEqual({ timed: 'idle', extended: 'idle', past: 'idle', mandatory: 'wrap-up' });
    clock.advance(3_600_000);
    expect(states().mandatory).toBe('wrap-up');
    world.routing.finishWrapUp('mandatory', 'of-mandatory');
    expect(states().mandatory).toBe('idle');
  });

  it('the agent idle longest before is the first again, however often', async () => {
    await world.agent('a');
    await world.agent('b');
    world.item('i1');
    world.take('a');
    world.kernel.clock.advance(5_000);
    world.routing.workEnded('i1');
    world.routing.finishWrapUp('a', 'i1'); // b is idle for longer now
    world.item('i2'); // offered to b and revoked: b keeps its place
    world.routing.withdraw('i2', 'abandoned');
    await world.mark();
    for (let times = 0; times < 3; times++) await world.restart();
    for (const id of ['a', 'b']) world.routing.setReachable(id, true);
    world.item('i3');
    expect(world.routing.agent('b')?.offer?.itemId).toBe('i3');
  });

  it('who let an offer ring out with other work in hand is still not responding when that is done', async () => {
    await world.agent('a', ['mail', 'support']);
    world.item('i1', mail);
    world.take('a');
    world.item('i2');
    world.kernel.clock.advance(20_000);
    expect(world.routing.agent('a')).toMatchObject({ state: 'on-work', offer: undefined });
    for (let times = 0; times < 2; times++) {
      await world.mark();
      await world.restart();
    }
    world.routing.setReachable('a', true);
    world.item('i3');
    expect(world.routing.agent('a')?.offer).toBeUndefined();
    world.routing.workEnded('i1');
    world.routing.finishWrapUp('a', 'i1');
    expect(states()).toEqual({ a: 'not-responding' });
  });

  it('R15 work offered to one agent alone ends refused; in its hands it stays', async () => {
    await world.agent('a', []);
    await world.agent('b', []);
    world.item('offered', { channel: 'task', queueId: 'direct', onlyAgent: 'a' });
    world.item('held', { channel: 'task', queueId: 'direct', onlyAgent: 'b' });
    world.take('b');
    const from = await world.mark();
    await world.restart();
    expect(await world.facts('work.ended', from)).toMatchObject([{ itemId: 'offered', end: 'refused' }]);
    expect(states()).toEqual({ a: 'idle', b: 'on-work' });
    world.routing.move('held', 'mail');
    expect(waiting('mail')).toEqual(['held']);
  });

  it('R16 work in the hands of somebody who is gone is back in its place; nothing else of them is left', async () => {
    await world.agent('a', ['mail']);
    await world.agent('b', ['mail']);
    world.routing.setPresence('a', 'not-ready', 'lunch');
    world.routing.setPresence('b', 'not-ready', 'lunch');
    world.item('i1', { channel: 'email' });
    world.kernel.clock.advance(7_000);
    world.routing.move('i1', 'mail');
    for (const id of ['a', 'b']) world.routing.setPresence(id, 'available', undefined);
    world.item('i2', mail);
    world.take('a');
    world.take('b');
    world.routing.workEnded('i2');
    world.kernel.clock.advance(1_000);
    await world.routing.removeAgent('a', {}, 'test');
    await world.routing.removeAgent('b', {}, 'test');
    expect(await world.facts('wrap-up.ended')).toMatchObject([{ itemId: 'i2', agentId: 'b' }]);
    const { arrivedAt = 0 } = world.routing.explain('i1') ?? {};
    const from = await world.mark();
    await world.restart();
    expect(world.routing.agents()).toEqual([]);
    expect(world.routing.explain('i1')).toMatchObject({ state: 'waiting', arrivedAt, queueId: 'mail' });
    expect(await world.facts('work.moved', from)).toMatchObject([
      { itemId: 'i1', from: 'mail', queueId: 'mail' },
    ]);
    expect(await world.facts('agent.presence', from)).toMatchObject([{ agentId: 'a', presence: 'offline' }]);
    await serves(world.routing, 'a', ['mail']);
    const again = await world.mark();
    await world.restart();
    expect(states()).toEqual({ a: 'offline' });
    expect(await world.facts('work.moved', again)).toEqual([]);
    const to = { kind: 'queue', queueId: 'support' } as const;
    const overflow = [{ when: 'waited', value: 60_000, to }] as const;
    await world.queue('mail', { overflow: [...overflow] });
    expect(world.routing.explain('i1')).toMatchObject({ arrivedAt, changesAt: arrivedAt + 7_000 + 60_000 });
  });

  it.each(['fewest-handled', 'least-talk-time'] as const)(
    '%s goes on counting until midnight',
    async (strategy) => {
      await world.queue('support', { strategy });
      for (const id of ['a', 'b', 'c']) await world.agent(id);
      const { clock } = world.kernel;
      const serve = async (ms: number): Promise<string> => {
        const itemId = `of-${await world.mark()}`;
        world.item(itemId);
        const { id = '' } = world.routing.agents().find(({ offer }) => offer?.itemId === itemId) ?? {};
        world.take(id);
        clock.advance(ms);
        world.routing.workEnded(itemId);
        return id;
      };
      const again = async (): Promise<void> => {
        await world.mark();
        await world.restart();
        for (const id of ['a', 'b', 'c']) world.routing.setReachable(id, true);
      };
      clock.advance(new Date(clock.now()).setHours(24, 0, 0, 0) - clock.now() + 3_600_000);
      expect([await serve(9_000), await serve(1_000), await serve(5_000)]).toEqual(['a', 'b', 'c']);
      const second = strategy === 'fewest-handled' ? 'a' : 'b';
      expect(await serve(20_000)).toBe(second);
      for (const id of ['b', 'c']) {
        world.routing.setPresence(id, 'not-ready', 'lunch');
        world.routing.setPresence(id, 'available', undefined);
      } // a is idle for longest
      await again();
      expect(await serve(1_000)).toBe(strategy === 'fewest-handled' ? 'b' : 'c');
      await again();
      clock.advance(new Date(clock.now()).setHours(24, 0, 0, 0) - clock.now());
      await again(); // everybody counts from 0: the longest idle
      expect(await serve(1_000)).toBe('a');
    },
  );

  it('round robin goes on with who was asked least recently', async () => {
    await world.queue('support', { strategy: 'round-robin', wrapUp: { mode: 'none', ms: 0, extendMs: 0 } });
    await world.queue('mail', { wrapUp: { mode: 'none', ms: 0, extendMs: 0 } });
    for (const id of ['a', 'b', 'c']) await world.agent(id, ['support', 'mail']);
    for (const [id, itemId] of [
      ['a', 'i1'],
      ['b', 'i2'],
      ['c', 'i3'],
    ] as const) {
      world.item(itemId);
      expect(world.take(id)).toBe(itemId);
    }
    world.routing.workEnded('i3'); // idle for longest, asked last
    world.kernel.clock.advance(1_000);
    world.routing.workEnded('i2');
    world.routing.workEnded('i1');
    await world.mark();
    for (let times = 0; times < 2; times++) await world.restart();
    for (const id of ['a', 'b', 'c']) world.routing.setReachable(id, true);
    for (const [id, itemId] of [
      ['a', 'i4'],
      ['b', 'i5'],
      ['c', 'i6'],
    ] as const) {
      world.item(itemId);
      expect(world.take(id)).toBe(itemId);
    }
  });

  it.each(['declined', 'given away'])('R24 work that was %s goes to others first', async (how) => {
    await world.queue('mail', { wrapUp: { mode: 'none', ms: 0, extendMs: 0 } });
    for (const id of ['a', 'b']) await world.agent(id, ['mail']);
    world.item('i1', { ...mail, preferred: { agentId: 'a', holdMs: 0 } });
    if (how === 'declined') world.routing.decline(world.routing.agent('a')?.offer?.id ?? '', 'declined');
    else world.routing.move(world.take('a'), 'mail');
    expect(world.routing.agent('b')?.offer?.itemId).toBe('i1');
    for (let times = 0; times < 3; times++) {
      await world.mark();
      await world.restart();
      expect(world.routing.agents().map(({ id, offer }) => [id, offer?.itemId])).toContainEqual(['b', 'i1']);
    }
    world.routing.setPresence('b', 'offline', undefined);
    expect(world.routing.agent('a')?.offer?.itemId).toBe('i1'); // nobody else is left
  });

  it('R26 rules never lead back to a queue the work was in before the restart', async () => {
    const back = (queueId: string) => [
      { when: 'waited', value: 10_000, to: { kind: 'queue', queueId } } as const,
    ];
    await world.queue('support', { overflow: back('mail') });
    await world.queue('mail', { overflow: back('support') });
    world.item('i1', { channel: 'email' });
    world.kernel.clock.advance(10_000);
    expect(waiting('mail')).toEqual(['i1']);
    await world.mark();
    for (let times = 0; times < 2; times++) await world.restart();
    world.kernel.clock.advance(60_000);
    expect(waiting('mail')).toEqual(['i1']);
    world.routing.move('i1', 'mail'); // people may send it where rules may not
    await world.mark();
    await world.restart();
    world.kernel.clock.advance(10_000);
    expect(waiting('support')).toEqual(['i1']);
  });

  it('R29 the error of what a waiting callback was told is recorded when it is answered', async () => {
    await world.agent('a');
    world.item('i1');
    world.take('a');
    world.kernel.clock.advance(60_000);
    world.routing.workEnded('i1');
    world.kernel.clock.advance(30_000); // handled in 90 s
    world.routing.setPresence('a', 'available', undefined);
    world.item('busy');
    world.take('a');
    world.item('i2');
    expect((await world.facts('work.arrived')).at(-1)).toMatchObject({ itemId: 'i2', ewtMs: 90_000 });
    world.routing.callBack('i2', 'x-back', { uri: 'sip:1@127.0.0.1' });
    world.kernel.clock.advance(50_000);
    await world.mark();
    for (let times = 0; times < 2; times++) await world.restart();
    world.routing.setReachable('a', true);
    expect(world.take('a')).toBe('i2');
    expect(world.routing.queue('support')?.ewtError).toEqual({
      biasMs: -40_000,
      absoluteMs: 40_000,
      samples: 1,
    });
  });

  /** Restarts so often; phones are back. */
  const again = async (times = 2): Promise<void> => {
    for (; times > 0; times--) {
      await world.mark();
      await world.restart();
      for (const { id } of world.routing.agents()) world.routing.setReachable(id, true);
    }
  };
  const offered = (itemId: string): string | undefined =>
    world.routing.agents().find(({ offer }) => offer?.itemId === itemId)?.id;
  const none = { mode: 'none', ms: 0, extendMs: 0 } as const;

  it('round robin asks first who was never asked', async () => {
    await world.queue('support', { strategy: 'round-robin', wrapUp: none });
    for (const id of ['a', 'b']) await world.agent(id);
    world.item('i1');
    world.routing.workEnded(world.take('a'));
    await again();
    world.item('i2');
    expect(offered('i2')).toBe('b');
  });

  it('who chose to be available again, with work in hand, after letting an offer ring out is available', async () => {
    await world.agent('a', ['mail', 'support']);
    world.item('i1', mail);
    world.take('a');
    world.item('i2');
    world.kernel.clock.advance(20_000); // rings out
    world.routing.withdraw('i2', 'abandoned');
    world.routing.setPresence('a', 'available', undefined);
    await again();
    world.routing.workEnded('i1');
    world.routing.finishWrapUp('a', 'i1');
    expect(states()).toEqual({ a: 'idle' });
  });

  it.each([1, 2, 3])(
    'whose call the stop broke off stands behind those who were idle (%i restarts)',
    async (times) => {
      for (const id of ['a', 'b']) await world.agent(id);
      world.item('i1');
      world.take('a');
      world.kernel.clock.advance(600_000);
      await again(times);
      world.item('i2');
      expect(offered('i2')).toBe('b');
    },
  );

  it.each([0, 2])(
    'whose work ended last is idle for the shorter time, in wrap-up too (%i restarts)',
    async (times) => {
      await world.queue('support', { wrapUp: none });
      for (const id of ['x', 'y']) await world.agent(id, ['mail', 'support']);
      for (const id of ['x', 'y']) {
        world.item(`of-${id}`, mail);
        expect(world.take(id)).toBe(`of-${id}`);
      }
      world.routing.workEnded('of-x'); // and a wrap-up without an end; a call may interrupt both
      await again(times);
      world.item('i1');
      expect(offered('i1')).toBe('y');
    },
  );

  it('the time the server was down is nobody’s talk time', async () => {
    await world.queue('support', { strategy: 'least-talk-time', wrapUp: none });
    for (const id of ['a', 'b']) await world.agent(id);
    world.item('c1', { channel: 'callback' });
    world.take('a');
    world.item('i1');
    world.take('b');
    world.kernel.clock.advance(1_000);
    world.routing.workEnded('i1');
    await world.mark();
    world.routing.stop();
    world.kernel.clock.advance(3_600_000);
    await again();
    world.routing.withdraw('c1', 'completed');
    world.item('i2');
    expect(offered('i2')).toBe('a'); // no talk yet, b has a second
  });

  it('R26 a callback taken out of hands by the stop is still kept from the queues rules took it from', async () => {
    const to = (queueId: string) => ({ kind: 'queue', queueId }) as const;
    await world.queue('support', { overflow: [{ when: 'waited', value: 10_000, to: to('mail') }] });
    await world.queue('mail', { overflow: [{ when: 'waited', value: 10_000, to: to('support') }] });
    world.item('c1', { channel: 'callback' });
    world.kernel.clock.advance(10_000);
    await world.agent('a', ['mail']);
    expect(world.take('a')).toBe('c1');
    world.routing.setPresence('a', 'offline', undefined);
    await again(3);
    world.routing.setPresence('a', 'offline', undefined);
    world.kernel.clock.advance(60_000);
    expect(waiting('mail')).toEqual(['c1']);
  });

  it.each([0, 2])(
    'R27 what is transferred to its own queue begins anew there (%i restarts)',
    async (times) => {
      await world.queue('mail', { tiersMs: [0, 3_600_000], wrapUp: none });
      await world.agent('a', ['mail']);
      world.item('i1', mail);
      world.take('a');
      world.kernel.clock.advance(3_600_000);
      world.routing.setPresence('a', 'not-ready', 'lunch');
      world.routing.move('i1', 'mail');
      await again(times);
      expect(world.routing.explain('i1')?.tier).toBe(1);
    },
  );

  it.each([0, 2])('R23 a hold that is over does not begin again (%i restarts)', async (times) => {
    for (const id of ['a', 'b']) await world.agent(id, ['mail']);
    world.routing.setPresence('a', 'not-ready', 'lunch');
    world.routing.setPresence('b', 'not-ready', 'lunch');
    world.item('i1', { ...mail, preferred: { agentId: 'a', holdMs: 86_400_000 } });
    expect(world.routing.explain('i1')?.why).toBe('held');
    world.routing.setPresence('a', 'offline', undefined);
    world.routing.setPresence('a', 'not-ready', 'lunch');
    await again(times);
    world.routing.setPresence('b', 'available', undefined);
    expect(offered('i1')).toBe('b');
  });

  it('R29 what was foretold counts once: for the first agent who answered', async () => {
    await world.agent('a', ['mail']);
    world.item('i1', mail);
    world.take('a');
    expect((await world.facts('work.arrived')).at(-1)).toMatchObject({ ewtMs: 0 });
    world.kernel.clock.advance(3_600_000);
    await again();
    world.routing.move('i1', 'mail');
    world.routing.finishWrapUp('a', 'i1');
    expect(world.take('a')).toBe('i1');
    expect(world.routing.queue('mail')?.ewtError).toBeUndefined();
  });

  it('the number to call back is told with each offer, stands in no fact, and is erased when the work ends', async () => {
    const words = async () => {
      await world.mark();
      return (await dump(world.kernel.db)).work_words;
    };
    world.item('c1', { attributes: { topic: 'bill' } });
    world.item('c2', { attributes: { topic: 'move' } });
    world.routing.callBack('c1', 'x-back', { uri: 'sip:1@127.0.0.1' });
    expect(await words()).toEqual([
      { item_id: 'c1', attributes: '{"topic":"bill","uri":"sip:1@127.0.0.1"}' },
      { item_id: 'c2', attributes: '{"topic":"move"}' },
    ]);
    expect(JSON.stringify(await world.facts())).not.toMatch(/bill|move|sip:1/);
    for (let times = 0; times < 2; times++) await world.restart(); // ends the call
    expect((await words()).map(({ item_id }) => item_id)).toEqual(['c1']);
    await world.agent('a');
    const attributes = { topic: 'bill', uri: 'sip:1@127.0.0.1' };
    expect(world.offers.at(-1)).toMatchObject({ itemId: 'c1', interactionId: 'x-back', attributes });
    world.routing.workEnded(world.take('a'));
    world.routing.finishWrapUp('a', 'c1');
    expect(await words()).toEqual([]);
    world.item('c3', { queueId: 'direct', onlyAgent: 'a', channel: 'task', attributes: { topic: 'x' } });
    expect(await words()).toHaveLength(1);
    world.routing.decline(world.offers.at(-1)?.id ?? '', 'declined'); // refused
    expect(await words()).toEqual([]);
  });

  it('work whose queue is gone from the settings waits in a closed queue of that name', async () => {
    world.item('i1', mail);
    await world.mark();
    await world.kernel.db.write([removeOp('queue', 'mail')]);
    await world.restart();
    expect(world.routing.queue('mail')).toMatchObject({ waiting: 1, open: false });
    expect(world.routing.explain('i1')).toMatchObject({ state: 'waiting', why: 'nobody-serves' });
    await world.agent('a');
    world.routing.move('i1', 'support');
    expect(world.routing.agent('a')?.offer?.itemId).toBe('i1');
    await world.mark();
    await world.restart();
    expect(world.routing.queue('mail')).toMatchObject({ waiting: 0, open: false });
  });
});
