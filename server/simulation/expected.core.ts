import { type Expected, erlangC, type QueueModel } from './erlang.core.ts';
import { erlangA } from './erlang-a.core.ts';

/** Erlang A with a mean patience, Erlang C without; undefined where the latter is. */
export function expectedOf(model: QueueModel, patience: number | undefined): Expected | undefined {
  return patience === undefined ? erlangC(model) : erlangA({ ...model, patience });
}

/**
 * The fewest agents that reach a service level. It rises with every agent, so halving finds them.
 * @param level from 0 up to, not including, 1
 */
export function agentsFor(
  model: Omit<QueueModel, 'agents'>,
  patience: number | undefined,
  level: number,
): number {
  const reached = (agents: number) =>
    (expectedOf({ ...model, agents }, patience)?.serviceLevel ?? 0) >= level;
  let high = 1;
  while (!reached(high)) high *= 2;
  let low = high / 2; // not enough, or 0.5
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (reached(middle)) high = middle;
    else low = middle;
  }
  return high;
}
