import type { Expected } from './erlang.core.ts';
import { expectedOf } from './expected.core.ts';
import { agentsOf, arrivalsOf, HALF_HOUR, type Scenario } from './scenario.core.ts';

/** Queues that share agents, directly or through others: to theory they are one queue. */
interface Pool {
  readonly queues: ReadonlySet<string>;
  readonly groups: Scenario['groups'];
}

/** What theory has to say of one half-hour of a pool. */
export interface Planned {
  readonly agents: number;
  /** Erlang. */
  readonly load: number;
  /** Undefined without load or agents, and for a load too high for ever without patience. */
  readonly expected: Expected | undefined;
}

/**
 * Erlang C, or Erlang A where all work has patience, for each half-hour by itself, with the planned arrivals and means.
 * What it leaves out: tiers, skills, priorities, faults, other distributions, and what waits from the half-hour before.
 * @returns by queue id, each half-hour; times in seconds
 */
export function plan(scenario: Scenario): ReadonlyMap<string, readonly Planned[]> {
  const plans = new Map<string, readonly Planned[]>();
  for (const pool of poolsOf(scenario)) {
    for (const id of pool.queues) {
      const targetMs = scenario.queues.find((queue) => queue.id === id)?.settings.targetMs ?? 0;
      const hours = Array.from({ length: scenario.halfHours }, (_, h) =>
        planned(scenario, pool, h, targetMs),
      );
      plans.set(id, hours);
    }
  }
  return plans;
}

function planned(scenario: Scenario, pool: Pool, halfHour: number, targetMs: number): Planned {
  const agents = pool.groups.reduce((sum, group) => sum + agentsOf(group, halfHour), 0);
  const wrapUps = new Map(scenario.queues.map((queue) => [queue.id, queue.wrapUp?.mean ?? 0]));
  const answer = pool.groups.reduce((sum, group) => sum + group.answer.mean * agentsOf(group, halfHour), 0);
  let calls = 0;
  let held = 0;
  let patience = 0;
  let patient = false;
  for (const work of scenario.work) {
    if (!pool.queues.has(work.queue)) continue;
    const n = arrivalsOf(work, scenario.halfHours)[halfHour] ?? 0;
    calls += n;
    held += n * (work.handle.mean + (wrapUps.get(work.queue) ?? 0) + (agents > 0 ? answer / agents : 0));
    if (work.patience) patience += n * work.patience.mean;
    else if (n > 0) patient = true;
  }
  const load = held / HALF_HOUR;
  if (calls === 0 || agents === 0 || held === 0) return { agents, load, expected: undefined };
  const model = { rate: calls / 1_800, aht: held / calls / 1_000, agents, target: targetMs / 1_000 };
  return { agents, load, expected: expectedOf(model, patient ? undefined : patience / calls / 1_000) };
}

function poolsOf(scenario: Scenario): Pool[] {
  let pools: Pool[] = scenario.queues.map(({ id }) => ({ queues: new Set([id]), groups: [] }));
  for (const group of scenario.groups) {
    const shares = (pool: Pool) => group.queues.some(({ queueId }) => pool.queues.has(queueId));
    const joined = pools.filter(shares);
    const queues = new Set(joined.flatMap((pool) => [...pool.queues]));
    const groups = [...joined.flatMap((pool) => pool.groups), group];
    pools = [...pools.filter((pool) => !shares(pool)), { queues, groups }];
  }
  return pools;
}
