import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ProblemError } from './api.ts';
import {
  closeNotesExcept,
  holdNotes,
  notesFromServer,
  retryNotes,
  saveNow,
  typeNotes,
  useNotes,
  whenNotesLost,
} from './notes.ts';

const command = vi.hoisted(() => vi.fn());
vi.mock('./connection.ts', () => ({ command }));

const text = (id: string) => useNotes.getState().open[id]?.text;
/** A server that keeps notes and refuses a save over an old revision. */
function server(start: string) {
  const kept = { notes: start, rev: 1 };
  command.mockImplementation(async (_name: string, input: { notes: string; base: number }) => {
    await Promise.resolve();
    if (input.base !== kept.rev) throw new ProblemError('notes.stale', 'stale');
    kept.notes = input.notes;
    kept.rev += 1;
    return { rev: kept.rev };
  });
  return kept;
}

beforeEach(() => {
  vi.useFakeTimers();
  useNotes.setState({ open: {} });
  closeNotesExcept(['i1']);
  command.mockReset();
});
afterEach(() => vi.useRealTimers());

describe('the keeper of notes', () => {
  it('N15: saves once, 400 ms after the last keystroke', async () => {
    const kept = server('');
    notesFromServer('i1', '', 1);
    typeNotes('i1', 'a');
    await vi.advanceTimersByTimeAsync(300);
    typeNotes('i1', 'ab');
    await vi.advanceTimersByTimeAsync(399);
    expect(command).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(command).toHaveBeenCalledTimes(1);
    expect(kept.notes).toBe('ab');
  });
  it('N16: saves what was typed during a save before it says that all is saved', async () => {
    const kept = server('');
    notesFromServer('i1', '', 1);
    typeNotes('i1', 'first');
    const saving = saveNow('i1');
    typeNotes('i1', 'first second');
    expect(await saving).toBe(true);
    expect(kept.notes).toBe('first second');
  });
  it('N17: a second flush waits for the save under way', async () => {
    const kept = server('');
    notesFromServer('i1', '', 1);
    typeNotes('i1', 'x');
    expect(await Promise.all([saveNow('i1'), saveNow('i1')])).toEqual([true, true]);
    expect(command).toHaveBeenCalledTimes(1);
    expect(kept.notes).toBe('x');
  });
  it('N18: after a stale save both texts are kept and saved', async () => {
    const kept = server('start');
    notesFromServer('i1', 'start', 1);
    typeNotes('i1', 'start mine');
    Object.assign(kept, { notes: 'start theirs', rev: 2 });
    const saving = saveNow('i1');
    notesFromServer('i1', 'start theirs', 2);
    expect(await saving).toBe(true);
    expect(kept.notes).toContain('mine');
    expect(kept.notes).toContain('theirs');
  });
  it('N19: without a connection the text waits, and goes out when it is back', async () => {
    command.mockRejectedValue(new ProblemError('connection.lost', 'away'));
    notesFromServer('i1', '', 1);
    typeNotes('i1', 'kept');
    expect(await saveNow('i1')).toBe(false);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(command).toHaveBeenCalledTimes(1);
    const kept = server('');
    retryNotes();
    await vi.advanceTimersByTimeAsync(0);
    expect(kept.notes).toBe('kept');
  });
  it('N20: an error of the server is tried again by itself', async () => {
    command.mockRejectedValueOnce(new ProblemError('internal', 'no'));
    notesFromServer('i1', '', 1);
    typeNotes('i1', 'again');
    expect(await saveNow('i1')).toBe(false);
    const kept = server('');
    await vi.advanceTimersByTimeAsync(3000);
    expect(kept.notes).toBe('again');
  });
  it('N21: notes of work that is gone are saved before they are let go of', async () => {
    const kept = server('');
    notesFromServer('i1', '', 1);
    typeNotes('i1', 'last words');
    closeNotesExcept([]);
    await vi.advanceTimersByTimeAsync(0);
    expect(kept.notes).toBe('last words');
    expect(text('i1')).toBeUndefined();
  });
  it('N22: notes that can never be saved are handed back to be shown, once', async () => {
    command.mockRejectedValue(new ProblemError('work.unknown', 'gone'));
    const lost = vi.fn();
    whenNotesLost(lost);
    notesFromServer('i1', '', 1);
    typeNotes('i1', 'last words');
    closeNotesExcept([]);
    await vi.advanceTimersByTimeAsync(0);
    closeNotesExcept([]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(lost.mock.calls).toEqual([['i1', 'last words', 'work.unknown']]);
  });
});

describe('notes that are corrected after the contact', () => {
  it('N24: stay open while the desk shows other work, and are saved as they are typed', async () => {
    const kept = server('');
    notesFromServer('old', '', 1);
    const release = holdNotes('old');
    closeNotesExcept(['i1']);
    await vi.advanceTimersByTimeAsync(0);
    typeNotes('old', 'called back');
    await vi.advanceTimersByTimeAsync(400);
    expect(kept.notes).toBe('called back');
    await release();
    expect(text('old')).toBeUndefined();
  });
  it('N25: are saved at once when their page is left', async () => {
    const kept = server('');
    notesFromServer('old', '', 1);
    const release = holdNotes('old');
    typeNotes('old', 'called back');
    await release();
    expect(kept.notes).toBe('called back');
    expect(text('old')).toBeUndefined();
  });
  it('N26: stay when the desk has them too', async () => {
    server('');
    notesFromServer('i1', '', 1);
    await holdNotes('i1')();
    expect(text('i1')).toBe('');
  });
  it('N27: merge with what another window wrote, and keep both', async () => {
    const kept = server('base');
    notesFromServer('old', 'base', 1);
    const release = holdNotes('old');
    kept.notes = 'base, and theirs';
    kept.rev = 2;
    typeNotes('old', 'mine, base');
    const saving = saveNow('old');
    // What the history fetches again meanwhile.
    notesFromServer('old', kept.notes, kept.rev);
    await saving;
    expect(kept.notes).toBe('mine, base, and theirs');
    expect(useNotes.getState().open.old?.merged).toBe(true);
    await release();
  });
  it('N28: that come too late are handed to the person when the page is left', async () => {
    const lost = vi.fn();
    whenNotesLost(lost);
    command.mockRejectedValue(new ProblemError('forbidden', 'too late'));
    notesFromServer('old', '', 1);
    const release = holdNotes('old');
    typeNotes('old', 'too late');
    expect(await saveNow('old')).toBe(false);
    expect(lost).not.toHaveBeenCalled();
    await release();
    expect(lost).toHaveBeenCalledWith('old', 'too late', 'forbidden');
  });
});
