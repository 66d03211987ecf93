import { sql as raw } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { createCustomers, customersMigrations, customersProjections } from '#server/customers/index.ts';
import {
  buildPop,
  createInteractions,
  interactionsMigrations,
  interactionsProjections,
} from '#server/interactions/index.ts';
import {
  DatabaseUnavailable,
  type Db,
  type Dialect,
  type Kernel,
  openJournal,
  silentLog,
  statements,
} from '#server/kernel/index.ts';
import type { NewUser } from '#server/people/index.ts';
import { customerDetailSchema } from '#shared/contract/customers.ts';
import { interactionSummarySchema } from '#shared/contract/interactions.ts';
import type { User } from '#shared/contract/people.ts';
import { normalizeNumber } from '#shared/model/phone.ts';
import { onEachDatabase } from '../../tests/kits/databases/index.ts';
import { testKernel } from '../../tests/support/kernel.ts';
import { seedBench } from './bench.ts';
import { knownCaller, sharedNumber } from './cast.ts';
import { type DemoOptions, demoAgentIds, seedDemo } from './demo.ts';

/** Thousands of facts on a busy machine. */
const SLOW_MS = 30_000;
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
    fixedUri: (id: string) => uris.get(id) ?? undefined,
    setFixedUri: async (id: string, uri: string | null) => void uris.set(id, uri),
  };
}

const statement = statements<Record<never, never>>();
/** Rows of a query in words that both databases understand. */
const rowsOf = <R>(db: Db, text: string): Promise<R[]> => db.all(statement(() => raw<R>`${raw.raw(text)}`)());

/** The same database, as a server sees it that opens it anew. */
async function reopened<K extends Kernel>(kernel: K, db: Db = kernel.db): Promise<K> {
  const journal = await openJournal(db, kernel.clock, silentLog);
  for (const one of [...customersProjections, ...interactionsProjections]) journal.project(one);
  return { ...kernel, db, journal };
}

async function setUp(dialect: Dialect = 'sqlite') {
  const kernel = await reopened(
    await testKernel([...customersMigrations, ...interactionsMigrations], dialect),
  );
  const people = fakePeople();
  const customers = await createCustomers({ kernel });
  const interactions = await createInteractions({
    kernel,
    names: {
      user: (id) => people.userByName(id),
      queue: (id) => ({ id, name: id }),
      customers: customers.summaries,
    },
  });
  const all = <R>(text: string): Promise<R[]> => rowsOf<R>(kernel.db, text);
  const one = async (text: string): Promise<number> => {
    const [row] = await all<Record<string, number>>(text);
    return Number(Object.values(row ?? {})[0]);
  };
  return { kernel, people, customers, interactions, all, one };
}
const small: DemoOptions = { customers: 120, accounts: 20, cases: 60, days: 4, callsPerDay: 40, offset: 0 };

describe('the demo centre', () => {
  let centre: Awaited<ReturnType<typeof setUp>>;
  beforeAll(async () => {
    centre = await setUp();
    expect(await seedDemo(centre, { offset: 0, days: DAYS })).toBe(true);
  }, SLOW_MS);

  it('SE1 has its users in order, then is left alone', async () => {
    const { people, kernel, one } = centre;
    expect(people.users().map((user) => user.username)).toEqual([...demoAgentIds, 'super1', 'admin1']);
    expect(people.added.every((user) => user.password === 'demo')).toBe(true);
    const size = async () => [
      await one('SELECT count(*) FROM customer'),
      await one('SELECT count(*) FROM journal'),
      kernel.journal.lastSeq,
    ];
    const before = await size();
    expect(await seedDemo(centre)).toBe(false);
    expect(await size()).toEqual(before);
  });

  it('SE3 has 2,000 customers, 30% Chinese, with valid numbers, few of them shared', async () => {
    const { customers, all, one } = centre;
    expect(await one('SELECT count(*) FROM customer')).toBe(2000);
    expect(await one('SELECT count(*) FROM account')).toBe(300);
    expect(await one('SELECT count(*) FROM customer_case')).toBe(400);
    const chinese = await one(`SELECT count(*) FROM customer WHERE language = 'zh-CN'`);
    expect(chinese).toBeGreaterThan(500);
    expect(chinese).toBeLessThan(700);
    const numbers = await all<{ value: string; owners: number }>(
      `SELECT value, count(*) AS owners FROM contact_point WHERE kind = 'phone' GROUP BY value`,
    );
    const fictional = /^\+1\d{3}55501\d\d$|^\+861\d{2}0000\d{4}$/;
    expect(numbers.filter(({ value }) => !fictional.test(value) || normalizeNumber(value) !== value)).toEqual(
      [],
    );
    const shared = numbers.filter(({ owners }) => owners > 1);
    expect(shared.length).toBeGreaterThan(3);
    expect(shared.length).toBeLessThan(numbers.length / 20);
    for (const { id } of await all<{ id: string }>('SELECT id FROM customer WHERE n % 50 = 0'))
      customerDetailSchema.parse(await customers.detail(id));
    expect(
      await one('SELECT count(*) FROM customer WHERE id NOT IN (SELECT customer_id FROM contact_point)'),
    ).toBe(0);
  });

  it('SE4 knows its known caller, and a number of two', async () => {
    const { customers, interactions } = centre;
    const pop = await buildPop(
      { customers, interactions },
      await customers.match(knownCaller.number),
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
    const both = await customers.match(sharedNumber);
    expect(both.reason).toBe('several-matches');
    expect(both.candidates).toHaveLength(2);
  });

  it('SE5 every fact of the history is a fact, in order of time and number, before those of the server', async () => {
    const { kernel, one } = centre;
    const { journal, clock } = kernel;
    const facts = await journal.since(0, 1_000_000);
    expect(facts.map(({ seq }) => seq)).toEqual(facts.map((_, i) => i + 1));
    expect(facts).toHaveLength(await one('SELECT count(*) FROM journal'));
    expect(journal.unknown.size).toBe(0);
    expect(facts.findIndex(({ at }, i) => at < (facts[i - 1]?.at ?? 0))).toBe(-1);
    expect(facts.at(-1)?.at).toBeLessThanOrEqual(clock.now());
    expect(journal.append({ type: 'server.started', version: '0' }).seq).toBe(facts.length + 1);
    await journal.flush();
    expect(journal.pending).toBe(0);
  });

  it("SE5 numbers and notes are people's words, and in no fact", async () => {
    const { one } = centre;
    expect(
      await one(
        `SELECT count(*) FROM journal WHERE data LIKE '%"ani"%' OR data LIKE '%"notes"%' OR data LIKE '%+1%'`,
      ),
    ).toBe(0);
    expect(await one('SELECT count(*) FROM interaction_words')).toBe(
      await one('SELECT count(*) FROM interaction'),
    );
    expect(await one(`SELECT count(*) FROM interaction_words WHERE ani = '${knownCaller.number}'`)).toBe(2);
  });

  it('SE5 the history reads like weeks of a real centre', async () => {
    const { interactions, one, all } = centre;
    const calls = await one('SELECT count(*) FROM interaction');
    expect(calls / DAYS).toBeGreaterThan(160);
    expect(calls / DAYS).toBeLessThan(240);
    expect(await one('SELECT count(*) FROM interaction WHERE ended_at IS NULL')).toBe(0);
    const abandoned =
      (await one(`SELECT count(*) FROM interaction WHERE "end" = 'caller-abandoned'`)) / calls;
    expect(abandoned).toBeGreaterThan(0.03);
    expect(abandoned).toBeLessThan(0.08);
    const unanswered = await one('SELECT count(*) FROM interaction WHERE answered_at IS NULL');
    expect(unanswered / calls).toBeCloseTo(abandoned, 10);
    expect(await one('SELECT count(DISTINCT notes) FROM interaction_words')).toBeGreaterThan(400);
    expect(await one('SELECT count(DISTINCT agent_id) FROM interaction')).toBe(12);
    const overlaps = await one(
      `SELECT count(*) FROM interaction a JOIN interaction b ON a.agent_id = b.agent_id AND a.n <> b.n
        AND b.answered_at > a.answered_at AND b.answered_at < a.ended_at`,
    );
    expect(overlaps).toBe(0);
    const hours = await all<{ hour: number; calls: number }>(
      'SELECT started_at / 3600000 % 24 AS hour, count(*) AS calls FROM interaction GROUP BY hour ORDER BY hour',
    );
    expect(hours.map(({ hour }) => hour)).toEqual([8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
    const { items } = await interactions.history({ limit: 200 });
    for (const line of items) interactionSummarySchema.parse(line);
  });

  it('SE5 the history is searched in both languages at once', async () => {
    const { interactions } = centre;
    const found = async (search: string) => (await interactions.history({ limit: 5, search })).items;
    expect(await found('technician')).toHaveLength(5);
    expect(await found('退款')).toHaveLength(5);
    expect(await found('Li Wei 1042')).toHaveLength(1);
  });
});

/** Everything the seed makes, but who wrote it. */
async function dumpOf(db: Db): Promise<string> {
  const tables = {
    account: '*',
    customer: '*',
    contact_point: '*',
    customer_case: '*',
    customer_account: '*',
    customer_contact: '*',
    interaction: '*',
    interaction_words: '*',
    journal: 'seq, at, type, data',
  };
  const rows = await Promise.all(
    Object.entries(tables).map(async ([table, columns]) =>
      (await rowsOf<object>(db, `SELECT ${columns} FROM ${table}`)).map((row) => JSON.stringify(row)).sort(),
    ),
  );
  return JSON.stringify(rows);
}

onEachDatabase('seeding', (dialect) => {
  it(
    'SE2 the same seed makes the same centre, another seed another',
    async () => {
      const dump = async (random: number): Promise<string> => {
        const { kernel, people } = await setUp(dialect);
        await seedDemo({ kernel, people, random }, { ...small, days: 2 });
        return dumpOf(kernel.db);
      };
      const [a, b, c] = [await dump(7), await dump(7), await dump(8)];
      expect(a).toBe(b);
      expect(a).not.toBe(c);
    },
    SLOW_MS,
  );

  it(
    'SE1 a run cut off anywhere is finished by the next, hours later, to the same centre',
    async () => {
      const options = { ...small, customers: 500 };
      const whole = await setUp(dialect);
      let writes = 0;
      const counting: Db = {
        ...whole.kernel.db,
        write(ops) {
          writes += 1;
          return whole.kernel.db.write(ops);
        },
      };
      const inOneGo = await reopened(whole.kernel, counting);
      writes = 0;
      await seedDemo({ kernel: inOneGo, people: whole.people }, options);
      expect(writes).toBeGreaterThan(3);
      const expected = await dumpOf(whole.kernel.db);

      const every = Array.from({ length: writes }, (_, i) => i);
      for (const cut of dialect === 'sqlite' ? every : [1, writes - 1]) {
        const { kernel, people } = await setUp(dialect);
        let left = Number.POSITIVE_INFINITY;
        const cutting: Db = {
          ...kernel.db,
          async write(ops) {
            if (left-- <= 0) throw new DatabaseUnavailable('stopped', { cause: undefined });
            return kernel.db.write(ops);
          },
        };
        const first = await reopened(kernel, cutting);
        left = cut;
        await expect(seedDemo({ kernel: first, people }, options), `cut at ${cut}`).rejects.toThrow(
          'stopped',
        );
        expect(people.users()).toEqual([]);
        if (cut > 0) kernel.clock.advance(3 * 3_600_000);
        expect(await seedDemo({ kernel: await reopened(kernel), people }, options)).toBe(true);
        expect(people.users()).toHaveLength(14);
        expect((await dumpOf(kernel.db)) === expected, `cut at ${cut}`).toBe(true);
      }
    },
    SLOW_MS,
  );

  it(
    'SE1 a run cut off among the users is finished by the next',
    async () => {
      const { kernel, people, one } = await setUp(dialect);
      const addUser = people.addUser;
      people.addUser = async (user) => {
        if (user.username === 'agent5') throw new Error('stopped');
        return addUser(user);
      };
      await expect(seedDemo({ kernel, people }, small)).rejects.toThrow('stopped');
      people.addUser = addUser;
      expect(await seedDemo({ kernel, people }, small)).toBe(true);
      expect(people.users()).toHaveLength(14);
      expect(await one('SELECT count(*) FROM customer')).toBe(120);
    },
    SLOW_MS,
  );

  it('SE1 a centre with people of its own is left alone', async () => {
    const { kernel, people, one } = await setUp(dialect);
    await people.addUser({ username: 'boss', name: 'Boss', roles: ['administrator'], password: 'x' });
    expect(await seedDemo({ kernel, people }, small)).toBe(false);
    expect(await seedBench({ kernel, people }, { agents: 3 })).toBe(false);
    expect(await one('SELECT count(*) FROM customer')).toBe(0);
  });

  it(
    'SE4 the demo knows its known caller',
    async () => {
      const { kernel, people, customers, interactions } = await setUp(dialect);
      await seedDemo({ kernel, people }, { ...small, days: 14, callsPerDay: 5 });
      const { customerId } = await customers.match(knownCaller.number);
      expect(await interactions.recentOf(customerId ?? '', 5)).toHaveLength(2);
      expect((await interactions.history({ limit: 5, search: 'Li Wei 1042' })).items).toHaveLength(1);
      expect((await customers.search('haier', 5)).items.length).toBeGreaterThan(0);
    },
    SLOW_MS,
  );

  it('SE6 the bench has its agents at fixed phones, without passwords, and 500 customers', async () => {
    const { kernel, people, customers, one } = await setUp(dialect);
    expect(await seedBench({ kernel, people }, { agents: 11 })).toBe(true);
    expect(people.users().map(({ id }) => id)).toEqual(Array.from({ length: 11 }, (_, i) => `agent${i + 1}`));
    expect(people.added.every((user) => user.password === null)).toBe(true);
    expect(people.uris.get('agent11')).toBe('sip:agent11@127.0.0.1:7000;transport=udp');
    expect(await one('SELECT count(*) FROM customer')).toBe(500);
    expect((await customers.match('+14152000499')).reason).toBe('one-match');
    expect(await seedBench({ kernel, people }, { agents: 11 })).toBe(false);
  });

  it('SE1 a bench cut off among its agents is finished by the next', async () => {
    const { kernel, people, one } = await setUp(dialect);
    const { addUser, setFixedUri } = people;
    people.setFixedUri = async (id, uri) => {
      if (id === 'agent5') throw new Error('stopped');
      return setFixedUri(id, uri);
    };
    people.addUser = async (user) => {
      if (user.id === 'agent7') throw new Error('stopped');
      return addUser(user);
    };
    await expect(seedBench({ kernel, people }, { agents: 9 })).rejects.toThrow('stopped');
    Object.assign(people, { addUser, setFixedUri });
    expect(await seedBench({ kernel, people }, { agents: 9 })).toBe(true);
    expect(people.users()).toHaveLength(9);
    expect(people.uris.size).toBe(9);
    expect(await one('SELECT count(*) FROM customer')).toBe(500);
  });
});
