import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Phone } from '../../scripts/phone/phone.ts';
import { launch, person } from '../support/chromium.ts';
import { becomeAvailable, signIn } from '../support/desk.ts';
import { ServerProcess } from '../support/server-process.ts';

const ARTIFACTS = join(import.meta.dirname, '../.artifacts');

describe('a database that another program holds', () => {
  let server: ServerProcess;
  let browser: Browser;
  let phone: Phone;
  beforeAll(async () => {
    mkdirSync(ARTIFACTS, { recursive: true });
    server = await ServerProcess.start();
    browser = await launch();
    phone = await Phone.open({ server: { host: '127.0.0.1', port: server.sipPort }, user: '+14155550123' });
  });
  afterAll(async () => {
    await phone?.close();
    await browser?.close();
    await server?.dispose();
  });

  const status = (page: Page) => page.getByTestId('notes-status').getAttribute('data-status');

  it('D3 a call is offered and answered, notes are not called saved, and the desk says so until they are', async () => {
    const desk = await (await person(browser, server.url)).newPage();
    await signIn(desk, 'agent1');
    await becomeAvailable(desk);
    const other = new Sqlite(join(server.dataDir, 'cordboard.db'), { timeout: 10_000 });
    other.exec('BEGIN IMMEDIATE');
    try {
      const call = await phone.call('4001');
      await desk.getByTestId('offer-panel').waitFor();
      await desk.getByTestId('offer-answer').click();
      await desk.getByTestId('call-timer').waitFor();
      await desk.getByTestId('unsaved-banner').waitFor();
      await desk.getByTestId('notes').fill('Said while the database was away.');
      await desk.locator('[data-testid="notes-status"][data-status="saving"]').waitFor();
      await desk.screenshot({ path: join(ARTIFACTS, 'unsaved.png') });
      await call.hangUp();
      await desk.getByTestId('wrap-up-finish').waitFor(); // the call ends on the desk all the same
      expect(await status(desk)).not.toBe('saved');
    } finally {
      other.exec('ROLLBACK');
      other.close();
    }
    await desk.getByTestId('unsaved-banner').waitFor({ state: 'hidden' });
    await desk.locator('[data-testid="notes-status"][data-status="saved"]').waitFor();
    const reader = new Sqlite(join(server.dataDir, 'cordboard.db'), { readonly: true });
    const stored = reader
      .prepare('SELECT count(*) FROM interaction_words WHERE notes = ?')
      .pluck()
      .get('Said while the database was away.');
    reader.close();
    expect(stored).toBe(1);
    await desk.context().close();
  });
});
