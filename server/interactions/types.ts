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
  /** What agents choose from, in the order of the keys. */
  dispositions(): readonly Disposition[];
  /** Adds one, or changes it. Throws `bad-request`, `conflict` for a key that another one has. */
  setDisposition(disposition: Disposition): void;
  /** Takes it off the list; contacts that have it keep it and its name. Throws `not-found`, `conflict` for the last one. */
  removeDisposition(id: string): void;
  /** Who it is about, as committed last. */
  contact(interactionId: string): { readonly ani: string; readonly customerId: string | null } | undefined;
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
   * @param goesOn those whose work outlived the server stay open
   */
  endOpen(mended: ReadonlyMap<string, number>, goesOn?: (interactionId: string) => boolean): number;
  /** Interactions not ended: must be the calls alive now. */
  openCount(): number;
}
