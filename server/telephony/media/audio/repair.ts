import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordingResult } from '../types.ts';
import { markerOf } from './recorder.ts';
import { recordingBlock, recordingHeader, recordingMs, wavHeaderLength } from './wav.core.ts';

export type RepairedRecording = RecordingResult;

/**
 * Mends the headers of recordings that a kill left open: those with a `.open` marker under `dir`, nothing else is
 * looked at. To be called before the engine records. Deletes no recording; only the marker goes, once the file is
 * whole. One file that cannot be mended does not stop the others; `onProblem` hears of it, and the next start tries
 * again. A folder that does not exist has nothing to mend.
 */
export async function repairRecordings(
  dir: string,
  onProblem: (file: string, problem: string) => void = () => {},
): Promise<RepairedRecording[]> {
  const mended: RepairedRecording[] = [];
  for (const file of await openRecordings(dir)) {
    try {
      const result = await mend(file);
      if (result !== undefined) mended.push(result);
      await rm(markerOf(file), { force: true });
    } catch (error) {
      onProblem(file, error instanceof Error ? error.message : String(error));
    }
  }
  return mended;
}

async function openRecordings(dir: string): Promise<string[]> {
  const suffix = markerOf('');
  try {
    const names = await readdir(dir, { recursive: true });
    return names
      .filter((name) => name.endsWith(`.wav${suffix}`))
      .map((name) => join(dir, name.slice(0, -suffix.length)));
  } catch (error) {
    if (error instanceof Error && Reflect.get(error, 'code') === 'ENOENT') return [];
    throw error;
  }
}

/** Undefined when the file was never created. */
async function mend(file: string): Promise<RepairedRecording | undefined> {
  const handle = await open(file, 'r+').catch((error: unknown) => {
    if (error instanceof Error && Reflect.get(error, 'code') === 'ENOENT') return undefined;
    throw error;
  });
  if (handle === undefined) return undefined;
  try {
    const { size } = await handle.stat();
    const data = Math.max(0, size - wavHeaderLength);
    // a block cut in two by the kill stays in the file, outside the sizes
    const whole = data - (data % recordingBlock);
    const header = recordingHeader(whole);
    if (size >= 12) {
      const begin = Buffer.alloc(12);
      await handle.read(begin, 0, 12, 0);
      if (begin.toString('latin1', 0, 4) !== 'RIFF') throw new Error('The file is no recording of ours.');
    }
    await handle.write(header, 0, header.length, 0);
    await handle.sync();
    return { file, durationMs: recordingMs(whole), bytes: Math.max(size, wavHeaderLength) };
  } finally {
    await handle.close();
  }
}
