import { type Kysely, type RawBuilder, sql as raw } from 'kysely';
import { type Bound, type Db, type Params, statements } from '#server/kernel/index.ts';
import type { ContactPoint, CustomerSummary } from '#shared/contract/customers.ts';
import type { Pop } from '#shared/contract/interactions.ts';
import type { Ref } from '#shared/contract/kit.ts';
import { TEXT_TABLE } from './customers.text.ts';
import type { CustomersTables } from './schema.ts';
import type { Term } from './search-text.core.ts';
import { holds, textKey, textQuery } from './text-search.ts';

interface SummaryRow {
  n: number;
  id: string;
  name: string;
  tier: CustomerSummary['tier'];
  language: CustomerSummary['language'];
  city: string | null;
  time_zone: string;
  owner_id: string | null;
  account: string | null;
}

/** A customer with its place in the lists. */
export interface Listed {
  readonly n: number;
  readonly summary: CustomerSummary;
}

/** Of a number that more customers share than this, only so many are ranked. */
const MOST_SHARING = 1000;
/** Among so many customers, what a page of every second one holds is found. */
const NEAR = 500;

const sql = statements<CustomersTables>();

// The account is looked up for each row shown: as a join, PostgreSQL would read all of them before it has statistics.
const SUMMARY = raw<SummaryRow>`c.n, c.id, c.name, c.tier, c.language, c.city, c.time_zone, c.owner_id,
  (select a.name from customer_account ca join account a on a.id = ca.account_id
    where ca.customer_id = c.id and ca.position = 0) as account`;

const byId = sql(
  (_, p: Params<{ id: string }>) =>
    raw<SummaryRow>`select ${SUMMARY} from customer c where c.id = ${p('id')}`,
);
const byIds = sql(
  (_, p: Params<{ ids: readonly string[] }>) =>
    raw<SummaryRow>`select ${SUMMARY} from customer c where ${p.among('c.id', 'ids')}`,
);
const holders = (number: RawBuilder<string>, limit: number) => raw`
  (select customer_id from contact_point where kind = 'phone' and value = ${number} limit ${raw.lit(limit)})`;
// CROSS JOIN keeps the order on SQLite: the number's own index first.
const twoOfPhone = sql(
  (_, p: Params<{ number: string }>) => raw<SummaryRow>`
    select ${SUMMARY} from ${holders(p('number'), 2)} p cross join customer c where c.id = p.customer_id`,
);
const rankedOfPhone = sql(
  (_, p: Params<{ number: string; limit: number }>) => raw<SummaryRow>`
    select ${SUMMARY} from ${holders(p('number'), MOST_SHARING)} p cross join customer c
      left join customer_contact t on t.customer_id = c.id
     where c.id = p.customer_id
     order by exists (select 1 from customer_case k where k.customer_id = c.id and k.status <> 'closed') desc,
              case c.tier when 'platinum' then 0 when 'gold' then 1 when 'silver' then 2 else 3 end,
              coalesce(t.last_at, 0) desc, c.n
     limit ${p('limit')}`,
);
const pointsOf = sql((q, p: Params<{ id: string }>) =>
  q
    .selectFrom('contact_point')
    .select(['kind', 'value', 'label'])
    .where('customer_id', '=', p('id'))
    .orderBy('position'),
);
const CASE = ['id', 'number', 'subject', 'kind', 'status', 'opened_at as openedAt'] as const;
const cases = (q: Kysely<CustomersTables>) => q.selectFrom('customer_case').select(CASE);
const casesOf = sql((q, p: Params<{ id: string }>) =>
  cases(q)
    .where('customer_id', '=', p('id'))
    .orderBy(raw`case status when 'closed' then 1 else 0 end`)
    .orderBy('opened_at', 'desc')
    .orderBy('number', 'desc'),
);
const openCasesOf = sql((q, p: Params<{ id: string }>) =>
  cases(q)
    .where('customer_id', '=', p('id'))
    .where('status', '<>', raw.lit('closed'))
    .orderBy('opened_at', 'desc')
    .orderBy('number', 'desc'),
);

interface Named {
  readonly key: string;
  readonly end: string;
  readonly limit: number;
}
const firstNamed = sql(
  (_, p: Params<Named>) => raw<SummaryRow>`
    select ${SUMMARY} from customer c
     where c.name_key >= ${p('key')} and c.name_key < ${p('end')}
     order by c.name_key, c.n limit ${p('limit')}`,
);
const nextNamed = sql(
  (_, p: Params<Omit<Named, 'key'> & { after: number }>) => raw<SummaryRow>`
    select ${SUMMARY} from customer c
     where (c.name_key, c.n) > ((select name_key from customer where n = ${p('after')}), ${p('after')})
       and c.name_key < ${p('end')}
     order by c.name_key, c.n limit ${p('limit')}`,
);

interface Holding extends Named {
  readonly query: string;
  readonly after: number;
}
const notNamed = (p: Params<Named>) => raw`not (c.name_key >= ${p('key')} and c.name_key < ${p('end')})`;
/** SQLite's index gives its rows in the order of `n`, and is read only as far as the page goes. */
const holdingInOrder = sql((_, p: Params<Holding>, dialect) => {
  const n = textKey(TEXT_TABLE, dialect);
  return raw<SummaryRow>`
    select ${SUMMARY} from customer_text cross join customer c
     where ${holds(TEXT_TABLE, p('query'), dialect)} and ${n} > ${p('after')} and c.n = ${n}
       and ${notNamed(p)}
     order by ${n} limit ${p('limit')}`;
});
/**
 * PostgreSQL's index has no order, and gives all it finds: that is taken first (asked for in order at once, the planner
 * would rather walk the whole table by its key), then put in order, then looked up one by one as far as the page goes.
 */
const holdingAnywhere = sql(
  (_, p: Params<Holding>) => raw<SummaryRow>`
    with held as materialized (
      select n from customer_text where ${holds(TEXT_TABLE, p('query'), 'postgres')})
    select ${SUMMARY}
      from (select n from held where n > ${p('after')} order by n) h
      cross join lateral (select * from customer where n = h.n offset 0) c
     where ${notNamed(p)}
     order by h.n limit ${p('limit')}`,
);
/** ... which takes long for what nearly everybody holds. That is found among the next few, without the index. */
const holdingNear = sql(
  (_, p: Params<Holding>) => raw<SummaryRow>`
    select ${SUMMARY}
      from (select * from customer_text where n > ${p('after')} order by n limit ${raw.lit(NEAR)}) customer_text
      cross join lateral (select * from customer where n = customer_text.n offset 0) c
     where ${holds(TEXT_TABLE, p('query'), 'postgres')} and ${notNamed(p)}
     order by customer_text.n limit ${p('limit')}`,
);

/** The reading half of the store. */
export function customersQueries(db: Db, userName: (id: string) => Ref | undefined) {
  const listed = (row: SummaryRow): Listed => ({
    n: row.n,
    summary: {
      id: row.id,
      name: row.name,
      account: row.account,
      tier: row.tier,
      language: row.language,
      city: row.city,
      timeZone: row.time_zone,
      owner: row.owner_id === null ? null : (userName(row.owner_id) ?? null),
    },
  });
  const all = async (query: Bound<SummaryRow>): Promise<Listed[]> => (await db.all(query)).map(listed);
  /** Above every name that begins with the key. */
  const endOf = (key: string): string => `${key}\u{10FFFF}`;

  return {
    async summary(id: string): Promise<CustomerSummary | undefined> {
      const row = await db.one(byId({ id }));
      return row && listed(row).summary;
    },
    summaries: async (ids: readonly string[]): Promise<CustomerSummary[]> =>
      (await all(byIds({ ids }))).map(({ summary }) => summary),
    /** Whom this number, in its stored spelling, belongs to: open case first, then tier, then last contact. */
    async byPhone(number: string, limit: number): Promise<CustomerSummary[]> {
      const some = await all(twoOfPhone({ number }));
      // Ranking costs more than finding, and most numbers belong to one.
      const rows = some.length < 2 ? some : await all(rankedOfPhone({ number, limit }));
      return rows.map(({ summary }) => summary);
    },
    points: (id: string): Promise<ContactPoint[]> => db.all(pointsOf({ id })),
    cases: (id: string): Promise<Pop['openCases']> => db.all(casesOf({ id })),
    openCases: (id: string): Promise<Pop['openCases']> => db.all(openCasesOf({ id })),
    /** Names that begin with `key` (folded), in their order, after the customer `after`. */
    named: (key: string, after: number | undefined, limit: number): Promise<Listed[]> =>
      all(
        after === undefined
          ? firstNamed({ key, end: endOf(key), limit })
          : nextNamed({ after, end: endOf(key), limit }),
      ),
    /** Whatever else holds every term, oldest record first, without the names that begin with `key`. */
    async holding(terms: readonly Term[], key: string, after: number, limit: number): Promise<Listed[]> {
      const wanted = { query: textQuery(terms, db.dialect), key, end: endOf(key), after, limit };
      if (db.dialect === 'sqlite') return all(holdingInOrder(wanted));
      const near = await all(holdingNear(wanted));
      return near.length === limit ? near : all(holdingAnywhere(wanted));
    },
  };
}

export type CustomersQueries = ReturnType<typeof customersQueries>;
