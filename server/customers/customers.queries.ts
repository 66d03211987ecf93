import type { Database } from '#server/kernel/index.ts';
import type { ContactPoint, CustomerSummary, Pop, Ref } from '#shared/contract/views.ts';

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

interface CaseRow {
  id: string;
  number: number;
  subject: string;
  kind: 'request' | 'complaint';
  status: 'open' | 'waiting' | 'closed';
  openedAt: number;
}

/** A customer with its place in the lists. */
export interface Listed {
  readonly n: number;
  readonly summary: CustomerSummary;
}

/** Of a number that more customers share than this, only so many are ranked. */
const MOST_SHARING = 1000;

const SUMMARY = 'c.n, c.id, c.name, c.tier, c.language, c.city, c.time_zone, c.owner_id, a.name AS account';
const ACCOUNT = `LEFT JOIN customer_account ca ON ca.customer_id = c.id AND ca.position = 0
                 LEFT JOIN account a ON a.id = ca.account_id`;
const CASE = 'id, number, subject, kind, status, opened_at AS openedAt';

/** The reading half of the store. Every statement is prepared once. */
export function customersQueries({ file }: Database, userName: (id: string) => Ref | undefined) {
  const byId = file.prepare<[string], SummaryRow>(
    `SELECT ${SUMMARY} FROM customer c ${ACCOUNT} WHERE c.id = ?`,
  );
  const holders = file
    .prepare<[string], string>(
      "SELECT customer_id FROM contact_point WHERE kind = 'phone' AND value = ? LIMIT 2",
    )
    .pluck();
  // CROSS JOIN keeps the order: the number's own index first.
  const byPhone = file.prepare<[string, number], SummaryRow>(
    `SELECT ${SUMMARY}
       FROM (SELECT customer_id FROM contact_point WHERE kind = 'phone' AND value = ? LIMIT ${MOST_SHARING}) p
       CROSS JOIN customer c ON c.id = p.customer_id ${ACCOUNT}
      ORDER BY EXISTS (SELECT 1 FROM customer_case k WHERE k.customer_id = c.id AND k.status <> 'closed') DESC,
               CASE c.tier WHEN 'platinum' THEN 0 WHEN 'gold' THEN 1 WHEN 'silver' THEN 2 ELSE 3 END,
               c.last_contact_at DESC, c.n
      LIMIT ?`,
  );
  const points = file.prepare<[string], ContactPoint>(
    'SELECT kind, value, label FROM contact_point WHERE customer_id = ? ORDER BY position',
  );
  const cases = file.prepare<[string], CaseRow>(
    `SELECT ${CASE} FROM customer_case WHERE customer_id = ? ORDER BY status = 'closed', opened_at DESC, number DESC`,
  );
  const openCases = file.prepare<[string], CaseRow>(
    `SELECT ${CASE} FROM customer_case WHERE customer_id = ? AND status <> 'closed'
      ORDER BY opened_at DESC, number DESC`,
  );
  const keyOf = file.prepare<[number], string>('SELECT name_key FROM customer WHERE n = ?').pluck();
  const named = file.prepare<[string, string, string, number, number], SummaryRow>(
    `SELECT ${SUMMARY} FROM customer c ${ACCOUNT}
      WHERE c.name_key >= ? AND c.name_key < ? AND (c.name_key, c.n) > (?, ?)
      ORDER BY c.name_key, c.n LIMIT ?`,
  );
  const holding = file.prepare<[string, number, string, string, number], SummaryRow>(
    `SELECT ${SUMMARY} FROM customer_text t CROSS JOIN customer c ON c.n = t.rowid ${ACCOUNT}
      WHERE t.customer_text MATCH ? AND t.rowid > ? AND NOT (c.name_key >= ? AND c.name_key < ?)
      ORDER BY t.rowid LIMIT ?`,
  );

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
  /** Above every name that begins with the key. */
  const end = (key: string): string => `${key}\u{10FFFF}`;

  return {
    summary(id: string): CustomerSummary | undefined {
      const row = byId.get(id);
      return row && listed(row).summary;
    },
    /** Whom this number, in its stored spelling, belongs to: open case first, then tier, then last contact. */
    byPhone(number: string, limit: number): CustomerSummary[] {
      const [only, another] = holders.all(number);
      if (only === undefined) return [];
      const rows = another === undefined ? byId.all(only) : byPhone.all(number, limit);
      return rows.map((row) => listed(row).summary);
    },
    points: (id: string): ContactPoint[] => points.all(id),
    cases: (id: string): Pop['openCases'] => cases.all(id),
    openCases: (id: string): Pop['openCases'] => openCases.all(id),
    /** Names that begin with `key` (folded), in their order, after the customer `after`. */
    named: (key: string, after: number | undefined, limit: number): Listed[] =>
      named
        .all(key, end(key), after === undefined ? '' : (keyOf.get(after) ?? end(key)), after ?? 0, limit)
        .map(listed),
    /** Whatever else holds what was typed, oldest record first, without the names that begin with `key`. */
    holding: (query: string, key: string, after: number, limit: number): Listed[] =>
      holding.all(query, after, key, end(key), limit).map(listed),
  };
}

export type CustomersQueries = ReturnType<typeof customersQueries>;
