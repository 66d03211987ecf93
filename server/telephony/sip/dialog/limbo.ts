import type { Flow } from '../transport/index.ts';

/** Who waits for a phone whose connection is gone. */
interface Waiter {
  /** The phone is back, over this connection. */
  attach(flow: Flow): void;
}

/** Dialogs, and INVITEs that ring, whose connection is gone: by the phones that had registered over it. */
export class Limbo {
  readonly #waiting = new Map<string, Set<Waiter>>();

  enter(phones: readonly string[], waiter: Waiter): void {
    for (const phone of phones) {
      const others = this.#waiting.get(phone);
      if (others === undefined) this.#waiting.set(phone, new Set([waiter]));
      else others.add(waiter);
    }
  }

  /** Safe for one who does not wait. */
  leave(phones: readonly string[], waiter: Waiter): void {
    for (const phone of phones) {
      const others = this.#waiting.get(phone);
      others?.delete(waiter);
      if (others?.size === 0) this.#waiting.delete(phone);
    }
  }

  /** Brings everybody who waits for this phone back to it; they leave by themselves. */
  back(phone: string, flow: Flow): void {
    for (const waiter of [...(this.#waiting.get(phone) ?? [])]) waiter.attach(flow);
  }
}
