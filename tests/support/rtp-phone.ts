import { createSocket, type Socket } from 'node:dgram';
import { tone } from './tones.ts';

/** A telephone on plain RTP for tests: says a tone, hears, presses keys. Knows nothing of the server's code. */
export interface RtpPhone {
  readonly port: number;
  /** An offer or answer of its own. */
  sdp(options?: { direction?: string; address?: string; port?: number; events?: boolean }): string;
  /** Where its packets go, from the other side's SDP. */
  connect(sdp: string): void;
  /** From now on a sine of that many hertz, or nothing at all (no packets). */
  say(hertz: number | undefined): void;
  /** One raw packet. */
  send(packet: Buffer): void;
  /** Presses a key by telephone-events; `lostEnd` leaves out the packets with the end bit. */
  press(code: number, options?: { lostEnd?: boolean }): void;
  /** Everything heard since the last `forget`, as samples. */
  heard(): Int16Array;
  /** The last `ms` of it. */
  last(ms: number): Int16Array;
  forget(): void;
  /** Packets of audio sent. */
  readonly sent: number;
  /** Headers of what came: payload type, sequence, timestamp, SSRC, source port, first payload byte. */
  readonly packets: HeardPacket[];
  close(): void;
}

export interface HeardPacket {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Buffer;
}

const eventPayloadType = 101;

/** Opens a phone on a free port of loopback. `law` is the codec it speaks and offers. */
export async function openRtpPhone(law: 'pcmu' | 'pcma' = 'pcmu', address = '127.0.0.1'): Promise<RtpPhone> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, address, resolve));
  return new Phone(socket, law);
}

class Phone implements RtpPhone {
  readonly packets: HeardPacket[] = [];
  readonly #socket: Socket;
  readonly #law: 'pcmu' | 'pcma';
  #to = { address: '', port: 0 };
  #hertz: number | undefined;
  #frames = 0;
  #sent = 0;
  #sequence = 65_500;
  #ssrc = (Math.random() * 0xffffffff) >>> 0;
  #timer: NodeJS.Timeout;
  readonly #began = performance.now();

  constructor(socket: Socket, law: 'pcmu' | 'pcma') {
    this.#socket = socket;
    this.#law = law;
    socket.on('message', (packet) => {
      this.packets.push({
        payloadType: (packet[1] ?? 0) & 0x7f,
        marker: ((packet[1] ?? 0) & 0x80) !== 0,
        sequence: packet.readUInt16BE(2),
        timestamp: packet.readUInt32BE(4),
        ssrc: packet.readUInt32BE(8),
        payload: Buffer.from(packet.subarray(12)),
      });
    });
    this.#timer = setInterval(() => this.#tick(), 5);
  }

  get sent(): number {
    return this.#sent;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  sdp(options: { direction?: string; address?: string; port?: number; events?: boolean } = {}): string {
    const address = options.address ?? '127.0.0.1';
    const type = this.#law === 'pcmu' ? 0 : 8;
    const events = options.events ?? true;
    return [
      'v=0',
      `o=phone 1 1 IN IP4 ${address}`,
      's=-',
      `c=IN IP4 ${address}`,
      't=0 0',
      `m=audio ${options.port ?? this.port} RTP/AVP ${type}${events ? ` ${eventPayloadType}` : ''}`,
      `a=rtpmap:${type} ${this.#law === 'pcmu' ? 'PCMU' : 'PCMA'}/8000`,
      ...(events ? [`a=rtpmap:${eventPayloadType} telephone-event/8000`] : []),
      `a=${options.direction ?? 'sendrecv'}`,
      '',
    ].join('\r\n');
  }

  connect(sdp: string): void {
    const address = /^c=IN IP4 (\S+)/m.exec(sdp)?.[1] ?? '';
    this.#to = { address, port: Number(/^m=audio (\d+)/m.exec(sdp)?.[1]) };
  }

  say(hertz: number | undefined): void {
    this.#hertz = hertz;
  }

  send(packet: Buffer): void {
    this.#socket.send(packet, this.#to.port, this.#to.address);
  }

  press(code: number, options: { lostEnd?: boolean } = {}): void {
    const timestamp = this.#frames * 160 + 80;
    for (let i = 1; i <= 8; i++) {
      const end = i > 5;
      if (end && options.lostEnd === true) break;
      const duration = Math.min(i, 6) * 160;
      const payload = Buffer.from([code, (end ? 0x80 : 0) | 10, duration >> 8, duration & 0xff]);
      this.send(this.#packet(eventPayloadType, timestamp, payload, i === 1));
    }
  }

  heard(): Int16Array {
    return samplesOf(this.packets);
  }

  last(ms: number): Int16Array {
    const samples = samplesOf(this.packets.slice(-Math.ceil(ms / 20) - 20)); // keys may lie between
    return samples.subarray(Math.max(0, samples.length - ms * 8));
  }

  forget(): void {
    this.packets.length = 0;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#socket.close();
  }

  #tick(): void {
    const due = Math.floor((performance.now() - this.#began) / 20);
    for (; this.#frames < due; this.#frames++) {
      if (this.#hertz === undefined || this.#to.port === 0) continue;
      const samples = tone(this.#hertz, 20, { from: this.#frames * 160 });
      const payload = Buffer.from(Array.from(samples, (sample) => encode(sample, this.#law === 'pcma')));
      this.send(this.#packet(this.#law === 'pcmu' ? 0 : 8, this.#frames * 160, payload, false));
      this.#sent += 1;
    }
  }

  #packet(type: number, timestamp: number, payload: Buffer, marker: boolean): Buffer {
    const packet = Buffer.alloc(12 + payload.length);
    packet[0] = 0x80;
    packet[1] = type | (marker ? 0x80 : 0);
    packet.writeUInt16BE(this.#sequence, 2);
    packet.writeUInt32BE(timestamp >>> 0, 4);
    packet.writeUInt32BE(this.#ssrc, 8);
    payload.copy(packet, 12);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    return packet;
  }
}

function samplesOf(packets: readonly HeardPacket[]): Int16Array {
  const samples: number[] = [];
  for (const packet of packets) {
    if (packet.payloadType === eventPayloadType) continue;
    for (const code of packet.payload) samples.push(decode(code, packet.payloadType === 8));
  }
  return Int16Array.from(samples);
}

/** G.711 by the textbook, apart from the tables under test. */
function decode(code: number, aLaw: boolean): number {
  if (aLaw) {
    const c = code ^ 0x55;
    const exponent = (c >> 4) & 7;
    const value = exponent === 0 ? ((c & 15) << 4) + 8 : (((c & 15) << 4) + 264) << (exponent - 1);
    return c & 0x80 ? value : -value;
  }
  const c = ~code & 0xff;
  const value = ((((c & 15) << 3) + 132) << ((c >> 4) & 7)) - 132;
  return c & 0x80 ? -value : value;
}

/** By sample, for each law; filled as samples are met. */
const codes = { pcmu: new Map<number, number>(), pcma: new Map<number, number>() };

function encode(sample: number, aLaw: boolean): number {
  const known = codes[aLaw ? 'pcma' : 'pcmu'];
  let best = known.get(sample);
  if (best !== undefined) return best;
  best = 0;
  let distance = Number.POSITIVE_INFINITY;
  for (let code = 0; code < 256; code++) {
    const off = Math.abs(decode(code, aLaw) - sample);
    if (off < distance) {
      distance = off;
      best = code;
    }
  }
  known.set(sample, best);
  return best;
}
