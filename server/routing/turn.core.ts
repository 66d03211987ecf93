import type { ErrorCode } from '#shared/contract/index.ts';
import type { Fact } from '#shared/model/facts/index.ts';
import type { Effect, TimerEvent, WorkWords } from './events.core.ts';
import type { AgentRecord, ItemRecord, QueueRecord } from './records.core.ts';

/** The handling of one event: what to do so far, and who must be matched once everything else is settled. */
export class Turn {
  readonly now: number;
  readonly effects: Effect[] = [];
  /** Agents something changed for: who stand ready for nothing until the end of the turn. */
  agents: AgentRecord[] = [];
  /** Items that need a place, or somebody to take them. */
  items: ItemRecord[] = [];
  /** Queues that may have lost their last agent. */
  emptied: QueueRecord[] = [];
  readonly #rounds: { last: number };

  /** @param rounds counts on over all turns */
  constructor(now: number, rounds: { last: number }) {
    this.now = now;
    this.#rounds = rounds;
    rounds.last += 1;
  }

  /** Notes the agent, once in each round. */
  note(agent: AgentRecord): void {
    if (agent.noted === this.#rounds.last) return;
    agent.noted = this.#rounds.last;
    this.agents.push(agent);
  }

  /** Whatever is noted from now on is for the next round. */
  nextRound(): void {
    this.#rounds.last += 1;
    this.agents = [];
    this.items = [];
  }

  fact(fact: Fact, words?: WorkWords): void {
    this.effects.push({ type: 'fact', fact, words });
  }

  timer(key: string, at: number, event: TimerEvent): void {
    this.effects.push({ type: 'timer-set', key, at, event });
  }

  cancel(key: string): void {
    this.effects.push({ type: 'timer-cancel', key });
  }

  refuse(code: ErrorCode, message: string, why: string): void {
    this.effects.push({ type: 'refused', code, message, details: { why } });
  }
}

/** Keys of timers. */
export const timerKey = {
  offer: (offerId: string): string => `offer ${offerId}`,
  grace: (agentId: string): string => `grace ${agentId}`,
  wrapUp: (agentId: string, itemId: string): string => `wrap-up ${agentId} ${itemId}`,
  retry: (agentId: string, queueId: string): string => `retry ${agentId} ${queueId}`,
  item: (itemId: string): string => `item ${itemId}`,
  noAgents: (queueId: string): string => `no-agents ${queueId}`,
};

/** The three ids that stand in every fact about an item. */
export function workIds({ item, queue }: ItemRecord): {
  itemId: string;
  interactionId: string;
  queueId: string;
} {
  return { itemId: item.id, interactionId: item.interactionId, queueId: queue.settings.id };
}

/** Erases the words about work that ends; undefined where there are none. */
export const lastWords = ({ item }: ItemRecord): WorkWords | undefined =>
  item.attributes && { itemId: item.id, attributes: undefined };
