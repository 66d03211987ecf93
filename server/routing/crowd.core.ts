import { Bitmap, lowestBit } from './bitmap.core.ts';

/** Who of several is asked first: of the lowest group, then the lowest by the queue's strategy, then the longest idle. */
export interface Order {
  readonly group: number;
  readonly strategy: number;
  /** Grows with each agent that becomes free. */
  readonly idle: number;
}

/** Whom one looks for. */
export interface Wanted {
  /** One channel (fit.core.ts). */
  readonly channelBit: number;
  /** Skills and the lowest levels that do, by turns. */
  readonly levels: readonly number[];
  /** The highest tier that does. */
  readonly tier: number;
}

export interface Found {
  /** -1: nobody. */
  readonly first: number;
  readonly count: number;
}

/** Every tier there is. */
export const ALL_TIERS = 9;

/**
 * The agents of one queue as bitmaps, a bit for each: who stands ready for this channel, who has this skill at this
 * level or above, who is of this tier or a lower one. Whoever could take an item is in several of them at once, which
 * is seen for 32 agents at a step; of those, the first in order is asked. Agents are known by their numbers here.
 */
export class Crowd {
  readonly #taken = new Bitmap(1);
  /** By channel bit. */
  readonly #ready = new Map<number, Bitmap>();
  /** By skill and level less 1. */
  readonly #able: Bitmap[][] = [];
  /** By tier less 1. */
  readonly #tiers = Array.from({ length: ALL_TIERS }, () => new Bitmap(1));
  /** By number, of those who stand ready. */
  #groups = new Float64Array(32);
  #strategies = new Float64Array(32);
  #idles = new Float64Array(32);
  /** Whom the last search found. */
  readonly #found = new Bitmap(1);

  /** Somebody of this tier with these levels by skill, who stands ready for nothing yet. Answers with its number. */
  sit(tier: number, levels: Uint8Array): number {
    const number = this.#taken.lowestFree();
    if (number === this.#groups.length) this.#grow();
    this.#taken.add(number);
    for (let to = tier; to <= ALL_TIERS; to++) this.#tiers[to - 1]?.add(number);
    levels.forEach((level, skill) => {
      for (let upTo = 1; upTo <= level; upTo++) this.#ableTo(skill, upTo).add(number);
    });
    return number;
  }

  /**
   * Gone; its number may be given to somebody else. It must stand ready for nothing.
   * @param levels those it came with
   */
  rise(number: number, levels: Uint8Array): void {
    this.#taken.remove(number);
    for (const bitmap of this.#tiers) bitmap.remove(number);
    levels.forEach((level, skill) => {
      for (let upTo = 1; upTo <= level; upTo++) this.#ableTo(skill, upTo).remove(number);
    });
  }

  /** @param channels those it stands ready for, as bits */
  stand(number: number, channels: number, { group, strategy, idle }: Order): void {
    this.#groups[number] = group;
    this.#strategies[number] = strategy;
    this.#idles[number] = idle;
    for (let left = channels; left !== 0; left &= left - 1) this.#readyFor(left & -left).add(number);
  }

  /** @param channels those it stood ready for, as bits */
  pull(number: number, channels: number): void {
    for (let left = channels; left !== 0; left &= left - 1) this.#ready.get(left & -left)?.remove(number);
  }

  /**
   * The first in order, of those whom `may` lets pass, and how many stand ready whether it does or not.
   * @param strategy instead of what each came to stand with
   */
  find(wanted: Wanted, may?: (number: number) => boolean, strategy?: (number: number) => number): Found {
    let first = -1;
    let order = 0;
    let count = 0;
    const found = this.#search(wanted);
    for (let word = 0; word < found.length; word++)
      for (let bits = found[word] as number; bits !== 0; bits &= bits - 1) {
        count += 1;
        const number = lowestBit(bits, word);
        if (may && !may(number)) continue;
        const its = strategy ? strategy(number) : (this.#strategies[number] as number);
        if (first >= 0 && !this.#before(number, its, first, order)) continue;
        first = number;
        order = its;
      }
    return { first, count };
  }

  /** Does anybody stand ready for this channel? */
  anyReady(channelBit: number): boolean {
    return this.#ready.get(channelBit)?.words.some((bits) => bits !== 0) ?? false;
  }

  /** All of them, by number. */
  members(wanted: Wanted): number[] {
    return members(this.#search(wanted));
  }

  /** Whoever has these skills, at whatever level, ready or not; by number. */
  having(skills: readonly number[]): number[] {
    const found = this.#found.words;
    found.set(this.#taken.words);
    for (const skill of skills) if (!narrow(found, this.#able[skill]?.[0])) return [];
    return members(found);
  }

  /** Those who stand ready, as words of a bitmap; good until the next search. */
  #search({ channelBit, levels, tier }: Wanted): Int32Array {
    const ready = this.#ready.get(channelBit);
    if (!ready) return NOBODY;
    const found = this.#found.words;
    found.set(ready.words);
    if (tier < ALL_TIERS && !narrow(found, this.#tiers[tier - 1])) return NOBODY;
    for (let i = 0; i < levels.length; i += 2)
      if (!narrow(found, this.#able[levels[i] as number]?.[(levels[i + 1] as number) - 1])) return NOBODY;
    return found;
  }

  #before(a: number, strategyA: number, b: number, strategyB: number): boolean {
    const groups = this.#groups;
    if (groups[a] !== groups[b]) return (groups[a] as number) < (groups[b] as number);
    return strategyA === strategyB
      ? (this.#idles[a] as number) < (this.#idles[b] as number)
      : strategyA < strategyB;
  }

  #readyFor(bit: number): Bitmap {
    let ready = this.#ready.get(bit);
    if (!ready) {
      ready = new Bitmap(this.#taken.words.length);
      this.#ready.set(bit, ready);
    }
    return ready;
  }

  /** Bitmaps of lower levels are made with that of a higher one: a list without holes. */
  #ableTo(skill: number, level: number): Bitmap {
    while (this.#able.length <= skill) this.#able.push([]);
    const able = this.#able[skill] as Bitmap[];
    while (able.length < level) able.push(new Bitmap(this.#taken.words.length));
    return able[level - 1] as Bitmap;
  }

  #bitmaps(): Bitmap[] {
    return [this.#taken, this.#found, ...this.#ready.values(), ...this.#tiers, ...this.#able.flat()];
  }

  #grow(): void {
    const words = 2 * this.#taken.words.length;
    for (const bitmap of this.#bitmaps()) bitmap.grow(words);
    this.#groups = longer(this.#groups);
    this.#strategies = longer(this.#strategies);
    this.#idles = longer(this.#idles);
  }
}

const NOBODY = new Int32Array(0);

/** Leaves in `found` what is in the bitmap too; false when there is none, and so nobody. */
function narrow(found: Int32Array, bitmap: Bitmap | undefined): boolean {
  if (!bitmap) return false;
  const { words } = bitmap;
  for (let word = 0; word < found.length; word++)
    found[word] = (found[word] as number) & (words[word] as number);
  return true;
}

function members(words: Int32Array): number[] {
  const members: number[] = [];
  words.forEach((found, word) => {
    for (let bits = found; bits !== 0; bits &= bits - 1) members.push(lowestBit(bits, word));
  });
  return members;
}

function longer(before: Float64Array): Float64Array<ArrayBuffer> {
  const longer = new Float64Array(2 * before.length);
  longer.set(before);
  return longer;
}
