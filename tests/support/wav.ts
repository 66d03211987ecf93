/** A WAV file as a player would read it. Throws when it is none, or its sizes do not fit its bytes. */
export function readWav(file: Buffer): {
  readonly channels: readonly Int16Array[];
  readonly rate: number;
  readonly ms: number;
} {
  const text = (at: number) => file.toString('latin1', at, at + 4);
  if (text(0) !== 'RIFF' || text(8) !== 'WAVE') throw new Error('no RIFF WAVE');
  if (file.readUInt32LE(4) > file.length - 8) throw new Error('its RIFF size goes beyond the file');
  let format: { tag: number; channels: number; rate: number; bits: number } | undefined;
  for (let at = 12; at + 8 <= file.length; ) {
    const size = file.readUInt32LE(at + 4);
    const body = at + 8;
    if (text(at) === 'fmt ')
      format = {
        tag: file.readUInt16LE(body),
        channels: file.readUInt16LE(body + 2),
        rate: file.readUInt32LE(body + 4),
        bits: file.readUInt16LE(body + 14),
      };
    if (text(at) === 'data') {
      if (format?.tag !== 1 || format.bits !== 16) throw new Error('not 16-bit PCM');
      if (body + size > file.length) throw new Error('its data size goes beyond the file');
      return { ...split(file, body, size, format.channels), rate: format.rate, ms: lengthOf(size, format) };
    }
    at = body + size + (size % 2);
  }
  throw new Error('no data in it');
}

const lengthOf = (size: number, { channels, rate }: { channels: number; rate: number }): number =>
  (size / (2 * channels) / rate) * 1000;

function split(file: Buffer, start: number, size: number, count: number): { channels: Int16Array[] } {
  const frames = Math.floor(size / (2 * count));
  const channels = Array.from({ length: count }, () => new Int16Array(frames));
  for (let frame = 0; frame < frames; frame++)
    for (const [c, channel] of channels.entries())
      channel[frame] = file.readInt16LE(start + 2 * (frame * count + c));
  return { channels };
}
