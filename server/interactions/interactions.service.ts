import type { Kernel } from '#server/kernel/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import { CORRECTABLE_MS, type InteractionSummary } from '#shared/contract/interactions.ts';
import { createDispositions } from './dispositions.ts';
import { createHistory } from './history.ts';
import {
  contactById,
  openContacts,
  openingOps,
  recentContacts,
  type StoredContact,
  storable,
  unfinishedRecordings,
  wordsOps,
} from './interactions.store.ts';
import { type Held, LiveContacts } from './live.ts';
import { type InteractionRow, type Names, nameOr, rowReader, summaries } from './summary.ts';
import { openTextIndex } from './text-index.ts';
import { timeline } from './timeline.core.ts';
import type { Interactions } from './types.ts';

export interface InteractionsOptions {
  readonly kernel: Kernel;
  readonly names: Names;
}

/** Contacts, their history, notes and dispositions. Reads the dispositions and what is open; the rest when it is asked for. */
export async function createInteractions({ kernel, names }: InteractionsOptions): Promise<Interactions> {
  const { db, journal, clock, log } = kernel;
  const clean = rowReader(log);
  const cleaned = (rows: readonly StoredContact[]): InteractionRow[] =>
    rows.flatMap((row) => clean(row) ?? []);
  const stored = async (id: string): Promise<InteractionRow | undefined> => {
    const row = await db.one(contactById({ id }));
    return row && clean(row);
  };
  const dispositions = await createDispositions(kernel);
  const live = new LiveContacts(journal, stored);
  for (const row of cleaned(await db.all(openContacts()))) live.restore(row);
  const index = await openTextIndex({
    kernel,
    customers: (ids) => names.customers(ids),
    isOpen: (id) => live.isOpen(id),
    idle: () => live.openCount === 0,
  });
  index.start();
  const history = createHistory(kernel, index, (ids) => names.customers(ids));

  const shown = (rows: readonly StoredContact[]): Promise<InteractionSummary[]> =>
    summaries(cleaned(rows), names, dispositions.known);

  /** Throws when this agent may not change this contact now. */
  const refuseOthers = (held: Held | undefined, agentId: string): Held => {
    if (!held) throw new AppError('not-found', 'There is no such contact.');
    if (held.agentId !== agentId) throw new AppError('forbidden', 'This contact is not in your hands.');
    if (held.endedAt !== null && clock.now() - held.endedAt > CORRECTABLE_MS)
      throw new AppError('forbidden', 'This contact ended too long ago to be changed.');
    return held;
  };

  return {
    open(contact) {
      const { interactionId, channel, direction, customerId } = contact;
      const held = live.add(contact, clock.now());
      const recorded = journal.append(
        {
          type: 'interaction.opened',
          interactionId,
          channel,
          direction,
          ...(customerId === undefined ? {} : { customerId }),
        },
        openingOps(contact),
      );
      if (held) held.startedAt = recorded.at;
      return recorded;
    },
    contact: (interactionId) => live.get(interactionId),
    notes(interactionId) {
      const { notes, rev } = live.get(interactionId)?.saved ?? { notes: '', rev: 0 };
      return { notes, rev };
    },
    disposition: (interactionId) => live.get(interactionId)?.saved.disposition ?? null,
    disposed: (interactionId) => (live.get(interactionId)?.disposition ?? null) !== null,
    async hold(interactionId) {
      const held = await live.load(interactionId);
      if (held && held.endedAt !== null) live.keep(held);
    },
    openCount: () => live.openCount,

    async saveNotes(interactionId, agentId, typed, base) {
      // In memory it is decided in this very turn: of two who save over the same notes the second is told.
      const held = refuseOthers(live.get(interactionId) ?? (await live.load(interactionId)), agentId);
      const notes = storable(typed);
      // The same text again is a retry whose answer was lost, or that was too quick for it.
      if (notes !== held.notes) {
        if (base !== held.rev)
          throw new AppError('notes.stale', 'These notes were changed elsewhere meanwhile.', {
            rev: held.rev,
            notes: held.notes,
          });
        const rev = held.rev + 1;
        held.notes = notes;
        held.rev = rev;
        held.notesSeq = journal.append(
          { type: 'interaction.noted', interactionId, agentId, rev },
          wordsOps({ interactionId, notes, rev }),
        ).seq;
      }
      const { rev, notesSeq } = held;
      await journal.stored({ seq: notesSeq });
      if (held.saved.rev < rev) held.saved = { ...held.saved, notes, rev };
      return rev;
    },
    async dispose(interactionId, agentId, disposition) {
      if (!dispositions.has(disposition))
        throw new AppError('disposition.unknown', 'There is no such disposition.');
      const held = refuseOthers(live.get(interactionId) ?? (await live.load(interactionId)), agentId);
      if (held.disposition !== disposition) {
        held.disposition = disposition;
        held.disposedSeq = journal.append({
          type: 'interaction.disposed',
          interactionId,
          agentId,
          disposition,
        }).seq;
      }
      await journal.stored({ seq: held.disposedSeq });
      // Another choice may have been made meanwhile: then its own storing shows it.
      if (held.disposition === disposition) held.saved = { ...held.saved, disposition };
    },
    dispositions: () => dispositions.listed(),
    setDisposition: (disposition, by) => dispositions.set(disposition, by),
    removeDisposition: (id, by) => dispositions.remove(id, by),

    async history(filter) {
      const after = filter.cursor === undefined ? undefined : readCursor(filter.cursor);
      const rows = await history.page(filter, after, filter.limit + 1);
      const page = rows.slice(0, filter.limit);
      const last = page.at(-1);
      return {
        items: await shown(page),
        next: rows.length > page.length && last ? last.n.toString(36) : null,
      };
    },
    async detail(interactionId) {
      const [row, facts] = await Promise.all([stored(interactionId), journal.ofInteraction(interactionId)]);
      const held = live.peek(interactionId);
      const known = held ? { ...(row ?? unstored), ...rowOf(held) } : row;
      if (!known) throw new AppError('not-found', 'There is no such contact.');
      const [summary] = await summaries([known], names, dispositions.known);
      if (!summary) throw new Error('a row has a summary');
      return {
        ...summary,
        notesRev: known.notes_rev ?? 0,
        timeline: timeline(facts, (id) => nameOr(id, names.user(id))),
      };
    },
    recentOf: async (customerId, limit) =>
      shown(await db.all(recentContacts({ customer: customerId, limit }))),
    async recordingFile(interactionId) {
      const row = await stored(interactionId);
      return row?.recording_ms == null ? undefined : (row.recording_file ?? undefined);
    },
    async endOpen(mended, goesOn = () => false) {
      for (const { id, file } of await db.all(unfinishedRecordings())) {
        const durationMs = mended.get(id) ?? mendedLength(mended, file);
        journal.append(
          durationMs === undefined
            ? { type: 'recording.failed', interactionId: id, problem: 'lost in a restart' }
            : { type: 'recording.ended', interactionId: id, file, durationMs },
        );
      }
      const left = live.open().filter((id) => !goesOn(id));
      for (const interactionId of left)
        journal.append({ type: 'interaction.ended', interactionId, end: 'server-restart' });
      await journal.stored({ seq: journal.lastSeq });
      if (left.length > 0) log.warn({ count: left.length }, 'interactions left open by a restart are ended');
      return left.length;
    },
    stop: () => index.stop(),
  };
}

/** What a contact has that is not stored yet, beside what memory knows. */
const unstored = { n: 0, recording_file: null, recording_ms: null };

/** What memory knows of a contact is never older than its row; of what people wrote, what is stored counts. */
const rowOf = (held: Held) => ({
  id: held.id,
  channel: held.channel,
  direction: held.direction,
  customer_id: held.customerId,
  agent_id: held.agentId,
  queue_id: held.queueId,
  started_at: held.startedAt,
  answered_at: held.answeredAt,
  ended_at: held.endedAt,
  end: held.end,
  disposition: held.saved.disposition,
  ani: held.ani,
  dnis: held.dnis,
  notes: held.saved.notes,
  notes_rev: held.saved.rev,
});

/** Mended recordings may be named by their interaction, by the file as in the fact, or by its whole path. */
function mendedLength(mended: ReadonlyMap<string, number>, file: string): number | undefined {
  const exact = mended.get(file);
  if (exact !== undefined) return exact;
  for (const [path, durationMs] of mended)
    if (path.replaceAll('\\', '/').endsWith(`/${file.replaceAll('\\', '/')}`)) return durationMs;
  return undefined;
}

/** The `n` of the last row shown, which is below 0 for imported history. */
function readCursor(cursor: string): number {
  if (!/^-?[0-9a-z]{1,10}$/.test(cursor))
    throw new AppError('bad-request', 'This page of the list cannot be found: start again.');
  return Number.parseInt(cursor, 36);
}
