import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Dialect, Params } from '#server/kernel/index.ts';
import { ftsQuery, type IndexedText, type Term, tsQuery } from './search-text.core.ts';

/*
 * The pieces of SQL in which the two databases' full-text indices differ. An index is a table with one row of tokens for each
 * row `n` of another table, and nothing else:
 *
 *     SQLite       x_text: FTS5 without content, keyed by rowid, one column `text`; rows come in the order of the key
 *     PostgreSQL   x_text (n, words tsvector) with a GIN index; rows come in no order
 *
 * Written the same way on both: `insertText` in a statement whose values are `{ n, ...indexed(indexText(text, endings)) }`.
 * Asked the same way: `holds(table, p('query'), dialect)` with the value `textQuery(parseSearch(typed), db.dialect)`. Tokens
 * of one's own are terms of the kind `token`. What is shown in an order must be asked for by a statement of its own on
 * PostgreSQL: with ORDER BY and LIMIT beside the condition it walks the whole table by its key (`holdingAnywhere` in
 * customers.queries.ts). The same is found on both, but for one thing: there, three ideographs or more in a row are looked
 * for by their pairs, and may be found where these stand apart.
 */

/** The table on PostgreSQL, for a migration. On SQLite it is `CREATE VIRTUAL TABLE ... USING fts5`, as released. */
export const textTable = (name: string): string => `
  CREATE TABLE ${name} (n BIGINT PRIMARY KEY, words tsvector NOT NULL);
  CREATE INDEX ${name}_words ON ${name} USING gin (words);`;

/**
 * A whole statement: stores the words of row `n`, which has none yet; the values of `p` come from `indexed(text)`.
 * @param n the key, a parameter or an expression
 */
export function insertText(
  table: string,
  n: RawBuilder<number>,
  p: Params<IndexedText>,
  dialect: Dialect,
): RawBuilder<unknown> {
  return dialect === 'sqlite'
    ? sql`insert into ${sql.id(table)} (rowid, text) values (${n}, ${p('text')})`
    : sql`insert into ${sql.id(table)} (n, words) values (${n},
        array_to_tsvector(array_remove(string_to_array(${p.text('text')} || ' ' || ${p.text('pairs')}, ' '), '')))`;
}

/** A whole statement: forgets the words of row `n`. */
export function deleteText(table: string, n: RawBuilder<number>, dialect: Dialect): RawBuilder<unknown> {
  return sql`delete from ${sql.id(table)} where ${textKey(table, dialect)} = ${n}`;
}

/** The key of a row of the index: the other table's `n`. */
export const textKey = (table: string, dialect: Dialect): RawBuilder<number> =>
  sql.ref(`${table}.${dialect === 'sqlite' ? 'rowid' : 'n'}`);

/** The condition that a row of the index holds what is asked for. */
export const holds = (table: string, query: RawBuilder<string>, dialect: Dialect): RawBuilder<SqlBool> =>
  dialect === 'sqlite'
    ? sql`${sql.ref(`${table}.${table}`)} match ${query}`
    : sql`${sql.ref(`${table}.words`)} @@ cast(${query} as tsquery)`;

/** What is asked for, as the value of `holds`; the terms must not be empty. */
export const textQuery = (terms: readonly Term[], dialect: Dialect): string =>
  dialect === 'sqlite' ? ftsQuery(terms) : tsQuery(terms);
