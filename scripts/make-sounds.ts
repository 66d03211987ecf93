/**
 * Makes the sounds that come with the program, in server/telephony/media/sounds: 8 kHz, mono, mu-law WAV.
 * Music, ringback and beep are synthesised here. Speech is made from prompts.json by `espeak-ng`, when it is
 * installed; without it the spoken files stay as they are.
 *
 *   npx tsx scripts/make-sounds.ts
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../server/telephony/media/sounds/', import.meta.url));
const rate = 8000;
/** Levels as shares of full scale: RMS of speech and music, and the highest peak of anything. */
const speechLevel = 0.11;
const musicLevel = 0.05;
const peak = 0.7;

function muLaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const biased = Math.min(Math.abs(Math.round(sample * 32767)), 32635) + 0x84;
  const exponent = Math.max(0, 24 - Math.clz32(biased));
  return ~(sign | (exponent << 4) | ((biased >> (exponent + 3)) & 0x0f)) & 0xff;
}

function save(id: string, samples: Float64Array): void {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + samples.length, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(7, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(samples.length, 40);
  writeFileSync(join(folder, `${id}.wav`), Buffer.concat([header, Buffer.from(Array.from(samples, muLaw))]));
  const seconds = (samples.length / rate).toFixed(1);
  console.log(`${id}: ${seconds} s, RMS ${rms(samples).toFixed(3)}, peak ${top(samples).toFixed(3)}`);
}

function rms(samples: Float64Array): number {
  return Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
}

function top(samples: Float64Array): number {
  return samples.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}

/** To the wanted RMS, but never above the highest peak. */
function level(samples: Float64Array, wanted: number): Float64Array {
  const gain = Math.min(wanted / rms(samples), peak / top(samples));
  return samples.map((x) => x * gain);
}

/** Semitones above A4 (440 Hz). */
function pitch(note: number): number {
  return 440 * 2 ** (note / 12);
}

/**
 * Twenty-four seconds: eight soft chords of three seconds with a slow broken chord above. Every note is written into
 * a ring, its tail running on over the end into the beginning, so that the loop has no seam.
 */
function music(): Float64Array {
  const ring = new Float64Array(24 * rate);
  const chords = [
    [-21, -9, -5, -2, 2],
    [-24, -12, -9, -5, -2],
    [-28, -16, -9, -5, 0],
    [-26, -14, -7, -2, 2],
    [-21, -9, -5, -2, 5],
    [-17, -9, -5, -2, 2],
    [-19, -12, -7, -4, 0],
    [-26, -14, -10, -7, -2],
  ];
  const pattern = [1, 3, 2, 4, 3, 2];
  for (const [bar, chord] of chords.entries()) {
    for (const [voice, tone] of chord.entries()) {
      addNote(ring, bar * 3, 4.2, pitch(tone), voice === 0 ? 0.5 : 0.28, pad);
    }
    for (const [step, index] of pattern.entries()) {
      const tone = (chord[index] ?? 0) + 12;
      addNote(ring, bar * 3 + step * 0.5, 1.8, pitch(tone), 0.4, pluck);
    }
  }
  return level(ring, musicLevel);
}

type Voice = (t: number, seconds: number, hertz: number) => number;

/** Slow in, slow out, a little movement between two close strings. */
const pad: Voice = (t, seconds, hertz) => {
  const shape = Math.sin(Math.PI * Math.min(1, t / seconds)) ** 1.5;
  const wave = (f: number) => Math.sin(2 * Math.PI * f * t) + 0.25 * Math.sin(4 * Math.PI * f * t);
  return shape * (wave(hertz * 1.001) + wave(hertz * 0.999)) * 0.5;
};

const pluck: Voice = (t, seconds, hertz) => {
  const shape = Math.min(1, t / 0.02) * Math.exp(-3 * t) * Math.min(1, (seconds - t) / 0.1);
  return (
    shape * (Math.sin(2 * Math.PI * hertz * t) + 0.2 * Math.sin(6 * Math.PI * hertz * t) * Math.exp(-6 * t))
  );
};

function addNote(
  ring: Float64Array,
  from: number,
  seconds: number,
  hertz: number,
  gain: number,
  voice: Voice,
): void {
  const begin = Math.round(from * rate);
  for (let i = 0; i < seconds * rate; i++) {
    const at = (begin + i) % ring.length;
    ring[at] = (ring[at] ?? 0) + gain * voice(i / rate, seconds, hertz);
  }
}

/** US ringback: 440 and 480 Hz, two seconds on, four off. */
function ringback(): Float64Array {
  return Float64Array.from({ length: 6 * rate }, (_, i) => {
    const t = i / rate;
    const edge = Math.max(0, Math.min(1, t / 0.01, (2 - t) / 0.01));
    return edge * 0.1 * (Math.sin(2 * Math.PI * 440 * t) + Math.sin(2 * Math.PI * 480 * t));
  });
}

function beep(): Float64Array {
  return Float64Array.from({ length: 0.4 * rate }, (_, i) => {
    const t = i / rate;
    const edge = Math.max(0, Math.min(1, t / 0.01, (0.3 - t) / 0.01));
    return edge * 0.25 * Math.sin(2 * Math.PI * 1000 * t);
  });
}

/** To 8 kHz with a low pass at 3.6 kHz (windowed sinc). */
function resample(input: Float64Array, from: number): Float64Array {
  const half = 48;
  const cut = 3600 / from;
  return Float64Array.from({ length: Math.floor((input.length * rate) / from) }, (_, n) => {
    const centre = (n * from) / rate;
    let sum = 0;
    for (let i = Math.ceil(centre - half); i <= centre + half; i++) {
      const x = i - centre;
      const sinc = x === 0 ? 2 * cut : Math.sin(2 * Math.PI * cut * x) / (Math.PI * x);
      sum += (input[i] ?? 0) * sinc * (0.5 + 0.5 * Math.cos((Math.PI * x) / half));
    }
    return sum;
  });
}

/** Without the silence around it, then with 80 ms before and 250 ms after. */
function trim(samples: Float64Array): Float64Array {
  const loud = (x: number) => Math.abs(x) > 0.005;
  const begin = Math.max(0, samples.findIndex(loud));
  const end = samples.findLastIndex(loud) + 1;
  const out = new Float64Array(0.08 * rate + (end - begin) + 0.25 * rate);
  out.set(samples.subarray(begin, end), 0.08 * rate);
  return out;
}

function speak(text: string, language: string, scratch: string): Float64Array {
  const file = join(scratch, 'speech.wav');
  const [voice, speed] = language === 'zh' ? ['cmn', '150'] : ['en-us', '145'];
  execFileSync('espeak-ng', ['-v', voice, '-s', speed, '-w', file, text]);
  const wav = readFileSync(file);
  const data = wav.subarray(wav.indexOf('data') + 8);
  const samples = Float64Array.from({ length: data.length >> 1 }, (_, i) => data.readInt16LE(i * 2) / 32768);
  return level(trim(resample(samples, wav.readUInt32LE(24))), speechLevel);
}

function haveEspeak(): boolean {
  try {
    execFileSync('espeak-ng', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

interface Prompt {
  readonly id: string;
  readonly language: string;
  readonly text: string;
}

save('music', music());
save('ringback', ringback());
save('beep', beep());
if (haveEspeak()) {
  const prompts = JSON.parse(readFileSync(join(folder, 'prompts.json'), 'utf8')) as Prompt[];
  const scratch = mkdtempSync(join(tmpdir(), 'sounds-'));
  for (const { id, language, text } of prompts) save(id, speak(text, language, scratch));
  rmSync(scratch, { recursive: true });
} else {
  console.log('espeak-ng is not installed: the spoken files were left as they are.');
}
