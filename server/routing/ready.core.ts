import { belongs } from './lanes.core.ts';
import { skilledFor } from './order.core.ts';
import type { Ask, Seat } from './records.core.ts';

/** Those who stand ready at this instant for what is asked. */
export class Ready {
  readonly #ask: Ask;
  /** Instead of the crowd, when only one agent is asked. */
  readonly #held: readonly Seat[] | undefined;

  constructor(ask: Ask) {
    this.#ask = ask;
    const { queue, heldFor } = ask;
    if (heldFor === undefined) return;
    const seat = queue.seats.get(heldFor);
    this.#held = seat && this.has(seat) ? [seat] : [];
  }

  has(seat: Seat): boolean {
    return (
      (seat.agent.ready & this.#ask.channelBit) !== 0 &&
      seat.retryUntil === undefined &&
      belongs(seat, this.#ask)
    );
  }

  /** The first of them, in the order of the queue's strategy, whom `may` lets pass; how many there are in any case. */
  find(may?: (seat: Seat) => boolean): { readonly first: Seat | undefined; readonly count: number } {
    const held = this.#held;
    if (held) return { first: held.find((seat) => may?.(seat) !== false), count: held.length };
    const { queue, skills } = this.#ask;
    const { crowd, numbered, settings } = queue;
    const seatOf = (number: number): Seat => numbered[number] as Seat; // the crowd knows seats only
    const bySkill = settings.strategy === 'most-skilled' && skills.length > 0;
    const { first, count } = crowd.find(
      this.#ask,
      may && ((number) => may(seatOf(number))),
      bySkill ? (number) => skilledFor(seatOf(number), skills) : undefined,
    );
    return { first: numbered[first], count };
  }

  /** All of them, in no order to rely on. */
  seats(): readonly Seat[] {
    const { queue } = this.#ask;
    return this.#held ?? queue.crowd.members(this.#ask).map((number) => queue.numbered[number] as Seat);
  }
}
