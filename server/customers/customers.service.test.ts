import { describe, expect, it } from 'vitest';
import { AppError } from '#shared/contract/errors.ts';
import { testKernel } from '../../tests/support/kernel.ts';
import { createCustomers, customersMigrations, customersStore, type NewCustomer } from './index.ts';

function setUp() {
  const kernel = testKernel(customersMigrations);
  const customers = createCustomers({
    kernel,
    userName: (id) => (id === 'agent1' ? { id, name: 'Anna' } : undefined),
  });
  const store = customersStore(kernel.db);
  const add = (id: string, more: Partial<NewCustomer> = {}): void =>
    store.addCustomer(
      {
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
      },
      1,
    );
  const phone = (value: string) => ({ kind: 'phone' as const, value, label: 'mobile' });
  return { kernel, customers, store, add, phone };
}

describe('customers: match', () => {
  it.each(['', '  ', 'anonymous', 'Anonymous', 'anonymous@anonymous.invalid', 'unknown', 'Restricted', '+'])(
    'CU1 a withheld number (%j) matches nobody, even if someone has it on record',
    (number) => {
      const { customers, add, phone } = setUp();
      add('c1', { points: [phone(number)] });
      expect(customers.match(number)).toEqual({ customerId: undefined, reason: 'anonymous', candidates: [] });
    },
  );

  it.each(['+14155550123', '(415) 555-0123', '14155550123', '001 415 555 0123', ' +1 415.555.0123 '])(
    'CU1 %j finds the one stored as +14155550123',
    (number) => {
      const { customers, add, phone } = setUp();
      add('c1', { points: [phone('+14155550123')], ownerId: 'agent1' });
      const match = customers.match(number);
      expect(match).toMatchObject({ customerId: 'c1', reason: 'one-match' });
      expect(match.candidates[0]?.owner).toEqual({ id: 'agent1', name: 'Anna' });
    },
  );

  it('CU1 a foreign number sent without its plus is found', () => {
    const { customers, add, phone } = setUp();
    add('c1', { points: [phone('+8613800001234')] });
    expect(customers.match('8613800001234').customerId).toBe('c1');
  });

  it('CU2 an unknown number, an endless one and a hostile one match nobody and do not throw', () => {
    const { customers } = setUp();
    for (const number of [
      '+19995550000',
      '4'.repeat(100_000),
      "'; DROP TABLE customer; --",
      '\u0000',
      '+'.repeat(500),
    ])
      expect(customers.match(number).reason).toBe('no-match');
  });

  it('CU2 a database that fails is a number that matches nobody', () => {
    const { customers, kernel } = setUp();
    kernel.db.close();
    expect(customers.match('+14155550123').reason).toBe('no-match');
  });

  it('CU3 ranks an open case over tier, tier over last contact, and shows nine', () => {
    const { customers, store, add, phone } = setUp();
    const points = [phone('+14155550199')];
    for (let i = 0; i < 8; i++) add(`plain${i}`, { points });
    add('gold', { points, tier: 'gold' });
    add('late', { points });
    add('case', { points });
    store.touch('late', 500);
    store.touch('late', 400);
    const base = {
      customerId: 'case',
      subject: 's',
      kind: 'request' as const,
      openedAt: 1,
      dueAt: null,
      closedAt: null,
    };
    store.addCase({ ...base, id: 'k1', status: 'open' });
    store.addCase({ ...base, id: 'k2', customerId: 'plain0', status: 'closed' });
    const match = customers.match('+14155550199');
    expect(match.reason).toBe('several-matches');
    expect(match.customerId).toBeUndefined();
    expect(match.candidates.map((c) => c.id).slice(0, 4)).toEqual(['case', 'gold', 'late', 'plain0']);
    expect(match.candidates).toHaveLength(9);
  });

  it('CU7 the last contact comes from facts, and never goes back', () => {
    const { customers, kernel, add, phone } = setUp();
    const points = [phone('+14155550199')];
    add('a', { points });
    add('b', { points });
    const interaction = { channel: 'call', direction: 'inbound', ani: '1', dnis: '4000' } as const;
    kernel.journal.append({
      type: 'interaction.opened',
      interactionId: 'i1',
      customerId: 'a',
      ...interaction,
    });
    kernel.clock.advance(1000);
    kernel.journal.append({ type: 'interaction.opened', interactionId: 'i2', ...interaction });
    kernel.journal.append({ type: 'interaction.matched', interactionId: 'i2', customerId: 'b' });
    kernel.journal.append({ type: 'interaction.matched', interactionId: 'i2', customerId: null });
    kernel.journal.flush();
    expect(customers.match('+14155550199').candidates.map((c) => c.id)).toEqual(['b', 'a']);
  });
});

describe('customers: records', () => {
  it('CU6 cases are numbered from 1000, open ones first', () => {
    const { customers, store, add } = setUp();
    add('c1');
    const base = { customerId: 'c1', subject: 's', dueAt: null, closedAt: null };
    expect(store.addCase({ ...base, id: 'k1', kind: 'request', status: 'closed', openedAt: 9 })).toBe(1000);
    expect(store.addCase({ ...base, id: 'k2', kind: 'complaint', status: 'waiting', openedAt: 5 })).toBe(
      1001,
    );
    expect(customers.openCases('c1').map((k) => k.number)).toEqual([1001]);
    expect(customers.detail('c1').cases.map((k) => k.number)).toEqual([1001, 1000]);
  });

  it('CU5 an unknown customer is not-found', () => {
    const { customers } = setUp();
    expect(customers.summary('nobody')).toBeUndefined();
    expect(() => customers.detail('nobody')).toThrow(expect.objectContaining({ code: 'not-found' }));
  });

  it('CU5 creates with numbers and addresses in their stored spelling, each once, found at once', () => {
    const { customers } = setUp();
    const made = customers.create({
      name: '  王  小明 ',
      points: [
        { kind: 'phone', value: '(415) 555-0111', label: 'mobile' },
        { kind: 'phone', value: '+1 415 555 0111', label: 'work' },
        { kind: 'email', value: ' Wang@Example.COM ', label: '' },
        { kind: 'phone', value: '4001', label: 'extension' },
      ],
    });
    expect(made).toMatchObject({
      name: '王 小明',
      tier: 'standard',
      language: 'zh-CN',
      account: null,
      cases: [],
    });
    expect(made.contactPoints.map((p) => p.value)).toEqual(['+14155550111', 'wang@example.com', '4001']);
    expect(customers.match('4155550111').customerId).toBe(made.id);
    expect(customers.search('小明', 10).items.map((c) => c.id)).toEqual([made.id]);
  });

  it.each([
    ['no name', { name: ' ', points: [] }],
    ['too long a name', { name: 'x'.repeat(121), points: [] }],
    ['a word for a number', { name: 'A', points: [{ kind: 'phone', value: 'call me', label: '' }] }],
    ['an impossible number', { name: 'A', points: [{ kind: 'phone', value: '+999999999', label: '' }] }],
    ['a number cut short', { name: 'A', points: [{ kind: 'phone', value: '+1415', label: '' }] }],
    ['an address without a place', { name: 'A', points: [{ kind: 'email', value: 'a@b', label: '' }] }],
  ] as const)('CU5 refuses %s as bad-request and stores nothing', (_, customer) => {
    const { customers, store } = setUp();
    expect(() => customers.create(customer)).toThrow(AppError);
    expect(store.count()).toBe(0);
  });
});

describe('customers: search', () => {
  it('CU4 finds by name, account, number and mail, whole or in part', () => {
    const { customers, store, add, phone } = setUp();
    store.addAccount({ id: 'acc1', name: 'Haier Retail' });
    store.addAccount({ id: 'acc2', name: '上海零售' });
    add('c1', {
      name: 'Li Wei',
      accounts: ['acc1', 'acc2'],
      points: [phone('+14155550123'), { kind: 'email', value: 'li.wei@example.com', label: '' }],
    });
    add('c2', { name: '欧阳建国' });
    add('c3', { name: 'Maria Garcia' });
    const found = (text: string): string[] => customers.search(text, 10).items.map((c) => c.id);
    for (const text of [
      'li w',
      'WEI',
      'aier',
      'retail li',
      '零售',
      '5550123',
      '(415) 555',
      'li.wei@',
      'example.com',
    ])
      expect(found(text), text).toEqual(['c1']);
    expect(found('建国')).toEqual(['c2']);
    expect(found('arci')).toEqual(['c3']);
    expect(found('nobody here')).toEqual([]);
    expect(found('"*')).toEqual([]);
    expect(customers.search('', 10).items[0]).toMatchObject({ name: 'Li Wei', account: 'Haier Retail' });
  });

  it('CU4 shows names that begin with the text first, and pages through everything once', () => {
    const { customers, add } = setUp();
    for (let i = 0; i < 25; i++) add(`w${i}`, { name: `Person ${String(i).padStart(2, '0')} Wei` });
    for (let i = 0; i < 12; i++) add(`n${i}`, { name: 'Wei Same' });
    const seen: string[] = [];
    let next: string | null | undefined;
    do {
      const page = customers.search('wei', 5, next ?? undefined);
      expect(page.items.length).toBeLessThanOrEqual(5);
      seen.push(...page.items.map((c) => c.id));
      next = page.next;
    } while (next);
    expect(seen).toHaveLength(37);
    expect(new Set(seen).size).toBe(37);
    expect(seen.slice(0, 12).every((id) => id.startsWith('n'))).toBe(true);
  });

  it('CU4 a cursor that is none is bad-request', () => {
    const { customers } = setUp();
    for (const cursor of ['', 'x', 'a', 'a-1', "b1' OR 1"])
      expect(() => customers.search('a', 5, cursor)).toThrow(
        expect.objectContaining({ code: 'bad-request' }),
      );
  });
});
