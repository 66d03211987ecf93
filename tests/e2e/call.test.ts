import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recordingPath } from '#shared/contract/interactions.ts';
import { untilHears, untilHearsOther, untilSilent, writeMicrophone } from '../support/browser-audio.ts';
import { launch, person } from '../support/chromium.ts';
import { becomeAvailable, ringsSeen, signIn, watchRings } from '../support/desk.ts';
import { eventually } from '../support/eventually.ts';
import { ServerProcess } from '../support/server-process.ts';
import { share } from '../support/tones.ts';

const CALLER_HZ = 440;
const AGENT_HZ = 900;
const PHONE = 'phone-audio';
const CALL = 'call-audio';

let folder: string;
let server: ServerProcess;
let callerBrowser: Browser;
let agentBrowser: Browser;
let desk: Page;
let caller: Page;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cordboard-e2e-'));
  const microphone = (name: string, hertz: number): string => {
    const file = join(folder, `${name}.wav`);
    writeMicrophone(file, hertz);
    return file;
  };
  server = await ServerProcess.start();
  callerBrowser = await launch({ microphone: microphone('caller', CALLER_HZ) });
  agentBrowser = await launch({ microphone: microphone('agent', AGENT_HZ) });
  desk = await (await person(agentBrowser, server.url)).newPage();
  await watchRings(desk);
  await signIn(desk, 'agent1');
  caller = await (await person(callerBrowser, server.url)).newPage();
});

afterAll(async () => {
  await callerBrowser?.close();
  await agentBrowser?.close();
  await server?.dispose();
  rmSync(folder, { recursive: true, force: true });
});

/** The customer's page calls support; resolves when the desk shows the offer. */
async function call(): Promise<void> {
  await becomeAvailable(desk);
  await caller.goto('/call');
  await caller.getByTestId('call-number').selectOption('4001');
  await caller.getByTestId('call-start').click();
  await desk.getByTestId('offer-panel').waitFor();
}

async function connect(): Promise<void> {
  await call();
  await desk.getByTestId('offer-answer').click();
  await desk.getByTestId('call-timer').waitFor();
  await untilCaller('talking');
}

async function untilCaller(state: string): Promise<void> {
  await caller.locator(`[data-testid="call-status"][data-state="${state}"]`).waitFor();
}

async function wrapUp(): Promise<void> {
  await desk.getByTestId('wrap-up-finish').waitFor();
  await desk.getByTestId('wrap-up-finish').click();
  await desk.locator('[data-testid="routing-state"][data-state="idle"]').waitFor();
}

describe('a customer calls 4001 from the web page, and the desk answers', () => {
  beforeEach(async () => {
    // Whoever a failed test left on the line is gone, and so is the work of it.
    await caller.goto('about:blank');
    await eventually(async () => {
      const finish = desk.getByTestId('wrap-up-finish');
      if (await finish.isVisible()) await finish.click();
      const state = await desk.getByTestId('routing-state').getAttribute('data-state');
      return state !== 'on-work' && state !== 'wrap-up' && state !== 'offered';
    }, 'the desk has nothing in hand');
  });

  afterEach(async (context) => {
    if (context.task.result?.state === 'fail') {
      await desk.screenshot({ path: join(tmpdir(), 'cordboard-e2e-desk.png') });
      await caller.screenshot({ path: join(tmpdir(), 'cordboard-e2e-caller.png') });
    }
  });

  it('shows the pop before the phone rings, and carries a tone both ways', async () => {
    const before = (await ringsSeen(desk)).length;
    await call();
    await desk.waitForFunction((n) => (window as unknown as { rings: unknown[] }).rings.length > n, before);
    const [ring] = (await ringsSeen(desk)).slice(before);
    expect(ring?.popShown).toBeTruthy();
    await desk.getByTestId('offer-answer').click();
    await untilCaller('talking');
    await untilHears(desk, PHONE, CALLER_HZ);
    await untilHears(caller, CALL, AGENT_HZ);
    await caller.getByTestId('call-hangup').click();
    await wrapUp();
  });

  it('mutes one way only', async () => {
    await connect();
    await untilHears(caller, CALL, AGENT_HZ);
    await desk.getByTestId('call-mute').click();
    await untilSilent(caller, CALL);
    await untilHears(desk, PHONE, CALLER_HZ);
    await desk.getByTestId('call-mute').click();
    await untilHears(caller, CALL, AGENT_HZ);
    await desk.getByTestId('call-hangup').click();
    await untilCaller('ended');
    await wrapUp();
  });

  it('plays music to the caller on hold, and silence to the agent', async () => {
    await connect();
    await untilHears(desk, PHONE, CALLER_HZ);
    await desk.getByTestId('call-hold').click();
    await untilHearsOther(caller, CALL, AGENT_HZ);
    await untilSilent(desk, PHONE);
    await desk.getByTestId('call-hold').click();
    await untilHears(caller, CALL, AGENT_HZ);
    await untilHears(desk, PHONE, CALLER_HZ);
    await caller.getByTestId('call-hangup').click();
    await wrapUp();
  });

  it('shows the keys the caller pressed in the menu', async () => {
    await becomeAvailable(desk);
    await caller.goto('/call');
    await caller.getByTestId('call-number').selectOption('4000');
    await caller.getByTestId('call-start').click();
    await untilCaller('talking');
    await caller.getByTestId('dial-1').click();
    await desk.getByTestId('offer-panel').waitFor();
    await expect.poll(() => desk.getByTestId('offer-digits').textContent()).toContain('1');
    await desk.getByTestId('offer-answer').click();
    await untilHears(desk, PHONE, CALLER_HZ);
    await caller.getByTestId('call-hangup').click();
    await wrapUp();
  });

  it('ends when the caller hangs up: wrap-up, disposition, note, history, and a recording with a voice on each side', async () => {
    await connect();
    await untilHears(desk, PHONE, CALLER_HZ);
    await untilHears(caller, CALL, AGENT_HZ);
    await desk.getByTestId('notes').fill('Asked for a new invoice.');
    await desk.locator('[data-testid="notes-status"][data-status="saved"]').waitFor();
    await caller.getByTestId('call-hangup').click();
    await desk.getByTestId('disposition-resolved').click();
    await wrapUp();

    await desk.goto('/#/history');
    const row = desk.getByTestId('history-row').first();
    await row.waitFor();
    expect(await row.textContent()).toContain('Resolved');
    await row.click();
    await desk.getByText('Asked for a new invoice.').first().waitFor();
    await desk.getByTestId('history-audio').waitFor();

    const list = (await (await desk.request.get('/api/interactions?limit=1')).json()) as {
      items: { id: string }[];
    };
    const wav = await (await desk.request.get(recordingPath(list.items[0]?.id ?? ''))).body();
    const [left, right] = channels(wav);
    expect(share(left, CALLER_HZ)).toBeGreaterThan(0.2);
    expect(share(left, AGENT_HZ)).toBeLessThan(0.02);
    expect(share(right, AGENT_HZ)).toBeGreaterThan(0.2);
    expect(share(right, CALLER_HZ)).toBeLessThan(0.02);
    await desk.goto('/');
    await desk.getByTestId('routing-state').waitFor();
  });

  it('ends when the agent hangs up, and the caller’s page says so', async () => {
    await connect();
    await desk.getByTestId('call-hangup').click();
    await untilCaller('ended');
    await wrapUp();
  });

  it('K4 survives a reload while it rings: the page rings again, and Answer answers', async () => {
    await call();
    await desk.reload();
    await desk.getByTestId('offer-answer').click();
    await untilCaller('talking');
    await untilHears(desk, PHONE, CALLER_HZ);
    await untilHears(caller, CALL, AGENT_HZ);
    await caller.getByTestId('call-hangup').click();
    await wrapUp();
  });

  it('K3 survives a reload of the desk: the work, the notes and the sound are back', async () => {
    await connect();
    await desk.getByTestId('notes').fill('Half a sentence');
    await desk.reload();
    await desk.getByTestId('call-timer').waitFor();
    expect(await desk.getByTestId('notes').inputValue()).toBe('Half a sentence');
    await untilHears(desk, PHONE, CALLER_HZ);
    await untilHears(caller, CALL, AGENT_HZ);
    await caller.getByTestId('call-hangup').click();
    await wrapUp();
  });
});

describe('the server is killed in the middle of a call', () => {
  it('restarts with the call in its history, and the desk reconnects by itself and says so', async () => {
    await connect();
    await untilHears(desk, PHONE, CALLER_HZ);
    await expect.poll(() => desk.getByTestId('call-timer').textContent()).toMatch(/0:0[4-9]/);
    await server.kill();
    await desk.getByTestId('connection-banner').waitFor();
    await server.restart();
    await desk
      .getByText(/server (was )?restarted/i)
      .first()
      .waitFor({ timeout: 30_000 });
    const list = (await (await desk.request.get('/api/interactions?limit=1')).json()) as {
      items: { end: string; hasRecording: boolean; recordingMs: number }[];
    };
    expect(list.items[0]).toMatchObject({ end: 'server-restart', hasRecording: true });
    expect(list.items[0]?.recordingMs).toBeGreaterThan(500);
    await connect();
    await untilHears(desk, PHONE, CALLER_HZ);
    await desk.getByTestId('call-hangup').click();
    await wrapUp();
  });
});

/** The two channels of a 16-bit WAV with a 44-byte header. */
function channels(wav: Buffer): [number[], number[]] {
  const left: number[] = [];
  const right: number[] = [];
  for (let at = 44; at + 3 < wav.length; at += 4) {
    left.push(wav.readInt16LE(at));
    right.push(wav.readInt16LE(at + 2));
  }
  return [left, right];
}
