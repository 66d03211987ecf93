import { decodeAll, type Law, sampleRate } from '../codec/g711.core.ts';

/** Bytes before the samples in the files we write. */
export const wavHeaderLength = 44;
/** Two channels of 16 bits. */
export const recordingBlock = 4;

/** The header of a two-channel 8 kHz PCM16 file with `dataBytes` of samples. */
export function recordingHeader(dataBytes: number): Buffer {
  return wavHeader({ format: 1, channels: 2, bits: 16, dataBytes });
}

/** A canonical RIFF header at 8 kHz. `format` 1 is PCM, 6 A-law, 7 mu-law. */
export function wavHeader(options: {
  format: number;
  channels: number;
  bits: number;
  dataBytes: number;
}): Buffer {
  const block = (options.channels * options.bits) / 8;
  const header = Buffer.alloc(wavHeaderLength);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(Math.min(options.dataBytes + wavHeaderLength - 8, 0xffffffff), 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(options.format, 20);
  header.writeUInt16LE(options.channels, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * block, 28);
  header.writeUInt16LE(block, 32);
  header.writeUInt16LE(options.bits, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(Math.min(options.dataBytes, 0xffffffff), 40);
  return header;
}

/** How long a recording of that many bytes of samples lasts, in milliseconds. */
export function recordingMs(dataBytes: number): number {
  return Math.floor((dataBytes / recordingBlock / sampleRate) * 1000);
}

const laws: ReadonlyMap<number, Law> = new Map([
  [6, 'pcma'],
  [7, 'pcmu'],
]);

/** Why a prompt file cannot be played, in words for the person who chose it. */
export class PromptError extends Error {}

/**
 * The samples of a prompt: a WAV of 8 kHz, one channel, PCM16, mu-law or A-law; or bare G.711 when `raw` says so.
 * @throws PromptError for everything else
 */
export function readPrompt(file: Buffer, raw?: Law): Int16Array {
  if (raw !== undefined) return decodeAll(file, raw);
  if (
    file.length < 12 ||
    file.toString('latin1', 0, 4) !== 'RIFF' ||
    file.toString('latin1', 8, 12) !== 'WAVE'
  ) {
    throw new PromptError('This is no WAV file.');
  }
  let format: { tag: number; channels: number; rate: number; bits: number } | undefined;
  for (let at = 12; at + 8 <= file.length; ) {
    const id = file.toString('latin1', at, at + 4);
    const size = file.readUInt32LE(at + 4);
    const start = at + 8;
    if (id === 'fmt ' && start + 16 <= file.length) format = readFormat(file, start, size);
    if (id === 'data') {
      if (format === undefined) throw new PromptError('The WAV file does not say its format.');
      return samplesOf(file.subarray(start, Math.min(file.length, start + size)), format);
    }
    at = start + size + (size % 2);
  }
  throw new PromptError('The WAV file has no samples.');
}

function readFormat(file: Buffer, start: number, size: number) {
  const tag = file.readUInt16LE(start);
  // WAVE_FORMAT_EXTENSIBLE: the real format is the first field of the GUID
  const extended = tag === 0xfffe && size >= 26 && start + 26 <= file.length;
  return {
    tag: extended ? file.readUInt16LE(start + 24) : tag,
    channels: file.readUInt16LE(start + 2),
    rate: file.readUInt32LE(start + 4),
    bits: file.readUInt16LE(start + 14),
  };
}

function samplesOf(
  data: Buffer,
  format: { tag: number; channels: number; rate: number; bits: number },
): Int16Array {
  const law = laws.get(format.tag);
  const pcm = format.tag === 1 && format.bits === 16;
  if (format.rate !== sampleRate || format.channels !== 1 || (law === undefined && !pcm)) {
    throw new PromptError(
      `The WAV file has ${format.rate} Hz, ${format.channels} channel(s), ${format.bits} bits, format ${format.tag}; ` +
        'needed: 8000 Hz, 1 channel, PCM of 16 bits or G.711.',
    );
  }
  if (law !== undefined) return decodeAll(data, law);
  return Int16Array.from({ length: data.length >> 1 }, (_, i) => data.readInt16LE(i * 2));
}
