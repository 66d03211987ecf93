import type { Strategy } from '#shared/model/routing.ts';
import { IndexedHeap } from './heap.core.ts';
import { standingBefore } from './order.core.ts';
import type { ReadyGroup, ReadyOrder, Standing } from './records.core.ts';

const byIdleTime: ReadonlySet<Strategy> = new Set<Strategy>(['longest-idle', 'ring-all', 'random']);

/** A list where whoever becomes free comes last; a heap for every other strategy. */
export const newReady = (strategy: Strategy): ReadyOrder =>
  byIdleTime.has(strategy) ? new ReadyList() : new IndexedHeap(standingBefore);

/**
 * Ordered by group, then by the time they have been free. To add and to remove cost O(1): who is added was freed last,
 * but for those whose offer was revoked, who go back past everybody freed since.
 */
export class ReadyList implements ReadyOrder {
  /** Lowest first; as many as there are tiers and things an agent may hold at once. */
  readonly #groups: ReadyGroup[] = [];
  size = 0;

  add(standing: Standing): void {
    if (standing.list) return;
    const list = this.#group(standing.group);
    let before = list.tail;
    while (before && before.idle > standing.idle) before = before.before;
    const after = before ? before.after : list.head;
    standing.list = list;
    standing.before = before;
    standing.after = after;
    if (before) before.after = standing;
    else list.head = standing;
    if (after) after.before = standing;
    else list.tail = standing;
    this.size += 1;
  }

  remove(standing: Standing): void {
    const { list, before, after } = standing;
    if (!list) return;
    if (before) before.after = after;
    else list.head = after;
    if (after) after.before = before;
    else list.tail = before;
    standing.list = undefined;
    standing.before = undefined;
    standing.after = undefined;
    this.size -= 1;
  }

  first<W>(fits: (standing: Standing, what: W) => boolean, what: W): Standing | undefined {
    for (const { head } of this.#groups)
      for (let standing = head; standing; standing = standing.after)
        if (fits(standing, what)) return standing;
    return undefined;
  }

  count<W>(fits: (standing: Standing, what: W) => boolean, what: W): number {
    let count = 0;
    for (const { head } of this.#groups)
      for (let standing = head; standing; standing = standing.after) if (fits(standing, what)) count += 1;
    return count;
  }

  values(): readonly Standing[] {
    const all: Standing[] = [];
    for (const { head } of this.#groups)
      for (let standing = head; standing; standing = standing.after) all.push(standing);
    return all;
  }

  #group(group: number): ReadyGroup {
    let at = 0;
    for (const known of this.#groups) {
      if (known.group === group) return known;
      if (known.group > group) break;
      at += 1;
    }
    const made: ReadyGroup = { group, head: undefined, tail: undefined };
    this.#groups.splice(at, 0, made);
    return made;
  }
}
