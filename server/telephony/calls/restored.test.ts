import { describe, expect, it } from 'vitest';
import { settle, testCentre, testQueue } from '../../../tests/support/centre.ts';

const mandatory = { ...testQueue, wrapUp: { mode: 'mandatory' as const, ms: 0, extendMs: 0 } };

/** A call was taken and is over; the agent wraps up, notes and all, when the server is killed. */
async function restarted() {
  const before = await testCentre(1, mandatory);
  const invite = before.dial();
  await settle();
  before.sip.phoneCalls[0]?.answer();
  await settle();
  before.clock.advance(60_000);
  invite.dialog?.end('remote-bye');
  await settle();
  const work = before.calls.workView('agent1');
  if (!work) throw new Error('there is no wrap-up');
  await before.stored(before.interactions.saveNotes(work.interactionId, 'agent1', 'call again', 0));
  return { work, centre: await before.restart() };
}

describe('a wrap-up that outlived the server', () => {
  it('K13 is on the desk as history knows it, from memory alone', async () => {
    const { work, centre } = await restarted();
    const found = centre.loseDatabase();
    expect(centre.calls.workView('agent1')).toEqual({
      ...work,
      callId: null,
      recording: 'off',
      notes: 'call again',
      notesRev: 1,
      wrapUp: { mode: 'mandatory', deadline: null },
    });
    found();
  });

  it('K13 is there after a call back too', async () => {
    const before = await testCentre(1, mandatory);
    before.routing.setPresence('agent1', 'not-ready', 'break');
    before.dial();
    await settle();
    before.clock.advance(8_000);
    await settle();
    const [leg] = before.media.legs.values();
    leg?.options.on.digit('1');
    await settle();
    leg?.options.on.played('play');
    before.routing.setPresence('agent1', 'available', undefined);
    await settle();
    before.sip.phoneCalls[0]?.answer();
    await settle();
    before.sip.phoneCalls[1]?.answer();
    await settle();
    before.sip.phoneCalls[1]?.dialog?.end('remote-bye');
    await settle();
    await before.kernel.journal.flush();
    const centre = await before.restart();
    expect(centre.calls.workView('agent1')).toMatchObject({
      channel: 'callback',
      phase: 'wrap-up',
      number: '+14155550123',
    });
  });

  it('K13 is finished as any other: with a disposition where one is wanted', async () => {
    const { work, centre } = await restarted();
    const { interactionId } = work;
    expect(() => centre.calls.finishWrapUp('agent1', interactionId)).toThrow(/disposition first/);
    const [disposition] = centre.interactions.dispositions();
    await centre.stored(centre.interactions.dispose(interactionId, 'agent1', disposition?.id ?? ''));
    expect(centre.calls.workView('agent1')?.disposition).toBe(disposition?.id);
    centre.calls.finishWrapUp('agent1', interactionId);
    expect(centre.calls.workView('agent1')).toBeNull();
    expect(() => centre.calls.finishWrapUp('agent1', interactionId)).toThrow(/over/);
  });
});
