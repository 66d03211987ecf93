import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { endpoints } from '#shared/contract/index.ts';
import { queueDefaults } from '#shared/model/routing.ts';
import type { Call } from '../../scripts/phone/call.ts';
import { Phone } from '../../scripts/phone/phone.ts';
import { DeskClient } from '../../scripts/traffic/desk.ts';
import { TestAgent } from '../support/agent.ts';
import { launch, person } from '../support/chromium.ts';
import { becomeAvailable, signIn } from '../support/desk.ts';
import { ServerProcess } from '../support/server-process.ts';

/** What a person has chosen or typed stays, whatever the server sends meanwhile (U9). */
let server: ServerProcess;
let browser: Browser;
let rest: DeskClient;
let phone: Phone;
let call: Call | undefined;
const pages: Page[] = [];
const agents: TestAgent[] = [];

beforeAll(async () => {
  server = await ServerProcess.start();
  browser = await launch();
  rest = await DeskClient.signIn(server.url, 'admin1', 'demo');
  phone = await Phone.open({ server: place().sip, user: '+14155550123' });
});
afterEach(async () => {
  await call?.hangUp();
  call = undefined;
  await Promise.all(agents.splice(0).map((agent) => agent.close()));
  await Promise.all(pages.splice(0).map((page) => page.context().close()));
});
afterAll(async () => {
  await rest?.close();
  await phone?.close();
  await browser?.close();
  await server?.dispose();
});

const place = () => ({ url: server.url, sip: { host: '127.0.0.1', port: server.sipPort } });
const queue = (id: string, name: string) =>
  rest.request(endpoints.setQueue, { params: { id }, body: { ...queueDefaults, name } });
const removed = (id: string) => rest.request(endpoints.removeQueue, { params: { id } });

async function open(username: string): Promise<Page> {
  const page = await (await person(browser, server.url)).newPage();
  pages.push(page);
  await signIn(page, username);
  return page;
}

describe('U9: on the board, the queue that a waiting call is to be moved to', () => {
  let board: Page;
  beforeEach(async () => {
    call = await phone.call('4001');
    board = await open('super1');
    await board.getByTestId('nav-board').click();
    await board.getByTestId('board-waiting-support').click();
    await board.getByTestId('waiting-why').press('Enter');
  });
  const chosen = () => board.getByTestId('waiting-move-to').inputValue();
  const option = (text: string) => board.locator('[data-combobox-option]').filter({ hasText: text });
  async function choose(): Promise<void> {
    await board.getByTestId('waiting-move-to').pressSequentially('Billing');
    await option('Billing').click();
    await move().waitFor();
  }
  const move = () => board.locator('[data-testid="waiting-move"]:not([disabled])');

  it('is taken by keys that are faster than the list', async () => {
    // The next key comes before what the list does after it was opened, and Enter after that.
    await board.getByTestId('waiting-move-to').evaluate(async (node) => {
      const input = node as HTMLInputElement;
      const key = (code: string) =>
        input.dispatchEvent(
          new KeyboardEvent('keydown', { key: code, code, bubbles: true, cancelable: true }),
        );
      const others = () => new Promise((resolve) => setTimeout(resolve, 0));
      input.focus();
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(input, 'Billing');
      input.dispatchEvent(new InputEvent('input', { bubbles: true }));
      for (let i = 0; i < 20; i++) await Promise.resolve();
      key('ArrowDown');
      await others();
      key('Enter');
    });
    await move().waitFor();
    expect(await chosen()).toBe('Billing');
  });

  it('is the first that fits what was typed, at Enter', async () => {
    await board.getByTestId('waiting-move-to').pressSequentially('bill');
    await board.keyboard.press('Enter');
    await move().waitFor();
    expect(await chosen()).toBe('Billing');
  });

  it('is the one that was highlighted, also when the list is another by now', async () => {
    await queue('harbour-one', 'Harbour one');
    await queue('harbour-two', 'Harbour two');
    await board.getByTestId('board-queue-harbour-two').waitFor({ state: 'attached' });
    await board.getByTestId('waiting-move-to').pressSequentially('Harbour');
    await option('Harbour two').waitFor();
    while ((await option('Harbour two').getAttribute('data-combobox-selected')) === null)
      await board.keyboard.press('ArrowDown');
    const lists = board.waitForResponse(/\/api\/lists/);
    await removed('harbour-one');
    await lists;
    await board.getByTestId('board-queue-harbour-one').waitFor({ state: 'detached' });
    await board.keyboard.press('Enter');
    await move().waitFor();
    expect(await chosen()).toBe('Harbour two');
    await removed('harbour-two');
  });

  it('stays chosen while the call is offered to somebody, and is there when it waits again', async () => {
    await choose();
    const agent = await TestAgent.start(place(), 'agent1', { available: false });
    agents.push(agent);
    await agent.setPresence('available');
    const ringing = await agent.rung();
    await board.getByTestId('waiting-row').waitFor({ state: 'detached' });
    ringing.reject(486);
    await board.getByTestId('waiting-row').waitFor();
    expect(await chosen()).toBe('Billing');
    await agent.setPresence('not-ready');
    await move().click();
    await board.getByTestId('waiting-row').waitFor({ state: 'detached' });
  });

  it('stays chosen when the list cannot be fetched for a while', async () => {
    await choose();
    await board.route(/\/api\/work/, (route) =>
      route.fulfill({ status: 500, json: { code: 'internal', message: 'It broke.' } }),
    );
    await board.getByText('What waits cannot be shown now.').waitFor();
    expect(await chosen()).toBe('Billing');
    await board.unroute(/\/api\/work/);
    await board.getByText('What waits cannot be shown now.').waitFor({ state: 'detached' });
    expect(await chosen()).toBe('Billing');
  });
});

describe('U9: in the setup', () => {
  let admin: Page;
  beforeEach(async () => {
    await queue('quay', 'Quay');
    admin = await open('admin1');
    await admin.goto('/#/admin/queues/quay');
    await admin.getByTestId('field-name').waitFor();
  });
  afterEach(() => removed('quay').catch(() => undefined));
  const name = () => admin.getByTestId('field-name');

  it('what is typed while a save is under way stays, and is not taken for somebody else’s', async () => {
    let letThrough = () => {};
    const gate = new Promise<void>((resolve) => {
      letThrough = resolve;
    });
    await admin.route(/\/api\/routing\/queues\/quay/, async (route) => {
      await gate;
      await route.continue();
    });
    await name().fill('Quay side');
    const saved = admin.waitForResponse((response) => response.request().method() === 'PUT');
    await admin.keyboard.press('Control+s');
    await name().fill('Quay side, night');
    letThrough();
    await saved;
    await admin.getByTestId('admin-row-quay').filter({ hasText: 'Quay side' }).waitFor();
    expect(await name().inputValue()).toBe('Quay side, night');
    expect(await admin.getByText('Somebody else changed this meanwhile').count()).toBe(0);
    await admin.locator('[data-testid="admin-save"]:not([disabled])').click();
    await admin.getByTestId('admin-row-quay').filter({ hasText: 'Quay side, night' }).waitFor();
  });

  it('what is typed stays when somebody else removes the thing, and saving makes it again', async () => {
    await name().fill('Quay wall');
    await removed('quay');
    await admin.getByTestId('admin-row-quay').waitFor({ state: 'detached' });
    await admin.getByText('Somebody else removed this').waitFor();
    expect(await name().inputValue()).toBe('Quay wall');
    await admin.keyboard.press('Control+s');
    await admin.getByTestId('admin-row-quay').filter({ hasText: 'Quay wall' }).waitFor();
  });
});

describe('U9: elsewhere on the desk', () => {
  it('a contact of the history stays on screen when it cannot be fetched again', async () => {
    const page = await open('super1');
    await page.clock.install();
    await page.goto('/#/history');
    await page.getByTestId('history-row').first().click();
    await page.getByTestId('history-timeline').waitFor();
    const failed = page.waitForResponse((response) => response.status() === 500);
    await page.route(/\/api\/interactions\//, (route) =>
      route.fulfill({ status: 500, json: { code: 'internal', message: 'It broke.' } }),
    );
    await page.clock.fastForward(31_000);
    await failed;
    await page.clock.runFor(1_000);
    expect(await page.getByTestId('history-timeline').count()).toBe(1);
  });

  it('the highlighted line of the palette is the same after an offer has put others above it', async () => {
    const page = await open('agent2');
    await becomeAvailable(page);
    await page.keyboard.press('Control+k');
    await page.getByTestId('palette-input').waitFor();
    await page.keyboard.press('ArrowDown');
    const highlighted = page.locator('[data-testid="palette-entry"][aria-selected="true"]');
    const before = await highlighted.innerText();
    call = await phone.call('4001');
    await page.getByTestId('palette-entry').filter({ hasText: 'Answer' }).waitFor();
    expect(await highlighted.innerText()).toBe(before);
  });
});
