import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { openRawSip, plainOffer, RawCall } from '../support/raw-sip.ts';
import { openRtpPhone } from '../support/rtp-phone.ts';

/** What only shows after half a minute; the tests wait side by side. */
describe.concurrent('a peer that falls silent', () => {
  let centre: RunningApp;
  beforeAll(async () => {
    centre = await startApp({ agents: 1, support: { ringMs: 120_000 } });
  });
  afterAll(() => centre.stop());

  it('RFC 3261 13.3.1.4 a caller who never confirms the answer is sent BYE after 32 s, and the call is over', async () => {
    const wire = await openRawSip(centre.sip);
    const call = new RawCall(wire, '4010');
    const voice = await openRtpPhone();
    const began = Date.now();
    wire.send(call.request('INVITE', 1, { sdp: voice.sdp() }));
    const answer = await wire.get(/^SIP\/2.0 200/);
    voice.connect(answer);
    voice.say(440); // silent, it would be given up a little sooner
    const bye = await wire.get(/^BYE /, 'BYE', 40_000);
    expect(Date.now() - began).toBeGreaterThan(31_000);
    expect(bye).toMatch(/Reason: .*No ACK/);
    const ended = await eventually(
      async () => (await centre.history()).find(({ dnis, endedAt }) => dnis === '4010' && endedAt),
      'the call is over',
    );
    expect(ended.end).toBe('failed');
    voice.close();
    wire.close();
  });

  it('K7 a caller who hears ringing need not speak: 33 s without audio do not end a call that is not answered', async () => {
    const wire = await openRawSip(centre.sip);
    const call = new RawCall(wire, '4001');
    wire.send(call.request('INVITE', 1, { sdp: plainOffer() }));
    await wire.get(/^SIP\/2.0 180/);
    const refused = wire.get(/^SIP\/2.0 [3-6]\d\d/, 'a refusal', 33_000).then(
      (text) => text.split('\r\n', 1)[0],
      () => 'still ringing',
    );
    expect(await refused).toBe('still ringing');
    wire.send(
      call.request('CANCEL', 1, { branch: /branch=([^;]+)/.exec(call.request('INVITE', 1))?.[1] ?? '' }),
    );
    await wire.get(/^SIP\/2.0 487/);
    wire.close();
  });
});
