import { beforeEach, describe, expect, it } from 'vitest';
import { RoutingWorld, refusal } from '../../tests/support/routing.ts';
import type { RoutingService } from './index.ts';

let world: RoutingWorld;
let routing: RoutingService;
let kernel: RoutingWorld['kernel'];

beforeEach(async () => {
  world = await RoutingWorld.open();
  ({ routing, kernel } = world);
  await world.queue('support', { wrapUp: { mode: 'timed', ms: 30_000, extendMs: 30_000 } });
});

describe('the routing service', () => {
  it('carries one call from arrival to the end of wrap-up, with every fact in order', async () => {
    await world.agent('a');
    const from = await world.mark();
    world.item('i1');
    expect(routing.accept(world.offers[0]?.id ?? '')).toBe(true);
    routing.workEnded('i1');
    expect(routing.extendWrapUp('a', 'i1')).toBe(kernel.clock.now() + 60_000);
    kernel.clock.advance(60_000);
    expect(
      (await world.facts(undefined, from)).map((f) => (f.type === 'agent.state' ? f.state : f.type)),
    ).toEqual([
      'work.arrived',
      'offer.made',
      'offered',
      'offer.ended',
      'on-work',
      'work.ended',
      'wrap-up.started',
      'wrap-up',
      'wrap-up.extended',
      'wrap-up.ended',
      'idle',
    ]);
    expect(world.said).toEqual(['offer a']); // its own acceptance is not told back
    expect([routing.timers(), routing.openItems()]).toEqual([0, 0]);
    routing.stop();
    expect(kernel.clock.pending).toBe(0);
  });

  it('tells the carrier after the facts are appended, also when it answers at once', async () => {
    const seen: number[] = [];
    let declines = 0;
    routing.carry({
      onOffer(offer) {
        seen.push(kernel.journal.lastSeq);
        if (declines++ === 0) routing.decline(offer.id, 'busy');
      },
      onOfferEnded: () => void seen.push(kernel.journal.lastSeq),
    });
    await world.agent('a');
    await world.agent('b');
    const before = kernel.journal.lastSeq;
    world.item('i1');
    expect(seen[0]).toBe(before + 3); // arrived, made, offered
    expect(routing.agent('b')?.offer?.itemId).toBe('i1');
    expect(routing.timers()).toBe(2); // b's offer, a's delay: the first offer's timer is gone
    kernel.clock.advance(15_000);
    expect(routing.agent('a')?.state).toBe('idle');
  });

  it('keeps facts in order, and tells one thing at a time, when the carrier acts while being told', async () => {
    let inside = 0;
    const said: string[] = [];
    routing.carry({
      onOffer: () => expect(inside).toBe(0),
      onOfferEnded(offer) {
        expect(inside++).toBe(0);
        routing.withdraw(offer.itemId, 'abandoned');
        inside--;
        said.push(`ended ${offer.agentId}`);
      },
    });
    await world.agent('a');
    await world.agent('b');
    world.item('i1');
    const from = await world.mark();
    routing.decline(routing.agent('a')?.offer?.id ?? '', 'declined');
    const order = (await world.facts(undefined, from)).filter(
      (f) => 'itemId' in f && f.type !== 'agent.state',
    );
    expect(order.map((f) => f.type)).toEqual(['offer.ended', 'offer.made', 'offer.ended', 'work.ended']);
    expect([routing.openItems(), routing.timers()]).toEqual([0, 1]); // a's delay
    expect(said).toEqual(['ended a', 'ended b']);
  });

  it('takes an offer back from a carrier that fails, and goes on', async () => {
    let broken = true;
    routing.carry({
      onOffer() {
        if (broken) throw new Error('no phone');
      },
      onOfferEnded() {
        throw new Error('no phone either');
      },
    });
    await world.agent('a');
    world.item('i1');
    expect(routing.agent('a')).toMatchObject({ state: 'idle', offer: undefined });
    broken = false;
    kernel.clock.advance(10_000);
    expect(routing.agent('a')?.offer?.itemId).toBe('i1');
  });

  it('tells the carrier where work went that left its queue', async () => {
    await world.queue('sales');
    await world.queue('night', {
      closed: true,
      overflow: [{ when: 'closed', value: 0, to: { kind: 'voicemail' } }],
    });
    world.item('i1');
    routing.move('i1', 'sales');
    world.item('i2', { queueId: 'night' });
    expect(world.said).toEqual(['moved i1 sales', 'overflowed i2 voicemail']);
    expect(routing.openItems()).toBe(1);
  });

  it('R14 accept says false once the offer is over', async () => {
    await world.agent('a');
    world.item('i1');
    kernel.clock.advance(20_000);
    expect(routing.accept(world.offers[0]?.id ?? '')).toBe(false);
    expect(world.said).toEqual(['offer a', 'ended a no-answer']);
    expect(routing.accept('offer_unknown')).toBe(false);
  });

  it('R15 refuses work for an agent who is busy, and tells the carrier when it is declined', async () => {
    await world.agent('a');
    const direct = { queueId: 'direct', onlyAgent: 'a' };
    world.item('d1', direct);
    expect(await refusal(() => world.item('d2', direct))).toMatchObject({
      code: 'conflict',
      details: { why: 'busy' },
    });
    routing.decline(world.offers[0]?.id ?? '', 'declined');
    expect(world.said).toEqual(['offer a', 'ended a declined', 'refused d1 declined']);
    routing.setPresence('a', 'offline', undefined);
    expect(await refusal(() => world.item('d3', direct))).toMatchObject({
      code: 'conflict',
      details: { why: 'unavailable' },
    });
    expect((await refusal(() => world.item('i1', { queueId: 'nowhere' }))).code).toBe('queue.unknown');
  });

  it('refuses what is asked of work, agents and wrap-ups it does not know', async () => {
    await world.agent('a');
    const codes: unknown[] = [];
    for (const run of [
      () => routing.move('none', 'support'),
      () => routing.boost('none', 1),
      () => routing.callBack('none', 'x', {}),
      () => routing.finishWrapUp('a', 'none'),
      () => routing.extendWrapUp('a', 'none'),
      () => routing.finishWrapUp('nobody', 'none'),
      () => routing.setPresence('nobody', 'available', undefined),
      () => routing.setPresence('a', 'not-ready', 'golf'),
    ])
      codes.push((await refusal(run)).code);
    expect(codes).toEqual([
      'work.unknown',
      'work.unknown',
      'work.unknown',
      'wrap-up.none',
      'wrap-up.none',
      'wrap-up.none',
      'not-found',
      'presence.reason-unknown',
    ]);
    expect(routing.explain('none')).toBeUndefined();
    routing.withdraw('none', 'abandoned'); // may have ended in this very moment
  });

  it('R31 says what waits, best first, and why', async () => {
    await world.agent('a');
    routing.setPresence('a', 'not-ready', 'lunch');
    world.item('normal');
    kernel.clock.advance(1_000);
    world.item('urgent', { priority: 1 });
    routing.boost('normal', 10_000);
    const list = routing.waiting(['support'], 10);
    expect(list.map(({ itemId, why, position }) => [itemId, why, position])).toEqual([
      ['normal', 'all-not-ready', 1],
      ['urgent', 'all-not-ready', 2],
    ]);
    expect(routing.explain('normal')).toMatchObject({ score: { boost: 10_000 }, agents: { 'not-ready': 1 } });
    expect(routing.waiting(['support'], 1)).toHaveLength(1);
  });

  it('R1 counts anew from midnight of its own zone on', async () => {
    await world.queue('support', { strategy: 'fewest-handled' });
    await world.agent('a');
    await world.agent('b');
    for (const [id, agent] of [
      ['i1', 'a'],
      ['i2', 'b'],
    ] as const) {
      world.item(id);
      expect(world.take(agent)).toBe(id);
      routing.workEnded(id);
    }
    world.item('i3');
    expect(world.take('a')).toBe('i3'); // one each, and a is free for longer
    routing.workEnded('i3');
    world.item('i4');
    expect(routing.agent('b')?.offer?.itemId).toBe('i4'); // b has handled fewer
    routing.withdraw('i4', 'abandoned');
    routing.setPresence('b', 'not-ready', 'lunch');
    routing.setPresence('b', 'available', undefined); // a is free for longer, b has still handled fewer
    world.item('i5');
    expect(routing.agent('b')?.offer?.itemId).toBe('i5');
    routing.withdraw('i5', 'abandoned');
    const midnight = new Date(kernel.clock.now()).setHours(24, 0, 0, 0);
    kernel.clock.advance(midnight - kernel.clock.now() - 1);
    world.item('before');
    expect(routing.agent('b')?.offer?.itemId).toBe('before');
    routing.withdraw('before', 'abandoned');
    kernel.clock.advance(1);
    world.item('after');
    expect(routing.agent('a')?.offer?.itemId).toBe('after');
    routing.withdraw('after', 'abandoned');
    kernel.clock.advance(2 * 86_400_000);
    routing.stop();
    expect(kernel.clock.pending).toBe(0);
  });
});
