import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { TestAgent } from '../support/agent.ts';
import { type AppOptions, type RunningApp, startApp } from '../support/app.ts';
import { eventually, within } from '../support/eventually.ts';
import { openRawSip } from '../support/raw-sip.ts';
import { serves } from '../support/serves.ts';

let running: RunningApp | undefined;
/** One centre for all tests, with queue `support` as this test wants it. */
async function theCentre(support: NonNullable<AppOptions['support']>): Promise<RunningApp> {
  running ??= await startApp({ agents: 2 });
  const { routing } = running.app;
  const settings = routing.queueSettings('support');
  if (settings) await routing.setQueue({ ...settings, ...usual, ...support }, 'system');
  return running;
}
const usual = {
  offerMs: 20_000,
  wrapUp: { mode: 'timed', ms: 30_000, extendMs: 30_000 },
  retryMs: { noAnswer: 0, declined: 30_000, busy: 15_000, failed: 10_000 },
} as const;
afterAll(() => running?.stop());

/** Whole calls, from the caller's phone to the agent's desk: what other systems get wrong while an agent is rung. */
describe('an offer', () => {
  let centre: RunningApp;
  const start = async (support: NonNullable<AppOptions['support']> = {}) => {
    centre = await theCentre(support);
  };
  afterEach(() => centre.reset());
  const state = (id = 'agent1') => centre.app.routing.agent(id)?.state;

  it('R7 ends with the caller: hanging up before the pop is painted rings no phone at all', async () => {
    await start();
    const agent = await centre.agent('agent1', { shows: false });
    const caller = await centre.dial();
    await agent.offer();
    await caller.hangUp();
    await agent.until((desk) => desk.offer === null && desk.state === 'idle', 'free again');
    await centre.quiet();
    expect(agent.calls).toEqual([]);
  });

  it('R7 ends with the caller: hanging up while the phone rings stops it, and the next caller reaches the agent', async () => {
    await start();
    const agent = await centre.agent();
    const first = await centre.dial('4001', '+14155550101');
    const ringing = await agent.rung();
    await first.hangUp();
    expect(await within(ringing.ended, 'the phone stops')).toEqual({ by: 'them', code: 487 });
    await centre.dial('4001', '+14155550102').then(async (second) => {
      const call = await agent.answer();
      expect(call.number).toBe('+14155550102');
      await second.hangUp();
    });
    expect((await centre.history()).map(({ end }) => end)).toEqual(
      expect.arrayContaining(['caller-abandoned']),
    );
  });

  it('R5 that nobody answers ends: the agent is not responding, the caller goes to the next and keeps the place', async () => {
    await start({ offerMs: 1_000 });
    const deaf = await centre.agent('agent1');
    const other = await centre.agent('agent2');
    const caller = await centre.dial();
    const ringing = await deaf.rung();
    expect(await within(ringing.ended, 'the first phone stops')).toEqual({ by: 'them', code: 487 });
    await deaf.until((desk) => desk.state === 'not-responding' && desk.offer === null, 'not responding');
    await other.answer();
    expect((await other.work(() => true, 'work')).arrivedAt).toBe((await centre.history())[0]?.startedAt);
    await caller.hangUp();
    await deaf.available();
  });

  it('never leaves an agent "offered": a phone that answers nothing at all', async () => {
    await start({ offerMs: 1_000 });
    const hole = await openRawSip(centre.sip);
    const agent = await centre.agent('agent1', { phone: false });
    await centre.app.people.setFixedUri('agent1', `sip:agent1@127.0.0.1:${hole.port}`);
    centre.app.routing.setReachable('agent1', true);
    const caller = await centre.dial();
    await hole.get(/^INVITE /);
    await agent.until((desk) => desk.state === 'not-responding' && desk.offer === null, 'not responding');
    await caller.hangUp();
    hole.close();
  });

  it('never leaves an agent "offered": the agent goes offline, and the caller reaches another', async () => {
    await start();
    const leaving = await centre.agent('agent1');
    const other = await centre.agent('agent2');
    const caller = await centre.dial();
    const ringing = await leaving.rung();
    await leaving.setPresence('offline');
    expect(await within(ringing.ended, 'the phone stops')).toMatchObject({ by: 'them' });
    expect(state('agent1')).toBe('offline');
    await other.answer();
    await caller.hangUp();
  });

  it('never leaves an agent "offered": the agent signs out', async () => {
    await start();
    const leaving = await centre.agent('agent1');
    const other = await centre.agent('agent2');
    const caller = await centre.dial();
    const ringing = await leaving.rung();
    await leaving.client.close();
    await eventually(() => state('agent1') === 'offline', 'offline');
    expect(await within(ringing.ended, 'the phone stops')).toMatchObject({ by: 'them' });
    await other.answer();
    await caller.hangUp();
  });

  it('R6 declined does not ring the same agent again at once, and does so when the time is over', async () => {
    await start({ retryMs: { noAnswer: 0, declined: 1_500, busy: 1_500, failed: 1_500 } });
    const agent = await centre.agent();
    const caller = await centre.dial();
    const { offerId } = await agent.offer();
    const first = await agent.rung();
    const began = Date.now();
    await agent.client.command('offer.decline', { offerId });
    expect(await within(first.ended, 'the phone stops')).toMatchObject({ by: 'them' });
    await agent.until((desk) => desk.state === 'idle', 'idle');
    await agent.rung();
    expect(Date.now() - began).toBeGreaterThan(1_400);
    expect((await agent.offer()).offerId).not.toBe(offerId);
    await caller.hangUp();
  });

  it('R9 is no missed call when the phone registers again meanwhile: it rings on and can be answered', async () => {
    await start();
    const agent = await centre.agent();
    const caller = await centre.dial();
    const ringing = await agent.rung();
    const { offerId } = await agent.offer();
    expect(await agent.phone?.register(0)).toBe(200);
    await agent.until(({ phones }) => phones === 0, 'no phone');
    expect(await agent.phone?.register()).toBe(200);
    await agent.until(({ phones }) => phones === 1, 'a phone');
    expect(agent.desk).toMatchObject({ state: 'offered', offer: { offerId } });
    expect(ringing.state).toBe('ringing');
    await agent.answer();
    await caller.hangUp();
  });

  it('R8 is not made to an agent who is available but has no phone any more', async () => {
    await start();
    const agent = await centre.agent();
    expect(await agent.phone?.register(0)).toBe(200);
    await agent.until(({ phones }) => phones === 0, 'no phone');
    expect(agent.desk).toMatchObject({ presence: 'available', phones: 0 });
    const caller = await centre.dial();
    await eventually(() => centre.app.routing.queue('support')?.waiting === 1, 'the caller waits');
    expect(agent.desk.offer).toBeNull();
    expect(centre.app.routing.queue('support')?.agentsIdle).toBe(0);
    // And it is made as soon as there is one.
    expect(await agent.phone?.register()).toBe(200);
    await agent.answer();
    await caller.hangUp();
  });

  it('is on both desks of an agent signed in twice, rings the phone once, and so is the call', async () => {
    await start();
    const first = await centre.agent('agent1');
    const second = await centre.agent('agent1', { phone: false });
    const caller = await centre.dial();
    const offers = await Promise.all([first.offer(), second.offer()]);
    expect(offers[0].offerId).toBe(offers[1].offerId);
    await first.answer();
    const [here, there] = await Promise.all(
      [first, second].map((desk) => desk.work(({ phase }) => phase === 'talking', 'talking')),
    );
    expect(here?.interactionId).toBe(there?.interactionId);
    expect(first.calls).toHaveLength(1);
    await second.client.command('call.hang-up', { interactionId: there?.interactionId ?? '' });
    expect(await within(caller.ended, 'the caller is let go')).toEqual({ by: 'them' });
    await Promise.all(
      [first, second].map((desk) => desk.until(({ state: s }) => s === 'wrap-up', 'wrap-up')),
    );
    await second.client.close(); // one desk of two: the agent is still at work
    expect(state()).not.toBe('offline');
    expect(await first.phone?.register()).toBe(200);
  });

  it('outlives a desk whose socket drops between ringing and answer: back, it shows the same offer', async () => {
    await start();
    const agent = await centre.agent();
    const caller = await centre.dial();
    await agent.rung();
    const before = await agent.offer();
    agent.dropSocket();
    const back = await agent.reconnected();
    expect(back.offer).toMatchObject({ offerId: before.offerId, ringing: true });
    await agent.answer();
    await caller.hangUp();
  });

  it('answered after it ran out is let go at once; the caller is with another agent', async () => {
    await start({ offerMs: 1_000 });
    const late = await centre.agent('agent1');
    const other = await centre.agent('agent2');
    const caller = await centre.dial();
    const first = await late.rung();
    const second = await other.rung();
    expect(first.answer()).toBe(false);
    second.answer();
    await other.work(({ phase }) => phase === 'talking', 'talking');
    expect(late.desk.work).toBeNull();
    await caller.hangUp();
  });
});

describe('wrap-up', () => {
  it('R12 is kept when the next call comes from another queue: nothing is offered before it ends', async () => {
    const centre = await theCentre({ wrapUp: { mode: 'mandatory', ms: 0, extendMs: 0 } });
    try {
      await serves(centre.app.routing, 'agent1', ['support', 'sales']);
      const agent: TestAgent = await centre.agent();
      const first = await centre.dial('4001');
      await agent.answer();
      await first.hangUp();
      const { interactionId } = await agent.work(({ phase }) => phase === 'wrap-up', 'wrap-up');
      const second = await centre.dial('4002', '+14155550102');
      await eventually(() => centre.app.routing.queue('sales')?.waiting === 1, 'the second caller waits');
      expect(agent.desk).toMatchObject({ state: 'wrap-up', offer: null, work: { interactionId } });
      await expect(agent.client.command('wrap-up.finish', { interactionId })).rejects.toThrow(
        'wrap-up.disposition-required',
      );
      await agent.client.command('disposition.set', { interactionId, disposition: 'resolved' });
      await agent.client.command('wrap-up.finish', { interactionId });
      const call = await agent.answer();
      expect(call.number).toBe('+14155550102');
      await second.hangUp();
      await centre.quiet();
    } finally {
      await serves(centre.app.routing, 'agent1', ['support']);
      await centre.reset();
    }
  });
});

describe('a call in an agent’s hands', () => {
  it.each([
    ['the caller hangs up', 'caller-hung-up'],
    ['the agent’s phone hangs up', 'agent-hung-up'],
    ['the agent’s desk hangs up', 'agent-hung-up'],
  ])('never stays on work: %s', async (how, end) => {
    const centre = await theCentre({ wrapUp: { mode: 'none', ms: 0, extendMs: 0 } });
    try {
      const agent = await centre.agent();
      const caller = await centre.dial();
      const call = await agent.answer();
      const { interactionId } = await agent.work(() => true, 'work');
      if (how.startsWith('the caller')) await caller.hangUp();
      else if (how.includes('phone')) await call.hangUp();
      else await agent.client.command('call.hang-up', { interactionId });
      await within(Promise.all([caller.ended, call.ended]), 'both phones are free');
      await agent.until((desk) => desk.state === 'idle' && desk.work === null, 'idle');
      expect(await centre.lastEnded()).toMatchObject({ id: interactionId, end });
      await centre.quiet();
    } finally {
      await centre.reset();
    }
  });
});
