import { describe, expect, it } from 'vitest';
import { queueDefaults } from '#shared/model/routing.ts';
import { nothingLeft, settle, testCentre, testQueue } from '../../../tests/support/centre.ts';

type Centre = Awaited<ReturnType<typeof testCentre>>;

const working = (centre: Centre, n = 0) => {
  const call = centre.sip.phoneCalls[n];
  if (!call) throw new Error(`phone ${n} was not rung`);
  return call;
};

/** The customer hears music: the call has waited for longer than it rings. */
async function waiting(centre: Centre) {
  const invite = centre.dial();
  await settle();
  centre.clock.advance(8_000);
  await settle();
  expect(invite.outcome).toBe('answered');
  return invite;
}

const press = (centre: Centre, digit: string) => {
  const [leg] = centre.media.legs.values();
  leg?.options.on.digit(digit);
};

describe('a queue that rings all', () => {
  const ringAll = { ...testQueue, strategy: 'ring-all' as const };

  it('K9 R19 rings every free agent; the first to answer has it, the others are let go', async () => {
    const centre = await testCentre(3, ringAll);
    centre.dial();
    await settle();
    expect(centre.sip.phoneCalls).toHaveLength(3);
    for (const phone of centre.sip.phoneCalls) phone.ring();
    expect(['agent1', 'agent2', 'agent3'].map((id) => centre.calls.offerView(id)?.ringing)).toEqual([
      true,
      true,
      true,
    ]);
    working(centre, 1).answer();
    await settle();
    expect(centre.sip.phoneCalls.map((phone) => phone.state)).toEqual(['cancelled', 'answered', 'cancelled']);
    expect(centre.calls.workView('agent2')?.phase).toBe('talking');
    expect(['agent1', 'agent3'].map((id) => centre.routing.agent(id)?.state)).toEqual(['idle', 'idle']);
  });

  it('K9 a caller who gives up stops every phone', async () => {
    const centre = await testCentre(2, ringAll);
    const invite = centre.dial();
    await settle();
    invite.cancel();
    await settle();
    expect(centre.sip.phoneCalls.map((phone) => phone.state)).toEqual(['cancelled', 'cancelled']);
    expect(await centre.left()).toEqual(nothingLeft);
  });

  it('K9 one who declines is out; it goes on ringing for the other', async () => {
    const centre = await testCentre(2, ringAll);
    centre.dial();
    await settle();
    working(centre, 0).fail(603);
    await settle();
    expect(working(centre, 1).state).toBe('inviting');
    working(centre, 1).answer();
    await settle();
    expect(centre.calls.workView('agent2')?.phase).toBe('talking');
  });
});

describe('K14 what who waits is told', () => {
  const caller = (centre: Centre) => {
    const [leg] = centre.media.legs.values();
    if (!leg) throw new Error('there is no caller');
    return leg;
  };
  const hears = (centre: Centre) => /([a-z-]+)(\.en)?\.wav$/.exec(caller(centre).playing ?? '')?.[1];

  it('K14 breaks the music after a while, and again and again', async () => {
    const centre = await testCentre(0);
    const invite = await waiting(centre);
    centre.clock.advance(9_999);
    await settle();
    expect(hears(centre)).toBe('music');
    for (const ms of [1, 45_000, 45_000]) {
      centre.clock.advance(ms);
      await settle();
      expect(hears(centre)).toBe('callback-offer');
      caller(centre).options.on.played('play');
      await settle();
      expect(hears(centre)).toBe('music');
    }
    invite.dialog?.end('remote-bye');
    await settle();
    expect(await centre.left()).toEqual(nothingLeft);
    centre.clock.advance(100_000);
    await settle();
  });

  it('K14 is not told to a caller who cannot be called back', async () => {
    const centre = await testCentre(0);
    centre.dial('4001', 'anonymous');
    await settle();
    centre.clock.advance(8_000);
    await settle();
    for (let s = 0; s < 120; s++) {
      centre.clock.advance(1_000);
      await settle();
      expect(hears(centre)).toBe('music');
    }
  });

  it('K14 K3 stops when an agent is on, and is not told while a lost phone is waited for', async () => {
    const centre = await testCentre(1);
    centre.routing.setPresence('agent1', 'not-ready', 'lunch');
    await waiting(centre);
    centre.clock.advance(10_000);
    await settle();
    expect(hears(centre)).toBe('callback-offer');
    centre.routing.setPresence('agent1', 'available', undefined);
    await settle();
    expect(hears(centre)).toBe('callback-offer'); // while it rings
    working(centre).answer();
    await settle();
    expect(hears(centre)).toBeUndefined();
    caller(centre).options.on.played('play'); // was on its way
    await settle();
    expect(hears(centre)).toBeUndefined();
    working(centre).dialog?.end('connection-lost');
    await settle();
    centre.clock.advance(15_000);
    await settle();
    expect(hears(centre)).toBe('music');
  });

  it('K14 K11 the key is heard while it is told', async () => {
    const centre = await testCentre(0);
    await waiting(centre);
    centre.clock.advance(10_000);
    await settle();
    press(centre, '1');
    await settle();
    expect(hears(centre)).toBe('callback');
    caller(centre).options.on.played('play');
    await settle();
    expect(centre.routing.waiting(['support'], 9)).toMatchObject([{ channel: 'callback' }]);
    expect(await centre.left()).toMatchObject({ calls: 0, legs: 0 });
  });
});

describe('a queue that gives work away', () => {
  it('R26 K10 to another queue: the call waits there, and is recorded as that queue says', async () => {
    const rule = { when: 'length', value: 0, to: { kind: 'queue', queueId: 'sales' } } as const;
    const centre = await testCentre(0);
    await centre.stored(centre.routing.setQueue({ ...queueDefaults, id: 'sales', name: 'Sales' }, 'system'));
    await centre.stored(centre.routing.setQueue({ ...testQueue, overflow: [rule] }, 'system'));
    centre.dial();
    await settle();
    expect(centre.routing.queue('sales')?.waiting).toBe(1);
    expect((await centre.facts()).filter((type) => type === 'interaction.queued')).toHaveLength(2);
  });

  it('R26 K10 to a flow, which has the call from there on', async () => {
    const rule = { when: 'waited', value: 20_000, to: { kind: 'flow', flowId: 'sorry' } } as const;
    const centre = await testCentre(0);
    await centre.stored(centre.routing.setQueue({ ...testQueue, overflow: [rule] }, 'system'));
    const invite = await waiting(centre);
    centre.clock.advance(12_000);
    await settle();
    expect(centre.flowsRun).toEqual(['sorry']);
    expect(centre.routing.openItems()).toBe(0);
    invite.dialog?.end('remote-bye');
    await settle();
    expect(await centre.left()).toEqual(nothingLeft);
  });

  it('K10 a flow that does not exist ends the call instead of leaving it in silence', async () => {
    const rule = { when: 'waited', value: 20_000, to: { kind: 'flow', flowId: 'nowhere' } } as const;
    const centre = await testCentre(0);
    await centre.stored(centre.routing.setQueue({ ...testQueue, overflow: [rule] }, 'system'));
    const invite = await waiting(centre);
    centre.clock.advance(12_000);
    await settle();
    expect(invite.dialog?.alive).toBe(false);
    expect(await centre.left()).toEqual(nothingLeft);
  });

  it.each([
    { closed: true, maxWaiting: null, code: 480 },
    { closed: false, maxWaiting: 0, code: 486 },
  ])(
    'R25 refuses with $code when closed is $closed and full at $maxWaiting',
    async ({ code, ...settings }) => {
      const centre = await testCentre(0);
      await centre.stored(centre.routing.setQueue({ ...testQueue, ...settings }, 'system'));
      const invite = centre.dial();
      await settle();
      expect(invite.outcome).toBe(code);
      expect(await centre.left()).toEqual(nothingLeft);
    },
  );
});

describe('a callback', () => {
  /** The caller asked to be called back and is gone; one agent comes. */
  async function promised() {
    const centre = await testCentre(1);
    centre.routing.setPresence('agent1', 'not-ready', 'break');
    const invite = await waiting(centre);
    press(centre, '1');
    await settle();
    const [leg] = centre.media.legs.values();
    expect(leg?.playing).toMatch(/callback\.en\.wav$/);
    leg?.options.on.played('play');
    await settle();
    expect(invite.dialog?.alive).toBe(false);
    return centre;
  }

  it('R28 K11 keeps the place of the call, and outlives it', async () => {
    const centre = await promised();
    expect(centre.routing.queue('support')?.waiting).toBe(1);
    const [waits] = centre.routing.waiting(['support'], 10);
    expect(waits).toMatchObject({ channel: 'callback', position: 1, why: 'all-not-ready' });
    expect(centre.calls.counts().calls).toBe(0);
    expect(await centre.facts()).toContain('work.called-back');
  });

  it('K11 rings the agent, then dials the customer where the call came from, and bridges them', async () => {
    const centre = await promised();
    centre.routing.setPresence('agent1', 'available', undefined);
    await settle();
    expect(centre.calls.offerView('agent1')).toMatchObject({ channel: 'callback', number: '+14155550123' });
    working(centre, 0).ring();
    working(centre, 0).answer();
    await settle();
    const customer = working(centre, 1);
    expect(customer.options.target.uri).toBe('sip:+14155550123@127.0.0.1:5080');
    customer.answer();
    await settle();
    const [mix] = centre.media.mixes.values();
    expect(Object.values(mix ?? {})).toHaveLength(2);
    expect(centre.calls.workView('agent1')).toMatchObject({ channel: 'callback', phase: 'talking' });
    customer.dialog?.end('remote-bye');
    await settle();
    centre.routing.finishWrapUp('agent1', centre.routing.agent('agent1')?.hands[0]?.itemId ?? '');
    expect(await centre.left()).toEqual(nothingLeft);
  });

  it.each([
    { code: 486, end: 'busy' },
    { code: 480, end: 'no-answer' },
    { code: 500, end: 'failed' },
  ])(
    'K11 a customer who cannot be had ($code) ends it as $end, and wrap-up follows',
    async ({ code, end }) => {
      const centre = await promised();
      centre.routing.setPresence('agent1', 'available', undefined);
      await settle();
      working(centre, 0).answer();
      await settle();
      working(centre, 1).fail(code);
      await settle();
      expect(centre.calls.workView('agent1')).toMatchObject({ phase: 'wrap-up', end });
    },
  );

  it('K11 declined by its agent it goes on waiting, and nothing is dialled', async () => {
    const centre = await promised();
    centre.routing.setPresence('agent1', 'available', undefined);
    await settle();
    working(centre, 0).fail(603);
    await settle();
    expect(centre.sip.phoneCalls).toHaveLength(1);
    expect(centre.routing.queue('support')?.waiting).toBe(1);
    expect(centre.calls.counts().calls).toBe(0);
  });

  it('K11 an agent who hangs up while it is dialled ends it', async () => {
    const centre = await promised();
    centre.routing.setPresence('agent1', 'available', undefined);
    await settle();
    working(centre, 0).answer();
    await settle();
    working(centre, 0).dialog?.end('remote-bye');
    await settle();
    expect(working(centre, 1).state).toBe('cancelled');
    expect(await centre.left()).toMatchObject({ dialogs: 0, legs: 0, inviting: 0 });
  });

  it('K11 a stop of the server leaves it in its place', async () => {
    const centre = await promised();
    centre.routing.setPresence('agent1', 'available', undefined);
    await settle();
    await centre.calls.stop();
    expect(centre.routing.openItems()).toBe(1);
  });

  it('K16 K4 is offered with its number at once; who it is follows, and the phone waits for that 400 ms at most', async () => {
    const centre = await promised();
    const { id } = await centre.stored(
      centre.customers.create({
        name: 'Li Wei',
        points: [{ kind: 'phone', value: '+14155550123', label: '' }],
      }),
    );
    const answer = centre.holdLookUps();
    centre.changed.length = 0;
    centre.desks.add('agent1');
    centre.routing.setPresence('agent1', 'available', undefined);
    await settle();
    const first = centre.calls.offerView('agent1');
    expect(first).toMatchObject({ number: '+14155550123', pop: { customer: null, reason: 'no-match' } });
    centre.calls.offerShown('agent1', first?.offerId ?? '');
    centre.clock.advance(300);
    await settle();
    expect([centre.sip.phoneCalls.length, centre.changed]).toEqual([0, []]);
    answer();
    await settle();
    expect(centre.calls.offerView('agent1')?.pop.customer?.id).toBe(id);
    expect(centre.changed).toEqual(['agent1']);
    expect(working(centre).options.from).toEqual({ display: 'Li Wei', user: '+14155550123' });
    centre.clock.advance(400);
    await settle();
    expect(centre.sip.phoneCalls).toHaveLength(1);
  });

  it.each([true, false])(
    'K16 K4 rings after 400 ms though nobody can say who it is (a desk is open: %s)',
    async (desk) => {
      const centre = await promised();
      centre.holdLookUps();
      if (desk) centre.desks.add('agent1');
      centre.routing.setPresence('agent1', 'available', undefined);
      await settle();
      centre.clock.advance(399);
      await settle();
      expect(centre.sip.phoneCalls).toHaveLength(0);
      centre.clock.advance(1);
      await settle();
      expect(centre.sip.phoneCalls).toHaveLength(1);
      working(centre).answer();
      await settle();
      expect(centre.calls.workView('agent1')).toMatchObject({ phase: 'talking', channel: 'callback' });
    },
  );

  it('K16 K18 what the agent chose stays when the look-up answers late', async () => {
    const centre = await promised();
    const { id } = await centre.stored(centre.customers.create({ name: 'Maria', points: [] }));
    const answer = centre.holdLookUps();
    centre.routing.setPresence('agent1', 'available', undefined);
    await settle();
    const { interactionId = '' } = centre.calls.offerView('agent1') ?? {};
    const chosen = centre.calls.chooseCustomer('agent1', interactionId, id);
    answer();
    await centre.stored(chosen);
    expect(centre.calls.offerView('agent1')?.pop).toMatchObject({
      reason: 'chosen',
      customer: { name: 'Maria' },
    });
  });

  it('K11 outlives a restart of the server: its contact is known when it is offered', async () => {
    const before = await promised();
    await before.kernel.journal.flush();
    const centre = await before.restart();
    centre.standBy('agent1');
    await settle();
    expect(centre.calls.offerView('agent1')).toMatchObject({ channel: 'callback', number: '+14155550123' });
    working(centre, 0).answer();
    await settle();
    expect(working(centre, 1).options.target.uri).toBe('sip:+14155550123@127.0.0.1:5080');
  });

  it('K12 a message left in voicemail waits in the queue as a callback', async () => {
    const rule = { when: 'waited', value: 20_000, to: { kind: 'voicemail' } } as const;
    const centre = await testCentre(0);
    await centre.stored(centre.routing.setQueue({ ...testQueue, overflow: [rule] }, 'system'));
    const invite = await waiting(centre);
    centre.clock.advance(12_000);
    await settle();
    expect(centre.media.recordings.size).toBe(1);
    invite.dialog?.end('remote-bye');
    await settle();
    const [waits] = centre.routing.waiting(['support'], 10);
    expect(waits).toMatchObject({ channel: 'callback', state: 'waiting' });
    expect(await centre.facts()).toContain('recording.ended');
    expect(await centre.left()).toMatchObject({ calls: 0, legs: 0, recordings: 0, dialogs: 0 });
  });
});
