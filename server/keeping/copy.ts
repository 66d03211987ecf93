import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import {
  type Db,
  type Op,
  type Params,
  type Row,
  type Snapshot,
  type Statement,
  statements,
} from '#server/kernel/index.ts';

/** What a table held: how many rows, and a hash over all of them that does not depend on their order. */
export interface TableSum {
  readonly rows: number;
  readonly hash: string;
}
export type Sums = Readonly<Record<string, TableSum>>;

/** Adds rows up. The same data has the same sum on both databases. */
export class Summing {
  #rows = 0;
  readonly #total = Buffer.alloc(16);

  add(row: Row): void {
    this.#rows += 1;
    const digest = createHash('sha256').update(canonical(row)).digest();
    let carry = 0;
    for (let i = 15; i >= 0; i--) {
      const sum = (this.#total[i] ?? 0) + (digest[i] ?? 0) + carry;
      this.#total[i] = sum & 255;
      carry = sum >> 8;
    }
  }

  get sum(): TableSum {
    return { rows: this.#rows, hash: this.#total.toString('hex') };
  }
}

/** One spelling of a row: columns in order, numbers as JavaScript writes them. */
const canonical = (row: Row): string =>
  JSON.stringify(
    Object.keys(row)
      .sort()
      .map((name) => [name, row[name]]),
  );

/** Sums of every table but those left out. */
export async function sumsOf(snapshot: Snapshot, leftOut: ReadonlySet<string> = new Set()): Promise<Sums> {
  const sums: Record<string, TableSum> = {};
  for (const table of snapshot.tables) {
    if (leftOut.has(table)) continue;
    const summing = new Summing();
    for await (const page of snapshot.rows(table)) for (const row of page) summing.add(row);
    sums[table] = summing.sum;
  }
  return sums;
}

/** Tables in which two databases differ; empty when they hold the same. */
export function differing(one: Sums, other: Sums): string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names]
    .filter((name) => one[name]?.rows !== other[name]?.rows || one[name]?.hash !== other[name]?.hash)
    .sort();
}

const statement = statements<Record<string, Record<string, string | number | null>>>();
type Insert = Statement<Record<string, unknown>, unknown>;

/** Writes rows into tables as they come; the database they go to has their tables, and nothing in them. */
export class Filling {
  readonly #db: Db;
  readonly #inserts = new Map<string, Insert>();

  constructor(db: Db) {
    this.#db = db;
  }

  /** All of these rows, which have the same columns, or none. */
  async add(table: string, rows: readonly Row[]): Promise<void> {
    const [first] = rows;
    if (!first) return;
    const insert = this.#insert(table, Object.keys(first));
    // PostgreSQL takes many rows as one value: a round of its protocol costs more than a row.
    const ops = this.#db.dialect === 'sqlite' ? rows.map(insert) : [insert({ rows: JSON.stringify(rows) })];
    await this.#db.write(ops);
  }

  /** Everything that migrations put into these tables is taken out again. */
  async empty(tables: readonly string[]): Promise<void> {
    await this.#db.write(emptyOps(tables));
  }

  /** Keys that count by themselves go on behind the highest that was filled in. */
  async settle(): Promise<void> {
    if (this.#db.dialect === 'sqlite') return; // it does so by itself
    const owned = await this.#db.all(identities());
    await this.#db.write(
      owned.map(({ table, column }) =>
        statement(
          () => sql`select setval(pg_get_serial_sequence(${sql.lit(`"${table}"`)}, ${sql.lit(column)}),
              (select coalesce(max(${sql.ref(column)}), 0) + 1 from ${sql.table(table)}), false)`,
        )(),
      ),
    );
  }

  #insert(table: string, columns: readonly string[]): Insert {
    const key = JSON.stringify([table, ...columns]);
    const known = this.#inserts.get(key);
    if (known) return known;
    const names = sql.join(columns.map((name) => sql.ref(name)));
    const made = statement((_, p: Params<Record<string, unknown>>, dialect) =>
      dialect === 'sqlite'
        ? sql`insert into ${sql.table(table)} (${names}) values (${sql.join(columns.map((name) => p(name)))})`
        : sql`insert into ${sql.table(table)} (${names})
            select ${names} from jsonb_populate_recordset(null::${sql.table(table)}, cast(${p('rows')} as jsonb))`,
    );
    this.#inserts.set(key, made);
    return made;
  }
}

/** Children before their parents. */
export const emptyOps = (tables: readonly string[]): Op[] =>
  tables.map((table) => statement((q) => q.deleteFrom(table))());

const identities = statement(
  () => sql<{ table: string; column: string }>`
    select table_name as "table", column_name as "column" from information_schema.columns
     where table_schema = current_schema() and is_identity = 'YES'`,
);
