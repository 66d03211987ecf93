/** Buckets between one power of two and the next: a value read back is at most 1/32 (3.1 %) above the one put in. */
const PARTS = 32;
const PARTS_LOG2 = 5;

/** Counts of whole numbers from 0 up to 2^31 in buckets of constant relative width. Adding allocates nothing. */
export class Histogram {
  readonly #buckets = new Float64Array(PARTS * (32 - PARTS_LOG2));
  #count = 0;
  #max = 0;

  get count(): number {
    return this.#count;
  }

  /** The largest value added, exactly; 0 before the first. */
  get max(): number {
    return this.#max;
  }

  /** @param value a whole number, 0 to 2^31 - 1 (2.1 s in nanoseconds); more counts as that */
  add(value: number): void {
    const bucket = bucketOf(Math.min(value, 0x7fffffff));
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.#count += 1;
    if (value > this.#max) this.#max = value;
  }

  /** The value below which this share (0 to 1) lies, nearest rank, rounded up to its bucket's end; NaN for none. */
  percentile(share: number): number {
    if (this.#count === 0) return Number.NaN;
    let left = Math.max(1, Math.ceil(share * this.#count));
    for (let bucket = 0; bucket < this.#buckets.length; bucket++) {
      left -= this.#buckets[bucket] ?? 0;
      if (left <= 0) return Math.min(endOf(bucket), this.#max);
    }
    return this.#max;
  }
}

/** Values below PARTS have a bucket each; above, the highest bits of a value name its bucket. */
function bucketOf(value: number): number {
  if (value < PARTS) return value;
  const shift = 31 - Math.clz32(value) - PARTS_LOG2;
  return (shift << PARTS_LOG2) + (value >>> shift);
}

/** The largest value of a bucket. */
function endOf(bucket: number): number {
  if (bucket < PARTS) return bucket;
  const shift = (bucket >>> PARTS_LOG2) - 1;
  return (bucket - (shift << PARTS_LOG2) + 1) * 2 ** shift - 1;
}
