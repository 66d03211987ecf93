import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRecorder, Recorder, type RecordingFile } from './recorder.ts';
import { repairRecordings } from './repair.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recorder-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const frame = (value: number) => new Int16Array(160).fill(value);
const never = () => expect.fail('the disk was fine');

describe('the recorder', () => {
  it('M8: writes both channels, fills skipped ticks with silence, and mends the header at the end', async () => {
    const file = join(folder, 'a', 'x.wav');
    const recorder = await openRecorder(file, never);
    recorder.write(10, frame(1), frame(2));
    recorder.write(13, frame(3), frame(4));
    const result = await recorder.close();
    const wav = readFileSync(file);
    expect(result).toEqual({ file, durationMs: 80, bytes: 44 + 4 * 640 });
    expect(wav.length).toBe(result.bytes);
    expect(wav.readUInt32LE(40)).toBe(4 * 640);
    const at = (frameNumber: number) => [0, 2].map((c) => wav.readInt16LE(44 + frameNumber * 640 + c));
    expect([at(0), at(1), at(2), at(3)]).toEqual([
      [1, 2],
      [0, 0],
      [0, 0],
      [3, 4],
    ]);
    expect(existsSync(`${file}.open`)).toBe(false);
    expect(await recorder.close()).toBe(result);
  });

  it('M8: writes as it goes, a second at a time', async () => {
    const file = join(folder, 'x.wav');
    const recorder = await openRecorder(file, never);
    for (let tick = 0; tick < 50; tick++) recorder.write(tick, frame(1), frame(1));
    await expect.poll(() => statSync(file).size).toBe(44 + 50 * 640);
    await recorder.close();
  });

  it('M8: never writes over a recording, nor leaves a marker when it cannot begin', async () => {
    const file = join(folder, 'x.wav');
    writeFileSync(file, 'precious');
    await expect(openRecorder(file, never)).rejects.toThrow('EEXIST');
    expect(readFileSync(file, 'utf8')).toBe('precious');
    expect(existsSync(`${file}.open`)).toBe(false);
    symlinkSync('/dev/full', join(folder, 'full.wav'));
    await expect(openRecorder(join(folder, 'full.wav'), never)).rejects.toThrow();
  });

  it('M8: a disk that fills up is told once; what was written stays', async () => {
    let room = 3;
    const told: string[] = [];
    const handle = {
      write: async (_data: Buffer, _offset: number, length: number, position: number) => {
        if (position > 0 && room-- <= 0)
          throw Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC' });
        return { bytesWritten: length };
      },
      close: async () => {},
    };
    const recorder = new Recorder(join(folder, 'x.wav'), handle, (problem) => told.push(problem));
    for (let tick = 0; tick < 500; tick++) {
      recorder.write(tick, frame(1), frame(1));
      if (tick % 50 === 49) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(told).toEqual(['The recording cannot be written: the disk is full.']);
    expect(recorder.going).toBe(false);
    expect(await recorder.close()).toMatchObject({ durationMs: 3000, bytes: 44 + 3 * 32_000 });
    expect(told.length).toBe(1);
  });
});

describe('a disk that fills up in the middle', () => {
  /** A real file on a disk with room for so many bytes of it; the last write fits in part, as on a real one. */
  async function recordOnto(room: number) {
    const file = join(folder, 'x.wav');
    writeFileSync(`${file}.open`, '');
    const handle = await open(file, 'wx');
    const told: string[] = [];
    const full: RecordingFile = {
      write: async (data, offset, length, position) => {
        const fits = Math.min(length, room - position);
        if (fits <= 0) throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
        return handle.write(data, offset, fits, position);
      },
      close: () => handle.close(),
    };
    return { file, told, recorder: new Recorder(file, full, (problem) => told.push(problem)) };
  }

  it('M8: the header is mended there and then, with all that fitted, and the call’s end changes nothing', async () => {
    const { file, told, recorder } = await recordOnto(44 + 2.5 * 32_000 + 3);
    for (let tick = 0; tick < 250; tick++) recorder.write(tick, frame(1), frame(2));
    await expect.poll(() => existsSync(`${file}.open`)).toBe(false);
    const wav = readFileSync(file);
    expect([wav.toString('latin1', 0, 4), wav.readUInt32LE(4), wav.readUInt32LE(40)]).toEqual([
      'RIFF',
      36 + 80_000,
      80_000,
    ]);
    expect([wav.length, wav.readInt16LE(44 + 79_996), wav.readInt16LE(44 + 79_998)]).toEqual([80_047, 1, 2]);
    expect(recorder.going).toBe(false);
    expect(await recorder.close()).toEqual({ file, durationMs: 2500, bytes: 80_047 });
    expect(told).toEqual(['The recording cannot be written: the disk is full.']);
  });

  it('M8: told at the very end too, when the last part no longer fits', async () => {
    const { file, told, recorder } = await recordOnto(44 + 32_000);
    for (let tick = 0; tick < 60; tick++) recorder.write(tick, frame(1), frame(2));
    expect(await recorder.close()).toMatchObject({ durationMs: 1000 });
    expect([told.length, readFileSync(file).readUInt32LE(40), existsSync(`${file}.open`)]).toEqual([
      1,
      32_000,
      false,
    ]);
  });
});

describe('repair at the start', () => {
  it('M8: mends what a kill left open, and looks at nothing else', async () => {
    const killed = join(folder, 'deep', 'killed.wav');
    mkdirSync(join(folder, 'deep'));
    const recorder = await openRecorder(killed, never);
    for (let tick = 0; tick < 100; tick++) recorder.write(tick, frame(1), frame(2));
    await expect.poll(() => statSync(killed).size).toBe(44 + 64_000);
    writeFileSync(killed, Buffer.concat([readFileSync(killed), Buffer.from([1, 2, 3])]));
    writeFileSync(join(folder, 'finished.wav'), 'not even looked at');
    writeFileSync(join(folder, 'short.wav'), 'RIFF');
    writeFileSync(join(folder, 'short.wav.open'), '');
    writeFileSync(join(folder, 'never.wav.open'), '');
    const mended = await repairRecordings(folder);
    expect(mended.sort((a, b) => b.bytes - a.bytes)).toEqual([
      { file: killed, durationMs: 2000, bytes: 44 + 64_003 },
      { file: join(folder, 'short.wav'), durationMs: 0, bytes: 44 },
    ]);
    const wav = readFileSync(killed);
    expect([wav.readUInt32LE(4), wav.readUInt32LE(40)]).toEqual([64_036, 64_000]);
    expect(readFileSync(join(folder, 'finished.wav'), 'utf8')).toBe('not even looked at');
    expect(await repairRecordings(folder)).toEqual([]);
    expect(existsSync(`${killed}.open`)).toBe(false);
    await recorder.close();
  });

  it('M8: a file that is no recording is left alone and told, the others are mended', async () => {
    writeFileSync(join(folder, 'a.wav'), 'something else entirely');
    writeFileSync(join(folder, 'a.wav.open'), '');
    await (await openRecorder(join(folder, 'b.wav'), never)).close();
    writeFileSync(join(folder, 'b.wav.open'), '');
    const problems: string[] = [];
    const mended = await repairRecordings(folder, (file) => problems.push(file));
    expect(mended.map((one) => one.file)).toEqual([join(folder, 'b.wav')]);
    expect(problems).toEqual([join(folder, 'a.wav')]);
    expect(readFileSync(join(folder, 'a.wav'), 'utf8')).toBe('something else entirely');
  });

  it('M8: a folder that does not exist has nothing to mend', async () => {
    expect(await repairRecordings(join(folder, 'none'))).toEqual([]);
  });
});
