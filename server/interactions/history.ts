import { ftsQuery, matchesTerms, parseSearch, type Term } from '#server/customers/index.ts';
import type { Database } from '#server/kernel/index.ts';
import { type InteractionRow, ROW } from './summary.ts';
import { ownToken, searchedText } from './text-index.ts';
import type { HistoryFilter } from './types.ts';

type Parameter = string | number;
interface Clause {
  readonly sql: string;
  readonly values: readonly Parameter[];
}

/**
 * Pages of history, newest first. A plain list streams from the index of its narrowest filter (customer, agent, queue,
 * time); a search streams from the full-text index, joined by what is not indexed yet. `after` is the `n` of the last
 * row shown. A search is ordered by `n`, the order of opening: the same order, unless the clock was set back.
 */
export function createHistory({ file }: Database, customerName: (id: string) => string | undefined) {
  const prepared = new Map<string, ReturnType<typeof file.prepare<Parameter[], InteractionRow>>>();
  const all = (sql: string, values: readonly Parameter[]): InteractionRow[] => {
    let statement = prepared.get(sql);
    if (!statement) {
      statement = file.prepare<Parameter[], InteractionRow>(sql);
      prepared.set(sql, statement);
    }
    return statement.all(...values);
  };
  const startOf = file.prepare<[number], number>('SELECT started_at FROM interaction WHERE n = ?').pluck();
  const span = file.prepare<[number, number], { low: number | null; high: number | null }>(
    'SELECT min(n) AS low, max(n) AS high FROM interaction WHERE started_at >= ? AND started_at < ?',
  );

  /** `+column` keeps the planner from that column's index: only the narrowest filter is to use one. */
  const where = (filter: HistoryFilter, useIndex: boolean): Clause[] => {
    const clauses: Clause[] = [];
    let indexed = !useIndex;
    for (const [column, value] of [
      ['customer_id', filter.customer],
      ['agent_id', filter.agent],
      ['queue_id', filter.queue],
    ] as const) {
      if (value === undefined) continue;
      clauses.push({ sql: `${indexed ? '+' : ''}i.${column} = ?`, values: [value] });
      indexed = true;
    }
    const plus = useIndex ? '' : '+';
    if (filter.from !== undefined) clauses.push({ sql: `${plus}i.started_at >= ?`, values: [filter.from] });
    if (filter.to !== undefined) clauses.push({ sql: `${plus}i.started_at < ?`, values: [filter.to] });
    return clauses;
  };
  const joined = (clauses: readonly Clause[]): string =>
    clauses.length === 0 ? '' : `WHERE ${clauses.map((c) => c.sql).join(' AND ')}`;
  const values = (clauses: readonly Clause[]): Parameter[] => clauses.flatMap((c) => c.values);

  const list = (filter: HistoryFilter, after: number | undefined, limit: number): InteractionRow[] => {
    const clauses = where(filter, true);
    if (after !== undefined) {
      const start = startOf.get(after);
      if (start === undefined) return [];
      clauses.push({ sql: '(i.started_at, i.n) < (?, ?)', values: [start, after] });
    }
    return all(
      `SELECT ${ROW} FROM interaction i ${joined(clauses)} ORDER BY i.started_at DESC, i.n DESC LIMIT ?`,
      [...values(clauses), limit],
    );
  };

  const search = (
    terms: readonly Term[],
    filter: HistoryFilter,
    after: number | undefined,
    limit: number,
  ): InteractionRow[] => {
    let low = 0;
    let high = after === undefined ? Number.MAX_SAFE_INTEGER : after - 1;
    if (filter.from !== undefined || filter.to !== undefined) {
      const range = span.get(filter.from ?? 0, filter.to ?? Number.MAX_SAFE_INTEGER);
      if (range?.low == null || range.high == null) return [];
      low = range.low;
      high = Math.min(high, range.high);
    }
    const clauses = where(filter, false);
    const filters = clauses.length === 0 ? '' : `AND ${clauses.map((c) => c.sql).join(' AND ')}`;
    const own = (['customer', 'agent', 'queue'] as const).flatMap((kind) => {
      const id = filter[kind];
      return id === undefined ? [] : [`"${ownToken(kind, id)}"`];
    });
    const found = all(
      `SELECT ${ROW} FROM interaction_text t CROSS JOIN interaction i ON i.n = t.rowid
        WHERE t.interaction_text MATCH ? AND t.rowid BETWEEN ? AND ?
          AND NOT EXISTS (SELECT 1 FROM interaction_unindexed u WHERE u.n = t.rowid) ${filters}
        ORDER BY t.rowid DESC LIMIT ?`,
      [[...own, ftsQuery(terms)].join(' AND '), low, high, ...values(clauses), limit],
    );
    const unindexed = all(
      `SELECT ${ROW} FROM interaction_unindexed u CROSS JOIN interaction i ON i.n = u.n
        WHERE u.n BETWEEN ? AND ? ${filters} ORDER BY u.n DESC`,
      [low, high, ...values(clauses)],
    ).filter((row) => matchesTerms(searchedText(row, customerName), terms));
    return [...found, ...unindexed].sort((a, b) => b.n - a.n).slice(0, limit);
  };

  return {
    /** At most `limit` rows after `after`; the filter's own limit and cursor are not read. */
    page(filter: HistoryFilter, after: number | undefined, limit: number): InteractionRow[] {
      const typed = filter.search?.trim() ?? '';
      if (typed === '') return list(filter, after, limit);
      const terms = parseSearch(typed);
      return terms.length === 0 ? [] : search(terms, filter, after, limit);
    },
  };
}
