import { indexText } from '#server/customers/index.ts';
import type { Database } from '#server/kernel/index.ts';
import type { InteractionRow } from './summary.ts';

/** What of an interaction can be searched. */
export type Searched = Pick<InteractionRow, 'ani' | 'notes' | 'customer_id'>;

/** Tokens no one can type (a private-use character begins them), so that a filter is met inside the text index. */
export const ownToken = (kind: 'agent' | 'queue' | 'customer', id: string): string =>
  `\uE000${kind}${id.toLowerCase().replace(/[^a-z0-9]/g, '')}`;

/** Names and numbers are found from the middle too, notes by the beginnings of words. */
export function searchedText(row: Searched, customerName: (id: string) => string | undefined): string {
  const name = row.customer_id === null ? '' : (customerName(row.customer_id) ?? '');
  return `${indexText(`${name}\n${row.ani}`, true)} ${indexText(row.notes, false)}`;
}

type IndexedRow = Searched & Pick<InteractionRow, 'n' | 'agent_id' | 'queue_id'>;

/**
 * Keeps the full-text index behind the projection: out of the commit of facts, a batch at a time, ended interactions
 * only. Until a row is indexed it stands in `interaction_unindexed`, and a search reads it there.
 */
export function createTextIndex({ file }: Database, customerName: (id: string) => string | undefined) {
  const waiting = file.prepare<[number], IndexedRow>(
    `SELECT i.n, i.ani, i.notes, i.customer_id, i.agent_id, i.queue_id
       FROM interaction_unindexed u CROSS JOIN interaction i ON i.n = u.n
      WHERE i.ended_at IS NOT NULL LIMIT ?`,
  );
  const known = file.prepare<[number], number>('SELECT 1 FROM interaction_text WHERE rowid = ?').pluck();
  const forget = file.prepare('DELETE FROM interaction_text WHERE rowid = ?');
  const add = file.prepare('INSERT INTO interaction_text (rowid, text) VALUES (?, ?)');
  const done = file.prepare('DELETE FROM interaction_unindexed WHERE n = ?');

  const write = (rows: readonly IndexedRow[]): void => {
    for (const row of rows) {
      if (known.get(row.n) !== undefined) forget.run(row.n);
      const own = [
        row.agent_id === null ? '' : ownToken('agent', row.agent_id),
        row.queue_id === null ? '' : ownToken('queue', row.queue_id),
        row.customer_id === null ? '' : ownToken('customer', row.customer_id),
      ].join(' ');
      add.run(row.n, `${searchedText(row, customerName)} ${own}`);
      done.run(row.n);
    }
  };
  const writeAtOnce = file.transaction(write);

  return {
    /** Indexes at most `limit` rows in one transaction; fewer than that returned means it has caught up. */
    catchUp(limit: number): number {
      const rows = waiting.all(limit);
      if (rows.length > 0) writeAtOnce(rows);
      return rows.length;
    },
    /** Is there anything to index? */
    waiting: (): boolean => waiting.get(1) !== undefined,
  };
}
