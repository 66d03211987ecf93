import type { Kernel } from '#server/kernel/index.ts';
import { AppError } from '#shared/contract/errors.ts';
import { CORRECTABLE_MS, type InteractionSummary } from '#shared/contract/views.ts';
import { createDispositions } from './dispositions.ts';
import { createHistory } from './history.ts';
import { interactionsProjection } from './interactions.projection.ts';
import { createLive, type Held } from './live.ts';
import { type InteractionRow, type Names, nameOr, namer, ROW, summary } from './summary.ts';
import { createTextIndex } from './text-index.ts';
import { timeline } from './timeline.core.ts';
import type { Interactions } from './types.ts';

export interface InteractionsOptions {
  readonly kernel: Kernel;
  readonly names: Names;
}

const INDEX_AFTER_MS = 1_000;
const INDEX_AGAIN_MS = 10;
const INDEX_BATCH = 50;

/** History, notes and dispositions. Registers its projection: call it before the journal's first append. */
export function createInteractions({ kernel, names }: InteractionsOptions): Interactions {
  const { db, journal, clock, log } = kernel;
  const { file } = db;
  journal.project(interactionsProjection(db));

  const customerName = (id: string): string | undefined => names.customer(id)?.name;
  const history = createHistory(db, customerName);
  const one = file.prepare<[string], InteractionRow>(`SELECT ${ROW} FROM interaction i WHERE i.id = ?`);
  const recent = file.prepare<[string, number], InteractionRow>(
    `SELECT ${ROW} FROM interaction i WHERE i.customer_id = ? AND i.ended_at IS NOT NULL
      ORDER BY i.started_at DESC, i.n DESC LIMIT ?`,
  );
  const open = file
    .prepare<[], string>('SELECT id FROM interaction WHERE ended_at IS NULL ORDER BY n')
    .pluck();
  const openCount = file
    .prepare<[], number>('SELECT count(*) FROM interaction WHERE ended_at IS NULL')
    .pluck();
  const recordings = file.prepare<[], { id: string; file: string }>(
    `SELECT id, recording_file AS file FROM interaction
      WHERE recording_file IS NOT NULL AND recording_ms IS NULL AND recording_problem IS NULL ORDER BY n`,
  );
  const contact = file.prepare<[string], { ani: string; customerId: string | null }>(
    'SELECT ani, customer_id AS customerId FROM interaction WHERE id = ?',
  );
  const dispositions = createDispositions(db);
  const live = createLive(journal, (id) => {
    const row = one.get(id);
    return (
      row && {
        agentId: row.agent_id,
        endedAt: row.ended_at,
        notes: row.notes,
        rev: row.notes_rev,
        disposition: row.disposition,
        seq: 0,
      }
    );
  });
  const summaries = (rows: readonly InteractionRow[]): InteractionSummary[] => {
    const named = namer(names, dispositions.known);
    return rows.map((row) => summary(row, named));
  };
  keepIndexed(kernel, customerName);

  /** Why this agent may not change this interaction now; undefined when it may. */
  const refusal = (held: Held | undefined, agentId: string): AppError | undefined => {
    if (!held) return new AppError('not-found', 'There is no such contact.');
    if (held.agentId !== agentId) return new AppError('forbidden', 'This contact is not in your hands.');
    if (held.endedAt !== null && clock.now() - held.endedAt > CORRECTABLE_MS)
      return new AppError('forbidden', 'This contact ended too long ago to be changed.');
    return undefined;
  };
  const heldBy = (interactionId: string, agentId: string): Held => {
    // Its opening or its assignment may have been appended in this very turn: commit before refusing.
    if (refusal(live.get(interactionId), agentId) && journal.pending > 0) journal.flush();
    const held = live.get(interactionId);
    const refused = refusal(held, agentId);
    if (refused || !held) throw refused ?? new AppError('not-found', 'There is no such contact.');
    return held;
  };

  return {
    saveNotes(interactionId, agentId, notes, base) {
      const held = heldBy(interactionId, agentId);
      // The same text again is a retry whose answer was lost.
      if (notes === held.notes) return held.rev;
      if (base !== held.rev)
        throw new AppError('notes.stale', 'These notes were changed elsewhere meanwhile.', {
          rev: held.rev,
          notes: held.notes,
        });
      const rev = held.rev + 1;
      held.seq = journal.append({ type: 'interaction.noted', interactionId, agentId, notes, rev }).seq;
      held.notes = notes;
      held.rev = rev;
      return rev;
    },
    dispose(interactionId, agentId, disposition) {
      if (!dispositions.has(disposition))
        throw new AppError('disposition.unknown', 'There is no such disposition.');
      const held = heldBy(interactionId, agentId);
      if (held.disposition === disposition) return;
      held.seq = journal.append({ type: 'interaction.disposed', interactionId, agentId, disposition }).seq;
      held.disposition = disposition;
    },
    dispositions: () => dispositions.listed(),
    setDisposition: (disposition) => dispositions.set(disposition),
    removeDisposition: (id) => dispositions.remove(id),
    contact: (interactionId) => contact.get(interactionId),
    notes(interactionId) {
      const held = live.get(interactionId);
      return { notes: held?.notes ?? '', rev: held?.rev ?? 0 };
    },
    disposition: (interactionId) => live.get(interactionId)?.disposition ?? null,
    history(filter) {
      const after = filter.cursor === undefined ? undefined : readCursor(filter.cursor);
      const rows = history.page(filter, after, filter.limit + 1);
      const page = rows.slice(0, filter.limit);
      const last = page.at(-1);
      return {
        items: summaries(page),
        next: rows.length > page.length && last ? last.n.toString(36) : null,
      };
    },
    detail(interactionId) {
      const stored = one.get(interactionId);
      if (!stored) throw new AppError('not-found', 'There is no such contact.');
      const held = live.peek(interactionId);
      const row = held
        ? { ...stored, notes: held.notes, notes_rev: held.rev, disposition: held.disposition }
        : stored;
      return {
        ...summary(row, namer(names, dispositions.known)),
        notesRev: row.notes_rev,
        timeline: timeline(journal.ofInteraction(interactionId), (id) => nameOr(id, names.user(id))),
      };
    },
    recentOf: (customerId, limit): InteractionSummary[] => summaries(recent.all(customerId, limit)),
    recordingFile(interactionId) {
      const row = one.get(interactionId);
      return row?.recording_ms == null ? undefined : (row.recording_file ?? undefined);
    },
    endOpen(mended, goesOn = () => false) {
      for (const { id, file: recording } of recordings.all()) {
        const durationMs = mended.get(id) ?? mendedLength(mended, recording);
        journal.append(
          durationMs === undefined
            ? { type: 'recording.failed', interactionId: id, problem: 'lost in a restart' }
            : { type: 'recording.ended', interactionId: id, file: recording, durationMs },
        );
      }
      const left = open.all().filter((id) => !goesOn(id));
      for (const interactionId of left)
        journal.append({ type: 'interaction.ended', interactionId, end: 'server-restart' });
      journal.flush();
      if (left.length > 0) log.warn({ count: left.length }, 'interactions left open by a restart are ended');
      return left.length;
    },
    openCount: () => openCount.get() ?? 0,
  };
}

/** Mended recordings may be named by their interaction, by the file as in the fact, or by its whole path. */
function mendedLength(mended: ReadonlyMap<string, number>, file: string): number | undefined {
  const exact = mended.get(file);
  if (exact !== undefined) return exact;
  for (const [path, durationMs] of mended)
    if (path.replaceAll('\\', '/').endsWith(`/${file.replaceAll('\\', '/')}`)) return durationMs;
  return undefined;
}

function readCursor(cursor: string): number {
  if (!/^[0-9a-z]{1,10}$/.test(cursor))
    throw new AppError('bad-request', 'This page of the list cannot be found: start again.');
  return Number.parseInt(cursor, 36);
}

/** Brings the text index up to date a moment after contacts end or change, in small batches. */
function keepIndexed(
  { db, journal, clock, log }: Kernel,
  customerName: (id: string) => string | undefined,
): void {
  const index = createTextIndex(db, customerName);
  let scheduled = false;
  const schedule = (ms: number): void => {
    if (scheduled) return;
    scheduled = true;
    clock.after(ms, run);
  };
  const run = (): void => {
    scheduled = false;
    if (!db.file.open) return;
    try {
      if (index.catchUp(INDEX_BATCH) === INDEX_BATCH) schedule(INDEX_AGAIN_MS);
    } catch (error) {
      log.warn({ err: error }, 'text index is behind, trying again');
      schedule(INDEX_AFTER_MS);
    }
  };
  journal.subscribe((facts) => {
    if (facts.some(({ type }) => type.startsWith('interaction.'))) schedule(INDEX_AFTER_MS);
  });
  if (index.waiting()) schedule(INDEX_AFTER_MS);
}
