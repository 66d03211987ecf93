import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Call } from '../../scripts/phone/call.ts';
import { Phone } from '../../scripts/phone/phone.ts';
import { launch, person } from '../support/chromium.ts';
import { becomeAvailable, signIn } from '../support/desk.ts';
import { ServerProcess } from '../support/server-process.ts';

let server: ServerProcess;
let browser: Browser;
let admin: Page;
let supervisor: Page;
let agent: Page;
let phone: Phone;
let call: Call;

beforeAll(async () => {
  server = await ServerProcess.start();
  browser = await launch();
  const opened = await Promise.all(
    ['admin1', 'super1', 'agent1'].map(async (username) => {
      const page = await (await person(browser, server.url)).newPage();
      await signIn(page, username);
      return page;
    }),
  );
  [admin, supervisor, agent] = opened as [Page, Page, Page];
  phone = await Phone.open({ server: { host: '127.0.0.1', port: server.sipPort }, user: '+14155550123' });
});

afterAll(async () => {
  await phone?.close();
  await browser?.close();
  await server?.dispose();
});

/** Begins something new on a tab of the setup and types its name. */
async function begin(tab: string, name: string): Promise<void> {
  await admin.getByTestId(`admin-tab-${tab}`).click();
  await admin.getByTestId('admin-new').click();
  await admin.getByTestId('field-name').fill(name);
}

/** Saves by key, and waits until the list has it. */
async function save(id: string): Promise<void> {
  await admin.keyboard.press('Control+s');
  await admin.getByTestId(`admin-row-${id}`).waitFor();
}

/** Types into a list to choose from, and takes what is found. */
async function pick(page: Page, testId: string, text: string): Promise<void> {
  await page.getByTestId(testId).fill(text);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
}

/** On the matrix: the level of agent1 in Portuguese, by key. */
async function setLevel(level: string): Promise<void> {
  await admin.getByTestId('admin-tab-agents').click();
  await admin.getByTestId('level-agent1-portuguese').focus();
  await admin.keyboard.press(level);
}

const answerDialog = (page: Page, answer: 'yes' | 'no') => page.getByTestId(`answer-${answer}`).click();
const problem = (code: string) => admin.locator(`[data-testid="admin-problem"][data-code="${code}"]`);

describe('an administrator sets up a queue, and people see what came of it', () => {
  it('A1: makes a skill, a queue that asks for it, and a profile that serves the queue', async () => {
    await admin.getByTestId('nav-admin').click();
    await begin('skills', 'Portuguese');
    await save('portuguese');

    await begin('queues', '');
    await admin.getByTestId('admin-save').click();
    await admin.locator('[data-testid="field-name"][aria-invalid="true"]').waitFor();
    await admin.getByTestId('field-name').fill('Lisbon');
    await pick(admin, 'add-skill', 'Portuguese');
    await admin.getByTestId('asked-portuguese').locator('select').selectOption('3');
    await save('lisbon');

    await begin('profiles', 'Lisbon desk');
    await pick(admin, 'add-queue', 'Lisbon');
    await admin.getByTestId('serves-lisbon').waitFor();
    await save('lisbon-desk');
  });

  it('A2: gives them to an agent, and is asked before unsaved changes are lost', async () => {
    await admin.getByTestId('admin-tab-agents').click();
    await admin.getByTestId('matrix-profile-agent1').selectOption('lisbon-desk');
    await setLevel('2');
    await admin.getByTestId('nav-history').click();
    await answerDialog(admin, 'no');
    expect(await admin.getByTestId('level-agent1-portuguese').getAttribute('data-level')).toBe('2');
    await admin.keyboard.press('Control+s');
    await admin.locator('[data-testid="matrix-agent1"][data-changed="false"]').waitFor();
    await admin.getByTestId('nav-history').click();
    await admin.getByTestId('matrix').waitFor({ state: 'detached' });
    await admin.getByTestId('nav-admin').click();
  });

  it('A3: the supervisor’s board shows the queue, and the agent who serves it', async () => {
    await becomeAvailable(agent);
    await supervisor.getByTestId('nav-board').click();
    await supervisor.getByTestId('board-queue-lisbon').waitFor();
    await supervisor.getByTestId('board-filter-queue').selectOption('lisbon');
    await supervisor.getByTestId('board-agent-agent1').waitFor();
    await supervisor.getByTestId('board-filter-queue').selectOption('billing');
    await supervisor.getByTestId('board-agent-agent1').waitFor({ state: 'detached' });
  });

  it('A4: the supervisor moves a waiting call there; the agent’s work list says why it waits', async () => {
    call = await phone.call('4001');
    await supervisor.getByTestId('board-waiting-support').click();
    await supervisor.getByTestId('waiting-why').press('Enter');
    await supervisor.getByTestId('waiting-boost').click();
    await supervisor.getByTestId('waiting-clear').waitFor();
    await pick(supervisor, 'waiting-move-to', 'Lisbon');
    await supervisor.getByTestId('waiting-move').click();
    await agent.locator('[data-testid="waiting-row"][data-why="no-skill"]').waitFor();
    await agent.getByTestId('waiting-why').press('Enter');
    const details = await agent.getByTestId('waiting-details').innerText();
    expect(details).toContain('Nobody signed in has the skills it asks for');
    expect(details).toContain('Portuguese 3 or above');
    expect(details).toContain('1 without the skill or level');
    expect(details).toContain('Place 1 in Lisbon');
  });

  it('A5: what would strand the call needs insisting; what is in use is refused and said', async () => {
    const unchanged = admin.locator('[data-testid="matrix-agent1"][data-changed="false"]');
    await admin.getByTestId('admin-tab-agents').click();
    await admin.getByTestId('matrix-profile-agent1').selectOption({ label: 'Sales and billing' });
    await admin.getByTestId('agents-save').click();
    await answerDialog(admin, 'no');
    await agent.getByTestId('waiting-row').waitFor(); // still served
    await admin.getByTestId('agents-save').click();
    await answerDialog(admin, 'yes');
    await unchanged.waitFor();
    await agent.getByTestId('waiting-row').waitFor({ state: 'detached' });
    await admin.getByTestId('matrix-profile-agent1').selectOption('lisbon-desk');
    await admin.getByTestId('agents-save').click();
    await unchanged.waitFor();
    await agent.getByTestId('waiting-row').waitFor();
    await admin.getByTestId('admin-tab-skills').click();
    await admin.getByTestId('admin-row-portuguese').getByRole('link').click();
    await admin.getByTestId('admin-delete').click();
    await answerDialog(admin, 'yes');
    await problem('routing.in-use').waitFor();
    expect(await problem('routing.in-use').innerText()).toContain('Still used by: Anna Keller.');
    await admin.getByTestId('admin-row-portuguese').waitFor();
  });

  it('A6: with the level it asks for, the agent is offered the call and told why', async () => {
    await setLevel('3');
    await admin.keyboard.press('Control+s');
    await agent.getByTestId('offer-panel').waitFor();
    expect(await agent.getByTestId('offer-because').innerText()).toContain('only one who can take it');
    await call.hangUp();
    await agent.getByTestId('offer-panel').waitFor({ state: 'detached' });
  });

  it('A7: one button closes the queue at once, and the board says so', async () => {
    await admin.getByTestId('admin-tab-queues').click();
    await admin.getByTestId('admin-row-lisbon').getByRole('link').click();
    await admin.getByTestId('queue-emergency').click();
    await admin.locator('[data-testid="queue-emergency"][data-closed="true"]').waitFor();
    await supervisor.keyboard.press('Escape');
    await supervisor.getByTestId('board-queue-lisbon').filter({ hasText: 'closed' }).waitFor();
    await admin.getByTestId('queue-emergency').click();
    await supervisor.getByTestId('board-queue-lisbon').filter({ hasText: 'open' }).waitFor();
  });

  it('A9: opening hours with a holiday close the queue that keeps them; in use they are not removed', async () => {
    await begin('hours', 'Night desk');
    for (const day of [1, 2, 3, 4, 5]) {
      await admin.getByTestId(`field-weekly.${day}.0.from`).fill('00:00');
      await admin.getByTestId(`field-weekly.${day}.0.to`).fill('00:00');
    }
    await admin.getByTestId('add-holiday').click();
    await admin.keyboard.press('Control+s'); // no date yet, and a day that ends before it begins
    await admin.locator('[data-testid="field-holidays.0.date"][aria-invalid="true"]').waitFor();
    await admin.locator('[data-testid="field-weekly.1.0.to"][aria-invalid="true"]').waitFor();
    await admin.getByTestId('field-holidays.0.date').fill('2027-01-01');
    await admin.getByTestId('field-holidays.0.name').fill('New Year');
    for (const day of [1, 2, 3, 4, 5])
      await admin.getByTestId(`day-${day}`).getByRole('button', { name: 'Remove' }).click();
    await save('night-desk');

    await admin.getByTestId('admin-tab-queues').click();
    await admin.getByTestId('admin-row-lisbon').getByRole('link').click();
    await admin.getByTestId('field-hours').selectOption({ label: 'Night desk' });
    await admin.keyboard.press('Control+s');
    await supervisor.getByTestId('board-queue-lisbon').filter({ hasText: 'closed' }).waitFor();

    await admin.getByTestId('admin-tab-hours').click();
    await admin.getByTestId('admin-row-night-desk').getByRole('link').click();
    await admin.getByTestId('admin-delete').click();
    await answerDialog(admin, 'yes');
    await problem('routing.in-use').filter({ hasText: 'Lisbon' }).waitFor();
  });

  it('A10: a reason and an outcome made here are on the agent’s desk; a key is given once', async () => {
    await begin('reasons', 'Dentist');
    await save('dentist');
    await agent.getByTestId('presence-menu').click();
    await agent.getByTestId('presence-reason-dentist').click();
    await agent
      .locator('[data-testid="routing-state"][data-state="not-ready"]')
      .filter({ hasText: 'Dentist' })
      .waitFor();

    await begin('dispositions', 'Promised to pay');
    expect(await admin.getByTestId('field-key').inputValue()).toBe(''); // all nine are given
    await admin.getByTestId('field-key').selectOption('1');
    await admin.getByTestId('admin-save').click();
    await admin.locator('[data-testid="field-key"][aria-invalid="true"]').waitFor();
    await admin.getByTestId('field-key').selectOption('');
    await save('promised-to-pay');
  });

  it('A8: a supervisor sees the setup but changes only agents; an agent does not see it', async () => {
    await supervisor.getByTestId('nav-admin').click();
    await supervisor.getByTestId('admin-row-lisbon').getByRole('link').click();
    expect(await supervisor.getByTestId('field-name').isDisabled()).toBe(true);
    expect(await supervisor.getByTestId('admin-new').count()).toBe(0);
    await supervisor.getByTestId('admin-tab-agents').click();
    expect(await supervisor.getByTestId('level-agent1-portuguese').isEnabled()).toBe(true);
    await agent.goto('/#/admin');
    await agent.getByTestId('routing-state').waitFor();
    expect(await agent.getByTestId('admin').count()).toBe(0);
  });
});
