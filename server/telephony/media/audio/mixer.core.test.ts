import { describe, expect, it } from 'vitest';
import { mix } from './mixer.core.ts';

const speakers = [100, 20, 3].map((value) => new Int16Array(160).fill(value));

/** What each of the three hears, as the sum of marks, caller, agent, supervisor, by a gain matrix of listener times speaker. */
function heard(matrix: number[][]): number[] {
  return matrix.map((row) => {
    const out = new Int16Array(160);
    const frames = speakers.filter((_, i) => row[i] === 1);
    mix(frames, new Int32Array(160), out);
    expect(new Set(out).size).toBe(1);
    return out[0] ?? 0;
  });
}

describe('the mixer', () => {
  it.each([
    [
      'listen',
      [
        [0, 1, 0],
        [1, 0, 0],
        [1, 1, 0],
      ],
      [20, 100, 120],
    ],
    [
      'whisper',
      [
        [0, 1, 0],
        [1, 0, 1],
        [1, 1, 0],
      ],
      [20, 103, 120],
    ],
    [
      'barge',
      [
        [0, 1, 1],
        [1, 0, 1],
        [1, 1, 0],
      ],
      [23, 103, 120],
    ],
    [
      'nobody',
      [
        [0, 0, 0],
        [0, 0, 0],
        [0, 0, 0],
      ],
      [0, 0, 0],
    ],
  ])('M7: %s gives each listener the sum of those it hears', (_, matrix, expected) => {
    expect(heard(matrix)).toEqual(expected);
  });

  it('M7: what is too loud is held at the limit, never wrapped', () => {
    const out = new Int16Array(2);
    mix([Int16Array.of(30_000, -30_000), Int16Array.of(30_000, -30_000)], new Int32Array(2), out);
    expect([...out]).toEqual([32_767, -32_768]);
  });
});
