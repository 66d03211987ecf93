import { describe, expect, it } from 'vitest';
import { nothingLeft, settle, testCentre, testQueue } from '../../../tests/support/centre.ts';

describe('K16 a call while the database does not answer', () => {
  it.each([{ reads: true }, { reads: false }])(
    'K16 is offered, answered, held and ended as any other, and stored in order afterwards (reads: $reads)',
    async (still) => {
      const centre = await testCentre(1, { ...testQueue, wrapUp: { ...testQueue.wrapUp, mode: 'optional' } });
      const before = centre.kernel.journal.lastSeq;
      const found = centre.loseDatabase(still);

      const invite = centre.dial();
      await settle();
      expect(centre.calls.offerView('agent1')).toMatchObject({ number: '+14155550123', dnis: '4001' });
      centre.sip.phoneCalls[0]?.ring();
      centre.sip.phoneCalls[0]?.answer();
      await settle();
      const { interactionId = '' } = centre.calls.workView('agent1') ?? {};
      expect(centre.calls.workView('agent1')).toMatchObject({ phase: 'talking', recording: 'on' });
      centre.calls.hold('agent1', interactionId, true);
      expect(centre.calls.workView('agent1')?.phase).toBe('held');
      centre.clock.advance(10_000);
      await settle();
      centre.calls.hold('agent1', interactionId, false);
      invite.dialog?.end('remote-bye');
      await settle();
      expect(centre.calls.workView('agent1')).toMatchObject({ phase: 'wrap-up', end: 'caller-hung-up' });
      centre.calls.finishWrapUp('agent1', interactionId);
      expect([centre.calls.workView('agent1'), centre.routing.agent('agent1')?.state]).toEqual([
        null,
        'idle',
      ]);
      const { lastSeq, storedSeq } = centre.kernel.journal;
      expect(storedSeq).toBe(before);

      found();
      centre.clock.advance(100);
      await centre.kernel.journal.flush();
      const facts = await centre.kernel.journal.since(before);
      expect(facts.map(({ seq }) => seq)).toEqual(
        Array.from({ length: lastSeq - before }, (_, i) => before + 1 + i),
      );
      const told = facts.map(({ type }) => type);
      const story = [
        'interaction.opened',
        'call.arrived',
        'interaction.queued',
        'work.arrived',
        'offer.made',
        'leg.ringing',
        'offer.ended',
        'call.bridged',
        'recording.started',
        'call.held',
        'call.retrieved',
        'call.ended',
        'interaction.ended',
        'recording.ended',
        'wrap-up.ended',
      ];
      expect(told.filter((type) => story.includes(type))).toEqual(story);
      const { items } = await centre.interactions.history({ limit: 2 });
      expect(items).toMatchObject([
        { id: interactionId, ani: '+14155550123', end: 'caller-hung-up', agent: { id: 'agent1' } },
      ]);
      expect(await centre.left()).toEqual(nothingLeft);
    },
  );

  it('K16 K15 a caller gives up waiting: the contact is not lost', async () => {
    const centre = await testCentre(0);
    const found = centre.loseDatabase();
    const invite = centre.dial();
    await settle();
    expect(invite.progressed).toEqual([180]);
    invite.cancel();
    await settle();
    found();
    centre.clock.advance(100);
    await centre.kernel.journal.flush();
    const { items } = await centre.interactions.history({ limit: 2 });
    expect(items).toMatchObject([{ end: 'caller-abandoned' }]);
    expect(await centre.left()).toEqual(nothingLeft);
  });

  it('K16 K11 who asks to be called back is called back, whether that could be stored or not', async () => {
    const centre = await testCentre(1);
    centre.routing.setPresence('agent1', 'not-ready', 'break');
    const found = centre.loseDatabase();
    centre.dial();
    await settle();
    centre.clock.advance(8_000);
    await settle();
    const [leg] = centre.media.legs.values();
    leg?.options.on.digit('1');
    await settle();
    leg?.options.on.played('play');
    await settle();
    centre.routing.setPresence('agent1', 'available', undefined);
    await settle();
    centre.clock.advance(400);
    await settle();
    expect(centre.calls.offerView('agent1')).toMatchObject({ channel: 'callback', number: '+14155550123' });
    centre.sip.phoneCalls[0]?.answer();
    await settle();
    expect(centre.sip.phoneCalls[1]?.options.target.uri).toBe('sip:+14155550123@127.0.0.1:5080');
    found();
    centre.clock.advance(100);
    await centre.kernel.journal.flush();
    expect((await centre.facts()).filter((type) => type === 'interaction.opened')).toHaveLength(2);
  });
});
