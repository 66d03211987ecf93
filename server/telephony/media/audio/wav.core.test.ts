import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { soundPath } from '../sounds.ts';
import { PromptError, readPrompt, recordingHeader, recordingMs, wavHeader } from './wav.core.ts';

const file = (format: number, bits: number, data: Buffer, channels = 1) =>
  Buffer.concat([wavHeader({ format, channels, bits, dataBytes: data.length }), data]);

describe('prompt files', () => {
  it('M6: PCM of 16 bits, both laws of G.711, and bare G.711 are read', () => {
    expect([...readPrompt(file(1, 16, Buffer.from([1, 0, 0xff, 0x7f])))]).toEqual([1, 32_767]);
    expect([...readPrompt(file(7, 8, Buffer.from([0xff, 0x00])))]).toEqual([0, -32_124]);
    expect([...readPrompt(file(6, 8, Buffer.from([0xd5, 0xaa])))]).toEqual([8, 32_256]);
    expect([...readPrompt(Buffer.from([0xff, 0x00]), 'pcmu')]).toEqual([0, -32_124]);
  });

  it('M6: chunks between the format and the samples are passed over, a cut file plays as far as it goes', () => {
    const whole = file(1, 16, Buffer.from([1, 0, 2, 0, 3, 0]));
    const list = Buffer.from('4c495354030000006162630000', 'hex').subarray(0, 12);
    const odd = Buffer.concat([whole.subarray(0, 36), list, whole.subarray(36)]);
    expect([...readPrompt(odd)]).toEqual([1, 2, 3]);
    expect([...readPrompt(whole.subarray(0, -3))]).toEqual([1]);
  });

  it.each([
    ['no WAV', Buffer.from('ID3 this is an mp3 file')],
    ['no samples', wavHeader({ format: 1, channels: 1, bits: 16, dataBytes: 0 }).subarray(0, 36)],
    ['two channels', file(1, 16, Buffer.alloc(8), 2)],
    ['8 bits', file(1, 8, Buffer.alloc(8))],
    ['MP3 inside', file(85, 0, Buffer.alloc(8))],
    ['nothing at all', Buffer.alloc(0)],
  ])('M6: %s is refused in words', (_, bytes) => {
    expect(() => readPrompt(bytes)).toThrow(PromptError);
  });

  it('M6: the refusal of another rate says what is needed', () => {
    const wrong = file(1, 16, Buffer.alloc(8));
    wrong.writeUInt32LE(44_100, 24);
    expect(() => readPrompt(wrong)).toThrow('44100 Hz, 1 channel(s), 16 bits, format 1; needed: 8000 Hz');
  });

  it('M6: every sound that comes with the program can be played, and none is too loud or too quiet', () => {
    const files = readdirSync(dirname(soundPath('beep'))).filter((name) => name.endsWith('.wav'));
    const ids = files.map((name) => name.slice(0, -'.wav'.length));
    expect(ids).toEqual(expect.arrayContaining(['music', 'ringback', 'main-menu.en']));
    expect(ids.length).toBe(21);
    for (const id of ids) {
      const samples = readPrompt(readFileSync(soundPath(id)));
      const energy = samples.reduce((sum, x) => sum + x * x, 0) / samples.length;
      const decibels = 20 * Math.log10(Math.sqrt(energy) / 32_768);
      expect(decibels, id).toBeGreaterThan(-30);
      expect(decibels, id).toBeLessThan(-14);
    }
    expect(() => soundPath('nothing')).toThrow();
  });

  it('M6: the music loops without a click: the step at its seam is as small as any other', () => {
    const music = readPrompt(readFileSync(soundPath('music')));
    let largest = 0;
    for (let i = 1; i < music.length; i++) {
      largest = Math.max(largest, Math.abs((music[i] ?? 0) - (music[i - 1] ?? 0)));
    }
    expect(Math.abs((music[0] ?? 0) - (music.at(-1) ?? 0))).toBeLessThan(largest / 2);
  });
});

describe('recording headers', () => {
  it('M8: say two channels, 8 kHz, 16 bits', () => {
    const header = recordingHeader(32_000);
    expect(header.readUInt32LE(4)).toBe(32_036);
    expect([22, 32, 34].map((at) => header.readUInt16LE(at))).toEqual([2, 4, 16]);
    expect([24, 28, 40].map((at) => header.readUInt32LE(at))).toEqual([8000, 32_000, 32_000]);
    expect(recordingMs(32_000)).toBe(1000);
  });
});
