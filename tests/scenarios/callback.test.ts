import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Call } from '../../scripts/phone/call.ts';
import { Phone } from '../../scripts/phone/phone.ts';
import { tone } from '../../scripts/phone/speech.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { mostly, nowHears } from '../support/tones.ts';
import { readWav } from '../support/wav.ts';

const AGENT = 1000;
const CUSTOMER = 440;

describe('a customer who does not want to wait', () => {
  let dataDir: string;
  let centre: RunningApp;
  let customer: Phone;
  /** Calls back to the customer. */
  let back: Call[];

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'cordboard-callback-'));
    centre = await startApp({ agents: 1, dataDir, support: { ringMs: 0 } });
    back = [];
    customer = await Phone.open({
      server: centre.sip,
      user: '+14155550177',
      onCall: (call) => {
        back.push(call);
        call.ring();
      },
    });
  });
  afterEach(async () => {
    await customer.close();
    await centre.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  /** Bytes of recordings on disk. */
  const written = (): number => {
    const folder = join(dataDir, 'recordings');
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    return files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
  };
  const waits = () => centre.app.routing.waiting(['support'], 10)[0];

  /** Calls, presses 1 in the music, hears that it will be called back, and is let go. */
  async function asks(): Promise<void> {
    const call = await customer.call('4001');
    expect(await call.answered).toBe(true);
    call.rtp.press('1');
    expect(await call.ended).toMatchObject({ by: 'them' });
    await eventually(() => waits()?.channel === 'callback', 'a callback waits');
  }

  /** The agent comes, answers, and both hear each other. */
  async function isCalledBack(): Promise<void> {
    const agent = await centre.agent('agent1', { available: false });
    await agent.setPresence('available');
    const offer = await agent.offer();
    expect(offer).toMatchObject({ channel: 'callback', number: '+14155550177' });
    const phone = await agent.answer();
    const call = await eventually(() => back[0], 'the customer’s phone rings');
    call.answer();
    await agent.work(({ phase }) => phase === 'talking', 'talking');
    call.rtp.say(tone(CUSTOMER));
    phone.rtp.say(tone(AGENT));
    await eventually(() => nowHears(call.rtp.heard, AGENT), 'the customer hears the agent');
    await eventually(() => nowHears(phone.rtp.heard, CUSTOMER), 'the agent hears the customer');
    await call.hangUp();
    await agent.finish();
    await centre.quiet();
  }

  it('K11 R28 is called back in turn, with sound both ways', async () => {
    await asks();
    await isCalledBack();
  });

  it('K11 R17 is called back also when the server was started anew meanwhile', async () => {
    await asks();
    const arrivedAt = waits()?.arrivedAt ?? 0;
    const { host, port } = centre.sip;
    await centre.stop();
    centre = await startApp({ agents: 1, dataDir, env: { SIP_PORT: String(port) } });
    expect(centre.sip).toEqual({ host, port });
    expect(waits()).toMatchObject({ channel: 'callback', position: 1 });
    // The fact is written a moment after the decision, and long before the restart.
    expect(Math.abs((waits()?.arrivedAt ?? 0) - arrivedAt)).toBeLessThan(500);
    await isCalledBack();
  });

  it('K12 leaves a message that is heard in the history, and is called back', async () => {
    const settings = centre.app.routing.queueSettings('support');
    if (!settings) throw new Error('no queue');
    const overflow = [{ when: 'waited', value: 1_000, to: { kind: 'voicemail' } }] as const;
    await centre.app.routing.setQueue({ ...settings, overflow: [...overflow] }, 'system');
    const call = await customer.call('4001');
    expect(await call.answered).toBe(true);
    await eventually(() => centre.app.routing.openItems() === 0, 'the queue gave it away');
    call.rtp.say(tone(CUSTOMER));
    await eventually(async () => (await centre.app.media.counts()).recordings === 1, 'the message is taken');
    await eventually(() => written() > 64_000, 'two seconds of it');
    await call.hangUp();
    await eventually(() => waits()?.channel === 'callback', 'a callback waits');
    const left = await eventually(
      async () =>
        (await centre.app.interactions.history({ limit: 10 })).items.find(({ hasRecording }) => hasRecording),
      'the message is in the history',
    );
    expect(left).toMatchObject({ end: 'callback-requested', direction: 'inbound' });
    const file = await centre.app.interactions.recordingFile(left.id);
    const { channels } = readWav(readFileSync(join(dataDir, 'recordings', file ?? '')));
    expect(mostly(channels[0] ?? [], CUSTOMER)).toBe(true);
    await isCalledBack();
  });
});
