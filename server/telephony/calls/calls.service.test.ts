import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '#shared/contract/app-error.ts';
import { nothingLeft, settle, testCentre, testQueue } from '../../../tests/support/centre.ts';
import { serves } from '../../../tests/support/serves.ts';

async function talking() {
  const centre = await testCentre(1);
  const invite = centre.dial();
  await settle();
  const phone = centre.sip.phoneCalls[0];
  if (!phone) throw new Error('the agent was not rung');
  phone.ring();
  phone.answer();
  await settle();
  const work = centre.calls.workView('agent1');
  if (!work) throw new Error('the agent has no work');
  return { centre, invite, phone, work };
}

const holdFacts = async (centre: Awaited<ReturnType<typeof testCentre>>) =>
  (await centre.facts()).filter((type) => type === 'call.held' || type === 'call.retrieved');

describe('a call to a queue', () => {
  it('reaches the agent: pop, ring, answer, audio both ways, recording, wrap-up', async () => {
    const { centre, invite, work } = await talking();
    expect(invite.outcome).toBe('answered');
    expect(work).toMatchObject({ phase: 'talking', recording: 'on', number: '+14155550123' });
    const [mix] = centre.media.mixes.values();
    const [a = '', b = ''] = Object.keys(mix ?? {});
    expect(mix).toEqual({ [a]: [b], [b]: [a] });
    invite.dialog?.end('remote-bye');
    await settle();
    expect(centre.calls.workView('agent1')).toMatchObject({ phase: 'wrap-up', end: 'caller-hung-up' });
    expect(await centre.left()).toEqual(nothingLeft);
    expect(await centre.facts()).toEqual(
      expect.arrayContaining(['call.bridged', 'recording.ended', 'wrap-up.started']),
    );
  });

  it('K4 is shown on the desk before any phone rings, and rings once the pop is painted', async () => {
    const centre = await testCentre(1);
    centre.desks.add('agent1');
    centre.dial();
    await settle();
    const offer = centre.calls.offerView('agent1');
    expect(offer?.pop.reason).toBe('no-match');
    expect(centre.sip.phoneCalls).toHaveLength(0);
    centre.calls.offerShown('agent1', offer?.offerId ?? '');
    await settle();
    expect(centre.sip.phoneCalls).toHaveLength(1);
  });

  it('K4 rings after 400 ms even when the desk never says it painted the pop', async () => {
    const centre = await testCentre(1);
    centre.desks.add('agent1');
    centre.dial();
    await settle();
    centre.clock.advance(399);
    await settle();
    expect(centre.sip.phoneCalls).toHaveLength(0);
    centre.clock.advance(1);
    await settle();
    expect(centre.sip.phoneCalls).toHaveLength(1);
  });

  it('K4 rings each phone once, however often and from however many desks the pop is told to be painted', async () => {
    const centre = await testCentre(1);
    centre.desks.add('agent1');
    centre.dial();
    await settle();
    const offerId = centre.calls.offerView('agent1')?.offerId ?? '';
    centre.calls.offerShown('agent1', offerId);
    centre.calls.offerShown('agent1', offerId); // another desk of the same agent
    centre.clock.advance(400);
    await settle();
    centre.calls.offerShown('agent1', offerId);
    await settle();
    expect(centre.sip.phoneCalls).toHaveLength(1);
  });

  it('K7 need not be heard while it rings: silence counts only from a while after the answer', async () => {
    const centre = await testCentre(0);
    const invite = centre.dial();
    await settle();
    const [caller] = [...centre.media.legs.values()];
    caller?.options.on.lost('silent');
    await settle();
    expect(invite.outcome).toBe('pending');
    centre.clock.advance(testQueue.ringMs);
    await settle();
    caller?.options.on.lost('silent');
    await settle();
    expect([invite.outcome, invite.dialog?.alive]).toEqual(['answered', true]);
    centre.clock.advance(30_000);
    caller?.options.on.lost('silent');
    await settle();
    expect(invite.dialog?.alive).toBe(false);
    expect(await centre.left()).toEqual(nothingLeft);
  });

  it('K4 R9 rings a phone that comes while it rings, as after a reload of the desk, and no phone twice', async () => {
    const centre = await testCentre(1);
    centre.dial();
    await settle();
    expect(centre.sip.phoneCalls).toHaveLength(1);
    centre.calls.phoneRegistered('agent1'); // the same phone, registering again
    await settle();
    expect(centre.sip.phoneCalls).toHaveLength(1);
    centre.sip.register('agent1', 7001);
    centre.calls.phoneRegistered('agent1');
    await settle();
    const [old, fresh] = centre.sip.phoneCalls;
    expect([old?.state, fresh?.state]).toEqual(['inviting', 'inviting']);
    fresh?.answer();
    await settle();
    expect([old?.state, centre.calls.workView('agent1')?.phase]).toEqual(['cancelled', 'talking']);
  });

  it('K1 hears ringing, then music when nobody is free', async () => {
    const centre = await testCentre(0);
    const invite = centre.dial();
    await settle();
    expect([invite.progressed, invite.outcome]).toEqual([[180], 'pending']);
    centre.clock.advance(testQueue.ringMs);
    await settle();
    expect(invite.outcome).toBe('answered');
    expect([...centre.media.legs.values()].map((leg) => leg.playing)).toEqual([
      expect.stringContaining('music'),
    ]);
  });

  it('K5 whose caller hangs up while the agent is rung stops that ringing and frees the agent', async () => {
    const centre = await testCentre(1);
    const invite = centre.dial();
    await settle();
    centre.sip.phoneCalls[0]?.ring();
    invite.cancel();
    await settle();
    expect(centre.sip.phoneCalls[0]?.state).toBe('cancelled');
    expect(centre.routing.agent('agent1')?.state).toBe('idle');
    expect(await centre.left()).toEqual(nothingLeft);
  });

  it('goes to the next agent when the first one declines', async () => {
    const centre = await testCentre(2);
    centre.dial();
    await settle();
    centre.sip.phoneCalls[0]?.fail(603);
    await settle();
    expect(centre.sip.phoneCalls.map((call) => call.options.to)).toEqual(['agent1', 'agent2']);
  });

  it('moved to another queue is history’s from there, and goes to that queue’s agents', async () => {
    const centre = await testCentre(1);
    centre.routing.setPresence('agent1', 'not-ready', 'lunch');
    const sales = { ...testQueue, id: 'sales', name: 'Sales', record: false };
    await centre.stored(centre.routing.setQueue(sales, 'system'));
    centre.dial();
    await settle();
    const [waiting] = centre.routing.waiting(['support'], 1);
    centre.routing.move(waiting?.itemId ?? '', 'sales');
    await centre.kernel.journal.flush();
    const { items } = await centre.interactions.history({ limit: 1 });
    expect(items[0]?.queue?.id).toBe('sales');
    await centre.stored(serves(centre.routing, 'agent1', ['sales']));
    centre.routing.setPresence('agent1', 'available', undefined);
    await settle();
    centre.sip.phoneCalls[0]?.answer();
    await settle();
    expect(centre.calls.workView('agent1')).toMatchObject({ queue: { id: 'sales' }, recording: 'off' });
  });

  it('is refused with 404 for a number nobody has', async () => {
    const centre = await testCentre(1);
    const invite = centre.dial('9999');
    await settle();
    expect(invite.outcome).toBe(404);
    expect(await centre.left()).toEqual(nothingLeft);
  });

  it('K6 cannot be touched by an agent who does not have it', async () => {
    const { centre, work } = await talking();
    expect(() => centre.calls.hold('agent2', work.interactionId, true)).toThrow(/another agent/);
    expect(() => centre.calls.hold('agent1', 'int_none', true)).toThrow(/over/);
  });

  it('holds with music to the caller and silence both ways, and comes back', async () => {
    const { centre, work } = await talking();
    centre.calls.hold('agent1', work.interactionId, true);
    await settle();
    expect([...centre.media.mixes.values()]).toEqual([{}]);
    expect([...centre.media.legs.values()].some((leg) => leg.playing?.includes('music'))).toBe(true);
    centre.calls.hold('agent1', work.interactionId, false);
    await settle();
    expect([...centre.media.legs.values()].some((leg) => leg.playing)).toBe(false);
  });

  it('K8 held at the agent’s own phone is on hold for the caller and the desk, and is taken back there', async () => {
    const { centre } = await talking();
    const [caller, agent] = [...centre.media.legs.values()];
    agent?.options.on.held?.(true);
    await settle();
    expect(centre.calls.workView('agent1')).toMatchObject({ phase: 'held' });
    expect([...centre.media.mixes.values()]).toEqual([{}]);
    expect([caller?.playing, agent?.playing]).toEqual([expect.stringContaining('music'), undefined]);
    agent?.options.on.held?.(false);
    await settle();
    expect(centre.calls.workView('agent1')).toMatchObject({ phase: 'talking' });
    expect([...centre.media.mixes.values()]).toEqual([
      { [caller?.legId ?? '']: [agent?.legId], [agent?.legId ?? '']: [caller?.legId] },
    ]);
    expect(caller?.playing).toBeUndefined();
    expect(await holdFacts(centre)).toEqual(['call.held', 'call.retrieved']);
  });

  it('K8 is on hold as long as desk or phone holds, and history has it once', async () => {
    const { centre, work } = await talking();
    const agent = [...centre.media.legs.values()][1];
    const phase = () => centre.calls.workView('agent1')?.phase;
    centre.calls.hold('agent1', work.interactionId, true);
    agent?.options.on.held?.(true);
    centre.calls.hold('agent1', work.interactionId, true);
    expect([phase(), await holdFacts(centre)]).toEqual(['held', ['call.held']]);
    expect(() => centre.calls.hold('agent1', work.interactionId, false)).toThrow(/phone still holds/);
    expect([phase(), await holdFacts(centre)]).toEqual(['held', ['call.held']]);
    agent?.options.on.held?.(false);
    expect([phase(), await holdFacts(centre)]).toEqual(['talking', ['call.held', 'call.retrieved']]);
    agent?.options.on.held?.(true);
    centre.calls.hold('agent1', work.interactionId, true);
    agent?.options.on.held?.(false);
    expect(phase()).toBe('held');
    centre.calls.hold('agent1', work.interactionId, false);
    expect([phase(), (await holdFacts(centre)).length]).toEqual(['talking', 4]);
  });

  it('K8 K3 a phone that held and vanished no longer holds: its successor talks at once', async () => {
    const { centre, phone, work } = await talking();
    [...centre.media.legs.values()][1]?.options.on.held?.(true);
    phone.dialog?.end('connection-lost');
    await settle();
    const caller = [...centre.media.legs.values()][0];
    expect(caller?.playing).toContain('music');
    expect(await holdFacts(centre)).toEqual(['call.held', 'call.retrieved']);
    centre.calls.rejoin('agent1', work.interactionId);
    await settle();
    centre.sip.phoneCalls.at(-1)?.answer();
    await settle();
    expect(centre.calls.workView('agent1')).toMatchObject({ phase: 'talking', audioLost: false });
    expect(caller?.playing).toBeUndefined();
    expect(Object.keys([...centre.media.mixes.values()][0] ?? {})).toHaveLength(2);
  });

  it('K3 survives a desk that was reloaded: the phone is rung again and the recording goes on', async () => {
    const { centre, phone, work } = await talking();
    phone.dialog?.end('connection-lost');
    await settle();
    expect(centre.calls.workView('agent1')).toMatchObject({ phase: 'talking', audioLost: true });
    centre.calls.rejoin('agent1', work.interactionId);
    await settle();
    centre.sip.phoneCalls.at(-1)?.answer();
    await settle();
    expect(centre.calls.workView('agent1')).toMatchObject({ phase: 'talking', audioLost: false });
    const [recording] = centre.media.recordings.values();
    expect([...centre.media.legs.keys()]).toContain(recording?.right);
  });

  it('K3 rings the agent’s other phone at once when the one with the sound is gone', async () => {
    const { centre, phone } = await talking();
    phone.dialog?.end('connection-lost');
    await settle();
    expect(centre.sip.phoneCalls.at(-1)).toMatchObject({ state: 'inviting' });
    expect(centre.sip.phoneCalls).toHaveLength(2);
  });

  it('is pointed at another customer while it is still offered', async () => {
    const centre = await testCentre(1);
    const created = await centre.stored(centre.customers.create({ name: 'Li Wei', points: [] }));
    centre.dial();
    await settle();
    const offer = centre.calls.offerView('agent1');
    await centre.stored(centre.calls.chooseCustomer('agent1', offer?.interactionId ?? '', created.id));
    expect(centre.calls.offerView('agent1')?.pop).toMatchObject({
      reason: 'chosen',
      customer: { name: 'Li Wei' },
    });
  });

  it('K18 pointed at two customers at once is about the one asked last, and both are told when it is stored', async () => {
    const { centre, work } = await talking();
    const { interactionId } = work;
    const create = (name: string) => centre.stored(centre.customers.create({ name, points: [] }));
    const [li, maria] = [await create('Li Wei'), await create('Maria')];
    const answer = centre.holdLookUps();
    const told: string[] = [];
    const choices = [li, maria].map(({ id, name }) =>
      centre.calls.chooseCustomer('agent1', interactionId, id).then(() => told.push(name)),
    );
    await settle();
    expect(centre.calls.workView('agent1')?.pop.customer).toBeNull();
    const found = centre.loseDatabase({ reads: true });
    answer();
    await settle();
    expect(centre.calls.workView('agent1')?.pop).toMatchObject({
      reason: 'chosen',
      customer: { name: 'Maria' },
    });
    expect(told).toEqual([]);
    found();
    centre.clock.advance(100);
    await centre.stored(Promise.all(choices));
    expect(told).toEqual(['Li Wei', 'Maria']);
    expect((await centre.interactions.detail(interactionId)).customer?.name).toBe('Maria');
  });

  it('K18 a choice that cannot be made changes nothing, also not the one before it', async () => {
    const { centre, work } = await talking();
    const { interactionId } = work;
    const { id } = await centre.stored(centre.customers.create({ name: 'Li Wei', points: [] }));
    const good = centre.calls.chooseCustomer('agent1', interactionId, id);
    const bad = centre.calls.chooseCustomer('agent1', interactionId, 'cust_none');
    await expect(bad).rejects.toMatchObject({ code: 'not-found' });
    await centre.stored(good);
    expect(centre.calls.workView('agent1')?.pop.customer?.name).toBe('Li Wei');
    await centre.stored(centre.calls.chooseCustomer('agent1', interactionId, null));
    expect(centre.calls.workView('agent1')?.pop).toMatchObject({ reason: 'chosen', customer: null });
    await expect(centre.calls.chooseCustomer('agent2', interactionId, id)).rejects.toMatchObject({
      code: 'call.not-yours',
    });
  });

  it('K17 shows the keys of the menu, passes on those pressed in talk, and writes none of them down', async () => {
    const centre = await testCentre(1);
    centre.dial();
    await settle();
    const [caller] = [...centre.media.legs.values()];
    caller?.options.on.digit('4');
    caller?.options.on.digit('2');
    expect(centre.calls.offerView('agent1')?.digits).toBe('42');
    centre.sip.phoneCalls[0]?.answer();
    await settle();
    for (const digit of '4111') caller?.options.on.digit(digit);
    expect(centre.calls.workView('agent1')?.digits).toBe('42');
    const agent = [...centre.media.legs.values()][1];
    expect(agent?.digits).toEqual([...'4111']);
    await centre.kernel.journal.flush();
    expect(JSON.stringify(await centre.kernel.journal.since(0))).not.toContain('digit');
  });

  it.each([new AppError('recording.disk', 'The folder may not be written to.'), new Error('a fault')])(
    'K19 whose recording cannot begin goes on, and the desk says so (%s)',
    async (refusal) => {
      const centre = await testCentre(1);
      centre.media.refusesRecordings = refusal;
      centre.dial();
      await settle();
      centre.sip.phoneCalls[0]?.answer();
      await settle();
      expect(centre.calls.workView('agent1')).toMatchObject({ phase: 'talking', recording: 'failed' });
      const facts = await centre.facts();
      expect(facts).toContain('recording.failed');
      expect(facts).not.toContain('recording.started');
    },
  );

  it('K19 whose recording the disk refuses in the middle goes on, and keeps what was written', async () => {
    const { centre } = await talking();
    const [recording] = centre.media.recordings.values();
    recording?.onFailed('The recording cannot be written: the disk is full.');
    expect(centre.calls.workView('agent1')).toMatchObject({ phase: 'talking', recording: 'failed' });
    await settle();
    expect((await centre.facts()).filter((type) => type.startsWith('recording.'))).toEqual([
      'recording.started',
      'recording.failed',
      'recording.ended',
    ]);
  });

  it('K3 ends as agent-connection-lost when no phone comes back', async () => {
    const { centre, phone, invite } = await talking();
    phone.dialog?.end('connection-lost');
    centre.clock.advance(20_000);
    await settle();
    expect(invite.dialog?.alive).toBe(false);
    expect(centre.calls.workView('agent1')?.end).toBe('agent-connection-lost');
    expect(await centre.left()).toEqual(nothingLeft);
  });

  it('K5 ends cleanly when the server stops in the middle of it', async () => {
    const { centre } = await talking();
    await centre.calls.stop();
    expect(await centre.left()).toEqual(nothingLeft);
  });
});

describe('an extension dialled directly', () => {
  it('is refused with 486 while its agent is on a call, and with 480 when the agent is away', async () => {
    const { centre } = await talking();
    const busy = centre.dial('agent1');
    const away = centre.dial('agent1');
    await settle();
    centre.routing.setPresence('agent1', 'offline', undefined);
    await settle();
    expect(busy.outcome).toBe(486);
    expect(away.outcome).toBe(486);
  });

  it('is refused with 486 when its agent declines, with 480 when nobody answers', async () => {
    const centre = await testCentre(1);
    const declined = centre.dial('agent1');
    await settle();
    centre.sip.phoneCalls[0]?.fail(486);
    await settle();
    expect(declined.outcome).toBe(486);
    const unanswered = centre.dial('agent1');
    await settle();
    centre.clock.advance(60_000);
    await settle();
    expect(unanswered.outcome).toBe(480);
    expect(await centre.left()).toEqual(nothingLeft);
  });
});

type Act = { who: 'caller' | 'phone' | 'desk' | 'clock' | 'media'; what: number; n: number };

describe('calls under any order of events', () => {
  it('K5 leave nothing behind, whoever hangs up at whatever moment', async () => {
    const act: fc.Arbitrary<Act> = fc.record({
      who: fc.constantFrom('caller', 'phone', 'desk', 'clock', 'media'),
      what: fc.nat(5),
      n: fc.nat(30),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 60 }), async (acts) => {
        const centre = await testCentre(2);
        const invites = [centre.dial()];
        for (const { who, what, n } of acts) {
          const invite = invites[n % invites.length];
          const phone = centre.sip.phoneCalls[n % Math.max(1, centre.sip.phoneCalls.length)];
          const agent = `agent${1 + (n % 2)}`;
          const work = centre.calls.workView(agent);
          const leg = [...centre.media.legs.values()][n % Math.max(1, centre.media.legs.size)];
          if (who === 'caller' && what < 2 && invites.length < 6)
            invites.push(centre.dial(what ? '4001' : agent));
          else if (who === 'caller' && what < 4) invite?.cancel();
          else if (who === 'caller') invite?.dialog?.end(what === 4 ? 'remote-bye' : 'connection-lost');
          else if (who === 'phone' && what < 3) phone?.answer();
          else if (who === 'phone' && what === 3) phone?.fail(486);
          else if (who === 'phone') phone?.dialog?.end(what === 4 ? 'remote-bye' : 'connection-lost');
          else if (who === 'media') leg?.options.on.lost(what < 3 ? 'closed' : 'silent');
          else if (who === 'clock') centre.clock.advance([10, 400, 5_000, 20_000, 40_000, 0][what] ?? 0);
          else if (work?.callId && what === 0) centre.calls.hangUp(agent, work.interactionId);
          else if (work?.callId && what === 1) centre.calls.hold(agent, work.interactionId, n % 2 === 0);
          else if (work?.callId && what === 2) centre.calls.rejoin(agent, work.interactionId);
          else if (work?.phase === 'wrap-up') centre.calls.finishWrapUp(agent, work.interactionId);
          else if (what === 3) centre.routing.setPresence(agent, 'available', undefined);
          if (n % 3 === 0) await settle();
        }
        await settle();
        for (const invite of invites) {
          invite.cancel();
          invite.dialog?.end('remote-bye');
        }
        await settle();
        expect(await centre.left()).toEqual(nothingLeft);
        expect(invites.filter((invite) => invite.outcome === 'pending')).toEqual([]);
        centre.clock.advance(120_000);
        for (const { id, hands } of centre.routing.agents())
          for (const { itemId } of hands) centre.routing.finishWrapUp(id, itemId);
        for (const agent of centre.routing.agents()) expect(agent.hands[0] ?? agent.offer).toBeUndefined();
        await centre.close();
        await centre.kernel.db.close();
      }),
      { numRuns: 40 },
    );
  }, 30_000);
});
