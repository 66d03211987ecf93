/**
 * G.711 (ITU-T G.711) by tables: 8 bits a sample, 8 kHz, both laws. Linear samples are 16-bit signed.
 * Decoding and encoding again by the same law gives the same byte (negative zero becomes zero).
 */
export type Law = 'pcmu' | 'pcma';

/** Samples a second of everything in this room. */
export const sampleRate = 8000;
/** Samples in one frame of 20 ms. */
export const frameSamples = 160;
export const frameMs = 20;

function muLawToLinear(code: number): number {
  const inverted = ~code & 0xff;
  const magnitude = (((inverted & 0x0f) << 3) + 0x84) << ((inverted & 0x70) >> 4);
  return inverted & 0x80 ? 0x84 - magnitude : magnitude - 0x84;
}

function aLawToLinear(code: number): number {
  const toggled = code ^ 0x55;
  const segment = (toggled & 0x70) >> 4;
  const base = (toggled & 0x0f) << 4;
  const magnitude = segment === 0 ? base + 8 : (base + 0x108) << (segment - 1);
  return toggled & 0x80 ? magnitude : -magnitude;
}

function linearToMuLaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const biased = Math.min(Math.abs(sample), 32635) + 0x84;
  const exponent = Math.max(0, 31 - Math.clz32(biased) - 7);
  return ~(sign | (exponent << 4) | ((biased >> (exponent + 3)) & 0x0f)) & 0xff;
}

function linearToALaw(sample: number): number {
  const sign = sample >= 0 ? 0x80 : 0;
  const magnitude = Math.min(sample >= 0 ? sample : -sample - 1, 32767);
  const exponent = Math.max(0, 31 - Math.clz32(magnitude | 1) - 7);
  const mantissa = (magnitude >> (exponent === 0 ? 4 : exponent + 3)) & 0x0f;
  return (sign | (exponent << 4) | mantissa) ^ 0x55;
}

/** One entry a code. */
export const decodeTable: Readonly<Record<Law, Int16Array>> = {
  pcmu: Int16Array.from({ length: 256 }, (_, code) => muLawToLinear(code)),
  pcma: Int16Array.from({ length: 256 }, (_, code) => aLawToLinear(code)),
};

/** One entry a sample, at `sample + 32768`. */
export const encodeTable: Readonly<Record<Law, Uint8Array>> = {
  pcmu: Uint8Array.from({ length: 65536 }, (_, i) => linearToMuLaw(i - 32768)),
  pcma: Uint8Array.from({ length: 65536 }, (_, i) => linearToALaw(i - 32768)),
};

/** Writes `samples` into `target` from `offset`, one byte a sample. */
export function encodeInto(target: Uint8Array, offset: number, samples: Int16Array, law: Law): void {
  const table = encodeTable[law];
  for (let i = 0; i < samples.length; i++) target[offset + i] = table[(samples[i] ?? 0) + 32768] ?? 0;
}

/** A whole stretch of G.711 as linear samples. */
export function decodeAll(bytes: Uint8Array, law: Law): Int16Array {
  const table = decodeTable[law];
  return Int16Array.from(bytes, (code) => table[code] ?? 0);
}
