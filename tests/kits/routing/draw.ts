import type { AgentSettings, NewWorkItem } from '#server/routing/types.ts';
import { seeded } from '#shared/model/random.ts';
import {
  type Capacity,
  type Interrupts,
  type OverflowRule,
  profileDefaults,
  type QueueSettings,
  queueDefaults,
  strategySchema,
} from '#shared/model/routing.ts';
import { type Channel, wrapUpModeSchema } from '#shared/model/states.ts';

export const AGENTS = ['a0', 'a1', 'a2', 'a3', 'a4', 'a5'];
export const QUEUES = ['q0', 'q1', 'q2', 'q3'];
const SKILLS = ['s0', 's1', 's2'];
const CHANNELS: readonly Channel[] = [
  ...(['call', 'call', 'call', 'call', 'chat', 'chat', 'chat'] as const),
  ...(['email', 'sms', 'callback', 'task', 'case', 'lead'] as const),
];

/** Many small choices out of one number. */
export class Draw {
  readonly #next: () => number;

  constructor(code: number) {
    this.#next = seeded(code);
  }

  /** 0 up to n - 1. */
  below(n: number): number {
    return Math.floor(this.#next() * n);
  }

  /** True in one of n. */
  one(n: number): boolean {
    return this.below(n) === 0;
  }

  of<T>(list: readonly [T, ...T[]] | readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  queue(id: string): QueueSettings {
    const waits = [this.below(20) * 1_000, this.below(40) * 1_000].sort((a, b) => a - b) as [number, number];
    return {
      ...queueDefaults,
      id,
      name: id,
      strategy: this.of(strategySchema.options),
      offerMs: 5_000 + this.below(16) * 1_000,
      wrapUp: { mode: this.of(wrapUpModeSchema.options), ms: 5_000, extendMs: this.of([0, 2_000]) },
      retryMs: {
        noAnswer: this.of([0, 0, 7_000]),
        declined: this.of([1_000, 30_000]),
        busy: 15_000,
        failed: 10_000,
      },
      targetMs: this.of([0, 20_000, 600_000]),
      skills: this.one(3) ? { [this.of(SKILLS)]: 1 + this.below(4) } : {},
      relax: this.one(2)
        ? waits.map((ms) => ({
            afterMs: ms + 1_000,
            lower: this.below(3),
            drop: this.one(2) ? [this.of(SKILLS)] : [],
          }))
        : [],
      tiersMs: this.of([[0], [0], [0, 8_000], [3_000], [0, 5_000, 15_000]]),
      score: {
        priority: this.of([0, 10, 3_600]),
        ageing: this.of([0, 1, 1, 7]),
        urgency: this.of([0, 1, 1, 5]),
      },
      maxWaiting: this.of([null, null, null, 0, 2, 5]),
      hours: this.one(6) ? 'h0' : null,
      closed: this.one(10),
      overflow: this.one(2) ? [] : [this.rule(), this.rule()].slice(this.below(2)),
    };
  }

  rule(): OverflowRule {
    const when = this.of(['closed', 'length', 'ewt', 'no-agents', 'waited'] as const);
    const value = {
      closed: 0,
      length: this.below(5),
      ewt: 3_000,
      'no-agents': this.below(3) * 9_000,
      waited: 0,
    }[when];
    const to = this.one(5)
      ? this.of([{ kind: 'voicemail' } as const, { kind: 'flow', flowId: 'f0' } as const])
      : ({ kind: 'queue', queueId: this.of(QUEUES) } as const);
    return { when, value: when === 'waited' ? 1_000 * (1 + this.below(30)) : value, to };
  }

  agent(id: string, queues: readonly string[]): AgentSettings {
    const skills: Record<string, number> = {};
    for (const skill of SKILLS) if (!this.one(3)) skills[skill] = 1 + this.below(5);
    const serves = queues
      .filter(() => !this.one(3))
      .map((queueId) => ({ queueId, tier: this.of([1, 1, 1, 2, 3]) }));
    if (this.one(2)) serves.reverse();
    const profile = this.of<{ capacity: Capacity; interrupts: Interrupts }>([
      { capacity: profileDefaults.capacity, interrupts: usual },
      { capacity: profileDefaults.capacity, interrupts: usual },
      { capacity: { call: 2, chat: 2, email: 1, callback: 1, task: 2 }, interrupts: usual },
      { capacity: { call: 1, callback: 1 }, interrupts: {} },
      {
        capacity: { call: 1, chat: 3, email: 2, sms: 1, lead: 1, case: 1 },
        interrupts: { call: ['chat', 'email'] },
      },
    ]);
    return { id, queues: serves, skills, rank: 1 + this.below(4), ...profile };
  }

  /** @param n makes its ids */
  work(n: number, queueId: string, now: number): NewWorkItem {
    const preferred = { agentId: this.of(AGENTS), holdMs: this.of([0, 8_000, 40_000]) };
    return {
      id: `i${n}`,
      interactionId: `x${n}`,
      channel: this.of(CHANNELS),
      queueId,
      priority: this.of([0, 0, 0, 0, 1, 5, -2]),
      ...(this.one(4) ? { skills: { [this.of(SKILLS)]: 1 + this.below(5) } } : {}),
      ...(this.one(4) ? { preferred } : {}),
      ...(this.one(6) ? { dueAt: now + this.below(60) * 1_000 } : {}),
      ...(this.one(9) ? { boost: this.below(100) - 50 } : {}),
    };
  }
}

const usual: Interrupts = {
  call: ['email', 'task', 'case'],
  callback: ['email', 'task', 'case'],
  chat: ['email', 'task', 'case', 'sms'],
  sms: ['email', 'task', 'case', 'chat'],
};
