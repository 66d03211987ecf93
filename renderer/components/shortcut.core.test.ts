import { describe, expect, it } from 'vitest';
import { doublePress, type KeyPress, matches } from './shortcut.core.ts';

const press = (key: string, over: Partial<KeyPress> = {}): KeyPress => ({
  key,
  code: /^[a-z]$/i.test(key) ? `Key${key.toUpperCase()}` : /^\d$/.test(key) ? `Digit${key}` : key,
  alt: false,
  ctrl: false,
  meta: false,
  typing: false,
  ...over,
});

describe('single letters and digits', () => {
  it('H1: work alone when nobody is typing', () => {
    expect(matches(press('m'), 'm')).toBe(true);
    expect(matches(press('M'), 'm')).toBe(true);
  });
  it('H2: belong to the field while somebody types', () => {
    expect(matches(press('m', { typing: true }), 'm')).toBe(false);
    expect(matches(press('3', { typing: true }), '3')).toBe(false);
  });
  it('H3: work with Alt while somebody types', () => {
    expect(matches(press('3', { typing: true, alt: true }), '3')).toBe(true);
    expect(matches(press('å', { code: 'KeyA', typing: true, alt: true }), 'a')).toBe(true);
  });
  it('H4: are not taken from the browser’s own Ctrl combinations', () => {
    expect(matches(press('a', { ctrl: true }), 'a')).toBe(false);
  });
  it('H5: are found by their place on keyboards with other letters', () => {
    expect(matches(press('ф', { code: 'KeyA' }), 'a')).toBe(true);
    expect(matches(press('q', { code: 'KeyA' }), 'a')).toBe(false);
  });
});

describe('combinations', () => {
  it('H6: Mod is Ctrl or Cmd, also while typing', () => {
    expect(matches(press('k', { ctrl: true, typing: true }), 'Mod+k')).toBe(true);
    expect(matches(press('k', { meta: true }), 'Mod+k')).toBe(true);
    expect(matches(press('k'), 'Mod+k')).toBe(false);
  });
  it('H7: named keys work anywhere', () => expect(matches(press('F1', { typing: true }), 'F1')).toBe(true));
});

describe('Escape twice', () => {
  it('H8: hangs up within 0.7 s, not later', () => {
    const first = doublePress(undefined, 1000, false);
    expect(first).toEqual({ fire: false, last: 1000 });
    expect(doublePress(first.last, 1500, false).fire).toBe(true);
    expect(doublePress(first.last, 1800, false)).toEqual({ fire: false, last: 1800 });
  });
  it('H9: a key held down is one press', () => {
    expect(doublePress(1000, 1100, true)).toEqual({ fire: false, last: 1000 });
  });
  it('H10: a third press begins anew', () => expect(doublePress(1000, 1200, false).last).toBeUndefined());
});
