import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { untilHears, writeMicrophone } from '../support/browser-audio.ts';
import { launch } from '../support/chromium.ts';
import type { PagePhone, PagePhoneOptions } from '../support/phone-page.ts';
import { ServerProcess } from '../support/server-process.ts';

const CALLER_HZ = 440;
const AGENT_HZ = 900;
const STACKS = ['jssip', 'sipjs'] as const;

let folder: string;
let server: ServerProcess;
let bundle: string;
let callerBrowser: Browser;
let agentBrowser: Browser;

type PhoneWindow = Window & { makePhone(options: PagePhoneOptions): PagePhone; phone: PagePhone };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cordboard-e2e-'));
  const built = await build({
    entryPoints: [new URL('../support/phone-page.ts', import.meta.url).pathname],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'chrome120',
    define: { global: 'window' },
  });
  bundle = built.outputFiles[0]?.text ?? '';
  writeMicrophone(join(folder, 'caller.wav'), CALLER_HZ);
  writeMicrophone(join(folder, 'agent.wav'), AGENT_HZ);
  server = await ServerProcess.start();
  callerBrowser = await launch({ microphone: join(folder, 'caller.wav') });
  agentBrowser = await launch({ microphone: join(folder, 'agent.wav') });
});

afterAll(async () => {
  await callerBrowser?.close();
  await agentBrowser?.close();
  await server?.dispose();
  rmSync(folder, { recursive: true, force: true });
});

/** A page of the server's own origin with a phone in it. */
async function phonePage(browser: Browser, options: Omit<PagePhoneOptions, 'url'>): Promise<Page> {
  const context = await browser.newContext({ bypassCSP: true });
  await context.grantPermissions(['microphone'], { origin: server.url });
  const page = await context.newPage();
  await page.goto(`${server.url}/api/call-page`);
  await page.evaluate(() => document.body.replaceChildren());
  await page.addScriptTag({ content: bundle });
  await page.evaluate(
    (given) => {
      const w = window as unknown as PhoneWindow;
      w.phone = w.makePhone(given);
    },
    { ...options, url: `${server.url.replace('http', 'ws')}/sip` },
  );
  return page;
}

const state = (page: Page): Promise<string> =>
  page.evaluate(() => (window as unknown as PhoneWindow).phone.state());

async function signInByRest(username: string) {
  const answer = await fetch(`${server.url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password: 'demo' }),
  });
  const { token, sip } = (await answer.json()) as {
    token: string;
    sip: { uri: string; username: string; password: string };
  };
  const presence = (value: string) =>
    fetch(`${server.url}/api/me/presence`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ presence: value }),
    });
  return { sip, presence };
}

describe('two independent SIP stacks, each as agent and as caller', () => {
  for (const [index, agentStack] of STACKS.entries()) {
    for (const [offset, callerStack] of STACKS.entries()) {
      it(`${callerStack} calls 4001, ${agentStack} answers: sound both ways, and a clean end`, async () => {
        const username = `agent${3 + index * 2 + offset}`;
        const { sip, presence } = await signInByRest(username);
        const agent = await phonePage(agentBrowser, { stack: agentStack, ...sip });
        await agent.evaluate(() => (window as unknown as PhoneWindow).phone.register());
        await presence('available');
        const caller = await phonePage(callerBrowser, {
          stack: callerStack,
          uri: 'sip:+14155550123@cordboard',
        });
        await caller.evaluate(() => (window as unknown as PhoneWindow).phone.call('4001'));
        await expect.poll(() => state(agent)).toBe('talking');
        await expect.poll(() => state(caller)).toBe('talking');
        await untilHears(agent, 'phone-audio', CALLER_HZ);
        await untilHears(caller, 'phone-audio', AGENT_HZ);
        const leaver = offset === 0 ? caller : agent;
        await leaver.evaluate(() => (window as unknown as PhoneWindow).phone.hangUp());
        await expect.poll(() => state(agent)).toBe('ended');
        await expect.poll(() => state(caller)).toBe('ended');
        await presence('offline');
        await agent.context().close();
        await caller.context().close();
      });
    }
  }
});
