import { customersProjection } from '#server/customers/index.ts';
import { interactionsProjection } from '#server/interactions/index.ts';
import type { Database } from '#server/kernel/index.ts';
import type { Recorded } from '#shared/model/facts.ts';
import type { PastFact } from './history.ts';

/**
 * Writes facts of the past into the journal, with what is projected from them. The journal numbers new facts from where
 * it stood when it was opened, so these get the numbers below its first: at most 0, ascending, the newest last.
 * Run inside a transaction, with the facts oldest first.
 */
export function importFacts(db: Database, past: readonly PastFact[]): void {
  const { file } = db;
  const projections = [customersProjection(db), interactionsProjection(db)];
  const lowest = file.prepare<[], number | null>('SELECT min(seq) FROM journal').pluck().get() ?? 1;
  const insert = file.prepare(
    'INSERT INTO journal (seq, at, type, interaction_id, agent_id, data) VALUES (?, ?, ?, ?, ?, ?)',
  );
  let seq = Math.min(lowest, 1) - past.length;
  for (const { at, fact } of past) {
    insert.run(
      seq,
      at,
      fact.type,
      'interactionId' in fact ? fact.interactionId : null,
      'agentId' in fact ? (fact.agentId ?? null) : null,
      JSON.stringify(fact),
    );
    const recorded: Recorded = { ...fact, seq, at };
    for (const projection of projections) projection(recorded);
    seq += 1;
  }
}
