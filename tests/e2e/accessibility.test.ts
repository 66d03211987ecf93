import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Phone } from '../../scripts/phone/phone.ts';
import { launch, person } from '../support/chromium.ts';
import { becomeAvailable, signIn } from '../support/desk.ts';
import { ServerProcess } from '../support/server-process.ts';
import { audit, walk } from './audit.ts';

/** Of the demo: gold, with an open complaint and earlier contacts. */
const KNOWN_CALLER = '+14155550123';
const SCHEMES = ['light', 'dark'] as const;
type Scheme = (typeof SCHEMES)[number];

let server: ServerProcess;
let browser: Browser;
let desk: Page;
let phone: Phone;

beforeAll(async () => {
  server = await ServerProcess.start();
  browser = await launch();
  desk = await (await person(browser, server.url)).newPage();
  phone = await Phone.open({ server: { host: '127.0.0.1', port: server.sipPort }, user: KNOWN_CALLER });
});

afterAll(async () => {
  await phone?.close();
  await browser?.close();
  await server?.dispose();
});

/** On the page as it stands: names, contrast and sizes in both schemes, and one walk with the keyboard in each. */
async function expectAccessible(page: Page, walks: readonly Scheme[] = SCHEMES): Promise<void> {
  for (const scheme of SCHEMES) {
    if ((await schemeOf(page)) !== scheme) await page.getByTestId('theme-toggle').click();
    await page.locator(`html[data-mantine-color-scheme="${scheme}"]`).waitFor();
    await restPointer(page);
    const walked = walks.includes(scheme) ? await walk(page) : [];
    if (walks.includes(scheme)) await restFocus(page);
    expect([...(await audit(page)), ...walked], `${scheme} scheme`).toEqual([]);
  }
}

const schemeOf = (page: Page) => page.locator('html').getAttribute('data-mantine-color-scheme');
/** Nothing is hovered, and no tooltip covers anything. */
async function restPointer(page: Page): Promise<void> {
  await page.mouse.move(640, 2);
  await page.locator('[role="tooltip"]').first().waitFor({ state: 'hidden' });
}

/** Nothing is focused: a tooltip that the keyboard brought up is gone, and no longer fading. */
async function restFocus(page: Page): Promise<void> {
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.waitForFunction(() => document.querySelector('[role="tooltip"]') === null);
}

/** A page for somebody whose system prefers this scheme, for pages without a switch. */
async function withScheme(path: string, scheme: Scheme, ready: string): Promise<Page> {
  const page = await (await person(browser, server.url)).newPage();
  await page.emulateMedia({ colorScheme: scheme });
  await page.goto(path);
  await page.getByTestId(ready).waitFor();
  await page.locator(`html[data-mantine-color-scheme="${scheme}"]`).waitFor();
  return page;
}

describe('the audit itself', () => {
  it('finds each kind of fault, and nothing where there is none', async () => {
    const page = await (await browser.newContext()).newPage();
    await page.setContent('<button style="padding: 10px">Fine</button>');
    expect([...(await audit(page)), ...(await walk(page))]).toEqual([]);
    await page.setContent(`
      <button style="width: 40px; height: 40px"></button>
      <img src="data:," width="30" height="30">
      <p style="color: #888; background: #fff">pale</p>
      <div style="background: #000"><p style="color: #fff; opacity: 0.4">dimmed</p></div>
      <input placeholder="hint" aria-label="Hint" style="height: 30px">
      <style>input::placeholder { color: #ccc } .bare:focus { outline: none }</style>
      <button style="width: 20px; height: 20px; padding: 0; color: #000; overflow: hidden">x</button>
      <button class="bare" style="padding: 10px">Bare</button>
      <span role="button" tabindex="0" style="display: inline-block; padding: 12px"
        onfocus="this.nextElementSibling.focus()">Shy</span><button style="padding: 10px">Next</button>
      <dialog open>Nameless</dialog>`);
    const found = [...(await audit(page)), ...(await walk(page))].map((line) =>
      line.replace(/ [\d.]+:/, ':'),
    );
    expect(found.map((line) => line.slice(0, 32))).toEqual([
      expect.stringContaining('no name: button'),
      expect.stringContaining('no name: image'),
      expect.stringContaining('no name: dialog'),
      expect.stringContaining('contrast: "pale"'),
      expect.stringContaining('contrast: "dimmed"'),
      expect.stringContaining('contrast: "hint"'),
      expect.stringContaining('target 20x20'),
      expect.stringContaining('focus not visible (no ring)'),
      expect.stringContaining('never reached by Tab: <span>'),
    ]);
    await page.context().close();
  });
});

describe('pages before anybody signs in', () => {
  it.each(SCHEMES)('the sign-in, %s', async (scheme) => {
    const page = await withScheme('/', scheme, 'sign-in-submit');
    expect([...(await audit(page)), ...(await walk(page))]).toEqual([]);
    await page.getByTestId('sign-in-submit').click();
    await page.getByTestId('sign-in-problem').filter({ hasText: /\S/ }).waitFor();
    expect(await audit(page), 'with an error').toEqual([]);
    await page.context().close();
  });
  it.each(SCHEMES)('the customer’s page, %s', async (scheme) => {
    const page = await withScheme('/call', scheme, 'call-start');
    expect([...(await audit(page)), ...(await walk(page))]).toEqual([]);
    await page.getByTestId('call-number').selectOption('4010');
    await page.getByTestId('call-start').click();
    await page.locator('[data-testid="call-status"][data-state="talking"]').waitFor();
    expect([...(await audit(page)), ...(await walk(page))], 'in a call').toEqual([]);
    await page.getByTestId('call-hangup').click();
    await page.context().close();
  });
});

describe('the desk', () => {
  afterEach(async (context) => {
    // What a failed test left open would hide the next page.
    if (context.task.result?.state === 'fail') await desk.keyboard.press('Escape');
  });

  it('not ready, then idle, with its menus', async () => {
    await signIn(desk, 'agent1');
    await desk.locator('[data-testid="phone-status"][data-state="registered"]').waitFor();
    await expectAccessible(desk);
    await becomeAvailable(desk);
    await expectAccessible(desk);
    for (const [open, shown] of [
      ['presence-menu', '[data-testid="presence-offline"]'],
      ['phone-status', '[data-testid="phone-popover"]'],
      ['account-menu', '[data-testid="sign-out"]'],
      ['palette-open', '[data-testid="palette-input"]'],
      ['shortcuts-open', '[data-testid="shortcuts-help"]'],
    ] as const) {
      for (const scheme of SCHEMES) {
        if ((await schemeOf(desk)) !== scheme) await desk.getByTestId('theme-toggle').click();
        await desk.getByTestId(open).click();
        await desk.locator(shown).waitFor();
        await restPointer(desk);
        await settled(desk);
        expect(await audit(desk), `${open}, ${scheme}`).toEqual([]);
        await desk.keyboard.press('Escape');
        await desk.locator(shown).waitFor({ state: 'hidden' });
      }
    }
  });

  it('from the offer to the end of the wrap-up', async () => {
    const call = await phone.call('4001');
    await desk.getByTestId('offer-panel').waitFor();
    await desk.getByTestId('pop-name').waitFor();
    await expectAccessible(desk, ['light']); // an offer stands for 20 s
    await desk.getByTestId('offer-answer').click();
    await desk.getByTestId('call-timer').waitFor();
    await desk.getByTestId('notes').fill('Will be called back.');
    await desk.locator('[data-testid="notes-status"][data-status="saved"]').waitFor();
    await desk.getByTestId('call-mute').click();
    await desk.getByTestId('muted-banner').waitFor();
    await expectAccessible(desk);
    await desk.getByTestId('nav-customers').click();
    await desk.getByTestId('customer-row').first().waitFor();
    await expectAccessible(desk, []);
    await desk.getByTestId('nav-desk').click();
    await call.hangUp();
    await desk.getByTestId('wrap-up-finish').waitFor();
    await desk.getByTestId('disposition-resolved').click();
    await desk.locator('[data-testid="disposition-resolved"][aria-pressed="true"]').waitFor();
    await expectAccessible(desk, ['light']); // and a wrap-up for 30 s
    await desk.getByTestId('wrap-up-finish').click();
    await desk.locator('[data-testid="routing-state"][data-state="idle"]').waitFor();
  });

  it('the history, with a contact that can be corrected', async () => {
    await desk.goto('/#/history');
    await desk.getByTestId('history-row').first().click();
    await desk.getByTestId('history-detail').getByTestId('notes').waitFor();
    await expectAccessible(desk, ['light']);
  });

  it('the customers, with one of them', async () => {
    await desk.goto('/#/customers');
    await desk.getByTestId('customer-row').first().click();
    await desk.getByTestId('customer-detail').waitFor();
    await expectAccessible(desk, ['light']);
  });

  it('the board', async () => {
    const board = await (await person(browser, server.url)).newPage();
    await signIn(board, 'super1');
    await board.goto('/#/board');
    await board.getByTestId('board-queue-support').waitFor();
    await expectAccessible(board);
    await board.context().close();
  });

  it('in Chinese, without a word that a new centre brings in English', async () => {
    await desk.goto('/#/history');
    await desk.getByTestId('history-row').first().waitFor();
    await desk.getByTestId('language-toggle').click();
    await desk.locator('html[lang="zh-CN"]').waitFor();
    await expectAccessible(desk, []);
    const english =
      /\b(Support|Sales|Billing|Resolved|Follow-up|Callback|Complaint|Sale|Dropped|Lunch|Break)\b/;
    expect(await desk.locator('table').innerText()).not.toMatch(english);
    await desk.goto('/#/');
    await desk.getByTestId('queue-support').waitFor();
    expect(await desk.locator('#main').innerText()).not.toMatch(english);
    await desk.getByTestId('presence-menu').click();
    expect(await desk.getByRole('menu').innerText()).not.toMatch(english);
  });
});

/** Opening and closing things move and fade; what is measured is what they come to. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(() =>
    Promise.all(
      document
        .getAnimations()
        .filter((animation) => animation.effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY)
        .map((animation) => animation.finished.catch(() => undefined)),
    ),
  );
}
