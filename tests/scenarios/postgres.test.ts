import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endpoints } from '#shared/contract/index.ts';
import { dialects } from '../kits/databases/index.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';

/** One scenario of each room on PostgreSQL; their stores have contract suites of their own on both databases. */
describe.skipIf(!dialects.includes('postgres'))('a centre on PostgreSQL', () => {
  let centre: RunningApp;
  let url: string;
  const query = async <T extends pg.QueryResultRow>(text: string): Promise<T[]> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query<T>(text);
    await client.end();
    return rows;
  };
  beforeAll(async () => {
    centre = await startApp({
      database: 'postgres',
      support: { wrapUp: { mode: 'timed', ms: 60_000, extendMs: 0 } },
    });
    url = centre.databaseUrl ?? '';
  });
  afterAll(() => centre.stop());

  it('people: who signs in is who was added, and the session is stored', async () => {
    const admin = await centre.asAdmin();
    await admin.request(endpoints.createUser, {
      body: { username: 'nora', name: 'Nora', roles: ['supervisor'], password: 'a good one' },
    });
    const { items } = await admin.request(endpoints.listUsers);
    expect(items.map(({ username }) => username)).toEqual(['admin', 'agent1', 'nora']);
    const sessions = await query<{ count: string }>('select count(*) from session');
    expect(Number(sessions[0]?.count)).toBeGreaterThan(0);
  });

  it('customers and calls: a caller is known before the ring, and the call is talked, noted, disposed and in the history', async () => {
    const admin = await centre.asAdmin();
    const known = await admin.request(endpoints.createCustomer, {
      body: { name: 'Mei Lindqvist 梅', phone: '+14155550177' },
    });
    const agent = await centre.agent();
    await agent.ready();
    const caller = await centre.dial('4001', '+14155550177');
    const call = await agent.answer();
    expect(await caller.answered).toBeTruthy();
    const { interactionId, pop } = await eventually(() => agent.desk.work, 'the call is on the desk');
    expect(pop.customer?.id).toBe(known.id);
    await agent.client.command('notes.save', { interactionId, notes: 'Wants 发票 by Friday', base: 0 });
    await agent.client.command('disposition.set', { interactionId, disposition: 'follow-up' });
    await caller.hangUp();
    await call.ended;
    await agent.finish();
    expect(await centre.lastEnded()).toMatchObject({
      id: interactionId,
      ani: '+14155550177',
      customer: { id: known.id },
      notes: 'Wants 发票 by Friday',
      disposition: { id: 'follow-up' },
    });
    const facts = await query<{ data: string }>('select data from journal');
    expect(facts.filter(({ data }) => data.includes('4155550177') || data.includes('发票'))).toEqual([]);
  });

  it('customers and interactions: they are found by parts of names, numbers and notes', async () => {
    const admin = await centre.asAdmin();
    const found = async (search: string) =>
      (await admin.request(endpoints.listCustomers, { query: { search } })).items.map(({ name }) => name);
    expect([await found('lind'), await found('梅'), await found('55550177')]).toEqual(
      Array.from({ length: 3 }, () => ['Mei Lindqvist 梅']),
    );
    const contacts = await admin.request(endpoints.listInteractions, { query: { search: '发票' } });
    expect(contacts.items).toHaveLength(1);
  });

  it('routing: what is set is in force, stored, and told with what was before', async () => {
    const admin = await centre.asAdmin();
    await admin.request(endpoints.setSkill, { params: { id: 'welsh' }, body: { name: 'Welsh' } });
    await admin.request(endpoints.setSkill, { params: { id: 'welsh' }, body: { name: 'Cymraeg' } });
    const facts = await query<{ data: string }>(
      `select data from journal where type = 'routing.changed' order by seq desc limit 1`,
    );
    expect(JSON.parse(facts[0]?.data ?? '')).toMatchObject({
      what: 'skill',
      subject: 'welsh',
      before: { name: 'Welsh' },
      after: { name: 'Cymraeg' },
    });
  });

  it('ivr and desk: a menu is left by a key, the board shows who waits', async () => {
    await centre.reset(); // nobody is there to take it
    const caller = await centre.dial('4000', '+14155550178');
    expect(await caller.answered).toBeTruthy();
    caller.rtp.press('1');
    await eventually(async () => {
      const board = await (await centre.asAdmin()).request(endpoints.board);
      return board.queues.some(({ id, waiting }) => id === 'support' && waiting === 1);
    }, 'the board shows the waiting caller');
    await caller.hangUp();
    const exits = await query<{ node: string; value: string }>('select node, value from flow_answer');
    expect(exits).toMatchObject([{ value: '1' }]);
  });
});
