import { describe, expect, it } from 'vitest';
import { heard, loudness, quiet } from './level.core.ts';

const talkingAfter = (...levels: number[]) => levels.reduce(heard, quiet).stay > 0;

describe('the level meter', () => {
  it('V1: is empty in silence and full at full scale', () => {
    expect(loudness(new Float32Array(160))).toBe(0);
    expect(loudness(new Float32Array(160).fill(1))).toBe(1);
  });
  it('V2: shows half at -30 dBFS', () => {
    expect(loudness(new Float32Array(160).fill(10 ** (-30 / 20)))).toBeCloseTo(0.5, 5);
  });
});

describe('talking while muted', () => {
  it('V3: is noticed within about half a second of speech', () =>
    expect(talkingAfter(0.6, 0.6, 0.6)).toBe(true));
  it('V4: is not a single cough', () => expect(talkingAfter(0.9, 0, 0, 0, 0)).toBe(false));
  it('V5: is still said in the pauses of speech, and ends two seconds after it', () => {
    expect(talkingAfter(0.6, 0.6, 0.6, 0, 0, 0, 0)).toBe(true);
    expect(talkingAfter(0.6, 0.6, 0.6, ...Array(15).fill(0))).toBe(false);
  });
});
