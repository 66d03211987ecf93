import { AppError } from '#shared/contract/app-error.ts';
import { decodeTable, encodeInto, frameSamples, type Law } from './codec/g711.core.ts';
import type { Path, PathEvents } from './net/path.ts';
import type { UdpPort } from './net/ports.ts';
import { RtpPath } from './net/rtp-path.ts';
import type { LegEvent } from './protocol.ts';
import { DtmfReceiver, DtmfSender } from './rtp/dtmf.core.ts';
import { JitterQueue } from './rtp/jitter.core.ts';
import { parseRtp, RtpStream } from './rtp/packet.core.ts';
import { holds, type RemoteAudio } from './sdp/read.core.ts';
import type { PathSdp } from './sdp/write.core.ts';
import type { WebrtcPath } from './webrtc/webrtc-path.ts';

/** What a leg is given by its worker. */
export interface LegHouse {
  readonly silenceMs: number;
  /** Milliseconds, monotonic. */
  now(): number;
  /** Unsigned 32 bits. */
  random(): number;
  webrtcPath(port: UdpPort, events: PathEvents): Promise<WebrtcPath>;
  tell(event: LegEvent): void;
  /** Something began that needs the clock. */
  wake(): void;
  warn(fields: Record<string, unknown>, message: string): void;
}

interface Playing {
  readonly id: string;
  readonly loop: boolean;
  readonly samples: Int16Array;
  at: number;
}

/** Comfort noise (RFC 3389): a sign of life, nothing to hear. */
const comfortNoise = 13;

/**
 * One far end: its stream in and out, its prompt, its keys. Its SDP was read on the main thread (negotiation.ts).
 *
 *     open --webrtc (its path is made)--+--agree--> agreed --close--> closed
 *        +------------------------------+   ^-again-+
 *
 * Each tick its call pulls `frame` (what it says), then has it `speak` (what it hears).
 */
export class Leg {
  readonly legId: string;
  /** What the leg said in this tick, silence when muted. */
  readonly frame = new Int16Array(frameSamples);
  readonly #port: UdpPort;
  readonly #house: LegHouse;
  readonly #stream: RtpStream;
  readonly #queue = new JitterQueue();
  readonly #keysIn = new DtmfReceiver();
  readonly #keysOut = new DtmfSender();
  #path: Path | undefined;
  /** The same path, for a leg that is WebRTC. */
  #webrtc: WebrtcPath | undefined;
  #audio: RemoteAudio | undefined;
  #closed = false;
  #playing: Playing | undefined;
  #echo = false;
  #muted = false;
  #flowing = false;
  #heardAt = 0;
  #lostAt = 0;
  /** Tick of the last packet sent: a gap is marked (RFC 3551 4.1). */
  #sentAt = -2;

  constructor(legId: string, port: UdpPort, house: LegHouse) {
    this.legId = legId;
    this.#port = port;
    this.#house = house;
    this.#stream = new RtpStream(house.random);
  }

  /** Audio came at least once. */
  get flowing(): boolean {
    return this.#flowing;
  }

  /** The leg has a reason of its own for the clock: it speaks, plays or presses keys. */
  get live(): boolean {
    if (this.#path?.ready !== true) return false;
    return this.#flowing || this.#playing !== undefined || this.#keysOut.busy || this.#keysIn.pending;
  }

  /** The path is WebRTC from now on; what our SDP must say of it. @throws AppError `media.failed` when the leg is closed */
  async webrtc(answering: RemoteAudio | undefined): Promise<PathSdp> {
    this.#webrtc ??= await this.#house.webrtcPath(this.#port, this.#pathEvents());
    // it was closed while we waited: the port may be another leg's by now
    if (this.#closed) throw new AppError('media.failed', 'The leg is closed.');
    this.#path = this.#webrtc;
    return { ...this.#webrtc.local(answering), ssrc: this.#stream.ssrc };
  }

  /** What the far end's SDP said, first or again. */
  agree(audio: RemoteAudio): void {
    if (this.#closed) return;
    this.#path ??= new RtpPath(this.#port, this.#pathEvents());
    const before = this.#audio;
    // what was not to be sent until now is not missing
    if ((before !== undefined && holds(before)) !== holds(audio) || before?.direction !== audio.direction)
      this.#heardAt = this.#house.now();
    this.#audio = audio;
    this.#path.remote(audio);
    this.#house.wake();
  }

  play(id: string, samples: Int16Array, loop: boolean): void {
    if (this.#closed) return;
    if (samples.length === 0) {
      this.#playing = undefined;
      this.#house.tell({ tell: 'played', playId: id });
      return;
    }
    this.#playing = { id, samples, loop, at: 0 };
    this.#house.wake();
  }

  stopPlaying(): void {
    this.#playing = undefined;
  }

  echo(on: boolean): void {
    this.#echo = on;
  }

  mute(on: boolean): void {
    this.#muted = on;
  }

  pressKey(digit: string): void {
    if (this.#closed) return;
    if (!this.#keysOut.press(digit)) {
      this.#house.warn({ legId: this.legId }, 'a key was not sent: no key, or too many wait');
    }
    this.#house.wake();
  }

  close(): void {
    this.#closed = true;
    this.#playing = undefined;
    this.#path?.close();
  }

  /** Fills `frame`. */
  pull(): void {
    this.#queue.pull(this.frame);
    if (this.#muted) this.frame.fill(0);
    if (this.#keysIn.pending) this.#tellKeys(this.#keysIn.poll(this.#house.now()));
  }

  /** Sends this tick's packet: keys, else prompt, else echo, else `mixed`. `heard`: someone it hears has sound. */
  speak(tick: number, mixed: Int16Array, heard: boolean, scratch: Int16Array): void {
    if (this.#path?.ready !== true) return;
    const silent = this.#sendsNothing;
    if (this.#keysOut.busy && !silent) {
      this.#speakKeys(tick, scratch);
      return;
    }
    if (this.#playing !== undefined) {
      this.#fillPrompt(this.#playing, scratch);
      if (!silent) this.#send(tick, scratch);
      return;
    }
    if (silent || !(this.#flowing || heard)) return;
    this.#send(tick, this.#echo ? this.frame : mixed);
  }

  /** Once a second. A leg that for a second has heard someone in silence sends one packet to open the way (NAT). */
  sweep(tick: number, hearsSomeone: boolean, silence: Int16Array): void {
    const now = this.#house.now();
    const waits = hearsSomeone && !this.live && now - this.#heardAt >= 1000;
    if (waits && !this.#sendsNothing) this.#send(tick, silence);
    const { silenceMs } = this.#house;
    if (silenceMs === 0 || !this.#expects) return;
    if (now - Math.max(this.#heardAt, this.#lostAt) < silenceMs) return;
    this.#lostAt = now;
    this.#house.tell({ tell: 'lost', cause: 'silent' });
  }

  /** A browser gives signs of life (ICE consent) even when it sends no audio; a phone on hold need not. */
  get #expects(): boolean {
    const audio = this.#audio;
    if (audio === undefined) return false;
    return audio.kind === 'webrtc' || (audio.direction === 'sendrecv' && !audio.zero);
  }

  get #sendsNothing(): boolean {
    return this.#audio === undefined || holds(this.#audio);
  }

  #pathEvents(): PathEvents {
    return {
      ready: () => this.#house.wake(),
      rtp: (packet) => this.#receive(packet),
      alive: () => {
        if (this.#audio?.kind === 'webrtc') this.#heardAt = this.#house.now();
      },
      closed: (problem) => this.#pathClosed(problem),
    };
  }

  #pathClosed(problem: string | undefined): void {
    if (this.#closed) return;
    if (problem !== undefined) this.#house.warn({ legId: this.legId, problem }, 'the media path failed');
    this.#house.tell({ tell: 'lost', cause: 'closed' });
  }

  #receive(packet: Buffer): void {
    const audio = this.#audio;
    const header = audio === undefined ? undefined : parseRtp(packet);
    if (audio === undefined || header === undefined) return;
    const law = audio.laws.get(header.payloadType) ?? staticLaw(header.payloadType);
    const key = header.payloadType === audio.eventPayloadType;
    if (law === undefined && !key && header.payloadType !== comfortNoise) return;
    const now = this.#house.now();
    this.#heardAt = now;
    if (key) {
      const payload = packet.subarray(header.start, header.end);
      const told = this.#keysIn.push(header.ssrc, header.timestamp, payload, now);
      if (this.#keysIn.pending) this.#house.wake();
      this.#tellKeys(told);
    } else if (law !== undefined) {
      const { ssrc, timestamp, start, end } = header;
      this.#queue.push(ssrc, timestamp, packet, start, end, decodeTable[law]);
      if (this.#flowing) return;
      this.#flowing = true;
      this.#house.wake();
      this.#house.tell({ tell: 'flowing' });
    }
  }

  #tellKeys(keys: string): void {
    for (const digit of keys) this.#house.tell({ tell: 'digit', digit });
  }

  #fillPrompt(playing: Playing, out: Int16Array): void {
    const { samples } = playing;
    for (let i = 0; i < out.length; i++) {
      if (playing.at >= samples.length && playing.loop) playing.at = 0;
      out[i] = samples[playing.at] ?? 0;
      playing.at++;
    }
    if (playing.loop || playing.at < samples.length) return;
    this.#playing = undefined;
    this.#house.tell({ tell: 'played', playId: playing.id });
  }

  #speakKeys(tick: number, scratch: Int16Array): void {
    const timestamp = tick * frameSamples;
    const payloadType = this.#audio?.eventPayloadType;
    if (payloadType === undefined) {
      if (!this.#keysOut.nextTone(timestamp, scratch)) scratch.fill(0);
      this.#send(tick, scratch);
      return;
    }
    for (const key of this.#keysOut.next(timestamp)) {
      const packet = this.#stream.packet(payloadType, key.marker, key.timestamp, key.payload.length);
      packet.set(key.payload, packet.length - key.payload.length);
      this.#path?.send(packet);
    }
  }

  #send(tick: number, samples: Int16Array): void {
    const audio = this.#audio;
    if (audio === undefined || this.#path?.ready !== true) return;
    const marker = tick !== this.#sentAt + 1;
    this.#sentAt = tick;
    const packet = this.#stream.packet(audio.payloadType, marker, tick * frameSamples, samples.length);
    encodeInto(packet, packet.length - samples.length, samples, audio.law);
    this.#path.send(packet);
  }
}

/** RFC 3551 6: a far end may switch between the laws we offered without naming its types. */
function staticLaw(payloadType: number): Law | undefined {
  return payloadType === 0 ? 'pcmu' : payloadType === 8 ? 'pcma' : undefined;
}
