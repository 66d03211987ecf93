import type { ErrorCode } from '#shared/contract/errors.ts';
import type { Fact } from '#shared/model/facts.ts';
import type { Effect, TimerEvent } from './events.core.ts';
import type { AgentRecord, ItemRecord, QueueRecord } from './floor.core.ts';

/** The handling of one event: what to do so far, and who must be matched once everything else is settled. */
export class Turn {
  readonly now: number;
  readonly effects: Effect[] = [];
  /** Agents that may have become able to take something. */
  readonly freed: AgentRecord[] = [];
  /** Queues that may have something new to offer. */
  readonly filled: QueueRecord[] = [];

  constructor(now: number) {
    this.now = now;
  }

  fact(fact: Fact): void {
    this.effects.push({ type: 'fact', fact });
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

/** Keys of timers: an agent has at most one of each (of `retry`: one for each queue). */
export const timerKey = {
  offer: (agentId: string): string => `offer ${agentId}`,
  grace: (agentId: string): string => `grace ${agentId}`,
  wrapUp: (agentId: string): string => `wrap-up ${agentId}`,
  retry: (agentId: string, queueId: string): string => `retry ${agentId} ${queueId}`,
};

/** The three ids that stand in every fact about an item. */
export function workIds({ item }: ItemRecord): { itemId: string; interactionId: string; queueId: string } {
  return { itemId: item.id, interactionId: item.interactionId, queueId: item.queueId };
}
