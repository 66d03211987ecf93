import { type Db, statements } from '#server/kernel/index.ts';
import { projections } from '#server/rooms.ts';

const statement = statements<Record<string, Record<string, string | number | null>>>();

/** Every row of every projected table, as text, in one order: to compare them byte by byte. */
export async function projectedTables(db: Db): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const table of projections.flatMap(({ tables }) => tables)) {
    const rows = await db.all(statement((q) => q.selectFrom(table).selectAll())());
    found[table] = rows.map((row) => JSON.stringify(Object.entries(row).sort())).sort();
  }
  return found;
}

/** Tables that are not the same, with a row of each that only one side has. */
export function unequal(
  one: Awaited<ReturnType<typeof projectedTables>>,
  other: Awaited<ReturnType<typeof projectedTables>>,
): string[] {
  return Object.keys(one).flatMap((table) => {
    const [a, b] = [new Set(one[table]), new Set(other[table])];
    const gone = [...a].find((row) => !b.has(row));
    const come = [...b].find((row) => !a.has(row));
    return gone === undefined && come === undefined && a.size === b.size
      ? []
      : [`${table}: ${gone ?? 'nothing'} became ${come ?? 'nothing'}`];
  });
}
