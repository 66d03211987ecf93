import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Phone } from '../../scripts/phone/phone.ts';
import { launch, person } from '../support/chromium.ts';
import { becomeAvailable, signIn } from '../support/desk.ts';
import { ServerProcess } from '../support/server-process.ts';

let server: ServerProcess;
let browser: Browser;
let phone: Phone;

beforeAll(async () => {
  server = await ServerProcess.start();
  browser = await launch();
  phone = await Phone.open({ server: { host: '127.0.0.1', port: server.sipPort }, user: '+14155550123' });
});

afterAll(async () => {
  await phone?.close();
  await browser?.close();
  await server?.dispose();
});

const newPage = async (): Promise<Page> => (await person(browser, server.url)).newPage();

/** Opens the newest contact in the history and waits for its editor. */
async function openNewest(page: Page): Promise<void> {
  await page.goto('/#/history');
  await page.getByTestId('history-row').first().click();
  await page.getByTestId('history-detail').getByTestId('notes').waitFor();
}
const saved = (page: Page) =>
  page.locator('[data-testid="notes-status"][data-status="saved"]').waitFor({ state: 'visible' });

describe('a contact that is over', () => {
  it('is corrected by its agent in the history, saved as typed, and merged with another window’s words', async () => {
    const desk = await newPage();
    await signIn(desk, 'agent1');
    await becomeAvailable(desk);
    const call = await phone.call('4001');
    await desk.getByTestId('offer-panel').waitFor();
    await desk.getByTestId('offer-answer').click();
    await desk.getByTestId('call-timer').waitFor();
    await desk.getByTestId('notes').fill('Asked for the bill.');
    await saved(desk);
    await call.hangUp();
    await desk.getByTestId('wrap-up-finish').click();
    await desk.locator('[data-testid="routing-state"][data-state="idle"]').waitFor();

    await openNewest(desk);
    const other = await desk.context().newPage();
    await openNewest(other);
    expect(await other.getByTestId('notes').inputValue()).toBe('Asked for the bill.');
    await desk.getByTestId('notes').fill('Asked for the bill. Sent by mail.');
    await saved(desk);
    // The other window still has the older notes under its hands.
    await other.getByTestId('notes').fill('URGENT Asked for the bill.');
    await saved(other);
    await expect
      .poll(() => other.getByTestId('notes').inputValue())
      .toBe('URGENT Asked for the bill. Sent by mail.');
    expect(
      await other
        .locator('section')
        .filter({ has: other.getByTestId('notes') })
        .last()
        .innerText(),
    ).toContain('both texts are kept');
    await other.getByTestId('disposition-resolved').click();
    await other.locator('[data-testid="disposition-resolved"][aria-pressed="true"]').waitFor();
    await other.reload();
    await other.getByTestId('history-detail').getByTestId('notes').waitFor();
    expect(await other.getByTestId('notes').inputValue()).toBe('URGENT Asked for the bill. Sent by mail.');
    await other.locator('[data-testid="disposition-resolved"][aria-pressed="true"]').waitFor();
    await desk.context().close();
  });

  it('cannot be changed by others: a supervisor reads it', async () => {
    const board = await newPage();
    await signIn(board, 'super1');
    await board.goto('/#/history');
    await board.getByTestId('history-row').first().click();
    await board.getByTestId('history-notes').filter({ hasText: 'URGENT' }).waitFor();
    expect(await board.getByTestId('notes').count()).toBe(0);
    expect(await board.getByTestId('disposition-resolved').count()).toBe(0);
    await board.context().close();
  });

  it('cannot be changed after a day: the demo’s older contacts are only read', async () => {
    const desk = await newPage();
    await signIn(desk, 'agent1');
    await desk.goto('/#/history');
    await desk.getByTestId('history-row').nth(40).click();
    await desk.getByTestId('history-timeline').waitFor();
    expect(await desk.getByTestId('notes').count()).toBe(0);
    await desk.context().close();
  });
});

describe('U6: an available agent whom no call can reach', () => {
  it('sees it in the strip and in the middle, with what to do, until a phone is back', async () => {
    const desk = await newPage();
    await desk.addInitScript(() => {
      const sip = new Set<WebSocket>();
      const line = { cut: false };
      const Native = window.WebSocket;
      window.WebSocket = class extends Native {
        constructor(url: string | URL, protocols?: string | string[]) {
          const isSip = String(protocols).includes('sip');
          super(isSip && line.cut ? 'ws://127.0.0.1:9/' : url, protocols);
          if (isSip) sip.add(this);
        }
      };
      Object.assign(window, {
        cutLine(cut: boolean) {
          line.cut = cut;
          if (cut) for (const socket of sip) socket.close();
        },
      });
    });
    const cutLine = (cut: boolean) =>
      desk.evaluate((value) => (window as unknown as { cutLine(cut: boolean): void }).cutLine(value), cut);
    await signIn(desk, 'agent2');
    await becomeAvailable(desk);
    await cutLine(true);
    await desk.getByTestId('no-phone').waitFor();
    const state = desk.getByTestId('routing-state');
    await state.filter({ hasText: 'no phone' }).waitFor();
    expect(await desk.getByTestId('no-phone').innerText()).toContain('No call can reach you');
    await desk.locator('[data-testid="phone-status"][data-alarm="true"]').waitFor();
    await desk.getByTestId('language-toggle').click();
    await state.filter({ hasText: '无电话' }).waitFor();
    expect(await desk.getByTestId('no-phone').innerText()).toContain('无法为您接入来电');
    await desk.goto('/#/customers');
    await desk.getByTestId('customer-row').first().waitFor();
    expect(await state.innerText()).toContain('无电话');
    await desk.goto('/#/');
    await desk.getByTestId('no-phone-retry').waitFor();
    await cutLine(false);
    await desk.locator('[data-testid="phone-status"][data-state="registered"]').waitFor();
    await desk.getByTestId('no-phone').waitFor({ state: 'detached' });
    expect(await state.innerText()).not.toContain('无电话');
    await desk.context().close();
  });
});
