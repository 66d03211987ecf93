import { writeFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { eventually } from './eventually.ts';

const RATE = 48_000;

/**
 * Writes what a false microphone says: a tone that comes and goes, 400 ms on and 100 ms off, because a browser's noise
 * suppression takes a steady one for noise.
 */
export function writeMicrophone(file: string, hertz: number, seconds = 10): void {
  const samples = RATE * seconds;
  const wav = Buffer.alloc(44 + samples * 2);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + samples * 2, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20); // PCM
  wav.writeUInt16LE(1, 22); // mono
  wav.writeUInt32LE(RATE, 24);
  wav.writeUInt32LE(RATE * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(samples * 2, 40);
  for (let i = 0; i < samples; i++) {
    const on = (i / RATE) % 0.5 < 0.4;
    wav.writeInt16LE(on ? Math.round(Math.sin((2 * Math.PI * hertz * i) / RATE) * 12_000) : 0, 44 + i * 2);
  }
  writeFileSync(file, wav);
}

/** What a page's <audio> played in the last two thirds of a second: the loudest frequency, and how loud (dB). */
interface Heard {
  readonly hertz: number;
  readonly decibel: number;
}

/** An ear of the page at one <audio>. It stays, so that each look at it sees the whole span, also what was quiet. */
interface Ear {
  readonly track: string;
  readonly context: AudioContext;
  readonly analyser: AnalyserNode;
}

/** Undefined until an ear has listened for its whole span. */
function listen(page: Page, testId: string): Promise<Heard | undefined> {
  return page.evaluate(async (id) => {
    const audio = document.querySelector(`audio[data-testid="${id}"]`);
    const stream = audio instanceof HTMLAudioElement ? audio.srcObject : null;
    const track = stream instanceof MediaStream ? stream.getAudioTracks()[0] : undefined;
    if (!(stream instanceof MediaStream) || track === undefined) return { hertz: 0, decibel: -100 };
    const place = window as unknown as { ears?: Map<string, Ear> };
    place.ears ??= new Map();
    let ear = place.ears.get(id);
    if (ear?.track !== track.id) {
      void ear?.context.close();
      const context = new AudioContext();
      const analyser = context.createAnalyser();
      analyser.fftSize = 32_768;
      analyser.smoothingTimeConstant = 0;
      context.createMediaStreamSource(stream).connect(analyser);
      ear = { track: track.id, context, analyser };
      place.ears.set(id, ear);
      await context.resume();
    }
    const { context, analyser } = ear;
    if (context.currentTime * context.sampleRate < analyser.fftSize) return undefined;
    const bins = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(bins);
    let best = { hertz: 0, decibel: -100 };
    bins.forEach((decibel, bin) => {
      const hertz = (bin * context.sampleRate) / analyser.fftSize;
      if (hertz > 100 && decibel > best.decibel) best = { hertz, decibel };
    });
    return best;
  }, testId);
}

const LOUD = -55;

/** Waits until this tone is what the page plays. Rejects with what it heard last. */
export const untilHears = (page: Page, testId: string, hertz: number): Promise<void> =>
  until(page, testId, `${hertz} Hz`, (h) => h.decibel > LOUD && Math.abs(h.hertz - hertz) < 25);

/** Waits until the page has played nothing loud for a while. */
export const untilSilent = (page: Page, testId: string): Promise<void> =>
  until(page, testId, 'silence', (h) => h.decibel < LOUD);

/** Waits until the page plays something loud that is not this tone: music. */
export const untilHearsOther = (page: Page, testId: string, hertz: number): Promise<void> =>
  until(
    page,
    testId,
    `something other than ${hertz} Hz`,
    (h) => h.decibel > LOUD && Math.abs(h.hertz - hertz) > 40,
  );

async function until(
  page: Page,
  testId: string,
  what: string,
  good: (heard: Heard) => boolean,
): Promise<void> {
  let last: Heard | undefined;
  await eventually(async () => {
    last = await listen(page, testId);
    return last !== undefined && good(last);
  }, `${testId} plays ${what}`).catch((error: unknown) => {
    const heard =
      last === undefined ? 'nothing yet' : `${last.hertz.toFixed(0)} Hz at ${last.decibel.toFixed(0)} dB`;
    throw new Error(`${String(error)}; it plays ${heard}`);
  });
}
