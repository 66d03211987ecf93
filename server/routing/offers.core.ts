import type { OfferOutcome, OfferWhy } from '#shared/model/states.ts';
import type { Agents } from './agents.core.ts';
import type { FailedOutcome } from './events.core.ts';
import { channelBit, needsPhone, takes } from './fit.core.ts';
import type { Floor } from './floor.core.ts';
import { groupOf } from './order.core.ts';
import { Ready } from './ready.core.ts';
import type { AgentRecord, Ask, Hand, ItemRecord, OfferRecord, Seat } from './records.core.ts';
import { lastWords, type Turn, timerKey, workIds } from './turn.core.ts';
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

  /** Offers from before a restart: those from now on come later. */
  restoreTurn(turn: number): void {
    this.#turns = Math.max(this.#turns, turn);
  }

  /** These agents were freed and stand ready from now on; the best waiting item for each of them. */
  matchAgents(turn: Turn, freed: readonly AgentRecord[]): void {
    for (const agent of freed) this.#floor.place(agent, takes(agent));
    for (const agent of freed) this.#matchAgent(turn, agent, []);
  }

  /** @param after those freed too who choose after this one, whatever comes of it */
  #matchAgent(turn: Turn, agent: AgentRecord, after: readonly AgentRecord[]): void {
    const best = agent.ready === 0 ? undefined : this.#floor.bestFor(agent, turn.now);
    const lane = best?.lane;
    if (!best || !lane) return;
    const ready = new Ready(lane);
    // Who stood ready before cannot take it, or it would not wait: only those freed with this agent come into question.
    const picked = this.#pick(best, lane, ready, after);
    if (!picked) throw new Error('work is offered to nobody, not even to an agent who may take it');
    if (picked.seat.agent !== agent) {
      this.#matchAgent(turn, picked.seat.agent, [...after, agent]);
      this.#matchAgent(turn, agent, after);
      return;
    }
    this.#floor.unwait(best);
    if (best.changesAt !== undefined) turn.cancel(timerKey.item(best.item.id));
    best.changesAt = undefined;
    this.#ring(turn, best, agent, lane, ready, picked.among);
  }

  /** Offered to the best of those who stand ready; false when there is none, and the item has to wait. */
  matchItem(turn: Turn, item: ItemRecord, ask: Ask): boolean {
    const ready = new Ready(ask);
    const picked = this.#pick(item, ask, ready);
    if (!picked) return false;
    this.#ring(turn, item, picked.seat.agent, ask, ready, picked.among);
    return true;
  }

  /**
   * The preferred agent if it is free, else the first; those who declined this item only when nobody else is free.
   * @param after these are not asked
   */
  #pick(
    { item, declined }: ItemRecord,
    ask: Ask,
    ready: Ready,
    after: readonly AgentRecord[] = [],
  ): Picked | undefined {
    const may = after.length === 0 ? undefined : ({ agent }: Seat) => !after.includes(agent);
    const willing = declined ? (seat: Seat) => !declined.has(seat.agent.id) && may?.(seat) !== false : may;
    const { first, count: among } = ready.find(willing);
    const preferred = item.preferred && ask.queue.seats.get(item.preferred.agentId);
    if (preferred && willing?.(preferred) !== false && ready.has(preferred))
      return { seat: preferred, among };
    if (first) return { seat: this.#draw(first, ask, ready, willing), among };
    const last = declined && ready.find(may).first;
    return last && { seat: this.#draw(last, ask, ready, may), among };
  }

  /** The strategy `random`: one of those in the class of the first, each as likely as the others. */
  #draw(first: Seat, { queue }: Ask, ready: Ready, may: ((seat: Seat) => boolean) | undefined): Seat {
    if (queue.settings.strategy !== 'random') return first;
    const group = groupOf(first);
    const all = ready.seats().filter((seat) => groupOf(seat) === group && may?.(seat) !== false);
    return all[Math.floor(this.#floor.random() * all.length)] ?? first;
  }

  /** Rings this agent and, if the queue rings all, everybody else who stands ready. */
  #ring(turn: Turn, item: ItemRecord, agent: AgentRecord, ask: Ask, ready: Ready, among: number): void {
    const { strategy } = item.queue.settings;
    const others = strategy === 'ring-all' && ask.heldFor === undefined ? ready.seats() : [];
    const preferred = item.item.preferred?.agentId;
    const why = ({ id }: AgentRecord): OfferWhy => (id === preferred ? 'preferred' : strategy);
    this.make(turn, item, agent, why(agent), among);
    const unwilling = item.declined?.has(agent.id) ? undefined : item.declined;
    for (const { agent: other } of others)
      if (other !== agent && !unwilling?.has(other.id)) this.make(turn, item, other, why(other), among);
  }

  /** @param among how many could have been asked */
  make(turn: Turn, item: ItemRecord, agent: AgentRecord, why: OfferWhy, among: number): void {
    this.#floor.pull(agent);
    this.#floor.here(item);
    const offeredAt = turn.now;
    const { offerMs } = item.queue.settings;
    const expiresAt = offeredAt + offerMs;
    const id = this.#newOfferId();
    const { id: itemId, interactionId, channel, attributes } = item.item;
    const who = { itemId, interactionId, queueId: item.queue.settings.id, agentId: agent.id };
    const offer: Offer = { id, ...who, channel, offeredAt, expiresAt, why, among, attributes };
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
    turn.fact({ type: 'work.ended', ...workIds(item), end: 'refused' }, lastWords(item));
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

interface Picked {
  readonly seat: Seat;
  /** How many could have been asked. */
  readonly among: number;
}

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
