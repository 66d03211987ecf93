import { describe, expect, it } from 'vitest';
import { JitterQueue } from './jitter.core.ts';

/** Decodes a byte to itself times ten, so that frames can be told apart. */
const table = Int16Array.from({ length: 256 }, (_, code) => code * 10);
const frame = (value: number, samples = 160) => new Uint8Array(samples).fill(value);

function harness() {
  const queue = new JitterQueue();
  const out = new Int16Array(160);
  return {
    queue,
    put: (value: number, timestamp: number, samples = 160, ssrc = 1) =>
      queue.push(ssrc, timestamp >>> 0, frame(value, samples), 0, samples, table),
    /** The value of the next frame: what was put in, 0 for silence. */
    get: () => (queue.pull(out) ? (out[0] ?? 0) / 10 : 0),
    out,
  };
}

describe('the jitter queue', () => {
  it('M5: begins with four frames, then gives one frame for each taken', () => {
    const { put, get } = harness();
    const heard: number[] = [];
    for (let i = 0; i < 10; i++) {
      put(i + 1, i * 160);
      heard.push(get());
    }
    expect(heard).toEqual([0, 0, 0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('M5: puts reordered packets in order, ignores doubles and goes on over the wrap of the timestamp', () => {
    const { put, get } = harness();
    const base = 0xffffffff - 400;
    for (const i of [1, 0, 2, 2, 4, 3, 3, 5]) put(i + 1, base + i * 160);
    expect([get(), get(), get(), get(), get(), get()]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('M5: takes packets of any length: 30 ms in, 20 ms out', () => {
    const { put, get } = harness();
    for (let i = 0; i < 8; i++) put(9, i * 240, 240);
    for (let i = 0; i < 12; i++) expect(get()).toBe(9);
  });

  it('M5: bridges one lost frame with the one before at half strength, and a longer gap with silence', () => {
    const { put, get } = harness();
    for (const i of [0, 1, 4, 5]) put(8, i * 160);
    expect([get(), get(), get(), get(), get(), get()]).toEqual([8, 8, 4, 0, 8, 8]);
  });

  it('M5: drops what comes after its time', () => {
    const { put, get } = harness();
    for (const i of [0, 1, 3, 4, 5]) put(i + 1, i * 160);
    get();
    get();
    get();
    put(3, 2 * 160);
    expect(get()).toBe(4);
  });

  it('M5: begins anew after a pause, a jump of the timestamp, or with another source', () => {
    const { put, get, queue } = harness();
    for (let i = 0; i < 4; i++) put(1, i * 160);
    for (let i = 0; i < 10; i++) get();
    expect(queue.lead).toBe(0);
    for (let i = 0; i < 5; i++) put(2, 900_000 + i * 160);
    expect(get()).toBe(2);
    for (let i = 0; i < 5; i++) put(3, 5 + i * 160);
    expect(get()).toBe(3);
    for (let i = 0; i < 5; i++) put(4, 5 + i * 160, 160, 2);
    expect(get()).toBe(4);
  });

  it('M5: rides out 40 ms of jitter without a gap', () => {
    const { put, get } = harness();
    // sent every 20 ms, arriving up to two ticks late, in bursts
    const late = [0, 2, 1, 0, 2, 2, 1, 0, 0, 2];
    let gaps = 0;
    for (let tick = 0; tick < 1000; tick++) {
      for (let i = Math.max(0, tick - 2); i <= tick; i++) {
        if (i + (late[i % late.length] ?? 0) === tick) put(5, i * 160);
      }
      if (get() !== 5 && tick > 8) gaps++;
    }
    expect(gaps).toBe(0);
  });

  it.each([
    ['fast', 1.0008],
    ['slow', 0.9992],
  ])('M5: a sender whose clock is too %s neither fills nor starves the queue in ten minutes', (_, speed) => {
    const { put, get, queue } = harness();
    let sent = 0;
    let silent = 0;
    let longest = 0;
    for (let tick = 0; tick < 30_000; tick++) {
      for (; sent <= tick * speed; sent++) put(5, sent * 160);
      if (get() === 0 && tick > 10) silent++;
      longest = Math.max(longest, queue.lead);
    }
    expect(longest).toBeLessThanOrEqual(8 * 160);
    expect(silent).toBeLessThan(4);
  });

  it('M5: after a stall of ours it catches up instead of lagging for the rest of the call', () => {
    const { put, get, queue } = harness();
    for (let i = 0; i < 45; i++) put(5, i * 160);
    expect(queue.lead).toBeLessThanOrEqual(16 * 160);
    expect(get()).toBe(5);
  });
});
