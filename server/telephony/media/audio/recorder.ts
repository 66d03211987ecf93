import { mkdir, open, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { frameSamples } from '../codec/g711.core.ts';
import type { RecordingResult } from '../types.ts';
import { recordingBlock, recordingHeader, recordingMs, wavHeaderLength } from './wav.core.ts';

/** The part of a file handle that is used: a test puts a full disk in its place. */
export interface RecordingFile {
  write(data: Buffer, offset: number, length: number, position: number): Promise<{ bytesWritten: number }>;
  close(): Promise<void>;
}

/** `x.wav.open` stands beside `x.wav` while it is being written, so that a start finds what a kill left. */
export function markerOf(file: string): string {
  return `${file}.open`;
}

const frameBytes = frameSamples * recordingBlock;
const chunkFrames = 50;
/** With this many seconds waiting for the disk it is taken as stuck. */
const mostWaiting = 30;

/**
 * One two-channel WAV, written a second at a time as the call goes. Frames are numbered by the clock: what was
 * skipped is filled with silence, so that both channels stay with the wall clock.
 */
export class Recorder {
  readonly file: string;
  readonly #handle: RecordingFile;
  readonly #failed: (problem: string) => void;
  #chunk = Buffer.alloc(chunkFrames * frameBytes);
  #used = 0;
  /** Bytes of samples on the disk; may end within a block when the disk filled up there. */
  #written = 0;
  #position = 0;
  #next: number | undefined;
  #waiting = 0;
  #writes: Promise<void> = Promise.resolve();
  #problem: string | undefined;
  #closing: Promise<RecordingResult> | undefined;

  constructor(file: string, handle: RecordingFile, failed: (problem: string) => void) {
    this.file = file;
    this.#handle = handle;
    this.#failed = failed;
  }

  /** False once the disk refused or the recording was closed. */
  get going(): boolean {
    return this.#problem === undefined && this.#closing === undefined;
  }

  /** Adds 20 ms with the number `tick`. Never throws: a disk that refuses ends the recording and is told once. */
  write(tick: number, left: Int16Array, right: Int16Array): void {
    if (!this.going) return;
    const missed = Math.min(tick - (this.#next ?? tick), chunkFrames * mostWaiting);
    for (let i = 0; i < missed; i++) this.#frame(undefined, undefined);
    this.#next = tick + 1;
    this.#frame(left, right);
  }

  /** Writes what is left, mends the header and takes the marker away. Never rejects; a refusal is told as any other. */
  close(): Promise<RecordingResult> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<RecordingResult> {
    this.#flush();
    await this.#writes;
    // a block cut in two stays in the file, outside the sizes
    const whole = this.#written - (this.#written % recordingBlock);
    try {
      // in place: a full disk takes it, the first write has made room
      await this.#handle.write(recordingHeader(whole), 0, wavHeaderLength, 0);
      await this.#handle.close();
      await rm(markerOf(this.file), { force: true });
    } catch (error) {
      // the marker stays: the next start mends the header
      this.#fail(error);
      await this.#handle.close().catch(() => {});
    }
    return {
      file: this.file,
      durationMs: recordingMs(whole),
      bytes: this.#written + wavHeaderLength,
    };
  }

  #frame(left: Int16Array | undefined, right: Int16Array | undefined): void {
    const chunk = this.#chunk;
    for (let i = 0, at = this.#used; i < frameSamples; i++, at += recordingBlock) {
      chunk.writeInt16LE(left?.[i] ?? 0, at);
      chunk.writeInt16LE(right?.[i] ?? 0, at + 2);
    }
    this.#used += frameBytes;
    if (this.#used === chunk.length) this.#flush();
  }

  #flush(): void {
    if (this.#used === 0 || this.#problem !== undefined) return;
    const data = this.#chunk.subarray(0, this.#used);
    const position = wavHeaderLength + this.#position;
    this.#position += data.length;
    this.#chunk = Buffer.alloc(chunkFrames * frameBytes);
    this.#used = 0;
    this.#waiting++;
    if (this.#waiting > mostWaiting) {
      this.#fail(new Error('the disk does not keep up'));
      return;
    }
    this.#writes = this.#writes.then(async () => {
      this.#waiting--;
      if (this.#problem !== undefined) return;
      try {
        await this.#writeAll(data, position);
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  async #writeAll(data: Buffer, position: number): Promise<void> {
    for (let at = 0; at < data.length; ) {
      const { bytesWritten } = await this.#handle.write(data, at, data.length - at, position + at);
      if (bytesWritten === 0) throw new Error('the disk takes no more');
      at += bytesWritten;
      this.#written += bytesWritten;
    }
  }

  #fail(error: unknown): void {
    if (this.#problem !== undefined) return;
    this.#problem = diskWords(error);
    this.#failed(this.#problem);
    void this.close(); // what is written is playable from now on, whatever comes of the call
  }
}

/**
 * Creates the file (never over an existing one), its folders and its marker, and writes an empty header.
 * @throws the file system's own error
 */
export async function openRecorder(file: string, failed: (problem: string) => void): Promise<Recorder> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(markerOf(file), '', { flag: 'wx' });
  try {
    const handle = await open(file, 'wx');
    try {
      await handle.write(recordingHeader(0), 0, wavHeaderLength, 0);
    } catch (error) {
      await handle.close();
      await rm(file, { force: true });
      throw error;
    }
    return new Recorder(file, handle, failed);
  } catch (error) {
    await rm(markerOf(file), { force: true });
    throw error;
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'the folder may not be written to',
  EPERM: 'the folder may not be written to',
  EROFS: 'the disk is read-only',
  EEXIST: 'a recording of that name exists',
  ENOTDIR: 'part of the path is a file, not a folder',
  EMFILE: 'too many files are open',
  EIO: 'the disk has a fault',
};

/** A disk's refusal in words. */
export function diskWords(error: unknown): string {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  const reason = typeof code === 'string' ? reasons[code] : undefined;
  const text = reason ?? (error instanceof Error ? error.message : String(error));
  return `The recording cannot be written: ${text}.`;
}
