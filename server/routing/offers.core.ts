import type { OfferOutcome, OfferWhy } from '#shared/model/states.ts';
import type { Agents } from './agents.core.ts';
import type { FailedOutcome } from './events.core.ts';
import { channelBit, needsPhone, takes } from './fit.core.ts';
import type { Floor } from './floor.core.ts';
import { belongs, Ready } from './lanes.core.ts';
import { firstOf, groupOf } from './order.core.ts';
import type { AgentRecord, Ask, Hand, ItemRecord, Lane, OfferRecord, Seat } from './records.core.ts';
import { type Turn, timerKey, workIds } from './turn.core.ts';
import type { Offer } from './types.ts';

/**
 * Who is asked, and what becomes of the offer:
 *
 *   made --+-- accepted ............... the item is in the agent's hands; other offers of it are revoked
 *          +-- declined, busy, failed . the agent is free; this queue leaves it alone for `retryMs`
 *          +-- no answer (RONA) ....... the agent is not responding
 *          +-- revoked ................ the item is gone, or taken by another: free as if never asked
 */
export class Offers {
  readonly #floor: Floor;
  readonly #agents: Agents;
  readonly #newOfferId: () => string;
  #turns = 0;

  constructor(floor: Floor, agents: Agents, newOfferId: () => string) {
    this.#floor = floor;
    this.#agents = agents;
    this.#newOfferId = newOfferId;
  }

  /** The best waiting item for each of these agents, who were just freed; otherwise they stand ready. */
  matchAgents(turn: Turn, freed: readonly AgentRecord[]): void {
    for (const agent of freed) this.#matchAgent(turn, agent, freed, []);
  }

  /** @param after those of `freed` who choose after this one, whatever comes of it */
  #matchAgent(
    turn: Turn,
    agent: AgentRecord,
    freed: readonly AgentRecord[],
    after: readonly AgentRecord[],
  ): void {
    const channels = takes(agent);
    const best = channels === 0 ? undefined : this.#floor.bestFor(agent, channels, turn.now);
    const lane = best?.lane;
    if (!best || !lane) {
      this.#floor.place(agent, channels);
      return;
    }
    const all = freed.length === 1 ? freed : freed.filter((other) => couldTake(other, lane));
    const first = all.length === 1 ? agent : this.#firstOf(best, lane, all, after);
    if (first !== agent) {
      // Somebody freed at the same instant comes before it for this item, and so chooses first.
      this.#matchAgent(turn, first, freed, [...after, agent]);
      this.#matchAgent(turn, agent, freed, after);
      return;
    }
    this.#floor.unwait(best);
    if (best.changesAt !== undefined) turn.cancel(timerKey.item(best.item.id));
    best.changesAt = undefined;
    this.#ring(turn, best, agent, lane, all, all.length);
  }

  #firstOf(
    item: ItemRecord,
    lane: Lane,
    agents: readonly AgentRecord[],
    after: readonly AgentRecord[],
  ): AgentRecord {
    const asked = agents.filter((agent) => !after.includes(agent));
    const seats = asked.flatMap((agent) => lane.queue.seats.get(agent.id) ?? []);
    const seat = this.#pick(item, lane, {
      has: (seat) => seats.includes(seat),
      first: (wanted) => firstOf(wanted ? seats.filter(wanted) : seats, lane.skills),
      seats: () => seats,
    });
    return seat?.agent ?? (asked[0] as AgentRecord); // not empty: whoever chooses is among them
  }

  /** Offered to the best of those who stand ready; false when there is none, and the item has to wait. */
  matchItem(turn: Turn, item: ItemRecord, ask: Ask): boolean {
    const ready = new Ready(ask);
    const seat = this.#pick(item, ask, ready);
    if (!seat) return false;
    const all = ringsAll(ask) ? ready.seats().map((other) => other.agent) : [];
    this.#ring(turn, item, seat.agent, ask, all, ready.count);
    return true;
  }

  /** The preferred agent if it is free, else the first; those who declined this item only when nobody else is free. */
  #pick(
    { item, declined }: ItemRecord,
    ask: Ask,
    ready: Pick<Ready, 'has' | 'first' | 'seats'>,
  ): Seat | undefined {
    const willing = declined && (({ agent }: Seat) => !declined.has(agent.id));
    const preferred = item.preferred && ask.queue.seats.get(item.preferred.agentId);
    if (preferred && willing?.(preferred) !== false && ready.has(preferred)) return preferred;
    const first = ready.first(willing);
    if (first) return this.#draw(first, ask, ready, willing);
    const last = willing && ready.first();
    return last && this.#draw(last, ask, ready, undefined);
  }

  /** The strategy `random`: one of those in the class of the first, each as likely as the others. */
  #draw(
    first: Seat,
    { queue }: Ask,
    ready: Pick<Ready, 'seats'>,
    willing: ((seat: Seat) => boolean) | undefined,
  ): Seat {
    if (queue.settings.strategy !== 'random') return first;
    const group = groupOf(first);
    const all = ready.seats().filter((seat) => groupOf(seat) === group && willing?.(seat) !== false);
    return all[Math.floor(this.#floor.random() * all.length)] ?? first;
  }

  /**
   * @param all who rings beside the agent if the queue rings all
   * @param among how many could have been asked
   */
  #ring(
    turn: Turn,
    item: ItemRecord,
    agent: AgentRecord,
    ask: Ask,
    all: readonly AgentRecord[],
    among: number | null,
  ): void {
    const { strategy } = item.queue.settings;
    const preferred = item.item.preferred?.agentId === agent.id;
    this.make(turn, item, agent, preferred ? 'preferred' : strategy, among);
    if (!ringsAll(ask)) return;
    const unwilling = item.declined?.has(agent.id) ? undefined : item.declined;
    for (const other of all)
      if (other !== agent && !unwilling?.has(other.id)) this.make(turn, item, other, strategy, among);
  }

  /** @param among how many could have been asked */
  make(turn: Turn, item: ItemRecord, agent: AgentRecord, why: OfferWhy, among: number | null): void {
    this.#floor.pull(agent);
    const offeredAt = turn.now;
    const { offerMs } = item.queue.settings;
    const expiresAt = offeredAt + offerMs;
    const id = this.#newOfferId();
    const { id: itemId, interactionId, channel, attributes } = item.item;
    const who = { itemId, interactionId, queueId: item.queue.settings.id, agentId: agent.id };
    const offer: Offer = {
      id,
      ...who,
      channel,
      offeredAt,
      expiresAt,
      why,
      among,
      ...(attributes && { attributes }),
    };
    const record: OfferRecord = { offer, agent, item };
    item.state = 'offered';
    item.offers.push(record);
    agent.offer = record;
    this.#floor.offers.set(id, record);
    const seat = item.queue.seats.get(agent.id);
    if (seat) seat.turn = ++this.#turns;
    turn.fact({ type: 'offer.made', ...who, offerId: id, expiresAt, why, among });
    this.#agents.settle(turn, agent);
    turn.timer(timerKey.offer(id), expiresAt, { type: 'offer.expired', offerId: id });
    turn.effects.push({ type: 'offer', offer });
  }

  /** Takes the offer away from its agent; what becomes of agent and item is the caller's. */
  #end(turn: Turn, { offer, agent, item }: OfferRecord, outcome: OfferOutcome): void {
    this.#agents.touch(turn, agent);
    agent.offer = undefined;
    item.offers.splice(
      item.offers.findIndex((other) => other.offer === offer),
      1,
    );
    this.#floor.offers.delete(offer.id);
    turn.cancel(timerKey.offer(offer.id));
    this.#agents.endGrace(turn, agent);
    turn.fact({ type: 'offer.ended', ...workIds(item), offerId: offer.id, agentId: agent.id, outcome });
    if (outcome !== 'accepted') turn.effects.push({ type: 'offer-ended', offer, outcome });
  }

  accept(turn: Turn, offerId: string): void {
    const record = this.#floor.offers.get(offerId);
    if (!record) {
      turn.refuse('offer.gone', 'this offer is over', 'over');
      return;
    }
    const { agent, item } = record;
    this.#end(turn, record, 'accepted');
    this.revokeAll(turn, item);
    if (item.ewtMs !== undefined) {
      item.queue.ewtErrors.add(turn.now - item.arrivedAt - item.ewtMs);
      item.ewtMs = undefined;
    }
    this.#agents.take(turn, agent, item, newHand(item, turn.now));
  }

  /** The item is gone from these agents; they are free as if nothing had been offered. */
  revokeAll(turn: Turn, item: ItemRecord): void {
    for (const record of [...item.offers]) {
      this.#end(turn, record, 'revoked');
      this.#agents.free(turn, record.agent, { keepPlace: true });
    }
  }

  /** The agent goes: its offer ends and the item goes on. What the agent becomes is the caller's. */
  revoke(turn: Turn, record: OfferRecord): void {
    this.#end(turn, record, 'revoked');
    this.#putBack(turn, record.item, 'revoked');
  }

  expired(turn: Turn, offerId: string): void {
    const record = this.#floor.offers.get(offerId);
    if (!record) return;
    if (!record.agent.reachable && needsPhone(channelBit(record.offer.channel))) {
      this.notTaken(turn, record, 'failed'); // its phone was gone: nobody heard it ring
      return;
    }
    this.#end(turn, record, 'no-answer');
    this.#putBack(turn, record.item, 'no-answer');
    this.#leaveAlone(turn, record, 'noAnswer');
    this.#agents.free(turn, record.agent, { missed: true });
  }

  /** Declined, busy or failed: this queue leaves the agent alone for a while, and the item goes to others. */
  notTaken(turn: Turn, record: OfferRecord, outcome: FailedOutcome): void {
    const { agent, item } = record;
    this.#end(turn, record, outcome);
    if (outcome === 'declined') item.declined = (item.declined ?? new Set()).add(agent.id);
    this.#putBack(turn, item, outcome);
    this.#leaveAlone(turn, record, outcome);
    this.#agents.free(turn, agent);
  }

  #leaveAlone(turn: Turn, { agent, offer }: OfferRecord, outcome: FailedOutcome | 'noAnswer'): void {
    const queue = this.#floor.queues.get(offer.queueId);
    const seat = queue?.seats.get(agent.id);
    if (!queue || !seat) return;
    const queueId = queue.settings.id;
    const delay = queue.settings.retryMs[outcome];
    if (delay === 0) return; // after a miss: the agent says itself when it is back
    const until = turn.now + delay;
    seat.retryUntil = until;
    turn.timer(timerKey.retry(agent.id, queueId), until, {
      type: 'retry.due',
      agentId: agent.id,
      queueId,
      until,
    });
  }

  /** Back into its queue once nobody is rung any more; work meant for one agent alone ends instead. */
  #putBack(turn: Turn, item: ItemRecord, outcome: OfferOutcome): void {
    if (item.offers.length > 0) return;
    item.state = 'waiting';
    if (item.item.onlyAgent === undefined) {
      turn.items.push(item);
      return;
    }
    this.#floor.forget(item);
    turn.fact({ type: 'work.ended', ...workIds(item), end: 'refused' });
    turn.effects.push({ type: 'item-refused', itemId: item.item.id, outcome });
  }

  retryDue(turn: Turn, agentId: string, queueId: string, until: number): void {
    const agent = this.#floor.agents.get(agentId);
    const seat = agent && this.#floor.queues.get(queueId)?.seats.get(agentId);
    if (seat?.retryUntil !== until) return;
    this.#agents.touch(turn, seat.agent);
    seat.retryUntil = undefined;
  }
}

/** Is this agent free for the work of this lane, ready or not? */
function couldTake(agent: AgentRecord, lane: Lane): boolean {
  const seat = lane.queue.seats.get(agent.id);
  return (
    seat !== undefined &&
    (takes(agent) & channelBit(lane.channel)) !== 0 &&
    seat.retryUntil === undefined &&
    belongs(seat, lane)
  );
}

const ringsAll = ({ queue, heldFor }: Ask): boolean =>
  queue.settings.strategy === 'ring-all' && heldFor === undefined;

export function newHand(item: ItemRecord, takenAt: number): Hand {
  const { id: itemId, interactionId, channel } = item.item;
  return {
    itemId,
    interactionId,
    channel,
    channelBit: channelBit(channel),
    item,
    queueId: item.queue.settings.id,
    takenAt,
    since: takenAt,
    wrapUp: undefined,
  };
}
