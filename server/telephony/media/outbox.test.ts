import { describe, expect, it, vi } from 'vitest';
import { Outbox } from './outbox.ts';

describe('the outbox between threads', () => {
  it('M11: sends what is waited for at once, and with it, in order, all that was held back', () => {
    vi.useFakeTimers();
    const sent: string[][] = [];
    const outbox = new Outbox<string>((batch) => sent.push(batch));
    outbox.post('mix', 'soon');
    outbox.post('open', 'soon');
    outbox.post('accept', 'now');
    outbox.post('close', 'soon');
    vi.advanceTimersByTime(0);
    expect(sent).toEqual([['mix', 'open', 'accept', 'close']]);
    outbox.post('play', 'soon');
    vi.advanceTimersByTime(4);
    expect(sent.length).toBe(1);
    vi.advanceTimersByTime(1);
    expect(sent[1]).toEqual(['play']);
    vi.advanceTimersByTime(100);
    outbox.flush();
    expect(sent.length).toBe(2);
    vi.useRealTimers();
  });
});
