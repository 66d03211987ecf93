import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { fromALaw, fromMuLaw } from './g711.ts';
import type { RemoteMedia } from './sdp.ts';
import { FRAME, type Frames } from './speech.ts';

const KEYS = '0123456789*#ABCD';
const SILENCE = Buffer.alloc(FRAME, 0xff);
/** A key is held for this many packets of 20 ms. */
const KEY_PACKETS = 6;

/** One clock for all sessions of the process: every 20 ms, catching up after a late turn so that it never drifts. */
const sessions = new Set<RtpSession>();
let timer: NodeJS.Timeout | undefined;
let due = 0;
function tick(): void {
  const now = performance.now();
  if (now - due > 500) due = now; // asleep too long: better a gap than a flood
  for (; due <= now; due += 20) for (const session of sessions) session.sendFrame();
  timer = setTimeout(tick, Math.max(1, due - performance.now()));
}

/** One leg's audio over plain RTP: G.711 both ways, keys by RFC 4733. */
export class RtpSession {
  /** Packets of audio heard. */
  packets = 0;
  /** Keys heard, each once. */
  digits = '';
  /** Samples of the last second heard, for tests that look at the sound. */
  readonly heard: number[] = [];
  /** Is what we send heard? Off while we are held. */
  sending = true;
  readonly #socket: Socket;
  #remote: RemoteMedia | undefined;
  #frames: Frames = [];
  #frame = 0;
  #sequence = randomInt(0x10000);
  #timestamp = randomInt(0x1_0000_0000);
  readonly #ssrc = randomInt(0x1_0000_0000);
  #keys: { code: number; sent: number; start: number }[] = [];
  #lastKeyTimestamp = -1;
  #closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (packet) => this.#receive(packet));
    socket.on('error', () => undefined); // ICMP refusals of a far end that is gone
  }

  /** Opens a port on this address. Rejects with the socket's error. */
  static async open(host: string): Promise<RtpSession> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, host, () => {
        socket.off('error', reject);
        resolve();
      });
    });
    return new RtpSession(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Sends to there from now on: silence until something is said. */
  connect(remote: RemoteMedia): void {
    this.#remote = remote;
    if (this.#closed) return;
    sessions.add(this);
    if (timer === undefined) {
      due = performance.now();
      tick();
    }
  }

  /** What to say, round and round; `[]` for silence. */
  say(frames: Frames, from = 0): void {
    this.#frames = frames;
    this.#frame = from;
  }

  press(key: string): void {
    const code = KEYS.indexOf(key.toUpperCase());
    if (key.length !== 1 || code < 0) throw new RangeError(`no such key: ${key}`);
    this.#keys.push({ code, sent: 0, start: 0 });
  }

  /** Loudness of the last second heard, root mean square of samples. */
  level(): number {
    if (this.heard.length === 0) return 0;
    return Math.sqrt(this.heard.reduce((sum, sample) => sum + sample * sample, 0) / this.heard.length);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    sessions.delete(this);
    if (sessions.size === 0) {
      clearTimeout(timer);
      timer = undefined;
    }
    this.#socket.close();
  }

  /** Called by the clock every 20 ms. */
  sendFrame(): void {
    const remote = this.#remote;
    if (!remote || this.#closed) return;
    this.#timestamp = (this.#timestamp + FRAME) >>> 0;
    const key = this.#keys[0];
    if (key && remote.events !== undefined) {
      this.#sendKey(key, remote.events);
      return;
    }
    this.#keys = [];
    const frame = (this.sending ? this.#frames[this.#frame] : undefined) ?? SILENCE;
    this.#frame = this.#frames.length > 0 ? (this.#frame + 1) % this.#frames.length : 0;
    // Our frames are mu-law; a far end that takes A-law alone hears silence.
    this.#send(remote.codec, remote.codec === 0 ? frame : Buffer.alloc(FRAME, 0xd5), this.#timestamp, false);
  }

  /** RFC 4733 2.5: one timestamp for the whole event, growing duration, the end told three times. */
  #sendKey(key: { code: number; sent: number; start: number }, payloadType: number): void {
    if (key.sent === 0) key.start = this.#timestamp;
    key.sent += 1;
    const end = key.sent >= KEY_PACKETS;
    const payload = Buffer.from([key.code, (end ? 0x80 : 0) | 10, 0, 0]);
    payload.writeUInt16BE(key.sent * FRAME, 2);
    for (let i = 0; i < (end ? 3 : 1); i++) this.#send(payloadType, payload, key.start, key.sent === 1);
    if (end) this.#keys.shift();
  }

  #send(payloadType: number, payload: Buffer, timestamp: number, marker: boolean): void {
    const remote = this.#remote;
    if (!remote) return;
    const packet = Buffer.alloc(12 + payload.length);
    packet[0] = 0x80;
    packet[1] = payloadType | (marker ? 0x80 : 0);
    packet.writeUInt16BE(this.#sequence, 2);
    packet.writeUInt32BE(timestamp, 4);
    packet.writeUInt32BE(this.#ssrc, 8);
    payload.copy(packet, 12);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#socket.send(packet, remote.port, remote.host);
  }

  #receive(packet: Buffer): void {
    if (packet.length < 12 || (packet[0] ?? 0) >> 6 !== 2) return;
    const payloadType = (packet[1] ?? 0) & 0x7f;
    const payload = packet.subarray(12 + ((packet[0] ?? 0) & 0x0f) * 4);
    if (payloadType === this.#remote?.events || payloadType === 101) {
      const timestamp = packet.readUInt32BE(4);
      const ended = ((payload[1] ?? 0) & 0x80) !== 0;
      if (ended && timestamp !== this.#lastKeyTimestamp) {
        this.#lastKeyTimestamp = timestamp;
        this.digits += KEYS[payload[0] ?? 99] ?? '';
      }
      return;
    }
    if (payloadType !== 0 && payloadType !== 8) return;
    this.packets += 1;
    const decode = payloadType === 0 ? fromMuLaw : fromALaw;
    for (const byte of payload) this.heard.push(decode(byte));
    if (this.heard.length > 8000) this.heard.splice(0, this.heard.length - 8000);
  }
}
