import { wrapUpHasDeadline } from '#shared/model/routing.ts';
import type { Presence, RoutingState } from '#shared/model/states.ts';
import type { Choice } from './events.core.ts';
import { channelBit, needsPhone } from './fit.core.ts';
import type { Floor } from './floor.core.ts';
import { type AgentRecord, type Hand, type ItemRecord, NOWHERE } from './records.core.ts';
import { type Turn, timerKey } from './turn.core.ts';
import type { AgentSettings } from './types.ts';

/** How long a phone lost during an offer may take to register again before the offer fails, in ms. */
export const GRACE_MS = 3_000;

/**
 * What becomes of one agent. Its state follows from what it holds, first match wins:
 *
 *   work in hand ............. on-work        presence not ready or offline .. not-ready, offline
 *   wrap-ups in hand ......... wrap-up        let an offer ring out .......... not-responding
 *   an offer ................. offered        else ........................... idle
 *
 * and so, for somebody who takes one thing at a time:
 *
 *   offline <-- presence --> not-ready <-- presence --> idle <-- presence 'available' -- not-responding
 *                                ^                      |  ^                                    ^
 *                                |                 offer|  | declined, busy, failed, revoked    |
 *                                |                      v  |                                    |
 *                                |                     offered -- no answer (RONA) -------------+
 *                           next state                  |
 *                                |                accept|
 *                                |                      v
 *                                +-- free <-- 'none' -- on-work -- work ended --> wrap-up -- finished or expired --> free
 *
 *   free: the next state if one was chosen meanwhile, else idle. An offer that ends untaken frees in the same way.
 *
 * Whoever changes stands ready no more and is noted in the turn; its end matches or places them.
 */
export class Agents {
  readonly #floor: Floor;
  /** Grows by one whenever an agent becomes free: who has been free for longest. */
  #order = 0;

  constructor(floor: Floor) {
    this.#floor = floor;
  }

  /** Before any change to an agent. */
  touch(turn: Turn, agent: AgentRecord): void {
    this.#floor.pull(agent);
    turn.note(agent);
  }

  /** Brings state and counts in line with what the agent holds now; a fact is written when the state is a new one. */
  settle(turn: Turn, agent: AgentRecord): void {
    const state = stateOf(agent);
    const reason = reasonOf(agent, state);
    const wasOffline = agent.state === 'offline';
    if (state !== agent.state || reason !== agent.stateReason) {
      agent.state = state;
      agent.stateReason = reason;
      agent.since = state === 'idle' ? agent.idleSince : turn.now;
      const itemId = aboutItem(agent, state);
      turn.fact({
        type: 'agent.state',
        agentId: agent.id,
        state,
        ...(reason === undefined ? {} : { reason }),
        ...(itemId === undefined ? {} : { itemId }),
      });
    }
    this.#count(turn, agent);
    if (state === 'offline' && !wasOffline) turn.items.push(...this.#floor.unhold(agent.seats)); // to everybody
  }

  /** Gives the agent its settings. Everything it holds stays; work held for it in queues it leaves goes to everybody. */
  join(turn: Turn, agent: AgentRecord, settings: AgentSettings): void {
    this.touch(turn, agent);
    this.#recount(turn, agent, NOWHERE);
    const kept = new Set(settings.queues.map((serves) => serves.queueId));
    const left = agent.seats.filter((seat) => !kept.has(seat.queue.settings.id));
    turn.items.push(...this.#floor.unhold(left));
    for (const { queue, retryUntil } of this.#floor.seat(agent, settings))
      if (retryUntil !== undefined) turn.cancel(timerKey.retry(agent.id, queue.settings.id));
    this.#count(turn, agent);
  }

  /** Its settings were removed and nothing is in its hands: the agent leaves the floor. */
  leave(turn: Turn, agent: AgentRecord): void {
    agent.presence = 'offline';
    agent.reason = undefined;
    agent.missed = false;
    agent.next = undefined;
    this.settle(turn, agent);
    this.#recount(turn, agent, NOWHERE);
    this.#floor.agents.delete(agent.id);
  }

  /**
   * An offer or a piece of work is off the agent's hands.
   * @param how `keepPlace`: free as long as before the offer; `missed`: it let an offer ring out
   */
  free(turn: Turn, agent: AgentRecord, how: { keepPlace?: boolean; missed?: boolean } = {}): void {
    this.touch(turn, agent);
    if (how.missed) agent.missed = agent.presence === 'available';
    if (!how.keepPlace) this.#toTheBack(turn, agent);
    if (agent.hands.length > 0 || agent.offer) {
      this.settle(turn, agent);
      return;
    }
    const { next } = agent;
    if (agent.removed) this.leave(turn, agent);
    else if (next) {
      this.setNext(turn, agent, undefined);
      this.apply(turn, agent, next);
    } else this.settle(turn, agent);
  }

  /** Presence chosen by the agent, for every case but offline during an offer, which the caller revokes first. */
  choose(turn: Turn, agent: AgentRecord, choice: Choice): void {
    const same = agent.presence === choice.presence && agent.reason === choice.reason;
    const busy = agent.offer !== undefined || agent.hands.length > 0;
    if (!busy) {
      if (!same) this.apply(turn, agent, choice);
      else if (agent.missed) this.#respond(turn, agent);
      return;
    }
    this.touch(turn, agent);
    this.setNext(turn, agent, same ? undefined : choice);
    if (same && agent.missed) this.#respond(turn, agent);
  }

  /** Back from not responding. */
  #respond(turn: Turn, agent: AgentRecord): void {
    this.touch(turn, agent);
    agent.missed = false;
    const { presence, reason } = agent;
    turn.fact({ type: 'agent.presence', agentId: agent.id, ...fields({ presence, reason }) });
    this.#toTheBack(turn, agent);
    this.settle(turn, agent);
  }

  apply(turn: Turn, agent: AgentRecord, choice: Choice): void {
    this.touch(turn, agent);
    agent.presence = choice.presence;
    agent.reason = choice.reason;
    agent.missed = false;
    turn.fact({ type: 'agent.presence', agentId: agent.id, ...fields(choice) });
    this.#toTheBack(turn, agent);
    this.settle(turn, agent);
  }

  setNext(turn: Turn, agent: AgentRecord, next: Choice | undefined): void {
    if (agent.next?.presence === next?.presence && agent.next?.reason === next?.reason) return;
    agent.next = next;
    turn.fact({ type: 'agent.next', agentId: agent.id, ...(next ? fields(next) : { presence: null }) });
  }

  /** Free for the shortest time of all. */
  #toTheBack(turn: Turn, agent: AgentRecord): void {
    agent.idleSince = turn.now;
    agent.idleOrder = ++this.#order;
  }

  /** The agent's phone came or went. During an offer it gets a grace: registering again is no miss. */
  setReachable(turn: Turn, agent: AgentRecord, reachable: boolean): void {
    if (agent.reachable === reachable) return;
    this.touch(turn, agent);
    agent.reachable = reachable;
    this.#count(turn, agent);
    if (reachable) this.endGrace(turn, agent);
    else if (agent.offer && needsPhone(channelBit(agent.offer.offer.channel))) {
      const at = turn.now + GRACE_MS;
      agent.graceUntil = at;
      turn.timer(timerKey.grace(agent.id), at, { type: 'grace.over', offerId: agent.offer.offer.id, at });
    }
  }

  endGrace(turn: Turn, agent: AgentRecord): void {
    if (agent.graceUntil === undefined) return;
    agent.graceUntil = undefined;
    turn.cancel(timerKey.grace(agent.id));
  }

  /** Accepted: the item is in the agent's hands. */
  take(turn: Turn, agent: AgentRecord, item: ItemRecord, hand: Hand): void {
    this.touch(turn, agent);
    const again = agent.hands.find((held) => held.itemId === hand.itemId);
    if (again) {
      this.#endWrapUp(turn, agent, again); // given away and taken back: wrapped up once, at its end
      this.#toTheBack(turn, agent);
    }
    item.state = 'in-hands';
    item.agent = agent;
    agent.hands = [...agent.hands, hand];
    const seat = item.queue.seats.get(agent.id);
    if (seat) seat.handled += 1;
    this.settle(turn, agent);
  }

  /** The work in this hand is over: wrap-up as its queue wants it, or the hand is empty. */
  workOver(turn: Turn, agent: AgentRecord, item: ItemRecord): void {
    const hand = agent.hands.find((held) => held.item === item);
    if (!hand) throw new Error('work in nobody’s hand');
    this.touch(turn, agent);
    hand.item = undefined;
    item.agent = undefined;
    const { queue } = item;
    const seat = queue.seats.get(agent.id);
    if (seat) seat.talkMs += turn.now - hand.takenAt;
    this.#toTheBack(turn, agent);
    const { mode, ms, extendMs } = queue.settings.wrapUp;
    if (mode === 'none' || agent.removed) {
      this.#empty(turn, agent, hand);
      this.free(turn, agent);
      return;
    }
    const deadline = wrapUpHasDeadline(mode) ? turn.now + ms : undefined;
    hand.wrapUp = { mode, extendMs, deadline };
    hand.since = turn.now;
    const { channel } = hand;
    turn.fact({ type: 'wrap-up.started', ...ids(agent, hand), channel, mode, deadline: deadline ?? null });
    this.settle(turn, agent);
    this.expireWrapUp(turn, agent, hand);
  }

  extendWrapUp(turn: Turn, agentId: string, itemId: string): void {
    const found = this.#wrapUp(agentId, itemId);
    if (!found) turn.refuse('wrap-up.none', 'there is no wrap-up', 'none');
    else if (found.wrapUp.deadline === undefined)
      turn.refuse('conflict', 'this wrap-up has no deadline', 'no-deadline');
    else {
      const { agent, hand, wrapUp } = found;
      const deadline = found.wrapUp.deadline + wrapUp.extendMs;
      wrapUp.deadline = deadline;
      turn.fact({ type: 'wrap-up.extended', ...ids(agent, hand), deadline });
      this.expireWrapUp(turn, agent, hand);
    }
  }

  /** @param deadline ends it only if this is still its deadline: a timer that comes late does nothing */
  endWrapUp(turn: Turn, agentId: string, itemId: string, deadline?: number): void {
    const found = this.#wrapUp(agentId, itemId);
    if (!found) {
      if (deadline === undefined) turn.refuse('wrap-up.none', 'there is no wrap-up', 'none');
      return;
    }
    const { agent, hand, wrapUp } = found;
    if (deadline !== undefined && wrapUp.deadline !== deadline) return;
    this.#endWrapUp(turn, agent, hand);
    this.free(turn, agent);
  }

  /** Of an agent whose settings are taken away: nobody would finish them. */
  endWrapUps(turn: Turn, agent: AgentRecord): void {
    for (const hand of agent.hands) if (hand.wrapUp) this.#endWrapUp(turn, agent, hand);
  }

  #endWrapUp(turn: Turn, agent: AgentRecord, hand: Hand): void {
    this.touch(turn, agent);
    turn.fact({ type: 'wrap-up.ended', ...ids(agent, hand) });
    if (hand.wrapUp?.deadline !== undefined) turn.cancel(timerKey.wrapUp(agent.id, hand.itemId));
    this.#empty(turn, agent, hand);
  }

  expireWrapUp(turn: Turn, agent: AgentRecord, { itemId, wrapUp }: Hand): void {
    if (wrapUp?.deadline === undefined) return;
    const { deadline } = wrapUp;
    const event = { type: 'wrap-up.expired', agentId: agent.id, itemId, deadline } as const;
    turn.timer(timerKey.wrapUp(agent.id, itemId), deadline, event);
  }

  /** The caller frees or settles the agent. */
  #empty(turn: Turn, agent: AgentRecord, hand: Hand): void {
    this.#floor.queues.get(hand.queueId)?.handleTimes.add(turn.now - hand.takenAt);
    agent.hands = agent.hands.filter((other) => other !== hand);
  }

  #wrapUp(agentId: string, itemId: string) {
    const agent = this.#floor.agents.get(agentId);
    const hand = agent?.hands.find((held) => held.itemId === itemId);
    return agent && hand?.wrapUp && { agent, hand, wrapUp: hand.wrapUp };
  }

  #count(turn: Turn, agent: AgentRecord): void {
    const signedIn = agent.state !== 'offline';
    const serving = signedIn && agent.presence === 'available' && !agent.missed;
    this.#recount(turn, agent, {
      idle: agent.state === 'idle' && agent.reachable ? 1 : 0,
      onWork: agent.state === 'on-work' ? 1 : 0,
      signedIn: signedIn ? 1 : 0,
      serving: serving ? 1 : 0,
    });
  }

  #recount(turn: Turn, agent: AgentRecord, after: AgentRecord['counted']): void {
    const before = agent.counted;
    agent.counted = after;
    for (const { queue } of agent.seats) {
      queue.idle += after.idle - before.idle;
      queue.onWork += after.onWork - before.onWork;
      queue.serving += after.serving - before.serving;
      if (after.signedIn === before.signedIn) continue;
      queue.signedIn += after.signedIn - before.signedIn;
      if (queue.signedIn === 0) {
        queue.emptySince = turn.now;
        turn.emptied.push(queue);
      } else if (queue.emptyAt !== undefined) {
        queue.emptyAt = undefined;
        turn.cancel(timerKey.noAgents(queue.settings.id));
      }
    }
  }
}

function stateOf({ hands, offer, presence, missed }: AgentRecord): RoutingState {
  if (hands.length > 0) return hands.some((hand) => hand.item) ? 'on-work' : 'wrap-up';
  if (offer) return 'offered';
  if (presence !== 'available') return presence;
  return missed ? 'not-responding' : 'idle';
}

function reasonOf({ reason }: AgentRecord, state: RoutingState): string | undefined {
  if (state === 'not-responding') return 'no-answer';
  return state === 'not-ready' ? reason : undefined;
}

function aboutItem({ hands, offer }: AgentRecord, state: RoutingState): string | undefined {
  if (state === 'on-work') return hands.find((hand) => hand.item)?.itemId;
  if (state === 'wrap-up') return hands[0]?.itemId;
  return state === 'offered' ? offer?.offer.itemId : undefined;
}

function ids(agent: AgentRecord, { itemId, interactionId, queueId }: Hand) {
  return { itemId, interactionId, queueId, agentId: agent.id };
}

const fields = ({ presence, reason, by }: Choice): { presence: Presence; reason?: string; by?: string } => ({
  presence,
  ...(reason === undefined ? {} : { reason }),
  ...(by === undefined ? {} : { by }),
});
