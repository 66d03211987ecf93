import { describe, expect, it } from 'vitest';
import { nothingLeft, settle, testCentre } from '../../../tests/support/centre.ts';

const NUMBER = '+14155550123';

/** A centre with one agent, and Li Wei among its customers. */
async function known() {
  const centre = await testCentre(1);
  const points = [{ kind: 'phone' as const, value: NUMBER, label: '' }];
  const { id } = await centre.stored(centre.customers.create({ name: 'Li Wei', points }));
  return { centre, customerId: id };
}

const ofContacts = (facts: readonly string[]) => facts.filter((type) => /^(interaction|call)\./.test(type));

describe('K15 a caller who is looked up', () => {
  it('K15 is on the pop when the phone rings, however long it took within the bound', async () => {
    const { centre, customerId } = await known();
    const answer = centre.holdLookUps();
    centre.dial();
    centre.clock.advance(249);
    await settle();
    expect([centre.calls.offerView('agent1'), centre.sip.phoneCalls.length]).toEqual([null, 0]);
    answer();
    await settle();
    expect(centre.calls.offerView('agent1')?.pop).toMatchObject({
      reason: 'one-match',
      customer: { id: customerId, name: 'Li Wei' },
    });
    const { interactionId = '' } = centre.calls.offerView('agent1') ?? {};
    expect(centre.interactions.contact(interactionId)).toMatchObject({
      ani: NUMBER,
      dnis: '4001',
      customerId,
    });
  });

  it('K15 and is never found goes on after 250 ms as nobody known', async () => {
    const { centre } = await known();
    const answer = centre.holdLookUps();
    const invite = centre.dial();
    centre.clock.advance(250);
    await settle();
    expect(centre.calls.offerView('agent1')?.pop).toMatchObject({
      number: NUMBER,
      reason: 'no-match',
      customer: null,
    });
    answer(); // too late to change what the agent sees
    await settle();
    expect(centre.calls.offerView('agent1')?.pop.reason).toBe('no-match');
    centre.sip.phoneCalls[0]?.answer();
    await settle();
    expect([invite.outcome, centre.calls.workView('agent1')?.phase]).toEqual(['answered', 'talking']);
    invite.dialog?.end('remote-bye');
    await settle();
    expect(await centre.left()).toEqual(nothingLeft);
  });

  it('K15 and gives up meanwhile is a contact all the same: opened, and ended as abandoned', async () => {
    const { centre, customerId } = await known();
    const answer = centre.holdLookUps();
    const invite = centre.dial();
    invite.cancel();
    await settle();
    answer();
    await settle();
    expect([invite.outcome, centre.sip.phoneCalls.length]).toEqual(['cancelled', 0]);
    const facts = ofContacts(await centre.facts());
    expect(facts).toEqual(['interaction.opened', 'call.arrived', 'call.ended', 'interaction.ended']);
    const { items } = await centre.interactions.history({ limit: 2 });
    expect(items).toMatchObject([{ end: 'caller-abandoned', ani: NUMBER, customer: { id: customerId } }]);
    expect(await centre.left()).toEqual(nothingLeft);
  });

  it('K15 and whose connection is lost meanwhile is a contact that ended so', async () => {
    const { centre } = await known();
    const invite = centre.dial();
    invite.onCancelled('connection-lost');
    await settle();
    await centre.kernel.journal.flush();
    const { items } = await centre.interactions.history({ limit: 2 });
    expect(items).toMatchObject([{ end: 'caller-connection-lost' }]);
    expect(await centre.left()).toEqual(nothingLeft);
  });

  it('K15 counts as a call: a centre that may not have more takes no more', async () => {
    const { centre } = await known();
    const answer = centre.holdLookUps();
    centre.dial();
    centre.dial();
    expect(centre.calls.counts()).toEqual({ calls: 2, ringing: 0 });
    answer();
    await settle();
    expect(centre.calls.counts()).toEqual({ calls: 2, ringing: 0 });
  });

  it('K15 is refused with 503 when the server stops, and is no contact; who had given up by then is one', async () => {
    const { centre } = await known();
    const answer = centre.holdLookUps();
    const [waits, gone] = [centre.dial(), centre.dial()];
    gone.cancel();
    await centre.calls.stop();
    const late = centre.dial();
    answer();
    await settle();
    expect([waits.outcome, gone.outcome, late.outcome]).toEqual([503, 'cancelled', 503]);
    const facts = ofContacts(await centre.facts());
    expect(facts).toEqual(['interaction.opened', 'call.arrived', 'call.ended', 'interaction.ended']);
    expect(await centre.left()).toEqual(nothingLeft);
  });
});
