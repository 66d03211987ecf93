import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ProblemError } from './api.ts';
import {
  closeNotesExcept,
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
