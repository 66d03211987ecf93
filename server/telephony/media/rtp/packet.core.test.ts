import { describe, expect, it } from 'vitest';
import { packetKind, parseRtp, RtpStream } from './packet.core.ts';

describe('RTP packets', () => {
  it('M5: are read with contributing sources, extension and padding left out of the payload', () => {
    const packet = Buffer.from(
      'b2880102' +
        '00000010' +
        'deadbeef' +
        '00000001' +
        '00000002' +
        'bede0001' +
        '11223344' +
        'aabbcc' +
        '0002',
      'hex',
    );
    expect(parseRtp(packet)).toEqual({
      payloadType: 8,
      marker: true,
      sequence: 0x102,
      timestamp: 16,
      ssrc: 0xdeadbeef,
      start: 28,
      end: 31,
    });
  });

  it.each([
    ['too short', '8000000000'],
    ['another version', '400000000000000000000000'],
    ['more sources than bytes', '8f0000000000000000000000'],
    ['an extension longer than the packet', '900000000000000000000000bede00ff'],
    ['padding longer than the payload', 'a00000000000000000000000ff'],
    ['padding of nothing', 'a0000000000000000000000000'],
  ])('M5: %s is no RTP', (_, hex) => {
    expect(parseRtp(Buffer.from(hex, 'hex'))).toBeUndefined();
  });

  it('M5: an outgoing stream keeps its SSRC, and its sequence wraps without a gap', () => {
    const numbers = [7, 0xfffe, 0xffffff00];
    const stream = new RtpStream(() => numbers.shift() ?? 0);
    const read = [0, 160, 320].map((timestamp) => parseRtp(stream.packet(0, false, timestamp, 160)));
    expect(read.map((header) => header?.sequence)).toEqual([0xfffe, 0xffff, 0]);
    expect(read.map((header) => header?.timestamp)).toEqual([0xffffff00, 0xffffffa0, 0x40]);
    expect(new Set(read.map((header) => header?.ssrc))).toEqual(new Set([7]));
  });

  it('tells what shares a port apart by the first bytes (RFC 7983, RFC 5761)', () => {
    const kinds = [[0, 1], [22, 254], [128, 0], [128, 0x88], [128, 200], [128, 72], [255, 0], []];
    expect(kinds.map((bytes) => packetKind(Buffer.from(bytes)))).toEqual([
      'stun',
      'dtls',
      'rtp',
      'rtp',
      'rtcp',
      'rtp',
      'other',
      'other',
    ]);
  });
});
