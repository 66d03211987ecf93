import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql as raw } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Dialect,
  type Log,
  type Op,
  openDatabase,
  type Params,
  silentLog,
  statements,
} from '#server/kernel/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import { onEachDatabase } from '../../tests/kits/databases/index.ts';
import { testKernel } from '../../tests/support/kernel.ts';
import {
  createCustomers,
  customersMigrations,
  customersProjections,
  customersRoom,
  customersStore,
  deleteText,
  type NewCase,
  type NewCustomer,
} from './index.ts';
import type { CustomersTables } from './schema.ts';

const sql = statements<CustomersTables>();
const contacts = sql((q) => q.selectFrom('customer_contact').selectAll().orderBy('customer_id'));
const forgetContacts = sql((q) => q.deleteFrom('customer_contact'));
const forgetText = sql((_, p: Params<{ n: number }>, on) => deleteText('customer_text', p('n'), on));
const oldCustomer = sql(
  (_, p: Params<{ id: string; at: number | null }>) => raw`
    insert into customer (id, name, name_key, tier, language, time_zone, created_at, last_contact_at)
    values (${p('id')}, 'X', 'x', 'standard', 'en', 'UTC', 1, ${p('at')})`,
);

async function setUp(dialect: Dialect, log: Log = silentLog) {
  const kernel = { ...(await testKernel(customersMigrations, dialect)), log };
  for (const projection of customersProjections) kernel.journal.project(projection);
  const customers = await createCustomers({
    kernel,
    userName: (id) => (id === 'agent1' ? { id, name: 'Anna' } : undefined),
  });
  const { customerOps, accountOps, caseOps } = customersStore;
  const write = (ops: readonly Op[]) => kernel.db.write(ops);
  const add = async (id: string, more: Partial<NewCustomer> = {}): Promise<void> => {
    const customer: NewCustomer = {
      id,
      name: id,
      tier: 'standard',
      language: 'en',
      city: null,
      timeZone: 'UTC',
      ownerId: null,
      accounts: [],
      points: [],
      ...more,
    };
    await write(customerOps(customer, 1));
  };
  const addCase = async (newCase: NewCase): Promise<unknown> =>
    (await write(caseOps(newCase))).flatMap(({ rows }) => rows)[0];
  const addAccounts = (...accounts: { id: string; name: string }[]) => write(accounts.flatMap(accountOps));
  const count = () => customersStore.customerCount(kernel.db);
  const phone = (value: string) => ({ kind: 'phone' as const, value, label: 'mobile' });
  const opened = (interactionId: string, customerId?: string) =>
    ({
      type: 'interaction.opened',
      interactionId,
      channel: 'call',
      direction: 'inbound',
      customerId,
    }) as const;
  return { kernel, customers, add, addCase, addAccounts, count, phone, opened };
}

onEachDatabase('customers: match', (dialect) => {
  let centre: Awaited<ReturnType<typeof setUp>>;
  const withheld = [
    '',
    '  ',
    'anonymous',
    'Anonymous',
    'anonymous@anonymous.invalid',
    'unknown',
    'Restricted',
    '+',
  ];
  beforeAll(async () => {
    centre = await setUp(dialect);
    const { add, phone } = centre;
    await add('nobody', { points: withheld.map(phone) });
    await add('c1', { points: [phone('+14155550123')], ownerId: 'agent1' });
    await add('c2', { points: [phone('+8613800001234')] });
  });

  it.each(withheld)(
    'CU1 a withheld number (%j) matches nobody, even if someone has it on record',
    async (number) => {
      expect(await centre.customers.match(number)).toEqual({
        customerId: undefined,
        reason: 'anonymous',
        candidates: [],
      });
    },
  );

  it.each(['+14155550123', '(415) 555-0123', '14155550123', '001 415 555 0123', ' +1 415.555.0123 '])(
    'CU1 %j finds the one stored as +14155550123',
    async (number) => {
      const match = await centre.customers.match(number);
      expect(match).toMatchObject({ customerId: 'c1', reason: 'one-match' });
      expect(match.candidates[0]?.owner).toEqual({ id: 'agent1', name: 'Anna' });
    },
  );

  it('CU1 a foreign number sent without its plus is found', async () => {
    expect((await centre.customers.match('8613800001234')).customerId).toBe('c2');
  });

  it('CU2 an unknown number, an endless one and a hostile one match nobody and do not reject', async () => {
    const complaints: string[] = [];
    const log = {
      ...silentLog,
      error: (_: unknown, text: string) => complaints.push(text),
    } as unknown as Log;
    const { customers } = await setUp(dialect, log);
    for (const number of [
      '+19995550000',
      '4'.repeat(100_000),
      "'; DROP TABLE customer; --",
      'a\u0000b',
      '\ud800',
      '+'.repeat(500),
    ])
      expect((await customers.match(number)).reason).toBe('no-match');
    expect(complaints).toEqual([]);
  });

  it('CU2 a database that fails is a number that matches nobody, said once a minute', async () => {
    const complaints: string[] = [];
    const log = {
      ...silentLog,
      error: (_: unknown, text: string) => complaints.push(text),
    } as unknown as Log;
    const { customers, kernel } = await setUp(dialect, log);
    await kernel.db.close();
    for (let i = 0; i < 3; i++) expect((await customers.match('+14155550123')).reason).toBe('no-match');
    expect(complaints).toHaveLength(1);
    kernel.clock.advance(60_000);
    await customers.match('+14155550123');
    expect(complaints).toHaveLength(2);
  });

  it('CU3 ranks an open case over tier, tier over last contact, and shows nine', async () => {
    const { customers, kernel, add, addCase, phone, opened } = await setUp(dialect);
    const points = [phone('+14155550199')];
    for (let i = 0; i < 8; i++) await add(`plain${i}`, { points });
    await add('gold', { points, tier: 'gold' });
    await add('late', { points });
    await add('case', { points });
    await kernel.journal.record(opened('i1', 'late'));
    const base = {
      customerId: 'case',
      subject: 's',
      kind: 'request' as const,
      openedAt: 1,
      dueAt: null,
      closedAt: null,
    };
    await addCase({ ...base, id: 'k1', status: 'open' });
    await addCase({ ...base, id: 'k2', customerId: 'plain0', status: 'closed' });
    const match = await customers.match('+14155550199');
    expect(match.reason).toBe('several-matches');
    expect(match.customerId).toBeUndefined();
    expect(match.candidates.map((c) => c.id).slice(0, 4)).toEqual(['case', 'gold', 'late', 'plain0']);
    expect(match.candidates).toHaveLength(9);
  });

  it('CU7 the last contact comes from facts, and never goes back', async () => {
    const { customers, kernel, add, phone, opened } = await setUp(dialect);
    const { journal, clock } = kernel;
    const points = [phone('+14155550199')];
    const ranked = async () => (await customers.match('+14155550199')).candidates.map((c) => c.id);
    await add('a', { points });
    await add('b', { points });
    journal.append(opened('i1', 'a'));
    clock.advance(1000);
    journal.append(opened('i2'));
    journal.append({ type: 'interaction.matched', interactionId: 'i2', customerId: 'b' });
    journal.append({ type: 'interaction.matched', interactionId: 'i2', customerId: null });
    await journal.flush();
    expect(await ranked()).toEqual(['b', 'a']);
    await journal.import([{ at: 1, fact: opened('i0', 'b') }]);
    expect(await ranked()).toEqual(['b', 'a']);
  });

  it('CU7 the last contacts made anew from the journal are the same', async () => {
    const { kernel, opened } = await setUp(dialect);
    const { db, journal, clock } = kernel;
    for (const id of ['a', 'b', 'a', 'nobody', 'c']) {
      clock.advance(10);
      journal.append(opened(`i${clock.now()}`, id));
    }
    await journal.flush();
    const before = await db.all(contacts());
    expect(before).toHaveLength(4);
    const facts = await journal.since(0);
    await db.write([
      forgetContacts(),
      ...facts.flatMap((fact) => customersProjections.flatMap(({ project }) => project(fact))),
    ]);
    expect(await db.all(contacts())).toEqual(before);
  });
});

onEachDatabase('customers: records', (dialect) => {
  let empty: ReturnType<typeof setUp>;
  beforeAll(() => {
    empty = setUp(dialect);
  });

  it('CU6 cases are numbered from 1000, open ones first', async () => {
    const { customers, add, addCase } = await setUp(dialect);
    await add('c1');
    const base = { customerId: 'c1', subject: 's', dueAt: null, closedAt: null };
    expect(await addCase({ ...base, id: 'k1', kind: 'request', status: 'closed', openedAt: 9 })).toEqual({
      number: 1000,
    });
    expect(await addCase({ ...base, id: 'k2', kind: 'complaint', status: 'waiting', openedAt: 5 })).toEqual({
      number: 1001,
    });
    expect(await customers.openCases('c1')).toEqual([
      { id: 'k2', number: 1001, subject: 's', kind: 'complaint', status: 'waiting', openedAt: 5 },
    ]);
    expect((await customers.detail('c1')).cases.map((k) => k.number)).toEqual([1001, 1000]);
  });

  it('CU6 cases written together are numbered in their order, and one with a number of its own is counted on from', async () => {
    const { kernel, customers, add } = await setUp(dialect);
    await add('c1');
    const base = {
      customerId: 'c1',
      subject: 's',
      kind: 'request',
      status: 'open',
      dueAt: null,
      closedAt: null,
    } as const;
    await kernel.db.write([
      ...customersStore.caseOps({ ...base, id: 'k1', openedAt: 3 }),
      ...customersStore.caseOps({ ...base, id: 'k2', openedAt: 2 }, 1042),
      ...customersStore.caseOps({ ...base, id: 'k3', openedAt: 1 }),
    ]);
    expect((await customers.openCases('c1')).map((k) => k.number)).toEqual([1000, 1042, 1043]);
  });

  it('CU5 an unknown customer is not-found', async () => {
    const { customers } = await setUp(dialect);
    expect(await customers.summary('nobody')).toBeUndefined();
    await expect(customers.detail('nobody')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('CU5 several are named at once, those that there are', async () => {
    const { customers, add, addAccounts } = await setUp(dialect);
    const account = { id: 'acc1', name: 'Haier Retail' };
    await addAccounts(account);
    await add('c1', { name: 'Li Wei', tier: 'gold', accounts: [account] });
    await add('c2');
    await add('c3');
    const found = await customers.summaries(['c1', 'nobody', 'c3']);
    expect([...found.keys()].sort()).toEqual(['c1', 'c3']);
    expect(found.get('c1')).toEqual(await customers.summary('c1'));
    expect(found.get('c1')).toMatchObject({ name: 'Li Wei', tier: 'gold', account: 'Haier Retail' });
    expect((await customers.summaries([])).size).toBe(0);
  });

  it('CU5 creates with numbers and addresses in their stored spelling, each once, found at once', async () => {
    const { customers, kernel } = await setUp(dialect);
    const made = await customers.create(
      {
        name: '  王  小明 ',
        points: [
          { kind: 'phone', value: '(415) 555-0111', label: 'mobile' },
          { kind: 'phone', value: '+1 415 555 0111', label: 'work' },
          { kind: 'email', value: ' Wang@Example.COM ', label: '' },
          { kind: 'phone', value: '4001', label: 'extension' },
        ],
      },
      'agent1',
    );
    expect(made).toMatchObject({
      name: '王 小明',
      tier: 'standard',
      language: 'zh-CN',
      account: null,
      cases: [],
    });
    expect(made.contactPoints.map((p) => p.value)).toEqual(['+14155550111', 'wang@example.com', '4001']);
    expect((await customers.match('4155550111')).customerId).toBe(made.id);
    expect((await customers.search('小明', 10)).items.map((c) => c.id)).toEqual([made.id]);
    expect(await kernel.journal.since(0)).toEqual([
      expect.objectContaining({ type: 'customer.created', customerId: made.id, by: 'agent1' }),
    ]);
  });

  it('CU5 what is typed with NUL in it is stored without', async () => {
    const { customers } = await setUp(dialect);
    const made = await customers.create({
      name: 'A\0 B',
      points: [{ kind: 'phone', value: '4001', label: 'a\0b' }],
    });
    expect(made).toMatchObject({ name: 'A B', contactPoints: [{ label: 'ab' }] });
    expect((await customers.search('a\0b', 5)).items).toHaveLength(1);
  });

  it.each([
    ['no name', { name: ' ', points: [] }],
    ['too long a name', { name: 'x'.repeat(121), points: [] }],
    ['a word for a number', { name: 'A', points: [{ kind: 'phone', value: 'call me', label: '' }] }],
    ['an impossible number', { name: 'A', points: [{ kind: 'phone', value: '+999999999', label: '' }] }],
    ['a number cut short', { name: 'A', points: [{ kind: 'phone', value: '+1415', label: '' }] }],
    ['an address without a place', { name: 'A', points: [{ kind: 'email', value: 'a@b', label: '' }] }],
    ['an address with NUL', { name: 'A', points: [{ kind: 'email', value: 'a\0@b.c', label: '' }] }],
  ] as const)('CU5 refuses %s as bad-request and stores nothing', async (_, customer) => {
    const { customers, count, kernel } = await empty;
    await expect(customers.create(customer)).rejects.toThrow(AppError);
    expect(await count()).toBe(0);
    expect(kernel.journal.lastSeq).toBe(0);
  });
});

onEachDatabase('customers: search', (dialect) => {
  it('CU4 finds by name, account, number and mail, whole or in part', async () => {
    const { customers, add, addAccounts, phone } = await setUp(dialect);
    const accounts = [
      { id: 'acc1', name: 'Haier Retail' },
      { id: 'acc2', name: '上海零售' },
    ];
    await addAccounts(...accounts);
    await add('c1', {
      name: 'Li Wei',
      accounts,
      points: [phone('+14155550123'), { kind: 'email', value: 'li.wei@example.com', label: '' }],
    });
    await add('c2', { name: '欧阳建国' });
    await add('c3', { name: 'Maria Garcia' });
    const found = async (text: string): Promise<string[]> =>
      (await customers.search(text, 10)).items.map((c) => c.id);
    for (const text of [
      'li w',
      'WEI',
      'aier',
      'retail li',
      '零售',
      '海零售',
      '售',
      '5550123',
      '(415) 555',
      'li.wei@',
      'example.com',
    ])
      expect(await found(text), text).toEqual(['c1']);
    expect(await found('建国')).toEqual(['c2']);
    expect(await found('arci')).toEqual(['c3']);
    for (const text of ['nobody here', '"*', '零上', "ox':* | maria", '\\', "'", 'maria & !nobody', 'a & b'])
      expect(await found(text), text).toEqual([]);
    expect((await customers.search('', 10)).items[0]).toMatchObject({
      name: 'Li Wei',
      account: 'Haier Retail',
    });
  });

  it('CU4 shows names that begin with the text first, and pages through everything once', async () => {
    const { customers, add } = await setUp(dialect);
    for (let i = 0; i < 25; i++) await add(`w${i}`, { name: `Person ${String(i).padStart(2, '0')} Wei` });
    for (let i = 0; i < 12; i++) await add(`n${i}`, { name: 'Wei Same' });
    const seen: string[] = [];
    let next: string | null | undefined;
    do {
      const page = await customers.search('wei', 5, next ?? undefined);
      expect(page.items.length).toBeLessThanOrEqual(5);
      seen.push(...page.items.map((c) => c.id));
      next = page.next;
    } while (next);
    const numbered = (letter: string, count: number) =>
      Array.from({ length: count }, (_, i) => `${letter}${i}`);
    expect(seen).toEqual([...numbered('n', 12), ...numbered('w', 25)]);
  });

  it('CU4 the index made anew finds the same', async () => {
    const { customers, kernel, add, addAccounts, phone } = await setUp(dialect);
    const account = { id: 'acc1', name: '上海零售' };
    await addAccounts(account);
    await add('c1', { name: 'Li Wei', accounts: [account], points: [phone('+14155550123'), phone('4001')] });
    await add('c2', { name: 'Maria' });
    const found = async () => {
      const pages = ['wei', '海零', '555', '4001', 'mari'].map((text) => customers.search(text, 10));
      return (await Promise.all(pages)).map(({ items }) => items.map(({ id }) => id));
    };
    const before = await found();
    expect(before).toEqual([['c1'], ['c1'], ['c1'], ['c1'], ['c2']]);
    await customersRoom.derive?.(kernel.db); // over what is there
    expect(await found()).toEqual(before);
    await kernel.db.write([1, 2].map((n) => forgetText({ n })));
    expect((await found()).slice(0, 4)).toEqual([[], [], [], []]);
    await customersRoom.derive?.(kernel.db);
    expect(await found()).toEqual(before);
  });

  it('CU4 a cursor that is none is bad-request', async () => {
    const { customers } = await setUp(dialect);
    for (const cursor of ['', 'x', 'a', 'a-1', "b1' OR 1"])
      await expect(customers.search('a', 5, cursor)).rejects.toMatchObject({ code: 'bad-request' });
    expect((await customers.search('a', 5, 'a99')).items).toEqual([]);
  });
});

describe('customers: data of older versions', () => {
  it('CU7 the last contacts of a folder from before are kept', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cordboard-customers-'));
    const address = { kind: 'sqlite', path: join(folder, 'cordboard.db') } as const;
    const before = await openDatabase(address, customersMigrations.slice(0, 1), () => 0);
    await before.write([oldCustomer({ id: 'a', at: 500 }), oldCustomer({ id: 'b', at: null })]);
    await before.close();
    const now = await openDatabase(address, customersMigrations, () => 0);
    expect(await now.all(contacts())).toEqual([{ customer_id: 'a', last_at: 500 }]);
    expect(await customersStore.customerCount(now)).toBe(2);
    await now.close();
    rmSync(folder, { recursive: true });
  });
});
