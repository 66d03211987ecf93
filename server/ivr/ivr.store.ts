import { sql } from 'kysely';
import { type Db, type Migration, type Op, type Params, portable, statements } from '#server/kernel/index.ts';
import type { FlowVersion } from './types.ts';

export const ivrMigrations: readonly Migration[] = [
  {
    name: 'ivr-1',
    sqlite: `CREATE TABLE flow (
            id TEXT NOT NULL,
            version INTEGER NOT NULL,
            name TEXT NOT NULL,
            document TEXT NOT NULL,
            published INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (id, version)
          ) STRICT;
          CREATE UNIQUE INDEX flow_published ON flow (id) WHERE published = 1;
          CREATE TABLE number (
            number TEXT PRIMARY KEY,
            flow_id TEXT NOT NULL,
            name TEXT NOT NULL
          ) STRICT;`,
    postgres: `CREATE TABLE flow (
            id TEXT COLLATE "C" NOT NULL,
            version BIGINT NOT NULL,
            name TEXT COLLATE "C" NOT NULL,
            document TEXT COLLATE "C" NOT NULL,
            published BIGINT NOT NULL DEFAULT 0,
            PRIMARY KEY (id, version)
          );
          CREATE UNIQUE INDEX flow_published ON flow (id) WHERE published = 1;
          CREATE TABLE number (
            number TEXT COLLATE "C" PRIMARY KEY,
            flow_id TEXT COLLATE "C" NOT NULL,
            name TEXT COLLATE "C" NOT NULL
          );`,
  },
  // What callers chose and entered in flows: people's words, erased with them. `kind`: `menu` (the key that led on) or
  // `collected`; `value` is null for what is entered in secret, which is never kept.
  portable(
    'ivr-2',
    `CREATE TABLE flow_answer (
       interaction_id TEXT NOT NULL,
       n INTEGER NOT NULL,
       at INTEGER NOT NULL,
       node TEXT NOT NULL,
       kind TEXT NOT NULL,
       value TEXT,
       PRIMARY KEY (interaction_id, n)
     );`,
  ),
];

interface Tables {
  flow: { id: string; version: number; name: string; document: string; published: number };
  number: { number: string; flow_id: string; name: string };
  flow_answer: {
    interaction_id: string;
    n: number;
    at: number;
    node: string;
    kind: 'menu' | 'collected';
    value: string | null;
  };
}

const statement = statements<Tables>();
const inForce = statement((q) =>
  q.selectFrom('flow').select(['id', 'name', 'document']).where('published', '=', 1).orderBy('id'),
);
const latest = statement((q) =>
  q
    .selectFrom('flow')
    .select((e) => ['id', e.fn.max('version').as('version')])
    .groupBy('id')
    .orderBy('id'),
);
const allNumbers = statement((q) =>
  q.selectFrom('number').select(['number', 'flow_id as flowId', 'name']).orderBy('number'),
);
const oneVersion = statement((q, p: Params<{ id: string; version: number }>) =>
  q
    .selectFrom('flow')
    .select(['name', 'document'])
    .where('id', '=', p('id'))
    .where('version', '=', p('version')),
);
const allVersions = statement((q, p: Params<{ id: string }>) =>
  q
    .selectFrom('flow')
    .select(['id', 'version', 'name', 'published'])
    .where('id', '=', p('id'))
    .orderBy('version'),
);
const insertVersion = statement((q, p: Params<Tables['flow']>) =>
  q.insertInto('flow').values({
    id: p('id'),
    version: p('version'),
    name: p('name'),
    document: p('document'),
    published: p('published'),
  }),
);
const withdraw = statement((q, p: Params<{ id: string }>) =>
  q.updateTable('flow').set({ published: 0 }).where('id', '=', p('id')).where('published', '=', 1),
);
const putInForce = statement((q, p: Params<{ id: string; version: number }>) =>
  q.updateTable('flow').set({ published: 1 }).where('id', '=', p('id')).where('version', '=', p('version')),
);
const upsertNumber = statement((q, p: Params<{ number: string; flowId: string; name: string }>) =>
  q
    .insertInto('number')
    .values({ number: p('number'), flow_id: p('flowId'), name: p('name') })
    .onConflict((conflict) =>
      conflict.column('number').doUpdateSet((e) => ({
        flow_id: e.ref('excluded.flow_id'),
        name: e.ref('excluded.name'),
      })),
    ),
);
const deleteNumber = statement((q, p: Params<{ number: string }>) =>
  q.deleteFrom('number').where('number', '=', p('number')),
);
const insertAnswer = statement((q, p: Params<Omit<Tables['flow_answer'], 'n'>>) =>
  q.insertInto('flow_answer').values({
    interaction_id: p('interaction_id'),
    n: sql<number>`(select coalesce(max(n), 0) + 1 from flow_answer where interaction_id = ${p('interaction_id')})`,
    at: p('at'),
    node: p('node'),
    kind: p('kind'),
    value: p('value'),
  }),
);

/** A number as stored, with its flow. */
export interface NumberRow {
  readonly number: string;
  readonly flowId: string;
  readonly name: string;
}

/** A document as stored; not parsed yet. */
export interface StoredFlow {
  readonly name: string;
  readonly document: string;
}

/** What is written about flows and numbers. */
export const ivrOps = {
  /** Unpublished, unless it is the first of a flow that is made whole. */
  addVersion: (flow: {
    readonly id: string;
    readonly version: number;
    readonly name: string;
    readonly document: string;
    readonly published: boolean;
  }): Op => insertVersion({ ...flow, published: flow.published ? 1 : 0 }),
  publish: (id: string, version: number): Op[] => [withdraw({ id }), putInForce({ id, version })],
  assign: (row: NumberRow): Op => upsertNumber(row),
  remove: (number: string): Op => deleteNumber({ number }),
  /** The key by which a caller left a menu, ms. */
  menuAnswer: (answer: {
    readonly interactionId: string;
    readonly at: number;
    readonly node: string;
    readonly key: string;
  }): Op => {
    const { interactionId, at, node, key } = answer;
    return insertAnswer({ interaction_id: interactionId, at, node, kind: 'menu', value: key });
  },
};

/** Everything in force and the newest version of each flow, once, on start: afterwards memory answers. */
export async function readIvr(db: Db) {
  return {
    flows: await db.all(inForce()),
    latest: await db.all(latest()),
    numbers: (await db.all(allNumbers())) as readonly NumberRow[],
  };
}

/** One version as stored; undefined when there is none. */
export const readVersion = (db: Db, id: string, version: number): Promise<StoredFlow | undefined> =>
  db.one(oneVersion({ id, version }));

/** Oldest first. */
export async function readVersions(db: Db, id: string): Promise<FlowVersion[]> {
  const rows = await db.all(allVersions({ id }));
  return rows.map((row) => ({ ...row, published: row.published === 1 }));
}
