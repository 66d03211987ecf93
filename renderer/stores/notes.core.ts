/**
 * Saving notes as they are typed, without ever losing a word.
 *
 *             typed                    send                    acked, nothing typed since
 *   [clean] --------> [dirty] ----------------------> [saving] -------------------------> [clean]
 *      ^                 ^   after 400 ms of quiet,      |  | typed since: back to [dirty]
 *      |                 |   or at once on flush         |  |
 *      |                 +-------- failed, stale --------+  |
 *      +--- server's newer text, merged if we are dirty ----+
 *
 * `base` and `baseText` are the revision and text both sides last agreed on; a save is always over them.
 */
export interface NotesState {
  readonly text: string;
  readonly base: number;
  readonly baseText: string;
  readonly sending: { readonly text: string; readonly base: number } | undefined;
  /** Code of the last failure, until the next success or keystroke. */
  readonly problem: string | undefined;
  /** Another person's text was merged into this one. */
  readonly merged: boolean;
}

type NotesStatus = 'saved' | 'saving' | 'unsaved' | 'failed';

/** What survives a reload in session storage. */
export interface NotesCopy {
  readonly text: string;
  readonly base: number;
  readonly baseText: string;
}

export const isDirty = (s: NotesState): boolean => s.text !== s.baseText;

export function notesStatus(s: NotesState): NotesStatus {
  if (s.sending !== undefined) return 'saving';
  if (!isDirty(s)) return 'saved';
  return s.problem === undefined ? 'unsaved' : 'failed';
}

/** Opens the notes as the server has them, over a copy left by a reload or crash if there is one. */
export function openNotes(serverText: string, rev: number, copy: NotesCopy | undefined): NotesState {
  const fresh: NotesState = {
    text: serverText,
    base: rev,
    baseText: serverText,
    sending: undefined,
    problem: undefined,
    merged: false,
  };
  if (copy === undefined || copy.text === copy.baseText || copy.text === serverText) return fresh;
  if (copy.base === rev) return { ...fresh, text: copy.text };
  // Our own save may have arrived without its acknowledgement: what was typed after it then goes on top.
  return { ...fresh, text: mergeNotes(copy.baseText, copy.text, serverText) };
}

export const typed = (s: NotesState, text: string): NotesState => ({ ...s, text, problem: undefined });

/** Begins a save if there is something to save and none is under way. */
export function send(s: NotesState): NotesState {
  if (s.sending !== undefined || !isDirty(s)) return s;
  return { ...s, sending: { text: s.text, base: s.base } };
}

export function acked(s: NotesState, rev: number): NotesState {
  if (s.sending === undefined) return s;
  const sent = s.sending.text;
  // The desk message may have been quicker than the acknowledgement, and a later one may already be merged.
  if (rev < s.base) return { ...s, sending: undefined, problem: undefined };
  return { ...s, base: rev, baseText: sent, sending: undefined, problem: undefined };
}

export const failed = (s: NotesState, code: string): NotesState => ({
  ...s,
  sending: undefined,
  problem: code,
});

/** The server's text and revision, from a desk message or fetched after `notes.stale`. */
export function serverHas(s: NotesState, text: string, rev: number): NotesState {
  if (rev <= s.base) return s;
  if (s.sending !== undefined && text === s.sending.text) {
    return { ...s, base: rev, baseText: text, sending: undefined, problem: undefined };
  }
  if (!isDirty(s)) return { ...s, text, base: rev, baseText: text };
  const merged = mergeNotes(s.baseText, s.text, text);
  return { ...s, text: merged, base: rev, baseText: text, merged: merged !== s.text };
}

interface Hunk {
  readonly start: number;
  readonly end: number;
  readonly insert: string;
}

/** The one region in which `after` differs from `before`. */
function hunk(before: string, after: string): Hunk {
  let start = 0;
  const shorter = Math.min(before.length, after.length);
  while (start < shorter && before[start] === after[start]) start += 1;
  let tail = 0;
  while (tail < shorter - start && before[before.length - 1 - tail] === after[after.length - 1 - tail])
    tail += 1;
  return { start, end: before.length - tail, insert: after.slice(start, after.length - tail) };
}

/**
 * Both people's changes to `base`. Where they changed different places both are applied; where they changed the
 * same place both texts are kept, theirs first. No text that either of them wrote is dropped.
 */
export function mergeNotes(base: string, mine: string, theirs: string): string {
  if (mine === base || mine === theirs) return theirs;
  if (theirs === base) return mine;
  const m = hunk(base, mine);
  const t = hunk(base, theirs);
  if (m.end < t.start || (m.end === t.start && m.end !== m.start && t.end !== t.start))
    return apply(base, m, t);
  if (t.end < m.start || (t.end === m.start && m.end !== m.start && t.end !== t.start))
    return apply(base, t, m);
  const start = Math.min(m.start, t.start);
  const end = Math.max(m.end, t.end);
  const part = (h: Hunk) => base.slice(start, h.start) + h.insert + base.slice(h.end, end);
  const [ours, others] = [part(m), part(t)];
  const both = others.includes(ours) ? others : ours.includes(others) ? ours : joined(others, ours);
  return base.slice(0, start) + both + base.slice(end);
}

const apply = (base: string, first: Hunk, second: Hunk): string =>
  base.slice(0, first.start) +
  first.insert +
  base.slice(first.end, second.start) +
  second.insert +
  base.slice(second.end);

const joined = (a: string, b: string): string => (a.endsWith('\n') ? a + b : `${a}\n${b}`);
