import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { endpoints } from '#shared/contract/index.ts';
import type { InteractionSummary } from '#shared/contract/interactions.ts';
import { recordingPath } from '#shared/contract/interactions.ts';
import { build } from '../../scripts/lib/build.ts';
import { Phone } from '../../scripts/phone/phone.ts';
import { tone } from '../../scripts/phone/speech.ts';
import { TestAgent } from '../support/agent.ts';
import { ADMIN, signInAdmin, startApp } from '../support/app.ts';
import { eventually, within } from '../support/eventually.ts';
import { ServerProcess } from '../support/server-process.ts';
import { nowHears, toneMs } from '../support/tones.ts';
import { readWav } from '../support/wav.ts';

/** The server as a program of its own, ended in the middle of calls and started again on the same data. */
describe('a restart in the middle of a call', { timeout: 90_000 }, () => {
  let server: ServerProcess;
  let dataDir: string;
  const open: { close(): Promise<unknown> }[] = [];

  beforeAll(() => build(false, ['server']), 60_000);
  afterEach(async () => {
    await Promise.allSettled(open.splice(0).map((one) => one.close()));
    await server?.dispose();
    rmSync(dataDir, { recursive: true, force: true });
  });

  /** Caller (440 Hz) and agent (1000 Hz) hear each other and are recorded; a second caller waits. */
  async function inMidCall() {
    dataDir = mkdtempSync(join(tmpdir(), 'cordboard-restart-'));
    await (await startApp({ dataDir, agents: 1 })).stop(); // a small centre
    server = await ServerProcess.start({
      env: { DATA_DIR: dataDir, CORDBOARD_ADMIN_PASSWORD: ADMIN.password },
      args: ['--production'],
    });
    const place = { url: server.url, sip: { host: '127.0.0.1', port: server.sipPort } };
    const agent = await TestAgent.start(place, 'agent1');
    open.push(agent);
    const phone = await Phone.open({ server: place.sip, user: '+14155550101' });
    open.push(phone);
    const caller = await phone.call('4001');
    const answered = await agent.answer();
    const began = Date.now();
    const { interactionId } = await agent.work(({ recording }) => recording === 'on', 'recorded');
    const waiting = await phone.call('4001', { ani: '+14155550102' });
    await eventually(() => waiting.state === 'ringing', 'the second caller waits');
    caller.rtp.say(tone(440));
    answered.rtp.say(tone(1000));
    await eventually(() => nowHears(answered.rtp.heard, 440), 'the agent hears the caller');
    await eventually(() => nowHears(caller.rtp.heard, 1000), 'the caller hears the agent');
    const [here, there] = [answered.rtp.packets, caller.rtp.packets];
    await eventually(
      () => answered.rtp.packets > here + 150 && caller.rtp.packets > there + 150,
      'three seconds of talk',
    );
    return { place, agent, phone, caller, answered, waiting, interactionId, began };
  }

  const history = async (): Promise<readonly InteractionSummary[]> => {
    const admin = await signInAdmin(server.url);
    return (await admin.request(endpoints.listInteractions, { query: { limit: 50 } })).items;
  };

  async function recording(agent: TestAgent, id: string) {
    const response = await fetch(server.url + recordingPath(id), {
      headers: { authorization: `Bearer ${agent.token}` },
    });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'audio/wav']);
    return readWav(Buffer.from(await response.arrayBuffer()));
  }

  function expectBothVoices({ channels, rate }: ReturnType<typeof readWav>): void {
    const [left = [], right = []] = channels;
    expect([channels.length, rate]).toEqual([2, 8000]);
    expect(toneMs(left, 440)).toBeGreaterThan(1000);
    expect(toneMs(right, 1000)).toBeGreaterThan(1000);
    expect([toneMs(left, 1000), toneMs(right, 440)]).toEqual([0, 0]);
  }

  it('R17 by kill -9 loses no record: history, recording, presence, sessions and SIP passwords are all there', async () => {
    const { agent, phone, interactionId, began } = await inMidCall();
    const epoch = agent.desk.epoch;
    const seen = agent.desks.length;
    const talkedMs = Date.now() - began;
    expect((await server.kill()).signal).toBe('SIGKILL');
    await server.restart();

    const back = await agent.reconnected(seen);
    expect(back.epoch).not.toBe(epoch);
    expect(back).toMatchObject({ presence: 'available', phones: 0, work: null, offer: null });
    expect(await agent.client.request(endpoints.me)).toMatchObject({ username: 'agent1' });
    expect(await agent.phone?.register()).toBe(200);
    await agent.until(({ phones, state }) => phones === 1 && state === 'idle', 'at work again');

    const [waited, talked] = await history();
    expect(talked).toMatchObject({
      id: interactionId,
      end: 'server-restart',
      agent: { id: 'agent1' },
      hasRecording: true,
    });
    expect(talked?.endedAt).toBeGreaterThanOrEqual(began);
    expect(waited).toMatchObject({ ani: '+14155550102', end: 'server-restart', agent: null });
    // Written a second at a time.
    expect(talked?.recordingMs).toBeGreaterThan(talkedMs - 1_500);
    expect(talked?.recordingMs).toBeLessThanOrEqual(talkedMs + 200);
    const wav = await recording(agent, interactionId);
    expect(wav.ms).toBe(talked?.recordingMs);
    expectBothVoices(wav);

    const again = await phone.call('4001', { ani: '+14155550103' });
    const call = await agent.answer();
    await again.hangUp();
    await within(call.ended, 'the call after the restart ends');
  });

  it('R17 K13 by kill -9 in a wrap-up keeps it: the same contact and deadline, to be extended, disposed and finished', async () => {
    const { agent, caller, waiting, interactionId } = await inMidCall();
    await waiting.hangUp();
    await caller.hangUp();
    const before = await agent.work(({ phase }) => phase === 'wrap-up', 'wrap-up');
    const deadline = before.wrapUp?.deadline ?? 0;
    expect(deadline).toBeGreaterThan(Date.now());
    await agent.client.command('notes.save', {
      interactionId,
      notes: 'rang about a bill',
      base: before.notesRev,
    });
    const seen = agent.desks.length;
    await server.kill(); // what was acknowledged is stored
    await server.restart();

    const back = await agent.reconnected(seen);
    expect(back).toMatchObject({ presence: 'available', state: 'wrap-up', offer: null });
    expect(back.work).toMatchObject({
      itemId: before.itemId,
      interactionId,
      phase: 'wrap-up',
      callId: null,
      number: before.number,
      dnis: '4001',
      queue: before.queue,
      notes: 'rang about a bill',
      wrapUp: before.wrapUp,
      end: 'caller-hung-up',
    });
    await agent.client.command('disposition.set', { interactionId, disposition: 'resolved' });
    await agent.client.command('wrap-up.extend', { interactionId });
    await agent.until(({ work }) => work?.wrapUp?.deadline === deadline + 30_000, 'extended');
    await agent.client.command('wrap-up.finish', { interactionId });
    await agent.until(({ state, work }) => state === 'idle' && work === null, 'at work again');
    await expect(agent.client.command('wrap-up.finish', { interactionId })).rejects.toThrow('call.gone');
    const found = (await history()).find(({ id }) => id === interactionId);
    expect(found).toMatchObject({
      end: 'caller-hung-up',
      notes: 'rang about a bill',
      disposition: { id: 'resolved' },
    });
  });

  it('K5 by SIGTERM ends calls with BYE, completes the recording and exits with 0', async () => {
    const { agent, caller, answered, waiting, interactionId, began } = await inMidCall();
    const talkedMs = Date.now() - began;
    const exit = await server.stop();
    expect(exit).toEqual({ code: 0, signal: null });
    expect(await within(Promise.all([caller.ended, answered.ended]), 'both are told')).toEqual([
      { by: 'them' },
      { by: 'them' },
    ]);
    expect(await within(waiting.ended, 'who waited is told')).toEqual({ by: 'failed', code: 503 });
    const markers = readdirSync(join(dataDir, 'recordings'), { recursive: true }).filter((name) =>
      String(name).endsWith('.open'),
    );
    expect(markers).toEqual([]);

    const seen = agent.desks.length;
    await server.restart();
    await agent.reconnected(seen);
    const [waited, talked] = await history();
    expect(talked).toMatchObject({ id: interactionId, end: 'server-stopped', hasRecording: true });
    expect(waited).toMatchObject({ end: 'server-stopped', agent: null });
    expect(talked?.recordingMs).toBeGreaterThan(talkedMs - 300);
    expectBothVoices(await recording(agent, interactionId));
    expect(existsSync(join(dataDir, 'cordboard.db'))).toBe(true);
  });
});
