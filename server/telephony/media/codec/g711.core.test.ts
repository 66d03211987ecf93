import { describe, expect, it } from 'vitest';
import { decodeTable, encodeInto, encodeTable, type Law } from './g711.core.ts';

const laws: readonly Law[] = ['pcmu', 'pcma'];

describe('G.711', () => {
  it.each(laws)('%s: every one of the 256 codes survives decoding and encoding', (law) => {
    for (let code = 0; code < 256; code++) {
      const back = encodeTable[law][(decodeTable[law][code] ?? 0) + 32768];
      // mu-law has a negative zero, which becomes zero
      expect(back).toBe(law === 'pcmu' && code === 0x7f ? 0xff : code);
    }
  });

  it('knows the values of the standard', () => {
    expect([0xff, 0x7f, 0x80, 0x00, 0xf0, 0x8f].map((code) => decodeTable.pcmu[code])).toEqual([
      0, 0, 32124, -32124, 120, 16764,
    ]);
    expect([0xd5, 0x55, 0xaa, 0x2a, 0x80].map((code) => decodeTable.pcma[code])).toEqual([
      8, -8, 32256, -32256, 5504,
    ]);
    expect([0, 32767, -32768].map((sample) => encodeTable.pcmu[sample + 32768])).toEqual([0xff, 0x80, 0x00]);
    expect([0, -1, 32767, -32768].map((sample) => encodeTable.pcma[sample + 32768])).toEqual([
      0xd5, 0x55, 0xaa, 0x2a,
    ]);
  });

  it.each(laws)('%s: is never off by more than half a step, and never falls as the sample rises', (law) => {
    let before = Number.NEGATIVE_INFINITY;
    let falls = 0;
    let worst = 0;
    for (let sample = -32_000; sample < 32_000; sample++) {
      const back = decodeTable[law][encodeTable[law][sample + 32768] ?? 0] ?? 0;
      if (back < before) falls++;
      before = back;
      // half a step: the steps of mu-law begin at 8 and grow with the sample and its bias, those of A-law at 16
      const half = law === 'pcmu' ? (Math.abs(sample) + 132) / 32 : Math.max(8, (Math.abs(sample) + 1) / 32);
      worst = Math.max(worst, Math.abs(back - sample) / half);
    }
    expect(falls).toBe(0);
    expect(worst).toBeLessThanOrEqual(1);
  });

  it('writes one byte a sample at the offset', () => {
    const target = new Uint8Array(4);
    encodeInto(target, 2, Int16Array.of(0, -32768), 'pcmu');
    expect([...target]).toEqual([0, 0, 0xff, 0x00]);
  });
});
