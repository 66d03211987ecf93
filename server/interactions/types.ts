import type { Disposition, InteractionDetail, InteractionSummary } from '#shared/contract/views.ts';

export interface HistoryFilter {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly customer?: string | undefined;
  readonly agent?: string | undefined;
  readonly queue?: string | undefined;
  readonly search?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** Everything here but the writing commands is read from the projection of the journal's facts. */
export interface Interactions {
  /** Saves notes typed by the agent who holds it. Throws `notes.stale` (details.rev, details.notes) when `base` is old,
   * `not-found`, `forbidden` when it is not this agent's. Returns the new revision. */
  saveNotes(interactionId: string, agentId: string, notes: string, base: number): number;
  /** Throws `disposition.unknown`, `not-found`, `forbidden`. */
  dispose(interactionId: string, agentId: string, disposition: string): void;
  dispositions(): readonly Disposition[];
  /** Notes as saved last (also those not committed yet). */
  notes(interactionId: string): { notes: string; rev: number };
  disposition(interactionId: string): string | null;
  history(filter: HistoryFilter): { items: InteractionSummary[]; next: string | null };
  /** Throws `not-found`. */
  detail(interactionId: string): InteractionDetail;
  /** Newest first, ended ones only. */
  recentOf(customerId: string, limit: number): InteractionSummary[];
  /** Where the recording lies: a path relative to the recordings folder, or undefined. */
  recordingFile(interactionId: string): string | undefined;
  /**
   * On start: interactions that a dead server left open are ended with `server-restart` (by facts), their recordings
   * given the length (ms) that mending found, by interaction id, by file or by whole path. Returns how many.
   */
  endOpen(mended: ReadonlyMap<string, number>): number;
  /** Interactions not ended: must be the calls alive now. */
  openCount(): number;
}
