import { beforeAll, describe, expect, it } from 'vitest';
import { createCustomers, customersMigrations } from '#server/customers/index.ts';
import { buildPop, createInteractions, interactionsMigrations } from '#server/interactions/index.ts';
import type { NewUser } from '#server/people/index.ts';
import { customerDetailSchema, interactionSummarySchema, type User } from '#shared/contract/views.ts';
import { factSchema } from '#shared/model/facts.ts';
import { normalizeNumber } from '#shared/model/phone.ts';
import { testKernel } from '../../tests/support/kernel.ts';
import { seedBench } from './bench.ts';
import { knownCaller, sharedNumber } from './cast.ts';
import { type DemoOptions, demoAgentIds, seedDemo } from './demo.ts';

/** Whole weeks, so that every weekday counts as often. The demo has four. */
const DAYS = 7;

/** People without password hashing. */
function fakePeople() {
  const users: User[] = [];
  const uris = new Map<string, string | null>();
  const added: NewUser[] = [];
  return {
    added,
    uris,
    users: () => users,
    userByName: (username: string) => users.find((user) => user.username === username),
    addUser: async (given: NewUser): Promise<User> => {
      added.push(given);
      const { id = given.username, username, name, roles, team = null } = given;
      const user = { id, username, name, roles, team };
      users.push(user);
      return user;
    },
    setFixedUri: (id: string, uri: string | null) => void uris.set(id, uri),
  };
}

function setUp() {
  const kernel = testKernel([...customersMigrations, ...interactionsMigrations]);
  const people = fakePeople();
  const customers = createCustomers({ kernel });
  const interactions = createInteractions({
    kernel,
    names: {
      user: (id) => people.userByName(id),
      queue: (id) => ({ id, name: id }),
      customer: customers.summary,
    },
  });
  const all = <T>(sql: string): T[] => kernel.db.file.prepare(sql).all() as T[];
  const one = (sql: string): number => Number(kernel.db.file.prepare(sql).pluck().get());
  return { kernel, people, customers, interactions, all, one };
}
const small: DemoOptions = { customers: 120, accounts: 20, cases: 60, days: 4, callsPerDay: 40, offset: 0 };

describe('the demo centre', () => {
  let centre: ReturnType<typeof setUp>;
  beforeAll(async () => {
    centre = setUp();
    expect(await seedDemo(centre, { offset: 0, days: DAYS })).toBe(true);
  });

  it('SE1 has its users in order, then is left alone', async () => {
    const { people, kernel, one } = centre;
    expect(people.users().map((user) => user.username)).toEqual([...demoAgentIds, 'super1', 'admin1']);
    expect(people.added.every((user) => user.password === 'demo')).toBe(true);
    const before = [
      one('SELECT count(*) FROM customer'),
      one('SELECT count(*) FROM journal'),
      kernel.journal.lastSeq,
    ];
    expect(await seedDemo(centre)).toBe(false);
    expect([
      one('SELECT count(*) FROM customer'),
      one('SELECT count(*) FROM journal'),
      kernel.journal.lastSeq,
    ]).toEqual(before);
  });

  it('SE3 has 2,000 customers, 30% Chinese, with valid numbers, few of them shared', () => {
    const { customers, all, one } = centre;
    expect(one('SELECT count(*) FROM customer')).toBe(2000);
    expect(one('SELECT count(*) FROM account')).toBe(300);
    expect(one('SELECT count(*) FROM customer_case')).toBe(400);
    const chinese = one(`SELECT count(*) FROM customer WHERE language = 'zh-CN'`);
    expect(chinese).toBeGreaterThan(500);
    expect(chinese).toBeLessThan(700);
    const numbers = all<{ value: string; owners: number }>(
      `SELECT value, count(*) AS owners FROM contact_point WHERE kind = 'phone' GROUP BY value`,
    );
    const fictional = /^\+1\d{3}55501\d\d$|^\+861\d{2}0000\d{4}$/;
    expect(numbers.filter(({ value }) => !fictional.test(value) || normalizeNumber(value) !== value)).toEqual(
      [],
    );
    const shared = numbers.filter(({ owners }) => owners > 1);
    expect(shared.length).toBeGreaterThan(3);
    expect(shared.length).toBeLessThan(numbers.length / 20);
    for (const { id } of all<{ id: string }>('SELECT id FROM customer WHERE n % 50 = 0'))
      customerDetailSchema.parse(customers.detail(id));
    expect(one('SELECT count(*) FROM customer WHERE id NOT IN (SELECT customer_id FROM contact_point)')).toBe(
      0,
    );
  });

  it('SE4 knows its known caller, and a number of two', () => {
    const { customers, interactions } = centre;
    const pop = buildPop(
      { customers, interactions },
      customers.match(knownCaller.number),
      knownCaller.number,
    );
    expect(pop).toMatchObject({
      reason: 'one-match',
      customer: { name: 'Li Wei', account: 'Haier Retail', tier: 'gold' },
      openCases: [{ number: 1042, kind: 'complaint', status: 'open' }],
      openComplaint: true,
    });
    expect(pop.recent).toHaveLength(2);
    expect(pop.recent.every((line) => line.notes !== '' && line.agent && line.answeredAt)).toBe(true);
    const both = customers.match(sharedNumber);
    expect(both.reason).toBe('several-matches');
    expect(both.candidates).toHaveLength(2);
  });

  it('SE5 every fact of the history is a fact, in order of time and number, before the first of the server', () => {
    const { kernel, all } = centre;
    const rows = all<{ seq: number; at: number; data: string }>(
      'SELECT seq, at, data FROM journal ORDER BY seq',
    );
    expect(rows.at(-1)?.seq).toBe(0);
    rows.forEach(({ data }, index) => {
      if (index % 7 === 0) factSchema.parse(JSON.parse(data)); // a sample: the whole takes seconds
    });
    expect(rows.findIndex(({ at }, index) => at < (rows[index - 1]?.at ?? 0))).toBe(-1);
    const last = rows.at(-1)?.at ?? Number.NaN;
    expect(last).toBeLessThanOrEqual(kernel.clock.now());
    expect(kernel.journal.append({ type: 'server.started', version: '0' }).seq).toBe(1);
    kernel.journal.flush();
    expect(kernel.journal.pending).toBe(0);
  });

  it('SE5 the history reads like weeks of a real centre', () => {
    const { interactions, one, all } = centre;
    const calls = one('SELECT count(*) FROM interaction');
    expect(calls / DAYS).toBeGreaterThan(160);
    expect(calls / DAYS).toBeLessThan(240);
    expect(interactions.openCount()).toBe(0);
    const abandoned = one(`SELECT count(*) FROM interaction WHERE end = 'caller-abandoned'`) / calls;
    expect(abandoned).toBeGreaterThan(0.03);
    expect(abandoned).toBeLessThan(0.08);
    expect(one('SELECT count(*) FROM interaction WHERE answered_at IS NULL') / calls).toBeCloseTo(
      abandoned,
      10,
    );
    expect(one('SELECT count(DISTINCT notes) FROM interaction')).toBeGreaterThan(400);
    expect(one('SELECT count(DISTINCT agent_id) FROM interaction')).toBe(12);
    const overlaps = one(
      `SELECT count(*) FROM interaction a JOIN interaction b ON a.agent_id = b.agent_id AND a.n <> b.n
        AND b.answered_at > a.answered_at AND b.answered_at < a.ended_at`,
    );
    expect(overlaps).toBe(0);
    const hours = all<{ hour: number; calls: number }>(
      'SELECT started_at / 3600000 % 24 AS hour, count(*) AS calls FROM interaction GROUP BY hour ORDER BY hour',
    );
    expect(hours.map(({ hour }) => hour)).toEqual([8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
    for (const line of interactions.history({ limit: 200 }).items) interactionSummarySchema.parse(line);
  });

  it('SE5 the history is searched in both languages at once', () => {
    const { interactions, one } = centre;
    expect(one('SELECT count(*) FROM interaction_unindexed')).toBe(0);
    expect(interactions.history({ limit: 5, search: 'technician' }).items).toHaveLength(5);
    expect(interactions.history({ limit: 5, search: '退款' }).items).toHaveLength(5);
    expect(interactions.history({ limit: 5, search: 'Li Wei 1042' }).items).toHaveLength(1);
  });
});

describe('seeding', () => {
  const dump = async (random: number): Promise<string> => {
    const { kernel, people, all } = setUp();
    await seedDemo({ kernel, people, random }, small);
    return JSON.stringify(
      ['customer', 'contact_point', 'customer_case', 'journal'].map((t) => all(`SELECT * FROM ${t}`)),
    );
  };

  it('SE2 the same seed makes the same centre, another seed another', async () => {
    const [a, b, c] = [await dump(7), await dump(7), await dump(8)];
    expect(a).toBe(b);
    expect(a).not.toBe(c);
  });

  it('SE1 a run cut off among the users is finished by the next', async () => {
    const { kernel, people, one } = setUp();
    const addUser = people.addUser;
    people.addUser = async (user) => {
      if (user.username === 'agent5') throw new Error('stopped');
      return addUser(user);
    };
    await expect(seedDemo({ kernel, people }, small)).rejects.toThrow('stopped');
    people.addUser = addUser;
    expect(await seedDemo({ kernel, people }, small)).toBe(true);
    expect(people.users()).toHaveLength(14);
    expect(one('SELECT count(*) FROM customer')).toBe(120);
  });

  it('SE1 a centre with people of its own is left alone', async () => {
    const { kernel, people, one } = setUp();
    await people.addUser({ username: 'boss', name: 'Boss', roles: ['administrator'], password: 'x' });
    expect(await seedDemo({ kernel, people }, small)).toBe(false);
    expect(await seedBench({ kernel, people }, { agents: 3 })).toBe(false);
    expect(one('SELECT count(*) FROM customer')).toBe(0);
  });

  it('SE6 the bench has its agents at fixed phones, without passwords, and 500 customers', async () => {
    const { kernel, people, customers, one } = setUp();
    expect(await seedBench({ kernel, people }, { agents: 11 })).toBe(true);
    expect(
      people
        .users()
        .map((user) => user.id)
        .at(10),
    ).toBe('agent11');
    expect(people.added.every((user) => user.password === null)).toBe(true);
    expect(people.uris.get('agent11')).toBe('sip:agent11@127.0.0.1:7000;transport=udp');
    expect(one('SELECT count(*) FROM customer')).toBe(500);
    expect(customers.match('+14152000499').reason).toBe('one-match');
    expect(await seedBench({ kernel, people }, { agents: 11 })).toBe(false);
  });
});
