import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createMediaEngine, type MediaEngine, type MediaLeg } from '#server/telephony/media/index.ts';
import { eventually } from '../support/eventually.ts';
import { openRtpPhone, type RtpPhone } from '../support/rtp-phone.ts';
import { nowHears } from '../support/tones.ts';

/** The methods of the page's `phone` (tests/support/media-page.html). */
type PhoneMethod =
  | 'open'
  | 'addTone'
  | 'offer'
  | 'answered'
  | 'accept'
  | 'direction'
  | 'press'
  | 'state'
  | 'heard'
  | 'stats'
  | 'close';

/** Another range for each process: several runs may share the machine. */
const base = 40_000 + (process.pid % 100) * 100;
const pageHtml = readFileSync(new URL('../support/media-page.html', import.meta.url));
const warnings: object[] = [];

let engine: MediaEngine;
let server: Server;
let browser: Browser;
let page: Page;
let phone: RtpPhone;
let legs: MediaLeg[] = [];
let calls = 0;

beforeAll(async () => {
  engine = createMediaEngine({
    host: '127.0.0.1',
    advertise: '127.0.0.1',
    rtpPorts: { min: base, max: base + 99 },
    log: { info: () => {}, warn: (fields, message) => warnings.push({ ...fields, message }) },
  });
  await engine.start();
  server = createServer((_request, response) => response.end(pageHtml)).listen(0, '127.0.0.1');
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless=new',
      '--no-sandbox',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      '--autoplay-policy=no-user-gesture-required',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
});

afterEach(async () => {
  for (const leg of legs) await leg.close();
  legs = [];
  phone.close();
  await page.close();
  expect(await engine.counts()).toEqual({ legs: 0, calls: 0, recordings: 0, ports: 0 });
  expect(warnings).toEqual([]);
});

afterAll(async () => {
  await browser?.close();
  server?.close();
  await engine?.stop();
});

async function ask(method: PhoneMethod, argument?: unknown): Promise<unknown> {
  return page.evaluate(
    ([name, value]) => {
      const methods = Reflect.get(window, 'phone') as Record<string, (value: unknown) => unknown>;
      return methods[name as string]?.(value);
    },
    [method, argument] as const,
  );
}

async function sdp(method: 'offer' | 'accept', argument?: unknown): Promise<string> {
  return String(await ask(method, argument));
}

const pageHears = (hertz: number) => async () => Math.abs(Number(await ask('heard')) - hertz) < 40;
const phoneHears = (hertz: number) => () => nowHears(phone.last(400), hertz);

/** A browser leg that says 700 Hz, bridged with a plain phone that says 1200 Hz. */
async function bridge(kind: 'auto' | 'webrtc' = 'auto') {
  const callId = `call-${++calls}`;
  const told = { digits: '', lost: [] as string[], flowing: 0 };
  const quiet = { digit: () => {}, flowing: () => {}, lost: () => {}, played: () => {} };
  const leg = await engine.leg({
    callId,
    legId: 'browser',
    kind,
    on: {
      digit: (digit) => {
        told.digits += digit;
      },
      flowing: () => {
        told.flowing++;
      },
      lost: (cause) => told.lost.push(cause),
      played: () => {},
    },
  });
  const other = await engine.leg({ callId, legId: 'phone', kind: 'rtp', on: quiet });
  legs = [leg, other];
  phone = await openRtpPhone('pcma');
  phone.connect(await other.accept(phone.sdp()));
  phone.say(1200);
  engine.mix(callId, { browser: ['phone'], phone: ['browser'] });
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await ask('open', 700);
  return { leg, other, told };
}

async function call() {
  const made = await bridge();
  await ask('addTone');
  await ask('answered', await made.leg.accept(await sdp('offer')));
  return made;
}

async function bothWays(): Promise<void> {
  await eventually(pageHears(1200), 'the page hears the phone');
  phone.forget();
  await eventually(phoneHears(700), 'the phone hears the page');
}

describe('a real browser', () => {
  it('M10: calls in: audio both ways, keys once each, and its close is noticed', async () => {
    const { told } = await call();
    await bothWays();
    expect(told.flowing).toBe(1);
    await ask('press', '159#');
    await eventually(() => told.digits.length >= 4, 'four keys');
    await ask('press', '7');
    await eventually(() => told.digits.endsWith('7'), 'one more: nothing of the others comes any longer');
    expect(told.digits).toBe('159#7');
    const stats = (await ask('stats')) as { packetsLost: number; packetsReceived: number };
    expect(stats.packetsReceived).toBeGreaterThan(50);
    expect(stats.packetsLost).toBe(0);
    await ask('close');
    await eventually(() => told.lost.length > 0, 'the close is told');
    expect(told.lost).toEqual(['closed']);
  });

  it('M10: is called: our offer, its answer', async () => {
    const { leg } = await bridge('webrtc');
    await ask('addTone');
    await leg.answered(await sdp('accept', await leg.offer()));
    await bothWays();
  });

  it('M3: goes on hold and comes back, by offers of its own', async () => {
    const { leg } = await call();
    await bothWays();
    await ask('direction', 'sendonly');
    const held = await leg.accept(await sdp('offer'));
    expect(held).toContain('a=recvonly');
    await ask('answered', held);
    await eventually(async () => (await ask('heard')) === 0, 'the page hears nothing');
    await ask('direction', 'inactive');
    const inactive = await leg.accept(await sdp('offer'));
    expect(inactive).toMatch(/^m=audio [1-9]/m);
    await ask('answered', inactive);
    await ask('direction', 'sendrecv');
    await ask('answered', await leg.accept(await sdp('offer')));
    await bothWays();
  });

  it('M10: restarts ICE on another path, and audio goes on', async () => {
    const { leg } = await call();
    await bothWays();
    const answer = await leg.accept(await sdp('offer', { iceRestart: true }));
    await ask('answered', answer);
    await bothWays();
    expect(await ask('state')).toBe('connected');
  });

  it('M10: a page that was reloaded takes the leg over with a new certificate', async () => {
    const { leg } = await call();
    await bothWays();
    await page.reload();
    await ask('open', 500);
    await ask('addTone');
    await ask('answered', await leg.accept(await sdp('offer')));
    await eventually(pageHears(1200), 'the page hears the phone');
    phone.forget();
    await eventually(phoneHears(500), 'the phone hears the page');
  });

  it('M10: a browser that wants to be the DTLS server is met as a client', async () => {
    const { leg } = await bridge();
    await ask('addTone');
    const offer = (await sdp('offer')).replace('a=setup:actpass', 'a=setup:passive');
    const answer = await leg.accept(offer);
    expect(answer).toContain('a=setup:active');
    await ask('answered', answer);
    await bothWays();
  });

  it('M10: a certificate that is not the one of the SDP is refused', async () => {
    const { leg, told } = await bridge();
    await ask('addTone');
    const offer = await sdp('offer');
    const other = offer.replace(
      /(a=fingerprint:sha-256 )(..)/g,
      (_, head: string, byte: string) => head + (byte === '00' ? '11' : '00'),
    );
    await ask('answered', await leg.accept(other));
    await eventually(() => told.lost.length > 0, 'the refusal is told');
    expect(told).toMatchObject({ lost: ['closed'], flowing: 0 });
    expect(warnings.splice(0)).toMatchObject([{ problem: 'The certificate is not the one of the SDP.' }]);
  });
});
