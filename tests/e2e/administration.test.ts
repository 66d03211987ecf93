import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { endpoints } from '#shared/contract/index.ts';
import { type AgentRouting, profileDefaults, queueDefaults } from '#shared/model/routing.ts';
import type { Call } from '../../scripts/phone/call.ts';
import { Phone } from '../../scripts/phone/phone.ts';
import { DeskClient } from '../../scripts/traffic/desk.ts';
import { launch, person } from '../support/chromium.ts';
import { becomeAvailable, signIn } from '../support/desk.ts';
import { eventually } from '../support/eventually.ts';
import { ServerProcess } from '../support/server-process.ts';

let server: ServerProcess;
let browser: Browser;
let rest: DeskClient;
let boss: DeskClient;
let phone: Phone;
let call: Call | undefined;
/** Of the demo, as it was. */
let second: AgentRouting;
let admin: Page;
let supervisor: Page;
let agent: Page;
const pages: Page[] = [];

beforeAll(async () => {
  server = await ServerProcess.start();
  browser = await launch();
  rest = await DeskClient.signIn(server.url, 'admin1', 'demo');
  boss = await DeskClient.signIn(server.url, 'super1', 'demo');
  await boss.connect(() => undefined);
  const { agents } = await rest.request(endpoints.routing);
  second = agents.find(({ id }) => id === 'agent2') ?? expect.fail('agent2 of the demo');
  phone = await Phone.open({ server: { host: '127.0.0.1', port: server.sipPort }, user: '+14155550123' });
});

// Each test finds the same centre: Lisbon asks for Portuguese 3, and agent1, who alone serves it, has level 2.
beforeEach(async () => {
  const { capacity, interrupts } = profileDefaults;
  await rest.request(endpoints.setSkill, { params: { id: 'portuguese' }, body: { name: 'Portuguese' } });
  await rest.request(endpoints.setQueue, {
    params: { id: 'lisbon' },
    body: { ...queueDefaults, name: 'Lisbon', skills: { portuguese: 3 } },
  });
  await rest.request(endpoints.setProfile, {
    params: { id: 'lisbon-desk' },
    body: { name: 'Lisbon desk', queues: [{ queueId: 'lisbon', tier: 1 }], capacity, interrupts },
  });
  const { id, profileId, skills, rank } = second;
  await rest.request(endpoints.setAgentRouting, {
    params: { id },
    body: { profileId, skills, rank },
    query: { force: 'true' },
  });
  await rest.request(endpoints.setAgentRouting, {
    params: { id: 'agent1' },
    body: { profileId: 'lisbon-desk', skills: { portuguese: 2 }, rank: 1 },
    query: { force: 'true' },
  });
});

afterEach(async () => {
  await call?.hangUp();
  call = undefined;
  await Promise.all(pages.splice(0).map((page) => page.context().close()));
});

afterAll(async () => {
  await boss?.close();
  await rest?.close();
  await phone?.close();
  await browser?.close();
  await server?.dispose();
});

async function open(username: string): Promise<Page> {
  const page = await (await person(browser, server.url)).newPage();
  pages.push(page);
  await signIn(page, username);
  return page;
}
const administrator = async () => {
  admin = await open('admin1');
  await admin.getByTestId('nav-admin').click();
};
const overseer = async () => {
  supervisor = await open('super1');
  await supervisor.getByTestId('nav-board').click();
};
const available = async () => {
  agent = await open('agent1');
  await becomeAvailable(agent);
};

/** A call that waits in Lisbon. */
async function waitsInLisbon(): Promise<Call> {
  const dialled = await phone.call('4001');
  call = dialled;
  const item = await eventually(
    async () => (await boss.request(endpoints.listWork, { query: { queue: 'support' } })).items[0],
    'the call waits',
  );
  await boss.command('work.move', { itemId: item.itemId, queue: 'lisbon' });
  return dialled;
}

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

/** Types into a list to choose from, and takes what is found first. */
async function pick(page: Page, testId: string, text: string): Promise<void> {
  await page.getByTestId(testId).pressSequentially(text);
  await page.keyboard.press('Enter');
}

/** On the matrix: somebody's level in Portuguese, by key. */
async function setLevel(username: string, level: string): Promise<void> {
  await admin.getByTestId('admin-tab-agents').click();
  await admin.getByTestId(`level-${username}-portuguese`).focus();
  await admin.keyboard.press(level);
}

const answerDialog = (page: Page, answer: 'yes' | 'no') => page.getByTestId(`answer-${answer}`).click();
const problem = (code: string) => admin.locator(`[data-testid="admin-problem"][data-code="${code}"]`);

describe('an administrator sets up a queue, and people see what came of it', () => {
  it('A1: makes a skill, a queue that asks for it, and a profile that serves the queue', async () => {
    await administrator();
    await begin('skills', 'Galician');
    await save('galician');

    await begin('queues', '');
    await admin.getByTestId('admin-save').click();
    await admin.locator('[data-testid="field-name"][aria-invalid="true"]').waitFor();
    await admin.getByTestId('field-name').fill('Vigo');
    await pick(admin, 'add-skill', 'Galician');
    await admin.getByTestId('asked-galician').locator('select').selectOption('3');
    await save('vigo');

    await begin('profiles', 'Vigo desk');
    await pick(admin, 'add-queue', 'Vigo');
    await admin.getByTestId('serves-vigo').waitFor();
    await save('vigo-desk');
  });

  it('A2: gives them to an agent, and is asked before unsaved changes are lost', async () => {
    await administrator();
    await admin.getByTestId('admin-tab-agents').click();
    await admin.getByTestId('matrix-profile-agent2').selectOption('lisbon-desk');
    await setLevel('agent2', '2');
    await admin.getByTestId('nav-history').click();
    await answerDialog(admin, 'no');
    expect(await admin.getByTestId('level-agent2-portuguese').getAttribute('data-level')).toBe('2');
    await admin.keyboard.press('Control+s');
    await admin.locator('[data-testid="matrix-agent2"][data-changed="false"]').waitFor();
    await admin.getByTestId('nav-history').click();
    await admin.getByTestId('matrix').waitFor({ state: 'detached' });
  });

  it('A3: the supervisor’s board shows the queue, and the agent who serves it', async () => {
    await Promise.all([overseer(), available()]);
    await supervisor.getByTestId('board-queue-lisbon').waitFor();
    await supervisor.getByTestId('board-filter-queue').selectOption('lisbon');
    await supervisor.getByTestId('board-agent-agent1').waitFor();
    await supervisor.getByTestId('board-filter-queue').selectOption('billing');
    await supervisor.getByTestId('board-agent-agent1').waitFor({ state: 'detached' });
  });

  it('A4: the supervisor moves a waiting call there; the agent’s work list says why it waits', async () => {
    await Promise.all([overseer(), available()]);
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
    await Promise.all([administrator(), available(), waitsInLisbon()]);
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
    expect(await problem('routing.in-use').innerText()).toContain('Anna Keller');
    await admin.getByTestId('admin-row-portuguese').waitFor();
  });

  it('A6: with the level it asks for, the agent is offered the call and told why', async () => {
    const [dialled] = await Promise.all([waitsInLisbon(), administrator(), available()]);
    await agent.getByTestId('waiting-row').waitFor();
    await setLevel('agent1', '3');
    await admin.keyboard.press('Control+s');
    await agent.getByTestId('offer-panel').waitFor();
    expect(await agent.getByTestId('offer-because').innerText()).toContain('only one who can take it');
    await dialled.hangUp();
    await agent.getByTestId('offer-panel').waitFor({ state: 'detached' });
  });

  it('A7: one button closes the queue at once, and the board says so', async () => {
    await Promise.all([administrator(), overseer()]);
    await admin.getByTestId('admin-tab-queues').click();
    await admin.getByTestId('admin-row-lisbon').getByRole('link').click();
    await admin.getByTestId('queue-emergency').click();
    await admin.locator('[data-testid="queue-emergency"][data-closed="true"]').waitFor();
    await supervisor.getByTestId('board-queue-lisbon').filter({ hasText: 'closed' }).waitFor();
    await admin.getByTestId('queue-emergency').click();
    await supervisor.getByTestId('board-queue-lisbon').filter({ hasText: 'open' }).waitFor();
  });

  it('A9: opening hours with a holiday close the queue that keeps them; in use they are not removed', async () => {
    await Promise.all([administrator(), overseer()]);
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
    await Promise.all([administrator(), available()]);
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
    await Promise.all([overseer(), available()]);
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
