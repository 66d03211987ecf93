import { create } from 'zustand';
import { endpoints } from '#shared/contract/index.ts';
import { call, problemCode } from './api.ts';
import { command } from './connection.ts';
import * as core from './notes.core.ts';

/** Quiet time after the last keystroke before a save, ms; and how soon a failed one is tried again. */
const QUIET = 400;
const RETRY = 3000;
const PREFIX = 'cordboard.notes.';

interface Notes {
  /** The notes open on this desk, by interaction. They stay until they are saved, even when the work is gone. */
  readonly open: Readonly<Record<string, core.NotesState>>;
}
export const useNotes = create<Notes>()(() => ({ open: {} }));

/** Told when notes of finished work can never be saved any more, with the text, so that it can be shown. */
type LostListener = (interactionId: string, text: string, code: string) => void;
let onLost: LostListener = () => {};
export function whenNotesLost(listener: LostListener): void {
  onLost = listener;
}

const timers = new Map<string, ReturnType<typeof setTimeout>>();
const current = (id: string): core.NotesState | undefined => useNotes.getState().open[id];

function put(id: string, next: core.NotesState): void {
  const before = current(id);
  if (before === next) return;
  useNotes.setState(({ open }) => ({ open: { ...open, [id]: next } }));
  if (core.isDirty(next) || next.sending !== undefined) {
    const copy: core.NotesCopy = { text: next.text, base: next.base, baseText: next.baseText };
    keep(id, JSON.stringify(copy));
  } else keep(id, undefined);
}

function keep(id: string, copy: string | undefined): void {
  try {
    if (copy === undefined) sessionStorage.removeItem(PREFIX + id);
    else sessionStorage.setItem(PREFIX + id, copy);
  } catch {
    // Storage may be full or forbidden; the notes are still in memory and on their way to the server.
  }
}

function kept(id: string): core.NotesCopy | undefined {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(PREFIX + id) ?? 'null');
    if (value === null || typeof value !== 'object') return undefined;
    const { text, base, baseText } = value as Record<string, unknown>;
    if (typeof text !== 'string' || typeof base !== 'number' || typeof baseText !== 'string')
      return undefined;
    return { text, base, baseText };
  } catch {
    return undefined;
  }
}

function later(id: string, ms: number): void {
  clearTimeout(timers.get(id));
  timers.set(
    id,
    setTimeout(() => void saveNow(id), ms),
  );
}

/** The server's notes of this interaction, as each desk message has them. Opens them at the first call. */
export function notesFromServer(id: string, text: string, rev: number): void {
  const state = current(id);
  const next = state === undefined ? core.openNotes(text, rev, kept(id)) : core.serverHas(state, text, rev);
  put(id, next);
  if (core.isDirty(next) && next.sending === undefined) later(id, QUIET);
}

export function typeNotes(id: string, text: string): void {
  const state = current(id);
  if (state === undefined) return;
  put(id, core.typed(state, text));
  later(id, QUIET);
}

/**
 * Saves what is unsaved, and what is typed meanwhile, until everything is saved: then true. False after a failure;
 * the text is kept and tried again by itself.
 */
export async function saveNow(id: string): Promise<boolean> {
  clearTimeout(timers.get(id));
  timers.delete(id);
  const state = current(id);
  if (state === undefined || (!core.isDirty(state) && state.sending === undefined)) return true;
  if (state.sending !== undefined) {
    await settled(id, state.sending);
    return saveNow(id);
  }
  const sending = core.send(state);
  put(id, sending);
  const mine = sending.sending;
  if (mine === undefined) return true;
  try {
    const { rev } = await command('notes.save', { interactionId: id, notes: mine.text, base: mine.base });
    const now = current(id);
    // The desk message may have settled this save already, and the next one may be under way.
    if (now?.sending === mine) put(id, core.acked(now, rev));
    return await saveNow(id);
  } catch (error) {
    return saveFailed(id, mine, problemCode(error));
  }
}

async function saveFailed(
  id: string,
  mine: NonNullable<core.NotesState['sending']>,
  code: string,
): Promise<boolean> {
  const now = current(id);
  if (now?.sending !== mine) return saveNow(id);
  if (code === 'notes.stale') {
    put(id, { ...now, sending: undefined });
    if (now.base === mine.base) await fetchNotes(id);
    const fresh = current(id);
    if (fresh !== undefined && fresh.base > mine.base) return saveNow(id);
  }
  put(id, core.failed(current(id) ?? now, code));
  // Without a connection nothing was lost: `retryNotes` is called when it is back.
  if (code === 'work.unknown' || code === 'forbidden' || code === 'not-found' || code === 'call.not-yours') {
    const text = current(id)?.text;
    if (text !== undefined && !inUse(id)) {
      onLost(id, text, code);
      drop(id);
    }
  } else if (code !== 'connection.lost') later(id, RETRY);
  return false;
}

async function fetchNotes(id: string): Promise<void> {
  try {
    const detail = await call(endpoints.getInteraction, { params: { id } });
    const state = current(id);
    if (state !== undefined) put(id, core.serverHas(state, detail.notes, detail.notesRev));
  } catch {
    // The next desk message or retry brings them.
  }
}

/** Resolves when this very save has been acknowledged or refused. */
function settled(id: string, sending: core.NotesState['sending']): Promise<void> {
  return new Promise((resolve) => {
    const stop = useNotes.subscribe(({ open }) => {
      if (open[id]?.sending === sending) return;
      stop();
      resolve();
    });
  });
}

/** On return of the connection: everything unsaved goes out again. */
export function retryNotes(): void {
  for (const [id, state] of Object.entries(useNotes.getState().open)) {
    if (core.isDirty(state) && state.sending === undefined) void saveNow(id);
  }
}

/** On the desk; and open elsewhere, for corrections. */
let shown: readonly string[] = [];
const held = new Set<string>();
const inUse = (id: string): boolean => shown.includes(id) || held.has(id);

function drop(id: string): void {
  const { [id]: _gone, ...open } = useNotes.getState().open;
  useNotes.setState({ open });
}

/** Saves the notes and lets go of them, unless they are in use again by then. */
async function letGo(id: string): Promise<void> {
  if ((await saveNow(id)) && !inUse(id)) drop(id);
}

/** The desk shows these interactions now; the notes of others are saved first and then let go of. */
export function closeNotesExcept(keepIds: readonly string[]): void {
  shown = keepIds;
  for (const id of Object.keys(useNotes.getState().open)) if (!inUse(id)) void letGo(id);
}

/**
 * Keeps the notes of an interaction open beside those of the desk, until the returned function is called: then they
 * are saved, and the promise resolves when that is done or has failed.
 */
export function holdNotes(id: string): () => Promise<void> {
  held.add(id);
  return () => {
    held.delete(id);
    return inUse(id) ? Promise.resolve() : letGo(id);
  };
}
