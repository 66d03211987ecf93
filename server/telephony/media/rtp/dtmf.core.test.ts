import { describe, expect, it } from 'vitest';
import { DtmfReceiver, DtmfSender, eventOf, tonesOf } from './dtmf.core.ts';

const event = (code: number, duration: number, end = false) =>
  Uint8Array.of(code, (end ? 0x80 : 0) | 10, duration >> 8, duration & 255);

describe('keys that come in', () => {
  it('M4: one press is one key, told at its first end bit', () => {
    const keys = new DtmfReceiver();
    const told = [160, 320, 480].map((d) => keys.push(1, 1000, event(5, d), 0));
    expect(told).toEqual(['', '', '']);
    expect(keys.pending).toBe(true);
    expect([0, 1, 2].map(() => keys.push(1, 1000, event(5, 640, true), 60))).toEqual(['5', '', '']);
    expect(keys.poll(10_000)).toBe('');
  });

  it('M4: the same key pressed again is another key', () => {
    const keys = new DtmfReceiver();
    expect(keys.push(1, 1000, event(11, 800, true), 0)).toBe('#');
    expect(keys.push(1, 3000, event(11, 800, true), 0)).toBe('#');
  });

  it('M4: with every end lost the key is told when the next one begins, or after 200 ms', () => {
    const keys = new DtmfReceiver();
    keys.push(1, 1000, event(1, 160), 0);
    expect(keys.push(1, 3000, event(2, 160), 100)).toBe('1');
    expect(keys.poll(299)).toBe('');
    expect(keys.poll(300)).toBe('2');
    expect(keys.push(1, 3000, event(2, 800, true), 310)).toBe('');
  });

  it('M4: stragglers of an earlier key are ignored', () => {
    const keys = new DtmfReceiver();
    keys.push(1, 1000, event(1, 800, true), 0);
    keys.push(1, 3000, event(2, 160), 0);
    expect(keys.push(1, 1000, event(1, 800, true), 0)).toBe('');
    expect(keys.push(1, 3000, event(2, 800, true), 0)).toBe('2');
  });

  it('M4: a key held for longer than a segment is one key (RFC 4733 2.5.1.3)', () => {
    const keys = new DtmfReceiver();
    keys.push(1, 1000, event(3, 160), 0);
    keys.push(1, 1000, event(3, 0xffff), 8000);
    expect(keys.push(1, 1000 + 0xffff, event(3, 160), 8020)).toBe('');
    expect(keys.push(1, 1000 + 0xffff, event(3, 800, true), 8100)).toBe('3');
  });

  it('M4: short packets and events that are no keys tell nothing', () => {
    const keys = new DtmfReceiver();
    expect(keys.push(1, 1, Uint8Array.of(1, 0x80), 0)).toBe('');
    expect(keys.push(1, 2, event(16, 800, true), 0)).toBe('');
  });
});

describe('keys that go out', () => {
  it('M4: have one timestamp, a marker at their begin, growing durations and three ends', () => {
    const sender = new DtmfSender();
    expect(sender.press('7')).toBe(true);
    const packets = Array.from({ length: 10 }, (_, i) => sender.next(i * 160)).flat();
    expect(packets.map((p) => p.timestamp)).toEqual(Array(8).fill(0));
    expect(packets.map((p) => p.marker)).toEqual([true, ...Array(7).fill(false)]);
    expect(packets.map((p) => ((p.payload[2] ?? 0) << 8) | (p.payload[3] ?? 0))).toEqual([
      160, 320, 480, 640, 800, 960, 960, 960,
    ]);
    expect(packets.map((p) => (p.payload[1] ?? 0) >> 7)).toEqual([0, 0, 0, 0, 0, 1, 1, 1]);
    expect(sender.busy).toBe(false);
  });

  it('M4: what was sent is received, key for key', () => {
    const sender = new DtmfSender();
    for (const digit of '159#*0Ad') sender.press(digit);
    const keys = new DtmfReceiver();
    let heard = '';
    for (let tick = 0; sender.busy; tick++) {
      for (const p of sender.next(tick * 160)) heard += keys.push(1, p.timestamp, p.payload, tick * 20);
    }
    expect(heard).toBe('159#*0AD');
  });

  it('M4: anything but a key is refused', () => {
    const sender = new DtmfSender();
    expect(['', 'x', '12', '+'].map((digit) => sender.press(digit))).toEqual([false, false, false, false]);
    expect(sender.busy).toBe(false);
    expect(eventOf('d')).toBe(15);
  });

  it('knows the tones of the keypad', () => {
    expect(['1', '5', '0', '#', 'D'].map((key) => tonesOf(eventOf(key) ?? 0))).toEqual([
      [697, 1209],
      [770, 1336],
      [941, 1336],
      [941, 1477],
      [941, 1633],
    ]);
  });
});
