import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  acked,
  failed,
  isDirty,
  mergeNotes,
  notesStatus,
  openNotes,
  send,
  serverHas,
  typed,
} from './notes.core.ts';

const opened = (text = 'a', rev = 1) => openNotes(text, rev, undefined);

describe('saving notes', () => {
  it('N1: typing makes them unsaved, sending saves them, the acknowledgement makes them saved', () => {
    let s = typed(opened(), 'ab');
    expect(notesStatus(s)).toBe('unsaved');
    s = send(s);
    expect(s.sending).toEqual({ text: 'ab', base: 1 });
    expect(notesStatus(s)).toBe('saving');
    s = acked(s, 2);
    expect(s).toMatchObject({ base: 2, baseText: 'ab' });
    expect(notesStatus(s)).toBe('saved');
  });
  it('N2: what is typed during a save stays unsaved and is sent over the new revision', () => {
    let s = send(typed(opened(), 'ab'));
    s = acked(typed(s, 'abc'), 2);
    expect(notesStatus(s)).toBe('unsaved');
    expect(send(s).sending).toEqual({ text: 'abc', base: 2 });
  });
  it('N3: never has two saves under way', () => {
    const s = send(typed(opened(), 'ab'));
    expect(send(typed(s, 'abc')).sending).toEqual({ text: 'ab', base: 1 });
  });
  it('N4: a failed save keeps the text, says so and can be sent again', () => {
    const s = failed(send(typed(opened(), 'ab')), 'internal');
    expect(s.text).toBe('ab');
    expect(notesStatus(s)).toBe('failed');
    expect(send(s).sending).toEqual({ text: 'ab', base: 1 });
  });
  it('N5: the desk message of our own save may come before its acknowledgement', () => {
    let s = send(typed(opened(), 'ab'));
    s = serverHas(typed(s, 'abc'), 'ab', 2);
    expect(s).toMatchObject({ text: 'abc', base: 2, baseText: 'ab', sending: undefined, merged: false });
    expect(acked(s, 2).text).toBe('abc');
  });
  it('N6: another person’s text replaces ours only when we typed nothing', () => {
    expect(serverHas(opened(), 'theirs', 2)).toMatchObject({ text: 'theirs', base: 2, merged: false });
    const s = serverHas(typed(opened('a'), 'a mine'), 'a theirs', 2);
    expect(s.text).toContain('mine');
    expect(s.text).toContain('theirs');
    expect(s).toMatchObject({ base: 2, baseText: 'a theirs', merged: true });
    expect(isDirty(s)).toBe(true);
  });
  it('N7: an old desk message changes nothing', () => {
    const s = typed(opened('a', 5), 'ab');
    expect(serverHas(s, 'older', 4)).toBe(s);
  });
  it('N8: a late acknowledgement does not take the revision back', () => {
    let s = send(typed(opened(), 'ab'));
    s = serverHas(s, 'somebody else', 3);
    s = acked(s, 2);
    expect(s.base).toBe(3);
    expect(s.baseText).toBe('somebody else');
    expect(s.text).toContain('ab');
  });
});

describe('notes after a reload', () => {
  it('N9: an unsaved copy over the same revision is taken up again', () => {
    const s = openNotes('a', 1, { text: 'abc', base: 1, baseText: 'a' });
    expect(s.text).toBe('abc');
    expect(notesStatus(s)).toBe('unsaved');
  });
  it('N10: a copy whose save arrived unacknowledged does not double its text', () => {
    expect(openNotes('abc', 2, { text: 'abc', base: 1, baseText: 'a' }).text).toBe('abc');
    expect(openNotes('abc', 2, { text: 'abcd', base: 1, baseText: 'a' }).text).toBe('abcd');
  });
  it('N11: a saved copy gives way to the server', () => {
    expect(openNotes('newer', 7, { text: 'old', base: 3, baseText: 'old' }).text).toBe('newer');
  });
});

describe('merging notes', () => {
  it('N12: changes in different places are both applied', () => {
    expect(mergeNotes('one two three', 'ONE two three', 'one two THREE')).toBe('ONE two THREE');
  });
  it('N13: two additions at the same end are both kept, theirs first', () => {
    expect(mergeNotes('a\n', 'a\nmine', 'a\ntheirs')).toBe('a\ntheirs\nmine');
  });
  it('N14: no word that either wrote is lost', () => {
    const word = fc.stringMatching(/^[a-z]{3,6}$/);
    const edit = fc.tuple(word, fc.nat(40));
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 6 }),
        edit,
        edit,
        (words, [mine, mineAt], [theirs, theirsAt]) => {
          const base = words.join(' ');
          const insert = (text: string, at: number) => {
            const place = at % (base.length + 1);
            return base.slice(0, place) + text + base.slice(place);
          };
          const merged = mergeNotes(base, insert(`<${mine}>`, mineAt), insert(`[${theirs}]`, theirsAt));
          return merged.includes(mine) && merged.includes(theirs);
        },
      ),
    );
  });
});
