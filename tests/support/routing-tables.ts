import type { Db, Journal, SqlValue } from '#server/kernel/index.ts';
import { routingProjection } from '#server/routing/index.ts';
import { statement, type Tables } from '#server/routing/routing.tables.ts';

type Rows = readonly Readonly<Record<string, SqlValue>>[];

const tables = {
  agent_state: statement((q) => q.selectFrom('agent_state').selectAll().orderBy('agent_id')),
  seat_count: statement((q) =>
    q.selectFrom('seat_count').selectAll().orderBy('agent_id').orderBy('queue_id'),
  ),
  open_item: statement((q) => q.selectFrom('open_item').selectAll().orderBy('item_id')),
  open_offer: statement((q) => q.selectFrom('open_offer').selectAll().orderBy('offer_id')),
  open_wrap_up: statement((q) =>
    q.selectFrom('open_wrap_up').selectAll().orderBy('agent_id').orderBy('item_id'),
  ),
  work_words: statement((q) => q.selectFrom('work_words').selectAll().orderBy('item_id')),
};
type Dump = { -readonly [T in keyof typeof tables]: Rows };

/** Every row of what is kept of work and agents, by table: to compare databases. */
export async function dump(db: Db): Promise<Dump> {
  const rows: Partial<Dump> = {};
  for (const [name, all] of Object.entries(tables))
    rows[name as keyof Dump] = await db.all<Rows[number]>(all());
  return rows as Dump;
}

/** Empties what is projected and projects every stored fact again. */
export async function remake(db: Db, journal: Journal): Promise<void> {
  const { tables: projected, project } = routingProjection;
  await db.write(projected.map((table) => statement((q) => q.deleteFrom(table as keyof Tables))()));
  let last = 0;
  for (;;) {
    const facts = await journal.since(last, 1_000);
    if (facts.length === 0) return;
    await db.write(facts.flatMap((fact) => [...project(fact)]));
    last = facts.at(-1)?.seq ?? last;
  }
}
