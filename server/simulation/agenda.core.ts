/** Something to be done at an instant. */
export interface Entry {
  readonly at: number;
  readonly order: number;
  /** Undefined once done or called off. */
  run: (() => void) | undefined;
}

/** What is still to happen, in the order of time; at one instant, in the order it was put down. A binary heap. */
export class Agenda {
  readonly #entries: Entry[] = [];
  #order = 0;

  /** Called-off entries count until their time. */
  get size(): number {
    return this.#entries.length;
  }

  add(at: number, run: () => void): Entry {
    const entry: Entry = { at, order: ++this.#order, run };
    const entries = this.#entries;
    let place = entries.length;
    entries.push(entry);
    while (place > 0) {
      const up = (place - 1) >> 1;
      const parent = entries[up] as Entry;
      if (!before(entry, parent)) break;
      entries[place] = parent;
      place = up;
    }
    entries[place] = entry;
    return entry;
  }

  /** Takes the first entry that was not called off. */
  next(): Entry | undefined {
    for (;;) {
      const first = this.#take();
      if (!first || first.run) return first;
    }
  }

  #take(): Entry | undefined {
    const entries = this.#entries;
    const first = entries[0];
    const last = entries.pop();
    if (!first || !last || first === last) return first;
    const { length } = entries;
    let place = 0;
    for (let child = 1; child < length; child = 2 * place + 1) {
      if (child + 1 < length && before(entries[child + 1] as Entry, entries[child] as Entry)) child += 1;
      if (!before(entries[child] as Entry, last)) break;
      entries[place] = entries[child] as Entry;
      place = child;
    }
    entries[place] = last;
    return first;
  }
}

/** Entries called off keep their place until their time comes. */
export function callOff(entry: Entry | undefined): void {
  if (entry) entry.run = undefined;
}

const before = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
