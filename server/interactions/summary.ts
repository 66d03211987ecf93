import type { InteractionSummary, Ref } from '#shared/contract/views.ts';

/** Names of what other rooms keep. Called for each row shown; undefined when it is gone. */
export interface Names {
  user(id: string): Ref | undefined;
  queue(id: string): Ref | undefined;
  customer(id: string): NonNullable<InteractionSummary['customer']> | undefined;
}

/** A row of the projection, as SQL gives it. */
export interface InteractionRow {
  n: number;
  id: string;
  channel: InteractionSummary['channel'];
  direction: InteractionSummary['direction'];
  ani: string;
  dnis: string;
  customer_id: string | null;
  agent_id: string | null;
  queue_id: string | null;
  started_at: number;
  answered_at: number | null;
  ended_at: number | null;
  end: InteractionSummary['end'];
  disposition: string | null;
  notes: string;
  notes_rev: number;
  recording_file: string | null;
  recording_ms: number | null;
}

export const ROW = `i.n, i.id, i.channel, i.direction, i.ani, i.dnis, i.customer_id, i.agent_id, i.queue_id,
  i.started_at, i.answered_at, i.ended_at, i.end, i.disposition, i.notes, i.notes_rev, i.recording_file, i.recording_ms`;

/** A user or a queue that is gone still has its id for a name. */
export const nameOr = (id: string, named: Ref | undefined): Ref => ({ id, name: named?.name ?? id });

/** Names as a page of history shows them; each is asked for once. */
export function namer(names: Names, dispositions: ReadonlyMap<string, Ref>) {
  const once = <T>(ask: (id: string) => T) => {
    const known = new Map<string, T>();
    return (id: string | null): T | null => {
      if (id === null) return null;
      if (!known.has(id)) known.set(id, ask(id));
      return known.get(id) ?? null;
    };
  };
  return {
    user: once((id) => nameOr(id, names.user(id))),
    queue: once((id) => nameOr(id, names.queue(id))),
    disposition: once((id) => nameOr(id, dispositions.get(id))),
    customer: once((id): InteractionSummary['customer'] => {
      const found = names.customer(id);
      return found ? { id, name: found.name, tier: found.tier } : null;
    }),
  };
}

/** One line of history. */
export function summary(row: InteractionRow, named: ReturnType<typeof namer>): InteractionSummary {
  return {
    id: row.id,
    channel: row.channel,
    direction: row.direction,
    ani: row.ani,
    dnis: row.dnis,
    customer: named.customer(row.customer_id),
    agent: named.user(row.agent_id),
    queue: named.queue(row.queue_id),
    startedAt: row.started_at,
    answeredAt: row.answered_at,
    endedAt: row.ended_at,
    end: row.end,
    disposition: named.disposition(row.disposition),
    notes: row.notes,
    hasRecording: row.recording_file !== null && (row.recording_ms ?? 0) > 0,
    recordingMs: row.recording_ms,
  };
}
