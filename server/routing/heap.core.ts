/**
 * A binary heap that can also remove from its middle: `add`, `remove` and `take` cost O(log n), `peek` and `has` O(1).
 * The order of two members must not change while both are inside, and no two members may be equal.
 */
export class IndexedHeap<T> {
  readonly #before: (a: T, b: T) => boolean;
  readonly #entries: T[] = [];
  readonly #places = new Map<T, number>();

  /** @param before true when `a` must come out ahead of `b` */
  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#entries.length;
  }

  has(entry: T): boolean {
    return this.#places.has(entry);
  }

  peek(): T | undefined {
    return this.#entries[0];
  }

  /** Adding a member again does nothing. */
  add(entry: T): void {
    if (this.#places.has(entry)) return;
    this.#entries.push(entry);
    this.#rise(entry, this.#entries.length - 1);
  }

  /** False when it was not inside. */
  remove(entry: T): boolean {
    const place = this.#places.get(entry);
    if (place === undefined) return false;
    this.#places.delete(entry);
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
    this.#places.set(entry, place);
  }
}
