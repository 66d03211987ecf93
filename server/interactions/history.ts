import { sql as raw } from 'kysely';
import { holds, matchesTerms, parseSearch, type Term, textQuery } from '#server/customers/index.ts';
import { type Bound, type Kernel, type Params, statements } from '#server/kernel/index.ts';
import {
  contacts,
  contactsAt,
  contactsBetween,
  contactsByIds,
  numberList,
  openContacts,
  type StoredContact,
} from './interactions.store.ts';
import { EVERYTHING, type InteractionsTables, NOTHING } from './schema.ts';
import { customersOf, type Names } from './summary.ts';
import { ownToken, searchedText, TABLE, type TextIndex } from './text-index.ts';
import type { HistoryFilter } from './types.ts';

const sql = statements<InteractionsTables>();

const startOf = sql((q, p: Params<{ n: number }>) =>
  q.selectFrom('interaction').select('started_at').where('n', '=', p('n')),
);
/** `n + 0`: no index of `n` helps to find the ends of a span of time. */
const spanOf = sql((q, p: Params<{ from: number; to: number }>) =>
  q
    .selectFrom('interaction')
    .select([raw<number | null>`min(n + 0)`.as('low'), raw<number | null>`max(n + 0)`.as('high')])
    .where('started_at', '>=', p('from'))
    .where('started_at', '<', p('to')),
);

type Narrow = 'customer' | 'agent' | 'queue' | 'from' | 'to';
interface ListParams {
  customer: string;
  agent: string;
  queue: string;
  from: number;
  to: number;
  afterStart: number;
  after: number;
  limit: number;
}
type Given = { readonly [K in keyof ListParams]?: ListParams[K] | undefined };
const COLUMNS = { customer: 'i.customer_id', agent: 'i.agent_id', queue: 'i.queue_id' } as const;
const lists = new Map<string, (given: Given) => Bound<StoredContact>>();

/**
 * The statement of a plain list, by what narrows it. It streams from the index of its narrowest filter (customer, agent,
 * queue, time): `+column` keeps SQLite's planner from the others; PostgreSQL's knows how many rows each has.
 */
function list(by: readonly Narrow[], paged: boolean): (given: Given) => Bound<StoredContact> {
  const shape = `${by.join()}${paged}`;
  const known = lists.get(shape);
  if (known) return known;
  const made = sql((q, p: Params<ListParams>, dialect) => {
    let query = contacts(q);
    let indexed = false;
    for (const one of by) {
      if (one === 'from') query = query.where('i.started_at', '>=', p('from'));
      else if (one === 'to') query = query.where('i.started_at', '<', p('to'));
      else {
        const column = raw.ref<string>(COLUMNS[one]);
        query = query.where(indexed && dialect === 'sqlite' ? raw`+${column}` : column, '=', p(one));
        indexed = true;
      }
    }
    if (paged) query = query.where(raw<boolean>`(i.started_at, i.n) < (${p('afterStart')}, ${p('after')})`);
    return query.orderBy('i.started_at', 'desc').orderBy('i.n', 'desc').limit(p('limit'));
  }) as (given: Given) => Bound<StoredContact>; // each shape is given the values it has a place for
  lists.set(shape, made);
  return made;
}

/** From `low` up to, and without, `high`. */
interface Range {
  readonly low: number;
  readonly high: number;
}
type Found = Range & { readonly query: string; readonly limit: number };
/** SQLite's index streams its newest. Its `rowid` is narrowed by whole numbers only, and a bare parameter is none. */
const newestHolding = sql(
  (_, p: Params<Found>) => raw<{ n: number }>`
  select rowid as n from interaction_text
   where ${holds(TABLE, p('query'), 'sqlite')} and rowid >= ${p.int('low')} and rowid < ${p.int('high')}
   order by rowid desc limit ${p('limit')}`,
);
/** PostgreSQL's has no order. `n + 0`: it must not walk the key in search of a rare word. */
const anyHolding = sql(
  (_, p: Params<Found>) => raw<{ n: number }>`
  select n from interaction_text
   where ${holds(TABLE, p('query'), 'postgres')} and n + 0 >= ${p('low')} and n + 0 < ${p('high')}
   limit ${p('limit')}`,
);
const allHolding = sql(
  (_, p: Params<Omit<Found, 'limit'>>) => raw<{ n: number }>`
  select n from interaction_text
   where ${holds(TABLE, p('query'), 'postgres')} and n >= ${p('low')} and n < ${p('high')}`,
);
/** So many are fetched and ordered here; of more only the newest are asked for, from wider and wider ranges of `n`. */
const CAP = 500;
const FIRST_WIDTH = 20_000;
const WIDER = 4;

/** Contacts without an index are read in pieces of this size, with a turn of the event loop between. */
const PIECE = 200;

/**
 * Pages of history, newest first. A plain list streams from an index. A search asks the text index and looks itself through
 * what that lacks; every row is compared with what was typed, so that both give the same answer. `after` is the `n` of
 * the last row shown. A search is ordered by `n`, the order of opening: the same order, unless the clock was set back.
 */
export function createHistory(
  { db, journal }: Pick<Kernel, 'db' | 'journal'>,
  index: Pick<TextIndex, 'reach' | 'changed'>,
  customers: Names['customers'],
) {
  const plain = async (filter: HistoryFilter, after: number | undefined, limit: number) => {
    const { customer, agent, queue, from, to } = filter;
    const by = (['customer', 'agent', 'queue', 'from', 'to'] as const).filter(
      (one) => filter[one] !== undefined,
    );
    if (after === undefined) return db.all(list(by, false)({ customer, agent, queue, from, to, limit }));
    const start = await db.one(startOf({ n: after }));
    if (!start) return [];
    const place = { after, afterStart: start.started_at };
    return db.all(list(by, true)({ customer, agent, queue, from, to, limit, ...place }));
  };

  /** The newest rows of the text index in this range: fewer than `limit` when there are no more. */
  const holding = async (query: string, { low, high }: Range, limit: number): Promise<number[]> => {
    if (low >= high) return [];
    if (db.dialect === 'sqlite') return numbers(await db.all(newestHolding({ query, low, high, limit })));
    const any = numbers(await db.all(anyHolding({ query, low, high, limit: CAP + 1 })));
    if (any.length <= CAP) return any.sort(newestFirst).slice(0, limit);
    const found: number[] = [];
    let top = Math.min(high, journal.lastSeq + 1);
    for (let width = FIRST_WIDTH; found.length < limit && top > low; width *= WIDER) {
      const bottom = Math.max(low, top - width);
      found.push(...numbers(await db.all(allHolding({ query, low: bottom, high: top }))).sort(newestFirst));
      top = bottom;
    }
    return found.slice(0, limit);
  };

  const search = async (
    terms: readonly Term[],
    filter: HistoryFilter,
    after: number | undefined,
    limit: number,
  ): Promise<StoredContact[]> => {
    const range = await rangeOf(filter, after);
    if (!range) return [];
    const { low, high } = range;
    const found: StoredContact[] = [];
    const enough = (above: number): boolean => found.filter(({ n }) => n >= above).length >= limit;
    const take = async (rows: readonly StoredContact[]): Promise<void> => {
      const fit = rows.filter((row) => row.n >= low && row.n < high && fits(row, filter));
      if (fit.length === 0) return;
      const names = await customers(customersOf(fit));
      found.push(...fit.filter((row) => matchesTerms(searchedText(row, names), terms)));
    };

    // What is open or has changed; in this order, so that what ends meanwhile is in one of them.
    const direct = new Map((await db.all(openContacts())).map((row) => [row.n, row]));
    const changed = index.changed();
    if (changed.length > 0)
      for (const row of await db.all(contactsByIds({ ids: changed }))) direct.set(row.n, row);
    await take([...direct.values()]);

    // The rest, newest first: by the text index as far down as it reaches now, and what it lacks piece by piece.
    const own = (['customer', 'agent', 'queue'] as const).flatMap((kind): Term[] => {
      const id = filter[kind];
      return id === undefined ? [] : [{ kind: 'token', text: ownToken(kind, id) }];
    });
    const query = textQuery([...own, ...terms], db.dialect);
    for (let top = high; top > low && !enough(top); ) {
      const bottom = Math.max(low, index.reach());
      if (bottom < top) {
        const ns = await holding(query, { low: bottom, high: top }, limit);
        const fresh = ns.filter((n) => !direct.has(n));
        if (fresh.length > 0) await take(await db.all(contactsAt({ ns: numberList(fresh, db.dialect) })));
        top = ns.length < limit ? bottom : (ns.at(-1) ?? bottom);
      } else {
        const rows = await db.all(contactsBetween({ low, high: top, limit: PIECE }));
        await take(rows.filter(({ n }) => !direct.has(n)));
        top = rows.length < PIECE ? low : (rows.at(-1)?.n ?? low);
        await new Promise(setImmediate);
      }
    }
    return found.sort((a, b) => b.n - a.n).slice(0, limit);
  };

  /** Where in the order of opening the search looks; undefined: there is nothing. */
  const rangeOf = async (filter: HistoryFilter, after: number | undefined): Promise<Range | undefined> => {
    const high = after ?? EVERYTHING;
    if (filter.from === undefined && filter.to === undefined) return { low: NOTHING, high };
    const span = await db.one(spanOf({ from: filter.from ?? 0, to: filter.to ?? EVERYTHING }));
    if (span?.low == null || span.high === null) return undefined;
    return { low: span.low, high: Math.min(high, span.high + 1) };
  };

  return {
    /** At most `limit` rows after `after`; the filter's own limit and cursor are not read. */
    async page(filter: HistoryFilter, after: number | undefined, limit: number): Promise<StoredContact[]> {
      const typed = filter.search?.trim() ?? '';
      if (typed === '') return plain(filter, after, limit);
      const terms = parseSearch(typed);
      return terms.length === 0 ? [] : search(terms, filter, after, limit);
    },
  };
}

const numbers = (rows: readonly { readonly n: number }[]): number[] => rows.map(({ n }) => n);
const newestFirst = (a: number, b: number): number => b - a;

function fits(row: StoredContact, { customer, agent, queue, from, to }: HistoryFilter): boolean {
  return (
    (customer === undefined || row.customer_id === customer) &&
    (agent === undefined || row.agent_id === agent) &&
    (queue === undefined || row.queue_id === queue) &&
    (from === undefined || row.started_at >= from) &&
    (to === undefined || row.started_at < to)
  );
}
