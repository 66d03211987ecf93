import { type DatabaseAddress, DatabaseRefused, openSnapshot } from '#server/kernel/index.ts';
import { differing, Filling, Summing, type Sums } from './copy.ts';
import { fillEmpty, refuseNewer, type Schema, stepsOf } from './place.ts';
import { leftOut, sumsAt } from './restore.ts';

/** What was copied, and that it is the same. */
export interface Moved {
  readonly tables: number;
  readonly rows: number;
}

/**
 * Copies a centre into an empty database, of the other kind or the same, and proves the copy by counts and hashes of
 * every table. The source stays as it is; no server may run on it. Rejects with `DatabaseRefused` in the user's words or
 * the database's error; then the target is empty again.
 */
export async function move(
  from: DatabaseAddress,
  to: DatabaseAddress,
  schema: Schema,
  now: () => number,
): Promise<Moved> {
  const snapshot = await openSnapshot(from);
  const sums: Record<string, Sums[string]> = {};
  let rows = 0;
  try {
    const done = new Set(await stepsOf(snapshot));
    refuseNewer([...done], schema, 'this data');
    if (schema.migrations.some(({ name }) => !done.has(name)))
      throw new DatabaseRefused(
        'start this Cordboard once on the old database first, so that its tables are those of today',
      );
    const out = leftOut(schema);
    const copied = snapshot.tables.filter((table) => !out.has(table));
    await fillEmpty(to, schema, schema.migrations, now, async (db) => {
      const filling = new Filling(db);
      await filling.empty([...copied].reverse());
      for (const table of copied) {
        const summing = new Summing();
        for await (const page of snapshot.rows(table)) {
          for (const row of page) summing.add(row);
          await filling.add(table, page);
          rows += page.length;
        }
        sums[table] = summing.sum;
      }
      await filling.settle();
      const wrong = differing(sums, await sumsAt(to, out));
      if (wrong.length > 0) throw new DatabaseRefused(`the copy is not the same: ${wrong.join(', ')} differ`);
    });
  } finally {
    await snapshot.close();
  }
  return { tables: Object.keys(sums).length, rows };
}
