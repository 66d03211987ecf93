import { sql as raw } from 'kysely';
import { type Db, type Op, type Params, statements } from '#server/kernel/index.ts';
import type { CustomersTables } from './schema.ts';
import { type IndexedText, indexed, indexText } from './search-text.core.ts';
import { deleteText, insertText } from './text-search.ts';

export const TEXT_TABLE = 'customer_text';
const PAGE = 500;

const sql = statements<CustomersTables>();
const addById = sql((_, p: Params<{ id: string } & IndexedText>, dialect) =>
  insertText(TEXT_TABLE, raw`(select n from customer where id = ${p('id')})`, p, dialect),
);
const add = sql((_, p: Params<{ n: number } & IndexedText>, dialect) =>
  insertText(TEXT_TABLE, p('n'), p, dialect),
);
const forget = sql((_, p: Params<{ n: number }>, dialect) => deleteText(TEXT_TABLE, p('n'), dialect));
const page = sql((q, p: Params<{ after: number; limit: number }>) =>
  q.selectFrom('customer').select(['n', 'name']).where('n', '>', p('after')).orderBy('n').limit(p('limit')),
);
type Span = Params<{ after: number; last: number }>;
const accountsIn = sql((q, p: Span) =>
  q
    .selectFrom('customer as c')
    .innerJoin('customer_account as ca', 'ca.customer_id', 'c.id')
    .innerJoin('account as a', 'a.id', 'ca.account_id')
    .select(['c.n', 'a.name as text'])
    .where('c.n', '>', p('after'))
    .where('c.n', '<=', p('last'))
    .orderBy('c.n')
    .orderBy('ca.position'),
);
const pointsIn = sql((q, p: Span) =>
  q
    .selectFrom('customer as c')
    .innerJoin('contact_point as cp', 'cp.customer_id', 'c.id')
    .select(['c.n', 'cp.value as text'])
    .where('c.n', '>', p('after'))
    .where('c.n', '<=', p('last'))
    .orderBy('c.n')
    .orderBy('cp.position'),
);

/** Name, accounts and contact points: what a customer is found by. */
const words = (searched: readonly string[]): IndexedText => indexed(indexText(searched.join('\n'), true));

/** The words of a customer who is new and stored before, in the same write. */
export const textOp = (id: string, searched: readonly string[]): Op => addById({ id, ...words(searched) });

/** Makes the text index of all customers anew, a page in a write. */
export async function deriveText(db: Db): Promise<void> {
  for (let after = 0; ; ) {
    const customers = await db.all(page({ after, limit: PAGE }));
    const last = customers.at(-1)?.n;
    if (last === undefined) return;
    const texts = new Map(customers.map(({ n, name }) => [n, [name]]));
    const span = { after, last };
    for (const { n, text } of [...(await db.all(accountsIn(span))), ...(await db.all(pointsIn(span)))])
      texts.get(n)?.push(text);
    await db.write([
      ...customers.map(({ n }) => forget({ n })),
      ...[...texts].map(([n, searched]) => add({ n, ...words(searched) })),
    ]);
    after = last;
  }
}
