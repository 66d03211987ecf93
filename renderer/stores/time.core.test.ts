import { describe, expect, it } from 'vitest';
import { dayRange, formatLeft, formatSpan, nextOffset } from './time.core.ts';

describe('timers', () => {
  it('T1: read as minutes and seconds, with hours when there are any', () => {
    expect([0, 7_000, 760_000, 3_723_000].map(formatSpan)).toEqual(['0:00', '0:07', '12:40', '1:02:03']);
  });
  it('T2: never run below zero', () => expect(formatSpan(-5)).toBe('0:00'));
  it('T3: a countdown shows 0:01 until its end', () => {
    expect(formatLeft(1)).toBe('0:01');
    expect(formatLeft(0)).toBe('0:00');
  });
  it('T4: the clock offset takes the quickest message and follows a clock that was set', () => {
    expect(nextOffset(undefined, 1000, 900)).toBe(100);
    expect(nextOffset(100, 2000, 1990)).toBe(100);
    expect(nextOffset(100, 3000, 2800)).toBe(200);
    expect(nextOffset(100, 60_000, 4_000)).toBe(56_000);
  });
  it('T5: a day range holds the whole last day', () => {
    const range = dayRange('2026-03-01', '2026-03-01');
    expect((range.to ?? 0) - (range.from ?? 0)).toBe(86_400_000);
    expect(dayRange('', 'rubbish')).toEqual({});
  });
});
