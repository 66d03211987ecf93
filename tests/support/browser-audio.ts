import { writeFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

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

/** What a page's <audio> plays, listened to for `ms`: the loudest frequency, and how loud it got (dB, -100 is nothing). */
export interface Heard {
  readonly hertz: number;
  readonly decibel: number;
}

export function listen(page: Page, testId: string, ms = 600): Promise<Heard> {
  return page.evaluate(
    async ({ testId, ms }) => {
      const audio = document.querySelector(`audio[data-testid="${testId}"]`);
      const stream = audio instanceof HTMLAudioElement ? audio.srcObject : null;
      if (!(stream instanceof MediaStream) || stream.getAudioTracks().length === 0)
        return { hertz: 0, decibel: -100 };
      const context = new AudioContext();
      await context.resume();
      const analyser = context.createAnalyser();
      analyser.fftSize = 4096;
      analyser.smoothingTimeConstant = 0;
      context.createMediaStreamSource(stream).connect(analyser);
      const bins = new Float32Array(analyser.frequencyBinCount);
      let best = { hertz: 0, decibel: -100 };
      const end = performance.now() + ms;
      while (performance.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 40));
        analyser.getFloatFrequencyData(bins);
        bins.forEach((decibel, bin) => {
          const hertz = (bin * context.sampleRate) / analyser.fftSize;
          if (hertz > 100 && decibel > best.decibel) best = { hertz, decibel };
        });
      }
      await context.close();
      return best;
    },
    { testId, ms },
  );
}

const LOUD = -55;

/** Waits until this tone is what the page plays. Rejects with what it heard last. */
export async function untilHears(
  page: Page,
  testId: string,
  hertz: number,
  timeoutMs = 8_000,
): Promise<void> {
  await until(
    page,
    testId,
    timeoutMs,
    `${hertz} Hz`,
    (h) => h.decibel > LOUD && Math.abs(h.hertz - hertz) < 25,
  );
}

/** Waits until the page plays nothing loud, for two listens running. */
export async function untilSilent(page: Page, testId: string, timeoutMs = 8_000): Promise<void> {
  let quiet = 0;
  await until(page, testId, timeoutMs, 'silence', (h) => {
    quiet = h.decibel < LOUD ? quiet + 1 : 0;
    return quiet >= 2;
  });
}

/** Waits until the page plays something loud that is not this tone: music. */
export async function untilHearsOther(
  page: Page,
  testId: string,
  hertz: number,
  timeoutMs = 8_000,
): Promise<void> {
  await until(
    page,
    testId,
    timeoutMs,
    `something other than ${hertz} Hz`,
    (h) => h.decibel > LOUD && Math.abs(h.hertz - hertz) > 40,
  );
}

async function until(
  page: Page,
  testId: string,
  timeoutMs: number,
  what: string,
  good: (heard: Heard) => boolean,
): Promise<void> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const heard = await listen(page, testId);
    if (good(heard)) return;
    if (Date.now() > end)
      throw new Error(
        `${testId} should play ${what}, plays ${heard.hertz.toFixed(0)} Hz at ${heard.decibel.toFixed(0)} dB`,
      );
  }
}
