import { frameSamples } from '../codec/g711.core.ts';

/** Keys as telephone-events (RFC 4733): codes 0 to 15 in this order. */
const keys = '0123456789*#ABCD';

/** The event code of a key, or undefined for anything that is no key. */
export function eventOf(digit: string): number | undefined {
  const code = digit.length === 1 ? keys.indexOf(digit.toUpperCase()) : -1;
  return code < 0 ? undefined : code;
}

interface Pending {
  readonly ssrc: number;
  readonly event: number;
  timestamp: number;
  duration: number;
  ended: boolean;
  heardAt: number;
}

/** After this long without a packet of an event its end bits are taken as lost. */
const endLostMs = 200;

/**
 * One key, once: packets of one event share a timestamp (RFC 4733 2.5.1.3), the end comes three times, and a key
 * held longer than a segment (2.5.1.3: 0xFFFF) goes on under a new timestamp.
 *
 *     idle --packet--> held --end bit | next event | 200 ms of nothing--> told (until the timestamp changes)
 */
export class DtmfReceiver {
  #current: Pending | undefined;

  /** True while a key is held down: `poll` must be called. */
  get pending(): boolean {
    return this.#current !== undefined && !this.#current.ended;
  }

  /** Takes one event packet; `now` in milliseconds. Returns the keys that ended with it (two when an end was lost). */
  push(ssrc: number, timestamp: number, payload: Uint8Array, now: number): string {
    if (payload.length < 4) return '';
    const event = payload[0] ?? 0;
    const end = ((payload[1] ?? 0) & 0x80) !== 0;
    const duration = ((payload[2] ?? 0) << 8) | (payload[3] ?? 0);
    let told = '';
    let current = this.#current;
    if (current !== undefined && current.ssrc === ssrc && current.timestamp !== timestamp) {
      const step = (timestamp - current.timestamp) | 0;
      if (step < 0 && step > -80_000) return ''; // a straggler of an event before this one
      if (!current.ended && current.event === event && current.duration >= 0xf000 && step <= 0xffff) {
        current.timestamp = timestamp;
      }
    }
    if (current === undefined || current.timestamp !== timestamp || current.ssrc !== ssrc) {
      told = this.#finish();
      current = { ssrc, event, timestamp, duration, ended: false, heardAt: now };
      this.#current = current;
    }
    current.heardAt = now;
    current.duration = duration;
    return end ? told + this.#finish() : told;
  }

  /** Returns the key whose end was lost, if that is so by now. */
  poll(now: number): string {
    return this.pending && now - (this.#current?.heardAt ?? now) >= endLostMs ? this.#finish() : '';
  }

  #finish(): string {
    const current = this.#current;
    if (current === undefined || current.ended) return '';
    current.ended = true;
    return keys[current.event] ?? '';
  }
}

/** What to send in one tick of 20 ms. */
export interface EventPacket {
  /** Of the event's start, in samples: the same in every packet of the event. */
  readonly timestamp: number;
  readonly marker: boolean;
  readonly payload: Uint8Array;
}

const pressFrames = 6;
const pauseFrames = 4;
const volume = 10;

/**
 * Sends keys one after the other: 120 ms each, the end three times (RFC 4733 2.5.1.4), 80 ms of pause.
 */
export class DtmfSender {
  readonly #queue: number[] = [];
  #event = 0;
  #frame = 0;
  #timestamp = 0;

  get busy(): boolean {
    return this.#frame > 0 || this.#queue.length > 0;
  }

  /** False when `digit` is no key. At most 64 keys wait. */
  press(digit: string): boolean {
    const event = eventOf(digit);
    if (event === undefined || this.#queue.length >= 64) return false;
    this.#queue.push(event);
    return true;
  }

  /** The packets of this tick; empty in the pause. Call once a tick while `busy`. */
  next(timestamp: number): EventPacket[] {
    const press = this.#advance(timestamp);
    if (press === undefined) return [];
    const end = press.frame === pressFrames;
    const duration = press.frame * frameSamples;
    const payload = Uint8Array.of(
      press.event,
      (end ? 0x80 : 0) | volume,
      (duration >> 8) & 0xff,
      duration & 0xff,
    );
    const packet = { timestamp: this.#timestamp, marker: press.frame === 1, payload };
    return end ? [packet, packet, packet] : [packet];
  }

  /** For a far end without telephone-events: the same key as two tones (ITU-T Q.23). False in the pause. */
  nextTone(timestamp: number, out: Int16Array): boolean {
    const press = this.#advance(timestamp);
    if (press === undefined) return false;
    const [low, high] = tonesOf(press.event);
    for (let i = 0; i < frameSamples; i++) {
      const t = ((press.frame - 1) * frameSamples + i) / 8000;
      out[i] = 6000 * Math.sin(2 * Math.PI * low * t) + 6000 * Math.sin(2 * Math.PI * high * t);
    }
    return true;
  }

  #advance(timestamp: number): { event: number; frame: number } | undefined {
    if (this.#frame === 0) {
      const event = this.#queue.shift();
      if (event === undefined) return undefined;
      this.#event = event;
      this.#timestamp = timestamp;
    }
    this.#frame++;
    const frame = this.#frame;
    if (frame >= pressFrames + pauseFrames) this.#frame = 0;
    return frame <= pressFrames ? { event: this.#event, frame } : undefined;
  }
}

const rows = [697, 770, 852, 941] as const;
const columns = [1209, 1336, 1477, 1633] as const;
const pad = '123A456B789C*0#D';

/** The two frequencies of a key in hertz. */
export function tonesOf(event: number): [number, number] {
  const at = pad.indexOf(keys[event] ?? '1');
  return [rows[at >> 2] ?? 697, columns[at & 3] ?? 1209];
}
