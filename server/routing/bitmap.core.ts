/** A set of small numbers, a bit each, that can be taken 32 at a step. */
export class Bitmap {
  /** Number n is bit n % 32 of word n / 32. */
  words: Int32Array;

  /** @param words room for 32 numbers each */
  constructor(words: number) {
    this.words = new Int32Array(words);
  }

  /** There must be room for it. */
  add(number: number): void {
    this.words[number >> 5] = (this.words[number >> 5] as number) | (1 << (number & 31));
  }

  remove(number: number): void {
    this.words[number >> 5] = (this.words[number >> 5] as number) & ~(1 << (number & 31));
  }

  /** Makes room; keeps what is inside. */
  grow(words: number): void {
    const before = this.words;
    this.words = new Int32Array(words);
    this.words.set(before);
  }

  /** The lowest number that is not inside; beyond the room when it is full. */
  lowestFree(): number {
    const word = this.words.findIndex((bits) => bits !== -1);
    return word < 0 ? 32 * this.words.length : lowestBit(~(this.words[word] as number), word);
  }
}

/** The number of the lowest bit set in this word. */
export const lowestBit = (bits: number, word: number): number => 32 * word + 31 - Math.clz32(bits & -bits);
