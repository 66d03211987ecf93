import type { SipServerOptions } from './types.ts';

type Clock = SipServerOptions['clock'];

/** Something that fires once. Kept by its owner and started again as often as needed. */
export interface Timer {
  list: TimerList | undefined;
  prev: Timer | undefined;
  next: Timer | undefined;
  due: number;
  fire(): void;
}

/** Timers of one duration, in order of expiry because all wait equally long. */
interface TimerList {
  readonly ms: number;
  head: Timer | undefined;
  tail: Timer | undefined;
  armed: { cancel(): void } | undefined;
}

/** Makes a stopped timer. */
export function timer(fire: () => void): Timer {
  return { list: undefined, prev: undefined, next: undefined, due: 0, fire };
}

/**
 * Many timers of few durations on one clock: start and stop are O(1) list operations, and each duration keeps one
 * clock timer armed for its head (RFC 3261 knows T1, T2, T4 and their multiples; everything else is rounded by its
 * user). A clock timer that finds its head stopped arms itself for the next one.
 */
export class Timers {
  readonly clock: Clock;
  readonly #lists = new Map<number, TimerList>();
  #live = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get size(): number {
    return this.#live;
  }

  /** Starts or restarts; `ms` is rounded up to a whole millisecond. */
  start(entry: Timer, ms: number): void {
    this.stop(entry);
    const duration = Math.max(0, Math.ceil(ms));
    let list = this.#lists.get(duration);
    if (list === undefined) {
      list = { ms: duration, head: undefined, tail: undefined, armed: undefined };
      this.#lists.set(duration, list);
    }
    entry.due = this.clock.now() + duration;
    entry.list = list;
    entry.prev = list.tail;
    if (list.tail === undefined) list.head = entry;
    else list.tail.next = entry;
    list.tail = entry;
    this.#live++;
    if (list.armed === undefined) this.#arm(list, duration);
  }

  stop(entry: Timer): void {
    const list = entry.list;
    if (list === undefined) return;
    if (entry.prev === undefined) list.head = entry.next;
    else entry.prev.next = entry.next;
    if (entry.next === undefined) list.tail = entry.prev;
    else entry.next.prev = entry.prev;
    entry.list = undefined;
    entry.prev = undefined;
    entry.next = undefined;
    this.#live--;
  }

  /** Stops everything; nothing fires afterwards. */
  clear(): void {
    for (const list of this.#lists.values()) {
      list.armed?.cancel();
      list.armed = undefined;
      while (list.head !== undefined) this.stop(list.head);
    }
    this.#lists.clear();
  }

  #arm(list: TimerList, ms: number): void {
    list.armed = this.clock.after(ms, () => this.#run(list));
  }

  #run(list: TimerList): void {
    list.armed = undefined;
    const now = this.clock.now();
    try {
      while (list.head !== undefined && list.head.due <= now) {
        const entry = list.head;
        this.stop(entry);
        entry.fire();
      }
    } finally {
      // A timer that throws must not silence those behind it.
      if (list.armed === undefined) {
        if (list.head !== undefined) this.#arm(list, Math.max(0, list.head.due - now));
        else if (this.#lists.get(list.ms) === list) this.#lists.delete(list.ms);
      }
    }
  }
}
