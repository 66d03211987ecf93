/**
 * `node --import tsx scripts/picture.ts [folder]`: takes the pictures of the README from the running program: a demo
 * centre of its own, a real call from a known customer, a real browser.
 */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { launch, person } from '../tests/support/chromium.ts';
import { becomeAvailable, signIn } from '../tests/support/desk.ts';
import { ServerProcess } from '../tests/support/server-process.ts';
import { main } from './lib/args.ts';
import { Phone } from './phone/phone.ts';

const KNOWN_CALLER = '+14155550123';
const SIZES = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
];

await main(async ([folder = mkdtempSync(join(tmpdir(), 'cordboard-pictures-'))]) => {
  mkdirSync(folder, { recursive: true });
  const server = await ServerProcess.start();
  const browser = await launch();
  try {
    const desk = await (await person(browser, server.url)).newPage();
    const shoot = async (name: string, page: Page = desk): Promise<void> => {
      for (const size of SIZES) {
        await page.setViewportSize(size);
        await page.waitForTimeout(400);
        await page.screenshot({ path: join(folder, `${name}-${size.width}.png`) });
      }
    };
    await desk.goto('/');
    await desk.getByTestId('sign-in-submit').waitFor();
    await shoot('sign-in');
    await signIn(desk, 'agent1');
    await becomeAvailable(desk);
    await shoot('idle');
    const phone = await Phone.open({
      server: { host: '127.0.0.1', port: server.sipPort },
      user: KNOWN_CALLER,
    });
    const call = await phone.call('4001');
    await desk.getByTestId('offer-panel').waitFor();
    await shoot('offer');
    await desk.getByTestId('offer-answer').click();
    await desk.getByTestId('call-timer').waitFor();
    await desk
      .getByTestId('notes')
      .fill('The washing machine stops after ten minutes. Promised a call back today.');
    await shoot('talking');
    await desk.getByTestId('theme-toggle').click();
    await shoot('talking-dark');
    await desk.getByTestId('language-toggle').click();
    await desk.waitForTimeout(300);
    await shoot('talking-dark-zh');
    await desk.getByTestId('theme-toggle').click();
    await call.hangUp();
    await desk.getByTestId('wrap-up-finish').waitFor();
    await shoot('wrap-up-zh');
    await desk.goto('/#/history');
    await desk.getByTestId('history-row').first().waitFor();
    await desk.getByTestId('history-row').first().click();
    await shoot('history-zh');
    const board = await (await person(browser, server.url)).newPage();
    await signIn(board, 'super1');
    await board.goto('/#/board');
    await shoot('board', board);
    const caller = await (await person(browser, server.url)).newPage();
    await caller.goto('/call');
    await caller.getByTestId('call-start').waitFor();
    await shoot('call', caller);
    await phone.close();
    console.log(folder);
  } finally {
    await browser.close();
    await server.dispose();
  }
});
