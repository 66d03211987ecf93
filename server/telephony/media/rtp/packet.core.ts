/** RTP headers on plain buffers (RFC 3550 5.1). */
export interface RtpHeader {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  /** Where the payload lies in the packet it was read from: padding and extensions are outside. */
  readonly start: number;
  readonly end: number;
}

/** Length of a header without contributing sources and extensions; all of ours are like that. */
export const rtpHeaderLength = 12;

/** RFC 7983: what a packet on a shared port is, by its first byte; RFC 5761 4 tells RTCP from RTP. */
export function packetKind(packet: Buffer): 'stun' | 'dtls' | 'rtp' | 'rtcp' | 'other' {
  const first = packet[0];
  if (first === undefined) return 'other';
  if (first < 4) return 'stun';
  if (first >= 20 && first < 64) return 'dtls';
  if (first < 128 || first >= 192) return 'other';
  const second = packet[1] ?? 0;
  return second >= 192 && second <= 223 ? 'rtcp' : 'rtp';
}

/** Offset of the payload, or 0 when the packet is no RTP. */
export function rtpPayloadStart(packet: Buffer): number {
  if (packet.length < rtpHeaderLength || ((packet[0] ?? 0) & 0xc0) !== 0x80) return 0;
  const first = packet[0] ?? 0;
  let start = rtpHeaderLength + (first & 0x0f) * 4;
  if (first & 0x10) {
    if (packet.length < start + 4) return 0;
    start += 4 + packet.readUInt16BE(start + 2) * 4;
  }
  return start <= packet.length ? start : 0;
}

/** Reads a packet; undefined when it is no RTP or its lengths do not add up. */
export function parseRtp(packet: Buffer): RtpHeader | undefined {
  const start = rtpPayloadStart(packet);
  if (start === 0) return undefined;
  let end = packet.length;
  if ((packet[0] ?? 0) & 0x20) {
    const padding = packet[end - 1] ?? 0;
    if (padding === 0 || end - padding < start) return undefined;
    end -= padding;
  }
  const second = packet[1] ?? 0;
  return {
    payloadType: second & 0x7f,
    marker: (second & 0x80) !== 0,
    sequence: packet.readUInt16BE(2),
    timestamp: packet.readUInt32BE(4),
    ssrc: packet.readUInt32BE(8),
    start,
    end,
  };
}

/**
 * One outgoing stream: its SSRC stays, its sequence has no gaps, whatever kinds of payload are sent in turn.
 * Timestamps are the caller's, counted from 0; a random offset is added (RFC 3550 5.1).
 */
export class RtpStream {
  readonly ssrc: number;
  #sequence: number;
  readonly #offset: number;

  /** `random` gives an unsigned 32-bit number. */
  constructor(random: () => number) {
    this.ssrc = random() >>> 0;
    this.#sequence = random() & 0xffff;
    this.#offset = random() >>> 0;
  }

  /** A new packet with its header written and `length` bytes of room for the payload after it. */
  packet(payloadType: number, marker: boolean, timestamp: number, length: number): Buffer {
    const packet = Buffer.allocUnsafe(rtpHeaderLength + length);
    packet[0] = 0x80;
    packet[1] = payloadType | (marker ? 0x80 : 0);
    packet.writeUInt16BE(this.#sequence, 2);
    packet.writeUInt32BE((timestamp + this.#offset) >>> 0, 4);
    packet.writeUInt32BE(this.ssrc, 8);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    return packet;
  }
}
