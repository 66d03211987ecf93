import { sql as raw } from 'kysely';
import { type Db, MAIN, type Params, statements } from '#server/kernel/index.ts';
import { EVERYTHING, type InteractionsTables } from './schema.ts';
import { TABLE } from './text-index.ts';

const sql = statements<InteractionsTables & { head: { partition: string; seq: number } }>();
const clear = sql((_, __: Params<unknown>, dialect) =>
  dialect === 'sqlite'
    ? raw`insert into ${raw.id(TABLE)} (${raw.id(TABLE)}) values ('delete-all')`
    : raw`truncate ${raw.id(TABLE)}`,
);
const forgetState = sql((q) => q.deleteFrom('text_index_state'));
const nothingIndexed = sql(
  (_, p: Params<{ below: number; partition: string }>) =>
    raw`insert into text_index_state (name, seq, below)
      select 'interaction', seq, ${p.int('below')} from head where "partition" = ${p('partition')}`,
);

/** The tables of the text index, which are made from others. */
export const DERIVED: readonly string[] = [TABLE, 'text_index_state'];

/** The index begins anew: the running room fills it in the background, and finds what is not in it yet all the same. */
export async function deriveIndex(db: Db): Promise<void> {
  await db.write([clear(), forgetState(), nothingIndexed({ below: EVERYTHING, partition: MAIN })]);
}
