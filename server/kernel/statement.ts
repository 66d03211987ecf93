import {
  type Compilable,
  DummyDriver,
  Kysely,
  type Dialect as KyselyDialect,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
  type SqlBool,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely';

/** The two databases every statement is written for. */
export type Dialect = 'sqlite' | 'postgres';

/** What a column may hold on both databases. Booleans are 0 and 1, times integer milliseconds, JSON is text. */
export type SqlValue = string | number | null;

/** Where a parameter's value goes; stands in the compiled statement in place of the value. */
class Slot {
  readonly name: string;
  readonly list: boolean;

  constructor(name: string, list: boolean) {
    this.name = name;
    this.list = list;
  }
}

/** Names the parameters of a statement: `p('id')` stands where the value of `id` will. */
export interface Params<P> {
  <K extends keyof P & string>(name: K): RawBuilder<P[K]>;
  /** As a whole number: needed where nothing else tells PostgreSQL the type (`sum + ?`, a bare `select ?`). */
  int<K extends keyof P & string>(name: K): RawBuilder<number>;
  /** As text, likewise. */
  text<K extends keyof P & string>(name: K): RawBuilder<string>;
  /** The column is one of these, for `where`; the value is an array of strings, empty allowed. Uses the column's index. */
  among<K extends keyof P & string>(column: string, name: K): RawBuilder<SqlBool>;
}

export interface Compiled {
  readonly sql: string;
  /** In the order of the placeholders: parameters, and what was written into the statement. */
  readonly slots: readonly (Slot | SqlValue)[];
}

/** What a room builds a statement with: Kysely's builder, or its `sql` tag for what the builder has no word for. */
type Built<R> = Compilable<R> | RawBuilder<R>;

/** One statement, compiled for a database when it first runs there. */
export interface Source {
  /** Names the prepared statement; unique in this process. */
  readonly id: number;
  compiled(dialect: Dialect): Compiled;
}

/** A statement with its values: data, not an action. `R` is the type of its rows. */
export interface Bound<R = unknown> {
  readonly source: Source;
  readonly params: Readonly<Record<string, unknown>>;
  /** Only in types. */
  readonly row?: R;
}

/** What `Db.write` carries out. */
export interface Op<R = unknown> extends Bound<R> {
  /** How many rows it must change; another number is a `Conflict`, and nothing of the whole write is stored. */
  readonly expect?: number;
}

/** Called with values it becomes a `Bound`. */
export type Statement<P, R> = (...params: keyof P extends never ? [] : [params: P]) => Bound<R>;

/** Neither executes anything: what runs is a list of bound statements, by a driver. */
const builders: Readonly<Record<Dialect, Kysely<unknown>>> = {
  sqlite: new Kysely<unknown>({ dialect: mute(SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler) }),
  postgres: new Kysely<unknown>({
    dialect: mute(PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler),
  }),
};

let ids = 0;

/**
 * The statements of one room, typed by its tables. Each is built once for each database and compiled when first run:
 *
 *     const sql = statements<PeopleTables>();
 *     const byId = sql((q, p: Params<{ id: string }>) => q.selectFrom('user').selectAll().where('id', '=', p('id')));
 *     await db.one(byId({ id }));
 */
export function statements<Tables>() {
  return <P, R>(build: (q: Kysely<Tables>, p: Params<P>, dialect: Dialect) => Built<R>): Statement<P, R> => {
    const source = compileOnce((dialect) =>
      build(builders[dialect] as unknown as Kysely<Tables>, params<P>(dialect), dialect),
    );
    return (...given) => ({ source, params: (given[0] ?? {}) as Readonly<Record<string, unknown>> });
  };
}

function compileOnce(build: (dialect: Dialect) => Built<unknown>): Source {
  const done: Partial<Record<Dialect, Compiled>> = {};
  const id = ++ids;
  return {
    id,
    compiled(dialect) {
      const known = done[dialect];
      if (known) return known;
      const built = build(dialect);
      const query = 'isRawBuilder' in built ? built.compile(builders[dialect]) : built.compile();
      const made = { sql: query.sql, slots: query.parameters as Compiled['slots'] };
      done[dialect] = made;
      return made;
    },
  };
}

function params<P>(dialect: Dialect): Params<P> {
  const one = (name: string): RawBuilder<never> => sql`${new Slot(name, false)}`;
  const cast = (type: string) => (name: string) => sql`cast(${new Slot(name, false)} as ${sql.raw(type)})`;
  const among = (column: string, name: string) =>
    dialect === 'sqlite'
      ? sql`${sql.ref(column)} in (select value from json_each(${new Slot(name, true)}))`
      : sql`${sql.ref(column)} = any (array(select jsonb_array_elements_text(cast(${new Slot(name, true)} as jsonb))))`;
  return Object.assign(one, { int: cast('bigint'), text: cast('text'), among }) as unknown as Params<P>;
}

/** The values of a bound statement in the order of its placeholders. */
export function valuesOf({ params: given }: Bound, { slots }: Compiled): SqlValue[] {
  return slots.map((slot) => {
    if (!(slot instanceof Slot)) return slot;
    const value = given[slot.name];
    if (value === undefined) return null;
    return slot.list ? JSON.stringify(value) : (value as SqlValue);
  });
}

function mute(
  Adapter: new () => ReturnType<KyselyDialect['createAdapter']>,
  Introspector: new (db: Kysely<unknown>) => ReturnType<KyselyDialect['createIntrospector']>,
  Compiler: new () => ReturnType<KyselyDialect['createQueryCompiler']>,
): KyselyDialect {
  return {
    createAdapter: () => new Adapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new Introspector(db),
    createQueryCompiler: () => new Compiler(),
  };
}
