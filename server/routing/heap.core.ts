/** What stands in a heap knows where: nothing is looked up. A member is in one heap at a time. */
export interface Placed {
  /** Kept by the heap; -1: in none. */
  place: number;
}

/**
 * A binary heap that can also remove from its middle: `add` and `remove` cost O(log n), `peek` and `has` O(1).
 * The order of two members must not change while both are inside, and no two members may be equal.
 */
export class IndexedHeap<T extends Placed> {
  readonly #before: (a: T, b: T) => boolean;
  readonly #entries: T[] = [];

  /** @param before true when `a` must come out ahead of `b` */
  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#entries.length;
  }

  has(entry: T): boolean {
    return entry.place >= 0 && this.#entries[entry.place] === entry;
  }

  peek(): T | undefined {
    return this.#entries[0];
  }

  /**
   * The first member ahead of `bound` that fits `what`; `bound` itself when there is none. Leaves out whatever stands
   * behind one that fits.
   */
  first<W>(fits: (entry: T, what: W) => boolean, what: W, bound?: T): T | undefined {
    return this.#entries.length === 0 ? bound : this.#first(fits, what, bound, 0);
  }

  #first<W>(
    fits: (entry: T, what: W) => boolean,
    what: W,
    best: T | undefined,
    place: number,
  ): T | undefined {
    const entry = this.#entries[place] as T; // whoever calls has looked
    if (best !== undefined && !this.#before(entry, best)) return best; // nor is anything below it
    if (fits(entry, what)) return entry;
    const left = 2 * place + 1;
    const { length } = this.#entries;
    if (left >= length) return best;
    const found = this.#first(fits, what, best, left);
    return left + 1 < length ? this.#first(fits, what, found, left + 1) : found;
  }

  /** All members, in no order to rely on. */
  values(): readonly T[] {
    return this.#entries;
  }

  /** Adding a member again does nothing. */
  add(entry: T): void {
    if (this.has(entry)) return;
    this.#entries.push(entry);
    this.#rise(entry, this.#entries.length - 1);
  }

  /** False when it was not inside. */
  remove(entry: T): boolean {
    if (!this.has(entry)) return false;
    const { place } = entry;
    entry.place = -1;
    const last = this.#entries.pop() as T; // not empty: `entry` was inside
    if (last === entry) return true;
    if (!this.#rise(last, place)) this.#sink(last, place);
    return true;
  }

  /** Moves `entry` up from `start` to where it belongs; true when it moved. */
  #rise(entry: T, start: number): boolean {
    let place = start;
    while (place > 0) {
      const up = (place - 1) >> 1;
      const parent = this.#entries[up] as T;
      if (!this.#before(entry, parent)) break;
      this.#put(parent, place);
      place = up;
    }
    this.#put(entry, place);
    return place !== start;
  }

  #sink(entry: T, start: number): void {
    const { length } = this.#entries;
    let place = start;
    for (let child = 2 * place + 1; child < length; child = 2 * place + 1) {
      const left = this.#entries[child] as T;
      const right = child + 1 < length ? (this.#entries[child + 1] as T) : left;
      const rightFirst = right !== left && this.#before(right, left);
      const first = rightFirst ? right : left;
      if (!this.#before(first, entry)) break;
      this.#put(first, place);
      place = rightFirst ? child + 1 : child;
    }
    this.#put(entry, place);
  }

  #put(entry: T, place: number): void {
    this.#entries[place] = entry;
    entry.place = place;
  }
}
