import type { Disposition, InteractionDetail, InteractionSummary } from '#shared/contract/interactions.ts';
import type { Recorded } from '#shared/model/facts/index.ts';

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

/** What a contact begins with. The numbers are people's words: no fact has them. */
export interface NewContact {
  readonly interactionId: string;
  readonly channel: InteractionSummary['channel'];
  readonly direction: InteractionSummary['direction'];
  readonly ani: string;
  readonly dnis: string;
  readonly customerId?: string | undefined;
}

/** A contact as memory has it: what was appended last, stored or not. */
export interface Contact {
  readonly id: string;
  readonly channel: InteractionSummary['channel'];
  readonly direction: InteractionSummary['direction'];
  readonly ani: string;
  readonly dnis: string;
  readonly customerId: string | null;
  readonly agentId: string | null;
  readonly queueId: string | null;
  readonly startedAt: number;
  readonly answeredAt: number | null;
  readonly endedAt: number | null;
  readonly end: InteractionSummary['end'];
}

/**
 * What is in hand is answered from memory, at once: every contact that is open or in wrap-up, and those touched lately.
 * The rest is read, and rejects with `DatabaseUnavailable` while the database does not answer. What people change is
 * decided in memory at once and resolves when it is stored, however long that takes.
 */
export interface Interactions {
  /** A contact begins. The only way to open one: the numbers are stored with the fact. */
  open(contact: NewContact): Recorded;
  /** Of those in memory. */
  contact(interactionId: string): Contact | undefined;
  /** As they are stored, of those in memory; nothing for others. */
  notes(interactionId: string): { notes: string; rev: number };
  /** As it is stored, of those in memory. */
  disposition(interactionId: string): string | null;
  /** Was one chosen, stored or not yet? Whoever chose has done their part, whatever the database does. */
  disposed(interactionId: string): boolean;
  /** Brings one into memory and keeps it there until its wrap-up ends; nothing happens when there is no such contact. */
  hold(interactionId: string): Promise<void>;
  /** Contacts not ended: must be the calls alive now, and what waits to be called back. */
  openCount(): number;

  /**
   * Saves notes typed by the agent who holds it; resolves with the new revision. Rejects with `notes.stale` (details.rev,
   * details.notes) when `base` is old, `not-found`, `forbidden` when it is not this agent's. The same text again is a retry.
   */
  saveNotes(interactionId: string, agentId: string, notes: string, base: number): Promise<number>;
  /** Rejects with `disposition.unknown`, `not-found`, `forbidden`. */
  dispose(interactionId: string, agentId: string, disposition: string): Promise<void>;
  /** What agents choose from, in the order of the keys. */
  dispositions(): readonly Disposition[];
  /**
   * Adds one, or changes it. Rejects with `bad-request`, `conflict` for a key that another one has.
   * @param by user id, or `system`
   */
  setDisposition(disposition: Disposition, by: string): Promise<void>;
  /** Takes it off the list; contacts that have it keep it and its name. Rejects with `not-found`, `conflict` for the last. */
  removeDisposition(id: string, by: string): Promise<void>;

  /** Rejects with `bad-request` for a cursor that is none. */
  history(filter: HistoryFilter): Promise<{ items: InteractionSummary[]; next: string | null }>;
  /** Rejects with `not-found`. */
  detail(interactionId: string): Promise<InteractionDetail>;
  /** Newest first, ended ones only. */
  recentOf(customerId: string, limit: number): Promise<InteractionSummary[]>;
  /** Where the recording lies: a path relative to the recordings folder, or undefined. */
  recordingFile(interactionId: string): Promise<string | undefined>;
  /**
   * On start: interactions that a dead server left open are ended with `server-restart` (by facts), their recordings
   * given the length (ms) that mending found, by interaction id, by file or by whole path. Resolves with how many, once
   * that is stored.
   * @param goesOn those whose work outlived the server stay open
   */
  endOpen(mended: ReadonlyMap<string, number>, goesOn?: (interactionId: string) => boolean): Promise<number>;
  /** Ends the work in the background; resolves when nothing of it runs any more. */
  stop(): Promise<void>;
}
