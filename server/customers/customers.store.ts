import { sql as raw } from 'kysely';
import { type Db, type Op, type Params, statements } from '#server/kernel/index.ts';
import type { ContactPoint, CustomerSummary } from '#shared/contract/customers.ts';
import { textOp } from './customers.text.ts';
import type { CustomersTables } from './schema.ts';
import { fold } from './search-text.core.ts';

export interface NewCustomer {
  readonly id: string;
  readonly name: string;
  readonly tier: CustomerSummary['tier'];
  readonly language: CustomerSummary['language'];
  readonly city: string | null;
  readonly timeZone: string;
  readonly ownerId: string | null;
  /** Accounts stored before; the first is shown beside the name, and all are searched by their names. */
  readonly accounts: readonly NewAccount[];
  /** Values already in their stored spelling. */
  readonly points: readonly ContactPoint[];
}

export interface NewAccount {
  readonly id: string;
  readonly name: string;
}

export interface NewCase {
  readonly id: string;
  readonly customerId: string;
  readonly subject: string;
  readonly kind: 'request' | 'complaint';
  readonly status: 'open' | 'waiting' | 'closed';
  readonly openedAt: number;
  readonly dueAt: number | null;
  readonly closedAt: number | null;
}

const FIRST_CASE = 1000;
const sql = statements<CustomersTables>();

const stock = sql((q) =>
  q.selectFrom('customer').select((e) => [
    e.fn.countAll<number>().as('customers'),
    e.fn.min<number | null>('created_at').as('since'),
    e
      .selectFrom('customer_case')
      .select((k) => k.fn.countAll<number>().as('count'))
      .$asScalar()
      .as('cases'),
  ]),
);
const addAccount = sql((q, p: Params<NewAccount>) =>
  q.insertInto('account').values({ id: p('id'), name: p('name') }),
);
type CustomerRow = Omit<CustomersTables['customer'], 'n'>;
const addCustomer = sql(
  (q, p: Params<CustomerRow>) =>
    q.insertInto('customer').values({
      id: p('id'),
      name: p('name'),
      name_key: p('name_key'),
      tier: p('tier'),
      language: p('language'),
      city: p('city'),
      time_zone: p('time_zone'),
      owner_id: p('owner_id'),
      created_at: p('created_at'),
    } as never), // `n` counts by itself
);
const addMember = sql((q, p: Params<CustomersTables['customer_account']>) =>
  q.insertInto('customer_account').values({
    customer_id: p('customer_id'),
    position: p('position'),
    account_id: p('account_id'),
  }),
);
const addPoint = sql((q, p: Params<CustomersTables['contact_point']>) =>
  q.insertInto('contact_point').values({
    kind: p('kind'),
    value: p('value'),
    customer_id: p('customer_id'),
    label: p('label'),
    position: p('position'),
  }),
);
const addCase = sql((q, p: Params<Omit<NewCase, never> & { number: number | null }>) =>
  q
    .insertInto('customer_case')
    .values({
      id: p('id'),
      // Counted in the statement itself: whatever was written before it has its number already.
      number: raw<number>`coalesce(${p.int('number')},
        (select coalesce(max(number), ${raw.lit(FIRST_CASE - 1)}) + 1 from customer_case))`,
      customer_id: p('customerId'),
      subject: p('subject'),
      kind: p('kind'),
      status: p('status'),
      opened_at: p('openedAt'),
      due_at: p('dueAt'),
      closed_at: p('closedAt'),
    })
    .returning('number'),
);

/** Writes of records as they are, unchecked: for this room's service, and for seeds and imports of clean data. */
export const customersStore = {
  accountOps: (account: NewAccount): Op[] => [addAccount({ id: account.id, name: account.name })],
  /** One write must hold them all. */
  customerOps(customer: NewCustomer, now: number): Op[] {
    const { id, name, accounts, points } = customer;
    return [
      addCustomer({
        id,
        name,
        name_key: fold(name),
        tier: customer.tier,
        language: customer.language,
        city: customer.city,
        time_zone: customer.timeZone,
        owner_id: customer.ownerId,
        created_at: now,
      }),
      ...accounts.map((one, position) => addMember({ customer_id: id, position, account_id: one.id })),
      ...points.map(({ kind, value, label }, position) =>
        addPoint({ kind, value, customer_id: id, label, position }),
      ),
      textOp(id, [name, ...accounts.map((one) => one.name), ...points.map(({ value }) => value)]),
    ];
  },
  /** @param number default: one above the highest, from 1000; the row the write returns has it */
  caseOps: (newCase: NewCase, number?: number): Op<{ number: number }>[] => [
    addCase({ ...newCase, number: number ?? null }),
  ],
  customerCount: async (db: Db): Promise<number> => (await customersStore.stock(db)).customers,
  /** What there is: how many customers and cases, and when the oldest customer was made (null: there is none). */
  async stock(db: Db): Promise<{ customers: number; cases: number; since: number | null }> {
    const { customers = 0, cases = null, since = null } = (await db.one(stock())) ?? {};
    return { customers, cases: cases ?? 0, since };
  },
};
