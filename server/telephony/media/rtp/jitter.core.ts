import { frameSamples } from '../codec/g711.core.ts';

/**
 * The jitter queue of one incoming stream: a ring of samples addressed by RTP timestamp. Reordered, doubled and
 * late packets and any packet time (10, 20, 30 ms) need no special care: samples land where their timestamp says.
 *
 *     empty --packet--> filling --lead >= target--> playing --3 frames missed--> empty
 *                          ^                          |
 *                          +------ timestamps jump ---+
 *
 * `lead` is how much lies between the playing position and the newest sample. A miss while playing does not move
 * the position, so a late network or a slow sender makes the queue longer by itself; a queue that never ran
 * lower than three frames in five seconds loses one frame, a quiet one if it can.
 */
const ring = 8192;
const mask = ring - 1;
/** No G.711 code decodes to this. */
const missing = -32768;
const startFrames = 4;
const leastFrames = 3;
const mostFrames = 12;
const windowFrames = 250;
const quietPeak = 400;

export class JitterQueue {
  /** Made at the first packet: many legs never get one. */
  #samples = new Int16Array(0);
  readonly #last = new Int16Array(frameSamples);
  #state: 'empty' | 'filling' | 'playing' = 'empty';
  #play = 0;
  #end = 0;
  #target = startFrames * frameSamples;
  #waited = 0;
  #misses = 0;
  #concealed = 0;
  #lowest = ring;
  #pulls = 0;
  #surplus = 0;
  #ssrc: number | undefined;

  /** Samples between the playing position and the newest one; 0 when nothing is queued. */
  get lead(): number {
    return this.#state === 'empty' ? 0 : (this.#end - this.#play) | 0;
  }

  /** Takes the payload `packet[start..end)`; `table` decodes one byte to one sample. */
  push(
    ssrc: number,
    timestamp: number,
    packet: Uint8Array,
    start: number,
    end: number,
    table: Int16Array,
  ): void {
    const length = end - start;
    if (length <= 0 || length > ring / 2) return;
    if (ssrc !== this.#ssrc) {
      this.#ssrc = ssrc;
      this.#empty();
    }
    let ahead = (timestamp - this.#play) | 0;
    if (this.#state !== 'empty' && (ahead < -ring || ahead + length > ring)) this.#empty();
    if (this.#state === 'empty') {
      if (this.#samples.length === 0) this.#samples = new Int16Array(ring).fill(missing);
      this.#state = 'filling';
      this.#play = timestamp;
      this.#end = timestamp;
      this.#waited = 0;
      ahead = 0;
    } else if (this.#state === 'filling' && ahead < 0 && ((this.#end - timestamp) | 0) < ring) {
      this.#play = timestamp;
      ahead = 0;
    }
    for (let i = Math.max(0, -ahead); i < length; i++) {
      this.#samples[(timestamp + i) & mask] = table[packet[start + i] ?? 0] ?? 0;
    }
    const newEnd = timestamp + length;
    if (((newEnd - this.#end) | 0) > 0) this.#end = newEnd;
    const over = this.lead - (this.#target + mostFrames * frameSamples);
    if (over > 0) this.#skip(this.lead - this.#target);
  }

  /** The next 20 ms into `out`; false when there is nothing to hear (then `out` is silence). */
  pull(out: Int16Array): boolean {
    if (this.#state === 'filling') {
      this.#waited += frameSamples;
      if (this.lead >= this.#target || this.#waited > this.#target) this.#start();
    }
    if (this.#state !== 'playing') {
      out.fill(0);
      return false;
    }
    this.#trim();
    if (this.lead < frameSamples) return this.#miss(out);
    this.#misses = 0;
    let lost = 0;
    for (let i = 0; i < frameSamples; i++) {
      const at = (this.#play + i) & mask;
      const sample = this.#samples[at] ?? 0;
      this.#samples[at] = missing;
      if (sample === missing) lost++;
      out[i] = sample === missing ? 0 : sample;
    }
    this.#play = (this.#play + frameSamples) >>> 0;
    if (lost === frameSamples) return this.#conceal(out);
    this.#concealed = 0;
    this.#last.set(out);
    return true;
  }

  #start(): void {
    this.#state = 'playing';
    this.#misses = 0;
    this.#concealed = 0;
    this.#pulls = 0;
    this.#lowest = ring;
    this.#surplus = 0;
  }

  #empty(): void {
    this.#state = 'empty';
    this.#samples.fill(missing);
  }

  #miss(out: Int16Array): boolean {
    this.#misses++;
    if (this.#misses >= 3) {
      this.#target = Math.min(this.#target + frameSamples, mostFrames * frameSamples);
      this.#empty();
    }
    return this.#conceal(out);
  }

  /** A gap of one frame is bridged with the last one at half strength; a longer one is silence. */
  #conceal(out: Int16Array): boolean {
    this.#concealed++;
    if (this.#concealed > 1) {
      out.fill(0);
      return false;
    }
    for (let i = 0; i < frameSamples; i++) out[i] = (this.#last[i] ?? 0) >> 1;
    return true;
  }

  #trim(): void {
    const left = this.lead - frameSamples;
    if (left < this.#lowest) this.#lowest = left;
    this.#pulls++;
    if (this.#pulls >= windowFrames) {
      if (this.#lowest >= leastFrames * frameSamples) this.#surplus = 1;
      if (this.#lowest > 0 && this.#target > startFrames * frameSamples) this.#target -= frameSamples;
      this.#pulls = 0;
      this.#lowest = ring;
    }
    if (this.#surplus === 0 || this.lead < 2 * frameSamples) return;
    this.#surplus++;
    if (this.#quiet() || this.#surplus > 100) {
      this.#skip(frameSamples);
      this.#surplus = 0;
    }
  }

  #quiet(): boolean {
    for (let i = 0; i < frameSamples; i++) {
      const sample = this.#samples[(this.#play + i) & mask] ?? 0;
      if (sample !== missing && Math.abs(sample) > quietPeak) return false;
    }
    return true;
  }

  #skip(samples: number): void {
    for (let i = 0; i < samples; i++) this.#samples[(this.#play + i) & mask] = missing;
    this.#play = (this.#play + samples) >>> 0;
  }
}
