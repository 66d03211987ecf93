import { beforeEach, describe, expect, it } from 'vitest';
import { createIds, Journal, type Kernel, silentLog } from '#server/kernel/index.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { testKernel } from '../../tests/support/kernel.ts';
import { createRouting, type RoutingService, routingMigrations, seedQueues } from './index.ts';
import { wrapUpNeedsDisposition } from './settings.core.ts';
import { queueOf } from './testing/world.ts';
import type { Offer } from './types.ts';

let kernel: ReturnType<typeof testKernel>;
let routing: RoutingService;
let offers: Offer[];
let said: string[];

const carry = (service: RoutingService): void =>
  service.carry({
    onOffer(offer) {
      offers.push(offer);
      said.push(`offer ${offer.agentId}`);
    },
    onOfferEnded: (offer, outcome) => void said.push(`ended ${offer.agentId} ${outcome}`),
    onItemRefused: (itemId, outcome) => void said.push(`refused ${itemId} ${outcome}`),
  });

beforeEach(() => {
  kernel = testKernel(routingMigrations);
  routing = createRouting({ kernel });
  offers = [];
  said = [];
  carry(routing);
  routing.setQueue(queueOf('support', { wrapUp: { mode: 'timed', ms: 30_000, extendMs: 30_000 } }));
});

function agent(id: string, queues = ['support']): void {
  routing.setAgent({ id, queues });
  routing.setReachable(id, true);
  routing.setPresence(id, 'available', undefined);
  kernel.clock.advance(1);
}
const call = (id: string, more: object = {}): void =>
  routing.enqueue({
    id,
    interactionId: `x-${id}`,
    channel: 'call',
    queueId: 'support',
    priority: 0,
    ...more,
  });

/** The same database opened by a new process; facts not flushed are lost. */
function restart(): void {
  routing.stop();
  const journal = new Journal(kernel.db, kernel.clock, silentLog);
  const ids = createIds(
    () => kernel.clock.now(),
    (n) => new Uint8Array(n),
  );
  kernel = { ...kernel, journal, ids } satisfies Kernel & { clock: unknown };
  routing = createRouting({ kernel });
  carry(routing);
}
function facts(type?: string): object[] {
  kernel.journal.flush();
  return kernel.journal.since(0).filter((fact) => type === undefined || fact.type === type);
}
const failure = (run: () => unknown): Partial<AppError> => {
  try {
    run();
  } catch (error) {
    return error as AppError;
  }
  return {};
};

describe('the routing service', () => {
  it('carries one call from arrival to the end of wrap-up, with every fact in order', () => {
    agent('a');
    kernel.journal.flush();
    const from = kernel.journal.lastSeq;
    call('i1');
    expect(routing.accept(offers[0]?.id ?? '')).toBe(true);
    routing.workEnded('i1');
    expect(routing.extendWrapUp('a')).toBe(kernel.clock.now() + 60_000);
    kernel.clock.advance(60_000);
    kernel.journal.flush();
    expect(kernel.journal.since(from).map((f) => (f.type === 'agent.state' ? f.state : f.type))).toEqual([
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
    expect(said).toEqual(['offer a']); // its own acceptance is not told back
    expect([routing.timers(), kernel.clock.pending, routing.openItems()]).toEqual([0, 0, 0]);
  });

  it('tells the carrier after the facts are appended, also when it answers at once', () => {
    const seen: number[] = [];
    let declines = 0;
    routing.carry({
      onOffer(offer) {
        seen.push(kernel.journal.lastSeq);
        if (declines++ === 0) routing.decline(offer.id, 'busy');
      },
      onOfferEnded: () => void seen.push(kernel.journal.lastSeq),
    });
    agent('a');
    agent('b');
    const before = kernel.journal.lastSeq;
    call('i1');
    expect(seen[0]).toBe(before + 3); // arrived, made, offered
    expect(routing.agent('b')?.offer?.itemId).toBe('i1');
    expect(routing.timers()).toBe(2); // b's offer, a's delay: the first offer's timer is gone
    kernel.clock.advance(15_000);
    expect(routing.agent('a')?.state).toBe('idle');
  });

  it('keeps facts in order, and tells one thing at a time, when the carrier acts while being told', () => {
    let inside = 0;
    routing.carry({
      onOffer: () => expect(inside).toBe(0),
      onOfferEnded(offer) {
        expect(inside++).toBe(0);
        routing.withdraw(offer.itemId, 'abandoned');
        inside--;
        said.push(`ended ${offer.agentId}`);
      },
    });
    agent('a');
    agent('b');
    call('i1');
    kernel.journal.flush();
    const from = kernel.journal.lastSeq;
    routing.decline(routing.agent('a')?.offer?.id ?? '', 'declined');
    kernel.journal.flush();
    const order = kernel.journal.since(from).filter((f) => 'itemId' in f && f.type !== 'agent.state');
    expect(order.map((f) => f.type)).toEqual(['offer.ended', 'offer.made', 'offer.ended', 'work.ended']);
    expect([routing.openItems(), routing.timers()]).toEqual([0, 1]); // a's delay
    expect(said).toEqual(['ended a', 'ended b']);
  });

  it('takes an offer back from a carrier that fails, and goes on', () => {
    let broken = true;
    routing.carry({
      onOffer() {
        if (broken) throw new Error('no phone');
      },
      onOfferEnded() {
        throw new Error('no phone either');
      },
    });
    agent('a');
    call('i1');
    expect(routing.agent('a')).toMatchObject({ state: 'idle', offer: undefined });
    broken = false;
    kernel.clock.advance(10_000);
    expect(routing.agent('a')?.offer?.itemId).toBe('i1');
  });

  it('R14 accept says false once the offer is over', () => {
    agent('a');
    call('i1');
    kernel.clock.advance(20_000);
    expect(routing.accept(offers[0]?.id ?? '')).toBe(false);
    expect(said).toEqual(['offer a', 'ended a no-answer']);
    expect(routing.accept('offer_unknown')).toBe(false);
  });

  it('R15 refuses work for an agent who is busy, and tells the carrier when it is declined', () => {
    agent('a');
    const direct = { queueId: 'direct', onlyAgent: 'a' };
    call('d1', direct);
    expect(failure(() => call('d2', direct))).toMatchObject({ code: 'conflict', details: { why: 'busy' } });
    routing.decline(offers[0]?.id ?? '', 'declined');
    expect(said).toEqual(['offer a', 'ended a declined', 'refused d1 declined']);
    routing.setPresence('a', 'offline', undefined);
    expect(failure(() => call('d3', direct))).toMatchObject({
      code: 'conflict',
      details: { why: 'unavailable' },
    });
    expect(failure(() => call('i1', { queueId: 'nowhere' })).code).toBe('queue.unknown');
  });

  it('knows the reasons for being not ready, and refuses others', () => {
    agent('a');
    expect(routing.reasons().map((r) => r.id)).toEqual([
      'break',
      'lunch',
      'training',
      'meeting',
      'follow-up',
    ]);
    expect(failure(() => routing.setPresence('a', 'not-ready', 'golf')).code).toBe('presence.reason-unknown');
    expect(routing.setPresence('a', 'not-ready', 'lunch')).toBe('now');
    expect(routing.agent('a')).toMatchObject({ state: 'not-ready', reason: 'lunch' });
    expect(routing.setPresence('a', 'available', undefined)).toBe('now');
    call('i1');
    expect(routing.setPresence('a', 'not-ready', undefined)).toBe('next');
    expect(failure(() => routing.setPresence('nobody', 'available', undefined)).code).toBe('not-found');
    expect(failure(() => routing.finishWrapUp('a')).code).toBe('wrap-up.none');
    expect(failure(() => routing.extendWrapUp('a')).code).toBe('wrap-up.none');
  });

  it('refuses settings that make no sense', () => {
    const bad = queueOf('x', { offerMs: 0, retryMs: { declined: 0, busy: 1_000, failed: 1_000 } });
    expect(failure(() => routing.setQueue(bad))).toMatchObject({ code: 'bad-request' });
    const timed = queueOf('x', { wrapUp: { mode: 'timed', ms: 0, extendMs: 0 } });
    expect(failure(() => routing.setQueue(timed)).code).toBe('bad-request');
    expect(failure(() => routing.setAgent({ id: 'a', queues: ['nowhere'] })).code).toBe('queue.unknown');
    expect(routing.queue('x')).toBeUndefined();
  });

  it('says which wrap-ups need a disposition', () => {
    const needed = (['none', 'optional', 'timed', 'mandatory', 'mandatory-timed'] as const).filter(
      wrapUpNeedsDisposition,
    );
    expect(needed).toEqual(['mandatory', 'mandatory-timed']);
  });
});

describe('R17 after a restart', () => {
  it('settings, presence and next states are as they were; nobody is left on work', () => {
    for (const id of ['idle', 'lunch', 'working', 'wrapping', 'missing', 'away']) agent(id, []);
    routing.setPresence('lunch', 'not-ready', 'lunch');
    const give = (id: string, to: string): void => call(id, { queueId: 'direct', onlyAgent: to });
    give('i1', 'missing');
    kernel.clock.advance(20_000);
    give('i2', 'working');
    routing.accept(offers.at(-1)?.id ?? '');
    routing.setPresence('working', 'not-ready', 'break');
    give('i3', 'wrapping');
    routing.accept(offers.at(-1)?.id ?? '');
    routing.workEnded('i3');
    routing.setPresence('away', 'offline', undefined);
    kernel.journal.flush();
    restart();
    const states = Object.fromEntries(routing.agents().map((a) => [a.id, a.state]));
    expect(states).toEqual({
      idle: 'idle',
      lunch: 'not-ready',
      working: 'not-ready',
      wrapping: 'idle',
      missing: 'not-responding',
      away: 'offline',
    });
    expect(routing.agent('working')).toMatchObject({ reason: 'break', next: undefined, reachable: false });
    expect(routing.agent('lunch')).toMatchObject({ presence: 'not-ready', reason: 'lunch' });
    expect(routing.queueSettings('support')?.wrapUp.ms).toBe(30_000);
    restart();
    expect(Object.fromEntries(routing.agents().map((a) => [a.id, a.state]))).toEqual(states);
  });

  it('work that was open is ended by facts, once; offers and wrap-ups too', () => {
    agent('a');
    agent('b');
    agent('c');
    call('wrapped');
    routing.accept(offers.at(-1)?.id ?? '');
    routing.workEnded('wrapped');
    call('held');
    routing.accept(offers.at(-1)?.id ?? '');
    call('offered');
    call('waiting');
    kernel.journal.flush();
    const from = kernel.journal.lastSeq;
    restart();
    kernel.journal.flush();
    const after = kernel.journal.since(from);
    expect(after.filter((f) => f.type === 'offer.ended')).toMatchObject([
      { itemId: 'offered', agentId: 'c', outcome: 'revoked' },
    ]);
    expect(after.filter((f) => f.type === 'work.ended')).toMatchObject([
      { itemId: 'held', end: 'server-restart', agentId: 'b' },
      { itemId: 'offered', end: 'server-restart' },
      { itemId: 'waiting', end: 'server-restart' },
    ]);
    expect(after.filter((f) => f.type === 'wrap-up.ended')).toMatchObject([{ itemId: 'wrapped' }]);
    const closed = facts('work.ended').length;
    restart();
    expect(facts('work.ended')).toHaveLength(closed);
    expect(routing.queue('support')).toMatchObject({ waiting: 0, agentsSignedIn: 3, agentsIdle: 0 });
  });

  it('the agent idle longest before is the first again', () => {
    agent('a');
    agent('b');
    call('i1');
    routing.accept(offers.at(-1)?.id ?? '');
    kernel.clock.advance(5_000);
    routing.workEnded('i1');
    routing.finishWrapUp('a'); // b is idle for longer now
    kernel.journal.flush();
    restart();
    routing.setReachable('a', true);
    routing.setReachable('b', true);
    call('i2');
    expect(routing.agent('b')?.offer?.itemId).toBe('i2');
  });
});

describe('the seed', () => {
  const people = Array.from({ length: 12 }, (_, i) => `agent${i + 1}`);

  it('makes the queues of the demo centre, once, with agent1 and agent2 in all', () => {
    const empty = testKernel(routingMigrations);
    const service = createRouting({ kernel: empty });
    expect(seedQueues(service, 'demo', people)).toBe(true);
    expect(seedQueues(service, 'demo', [...people, 'agent13'])).toBe(false);
    expect(service.queues().map((q) => q.id)).toEqual(['support', 'sales', 'billing']);
    expect(service.agent('agent1')?.queues).toEqual(['support', 'sales', 'billing']);
    expect(service.agent('agent3')?.queues).toEqual(['support']);
    expect(service.agent('agent12')?.queues).toEqual(['billing']);
    expect(service.agent('agent13')?.queues).toEqual([]);
    expect(service.queueSettings('support')).toMatchObject({ offerMs: 20_000, ringMs: 8_000, record: true });
  });

  it('makes the one queue of the benchmark with everybody in it', () => {
    const empty = testKernel(routingMigrations);
    const service = createRouting({ kernel: empty });
    seedQueues(service, 'bench', people);
    expect(service.queues().map((q) => q.id)).toEqual(['bench']);
    expect(service.agents().every((a) => a.queues[0] === 'bench')).toBe(true);
    expect(service.queueSettings('bench')).toMatchObject({ record: false, wrapUp: { mode: 'none' } });
  });
});
