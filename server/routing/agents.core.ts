import type { RoutingState } from '#shared/model/states.ts';
import type { Choice } from './events.core.ts';
import type { AgentRecord, Floor, ItemRecord, QueueRecord } from './floor.core.ts';
import { wrapUpHasDeadline } from './settings.core.ts';
import { type Turn, timerKey, workIds } from './turn.core.ts';

/** How long a phone lost during an offer may take to register again before the offer fails, in ms. */
export const GRACE_MS = 3_000;

/**
 * What becomes of one agent. Offers are made and ended by RoutingCore; whoever becomes free is noted in the turn
 * and matched at its end.
 *
 *   offline <------------- presence 'offline': at once, unless on-work or in wrap-up
 *      |
 *      +-- presence --> not-ready <-- presence --> idle <-- presence 'available' -- not-responding
 *                           ^                      |  ^                                    ^
 *                           |                 offer|  | declined, busy, failed, revoked    |
 *                           |                      v  |                                    |
 *                           |                     offered -- no answer (RONA) -------------+
 *                           |                      |
 *                      next state            accept|
 *                           |                      v
 *                           +-- free <-- 'none' -- on-work -- work ended --> wrap-up -- finished or expired --> free
 *
 *   free: the next state if one was chosen meanwhile, else idle. An offer that ends untaken frees in the same way.
 */
export class Agents {
  readonly #floor: Floor;
  /** Grows by one whenever an agent becomes idle: the order of the ready lists. */
  #order = 0;

  constructor(floor: Floor) {
    this.#floor = floor;
  }

  enter(
    turn: Turn,
    agent: AgentRecord,
    state: RoutingState,
    more: { itemId?: string; reason?: string } = {},
  ): void {
    agent.state = state;
    agent.since = state === 'idle' ? agent.idleSince : turn.now;
    this.#floor.settle(agent);
    turn.fact({ type: 'agent.state', agentId: agent.id, state, ...more });
  }

  /** Moves the agent to these queues; delays of queues it leaves are dropped. */
  join(turn: Turn, agent: AgentRecord, queues: readonly QueueRecord[]): void {
    for (const left of this.#floor.join(agent, queues)) turn.cancel(timerKey.retry(agent.id, left));
    turn.freed.push(agent);
  }

  /** Its settings were removed and nothing is in its hands: the agent leaves the floor. */
  leave(turn: Turn, agent: AgentRecord): void {
    if (agent.state !== 'offline') this.enter(turn, agent, 'offline');
    this.#floor.agents.delete(agent.id);
  }

  /**
   * Nothing is in the agent's hands any more.
   * @param how `keepPlace`: idle as long as before the offer; `missed`: it let an offer ring out
   */
  free(turn: Turn, agent: AgentRecord, how: { keepPlace?: boolean; missed?: boolean } = {}): void {
    const { next } = agent;
    if (agent.removed) this.leave(turn, agent);
    else if (next) {
      this.setNext(turn, agent, undefined);
      this.apply(turn, agent, next);
    } else if (how.missed && agent.presence === 'available')
      this.enter(turn, agent, 'not-responding', { reason: 'no-answer' });
    else this.#enterPresence(turn, agent, how.keepPlace ?? false);
  }

  /** Presence chosen by the agent, for every state but `offered` with `offline`, which the caller revokes first. */
  choose(turn: Turn, agent: AgentRecord, choice: Choice): void {
    const same = agent.presence === choice.presence && agent.reason === choice.reason;
    switch (agent.state) {
      case 'on-work':
      case 'wrap-up':
      case 'offered':
        this.setNext(turn, agent, same ? undefined : choice);
        break;
      case 'not-responding':
        if (same) this.#enterPresence(turn, agent, false);
        else this.apply(turn, agent, choice);
        break;
      default:
        if (!same) this.apply(turn, agent, choice);
    }
  }

  apply(turn: Turn, agent: AgentRecord, choice: Choice): void {
    agent.presence = choice.presence;
    agent.reason = choice.reason;
    turn.fact({ type: 'agent.presence', agentId: agent.id, ...fields(choice) });
    this.#enterPresence(turn, agent, false);
  }

  setNext(turn: Turn, agent: AgentRecord, next: Choice | undefined): void {
    if (agent.next?.presence === next?.presence && agent.next?.reason === next?.reason) return;
    agent.next = next;
    turn.fact({ type: 'agent.next', agentId: agent.id, ...(next ? fields(next) : { presence: null }) });
  }

  /** The state that presence alone gives. */
  #enterPresence(turn: Turn, agent: AgentRecord, keepPlace: boolean): void {
    const { presence, reason } = agent;
    if (presence !== 'available') {
      this.enter(turn, agent, presence, reason === undefined ? {} : { reason });
      return;
    }
    if (!keepPlace) {
      agent.idleSince = turn.now;
      agent.idleOrder = ++this.#order;
    }
    this.enter(turn, agent, 'idle');
    turn.freed.push(agent);
  }

  /** The agent's phone came or went. During an offer it gets a grace: registering again is no miss. */
  setReachable(turn: Turn, agent: AgentRecord, reachable: boolean): void {
    if (agent.reachable === reachable) return;
    agent.reachable = reachable;
    this.#floor.settle(agent);
    if (reachable) {
      this.endGrace(turn, agent);
      turn.freed.push(agent);
    } else if (agent.offer) {
      agent.grace = true;
      const event = { type: 'grace.over', offerId: agent.offer.id } as const;
      turn.timer(timerKey.grace(agent.id), turn.now + GRACE_MS, event);
    }
  }

  endGrace(turn: Turn, agent: AgentRecord): void {
    if (!agent.grace) return;
    agent.grace = false;
    turn.cancel(timerKey.grace(agent.id));
  }

  /** The work just ended: wrap-up as the item's own queue wants it, or free at once. */
  wrapUp(turn: Turn, agent: AgentRecord, item: ItemRecord): void {
    const { mode, ms, extendMs } = item.queue.settings.wrapUp;
    if (mode === 'none' || agent.removed) {
      agent.item = undefined;
      this.free(turn, agent);
      return;
    }
    const deadline = wrapUpHasDeadline(mode) ? turn.now + ms : undefined;
    agent.wrapUp = { mode, extendMs, deadline };
    const who = { ...workIds(item), agentId: agent.id };
    turn.fact({ type: 'wrap-up.started', ...who, mode, deadline: deadline ?? null });
    this.enter(turn, agent, 'wrap-up', { itemId: item.item.id });
    if (deadline !== undefined) this.#expireAt(turn, agent, deadline);
  }

  extendWrapUp(turn: Turn, agent: AgentRecord | undefined): void {
    if (!agent?.wrapUp || !agent.item) turn.refuse('wrap-up.none', 'there is no wrap-up', 'none');
    else if (agent.wrapUp.deadline === undefined)
      turn.refuse('conflict', 'this wrap-up has no deadline', 'no-deadline');
    else {
      const deadline = agent.wrapUp.deadline + agent.wrapUp.extendMs;
      agent.wrapUp.deadline = deadline;
      turn.fact({ type: 'wrap-up.extended', ...workIds(agent.item), agentId: agent.id, deadline });
      this.#expireAt(turn, agent, deadline);
    }
  }

  endWrapUp(turn: Turn, agent: AgentRecord | undefined): void {
    if (!agent?.wrapUp || !agent.item) {
      turn.refuse('wrap-up.none', 'there is no wrap-up', 'none');
      return;
    }
    turn.fact({ type: 'wrap-up.ended', ...workIds(agent.item), agentId: agent.id });
    if (agent.wrapUp.deadline !== undefined) turn.cancel(timerKey.wrapUp(agent.id));
    agent.wrapUp = undefined;
    agent.item = undefined;
    this.free(turn, agent);
  }

  #expireAt(turn: Turn, agent: AgentRecord, deadline: number): void {
    turn.timer(timerKey.wrapUp(agent.id), deadline, { type: 'wrap-up.expired', agentId: agent.id, deadline });
  }
}

const fields = ({ presence, reason }: Choice): { presence: Choice['presence']; reason?: string } =>
  reason === undefined ? { presence } : { presence, reason };
