import type { Database } from '#server/kernel/index.ts';
import type { Recorded } from '#shared/model/facts.ts';

/**
 * Writes the interaction's row from its facts, inside their commit. It must never throw for what a fact says: facts
 * about an unknown interaction change nothing, and a second opening or ending is ignored.
 */
export function interactionsProjection({ file }: Database): (fact: Recorded) => void {
  const opened = file.prepare(
    `INSERT INTO interaction (id, channel, direction, ani, dnis, customer_id, started_at)
     VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
  );
  const unindexed = file.prepare('INSERT OR IGNORE INTO interaction_unindexed (n) VALUES (?)');
  const changed = file.prepare(
    `INSERT OR IGNORE INTO interaction_unindexed (n)
     SELECT n FROM interaction WHERE id = ? AND ended_at IS NOT NULL`,
  );
  const set = (columns: string) => file.prepare(`UPDATE interaction SET ${columns} WHERE id = ?`);
  const queued = set('queue_id = ?');
  const assigned = set('agent_id = ?');
  const matched = set('customer_id = ?');
  const noted = file.prepare(
    'UPDATE interaction SET notes = ?, notes_rev = ? WHERE id = ? AND notes_rev < ?',
  );
  const disposed = set('disposition = ?');
  const bridged = file.prepare('UPDATE interaction SET answered_at = ? WHERE id = ? AND answered_at IS NULL');
  const ended = file.prepare(
    'UPDATE interaction SET ended_at = ?, end = ? WHERE id = ? AND ended_at IS NULL',
  );
  const recording = set('recording_file = ?, recording_ms = NULL, recording_problem = NULL');
  const recorded = set('recording_file = ?, recording_ms = ?');
  const unrecorded = set('recording_problem = ?');

  return (fact) => {
    switch (fact.type) {
      case 'interaction.opened': {
        const { interactionId, channel, direction, ani, dnis, customerId } = fact;
        const row = opened.run(interactionId, channel, direction, ani, dnis, customerId ?? null, fact.at);
        if (row.changes > 0) unindexed.run(row.lastInsertRowid);
        break;
      }
      case 'interaction.queued':
        queued.run(fact.queueId, fact.interactionId);
        break;
      case 'interaction.assigned':
        assigned.run(fact.agentId, fact.interactionId);
        break;
      case 'interaction.matched':
        matched.run(fact.customerId, fact.interactionId);
        changed.run(fact.interactionId);
        break;
      case 'interaction.noted':
        noted.run(fact.notes, fact.rev, fact.interactionId, fact.rev);
        changed.run(fact.interactionId);
        break;
      case 'interaction.disposed':
        disposed.run(fact.disposition, fact.interactionId);
        break;
      case 'call.bridged':
        bridged.run(fact.at, fact.interactionId);
        break;
      case 'interaction.ended':
        ended.run(fact.at, fact.end, fact.interactionId);
        break;
      case 'recording.started':
        recording.run(fact.file, fact.interactionId);
        break;
      case 'recording.ended':
        recorded.run(fact.file, fact.durationMs, fact.interactionId);
        break;
      case 'recording.failed':
        unrecorded.run(fact.problem, fact.interactionId);
        break;
    }
  };
}
