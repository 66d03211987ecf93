import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { tone } from '../../scripts/phone/speech.ts';
import type { TestAgent } from '../support/agent.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { openRawSip, plainOffer, RawCall } from '../support/raw-sip.ts';
import { runSipp } from '../support/sipp.ts';
import { nowHears } from '../support/tones.ts';
import { scenario } from './scenario.ts';

const WENT_WELL = { exitCode: 0, succeeded: 1, failed: 0, errors: '' };

describe('SIPp as a caller over UDP', () => {
  let centre: RunningApp;
  let agent: TestAgent;
  let folder: string;
  let audio: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cordboard-sipp-audio-'));
    audio = join(folder, 'tone.ulaw');
    writeFileSync(audio, Buffer.concat(tone(440)));
    centre = await startApp({ agents: 3 });
    agent = await centre.agent('agent1');
  });
  afterEach(async () => {
    await centre.quiet();
    await agent.ready();
  });
  afterAll(async () => {
    await centre.stop();
    rmSync(folder, { recursive: true });
  });

  it('K4 is answered by an agent who sees the pop before the phone rings and hears the caller in G.711', async () => {
    const before = agent.desks.length;
    const sipp = runSipp(scenario('call', { audio }), {
      remote: centre.remote,
      service: '4001',
      extra: ['-d', '1500'],
    });
    await agent.rung();
    const shown = agent.desks.slice(before).find(({ offer }) => offer !== null)?.offer;
    expect(shown).toMatchObject({ number: '+14155550123', ringing: false, pop: { reason: 'no-match' } });
    const call = await agent.answer();
    call.rtp.say(tone(1000));
    await eventually(() => nowHears(call.rtp.heard, 440), 'the agent hears 440 Hz');
    expect(await sipp).toEqual(WENT_WELL);
    expect(await call.ended).toEqual({ by: 'them' });
    expect(await centre.lastEnded()).toMatchObject({ end: 'caller-hung-up', agent: { id: 'agent1' } });
  });

  it('K5 who hangs up while an agent is rung: 487, the phone stops ringing, the offer leaves the desk', async () => {
    const sipp = runSipp(scenario('cancelled'), {
      remote: centre.remote,
      service: '4001',
      extra: ['-d', '400'],
    });
    const offer = await agent.offer();
    const call = await agent.rung();
    expect(call.state).toBe('ringing');
    expect(await call.ended).toEqual({ by: 'them', code: 487 });
    await agent.until((desk) => desk.offer === null && desk.state === 'idle', 'free again');
    expect(await sipp).toEqual(WENT_WELL);
    expect(await centre.lastEnded()).toMatchObject({ id: offer.interactionId, end: 'caller-abandoned' });
  });

  it('K2 whose agent hangs up gets a BYE', async () => {
    const sipp = runSipp(scenario('called-off'), { remote: centre.remote, service: '4001' });
    const call = await agent.answer();
    await call.hangUp();
    expect(await sipp).toEqual(WENT_WELL);
    expect(await centre.lastEnded()).toMatchObject({ end: 'agent-hung-up', agent: { id: 'agent1' } });
  });

  it('whose line doubles every message makes one call: copies are absorbed', async () => {
    const before = (await centre.history()).length;
    const sipp = runSipp(scenario('twice'), {
      remote: centre.remote,
      service: '4001',
      extra: ['-d', '300', '-nr'], // its own handling of copies would hide the server's
    });
    const call = await agent.answer();
    expect(await sipp).toEqual(WENT_WELL);
    await call.ended;
    await centre.lastEnded();
    expect((await centre.history()).length - before).toBe(1);
  });

  const refused = (service: string, code: number, header = 'CSeq: 1 INVITE') =>
    runSipp(scenario('refused', { code: String(code), header }), { remote: centre.remote, service });

  it('is refused with 404 for a number nobody has', async () => {
    expect(await refused('9999', 404)).toEqual(WENT_WELL);
    expect(await centre.lastEnded()).toMatchObject({ dnis: '9999', end: 'rejected', agent: null });
  });

  it('R15 is refused with 486 by the extension of an agent who is on a call, or in wrap-up', async () => {
    const caller = await centre.dial();
    await agent.answer();
    expect(await refused('agent1', 486)).toEqual(WENT_WELL);
    await caller.hangUp();
    await agent.until(({ state }) => state === 'wrap-up', 'wrap-up');
    expect(await refused('agent1', 486)).toEqual(WENT_WELL);
    expect(await centre.lastEnded()).toMatchObject({ dnis: 'agent1', end: 'busy' });
  });

  it('R15 is refused with 480 by the extension of an agent who is away, or has no phone', async () => {
    await agent.setPresence('not-ready', 'lunch');
    expect(await refused('agent1', 480)).toEqual(WENT_WELL);
    const phoneless = await centre.agent('agent2', { phone: false });
    expect(await refused('agent2', 480)).toEqual(WENT_WELL);
    expect(await centre.lastEnded()).toMatchObject({ dnis: 'agent2', end: 'unavailable' });
    await phoneless.setPresence('offline');
  });

  it('reaches the extension of an agent who is free, and 486 when that agent declines', async () => {
    const sipp = refused('agent1', 486);
    (await agent.rung()).reject(603, 'Decline');
    expect(await sipp).toEqual(WENT_WELL);
    expect(await centre.lastEnded()).toMatchObject({ dnis: 'agent1', end: 'busy' });
  });
});

describe('SIPp as a caller to a full or stopping server', () => {
  const RETRY = 'Retry-After: [1-9]';

  it('is refused with 503 and Retry-After when MAX_CALLS are alive, and served when one of them is over', async () => {
    const centre = await startApp({ env: { MAX_CALLS: '1' } });
    try {
      const agent = await centre.agent('agent1');
      const caller = await centre.dial();
      await agent.answer();
      const full = scenario('refused', { code: '503', header: RETRY });
      expect(await runSipp(full, { remote: centre.remote, service: '4001' })).toEqual(WENT_WELL);
      await caller.hangUp();
      await centre.lastEnded();
      await centre.quiet();
      await centre.ordinaryCall(agent);
      expect(await centre.history()).toHaveLength(2); // who was refused never reached the centre
    } finally {
      await centre.stop();
    }
  });

  it('is refused with 503 and Retry-After while the server says goodbye to those it has', async () => {
    const centre = await startApp();
    try {
      // A caller who confirms no BYE keeps the server waiting for it.
      const wire = await openRawSip(centre.sip);
      const call = new RawCall(wire, '4010');
      wire.send(call.request('INVITE', 1, { sdp: plainOffer() }));
      const answer = await wire.get(/^SIP\/2.0 200/);
      wire.send(call.request('ACK', 1, { answer }));
      await eventually(() => centre.app.sip.counts().dialogs === 1, 'the call stands');
      const stopping = centre.app.stop();
      await wire.get(/^BYE /);
      const late = scenario('refused', { code: '503', header: RETRY });
      expect(await runSipp(late, { remote: centre.remote, service: '4001' })).toEqual(WENT_WELL);
      await stopping;
      wire.close();
    } finally {
      await centre.stop();
    }
  });
});
