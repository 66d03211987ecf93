import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RESUME_HEADER } from '#shared/contract/calls.ts';
import { header } from '../../scripts/phone/message.ts';
import { tone } from '../../scripts/phone/speech.ts';
import type { TestAgent } from '../support/agent.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { loudness, nowHears, toneMs } from '../support/tones.ts';
import { type WsCall, WsPhone } from '../support/ws-phone.ts';

describe('a desktop whose line to the server is lost', () => {
  let centre: RunningApp;
  let agent: TestAgent;
  let phone: WsPhone;
  const phones: WsPhone[] = [];
  const openPhone = async () => {
    const { sip } = agent.client;
    if (!sip) throw new Error('no SIP password');
    phones.push(await WsPhone.open(centre.url, sip));
    return phones.at(-1) as WsPhone;
  };

  beforeAll(async () => {
    centre = await startApp({ agents: 1 });
  });
  beforeEach(async () => {
    agent = await centre.agent('agent1', { phone: false, available: false });
    phone = await openPhone();
    await agent.available();
  });
  afterEach(async () => {
    await centre.reset();
    for (const one of phones.splice(0)) await one.close();
  });
  afterAll(() => centre.stop());

  async function talking() {
    const caller = await centre.dial();
    caller.rtp.say(tone(440));
    const call = await phone.rung();
    await call.answer();
    call.say(1000);
    await agent.work(({ phase }) => phase === 'talking', 'talking');
    await both(call, caller.rtp.heard);
    return { caller, call };
  }
  /** Each hears the other, now. */
  async function both(call: WsCall, atCaller: number[]): Promise<void> {
    atCaller.length = 0;
    call.heard.length = 0;
    await eventually(() => nowHears(atCaller, 1000) && nowHears(call.heard, 440), 'both hear each other');
  }

  it('in mid-call keeps the call: audio goes on, and the line taken up again carries the rest of it', async () => {
    const { caller, call } = await talking();
    phone.drop();
    await agent.until(({ phones: count }) => count === 0, 'the server has noticed');
    await both(call, caller.rtp.heard);
    expect(agent.desk.work).toMatchObject({ phase: 'talking', audioLost: false });
    await phone.reconnect();
    await agent.until(({ phones: count }) => count === 1, 'the phone is back');
    await both(call, caller.rtp.heard);
    await caller.hangUp();
    await eventually(() => call.state === 'ended', 'the BYE comes over the new line');
    expect(phone.calls).toHaveLength(1);
    expect(await centre.lastEnded()).toMatchObject({ end: 'caller-hung-up' });
  });

  it('K3 by a reload in mid-call: music for the caller, a new phone is rung for the same call, audio is back', async () => {
    const { caller } = await talking();
    const { interactionId } = await agent.work(() => true, 'work');
    await phone.close();
    const fresh = await openPhone();
    await agent.client.command('call.rejoin', { interactionId });
    const call = await fresh.rung();
    expect(header(call.invite, RESUME_HEADER)).toBe(interactionId);
    await agent.work(({ audioLost }) => audioLost, 'audio lost');
    await eventually(
      () => loudness(caller.rtp.heard.slice(-2000)) > 50 && toneMs(caller.rtp.heard.slice(-2000), 1000) === 0,
      'the caller hears music',
    );
    await call.answer();
    call.say(1000);
    await agent.work(({ audioLost, phase }) => !audioLost && phase === 'talking', 'audio is back');
    await both(call, caller.rtp.heard);
    await caller.hangUp();
    await eventually(() => call.state === 'ended', 'hung up');
    await centre.quiet();
    const ended = await centre.lastEnded();
    expect(ended).toMatchObject({ id: interactionId, end: 'caller-hung-up', hasRecording: true });
    // One recording over the whole of it.
    const talk = (ended.endedAt ?? 0) - (ended.answeredAt ?? 0);
    expect(ended.recordingMs).toBeGreaterThan(talk - 500);
  });

  it('R9 between ringing and answer: the phone is back at once, and its answer over the new line stands', async () => {
    const caller = await centre.dial();
    caller.rtp.say(tone(440));
    const call = await phone.rung();
    phone.drop();
    await agent.until(({ phones: count }) => count === 0, 'the server has noticed');
    await phone.reconnect();
    // The same ring, or a new one: the agent answers what rings last.
    const latest = await eventually(
      () => phone.calls.findLast(({ state }) => state === 'ringing'),
      'the phone rings',
    );
    expect(latest.callId === call.callId || phone.calls.length === 2).toBe(true);
    await latest.answer();
    latest.say(1000);
    await eventually(() => latest.acked, 'the answer is confirmed');
    await agent.work(({ phase }) => phase === 'talking', 'talking');
    await both(latest, caller.rtp.heard);
    await caller.hangUp();
    await eventually(() => latest.state === 'ended', 'hung up');
  });
});
