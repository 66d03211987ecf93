/** A queue with Poisson arrivals, exponential handle times and one kind of agent. One unit of time throughout. */
export interface QueueModel {
  /** Arrivals per unit of time; above 0. */
  readonly rate: number;
  /** Mean handle time (talk and wrap-up); above 0. */
  readonly aht: number;
  /** Whole, at least 1. */
  readonly agents: number;
  /** Service-level target; 0 or more. */
  readonly target: number;
}

/** What theory expects of such a queue. Times in the model's unit, shares from 0 to 1. */
export interface Expected {
  /** Share of arrivals that find nobody free. */
  readonly pWait: number;
  /** Share of arrivals answered within the target. */
  readonly serviceLevel: number;
  /** Mean wait of those answered. */
  readonly asa: number;
  /** Mean wait of all arrivals, E[W]. */
  readonly meanWait: number;
  /** Mean number waiting, Lq = rate x E[W] (Little). */
  readonly queueLength: number;
  readonly abandon: number;
  readonly occupancy: number;
}

/** Offered load in Erlang: arrivals per mean handle time. */
export const offeredLoad = ({ rate, aht }: Pick<QueueModel, 'rate' | 'aht'>): number => rate * aht;

/**
 * Erlang B: share of arrivals lost with `lines` lines and no waiting room.
 *
 *     B(0) = 1,  B(n) = a B(n-1) / (n + a B(n-1))
 *
 * @param load offered, in Erlang, 0 or more
 * @param lines whole, 0 or more
 * Source: A. K. Erlang 1917; the recursion: Jagerman 1974. Never overflows, as the factorials would.
 */
export function erlangB(load: number, lines: number): number {
  let blocked = 1;
  for (let n = 1; n <= lines; n++) blocked = (load * blocked) / (n + load * blocked);
  return blocked;
}

/** The fewest lines that lose at most this share. @param blocking above 0, up to 1 */
export function linesFor(load: number, blocking: number): number {
  let lines = 0;
  for (let blocked = 1; blocked > blocking; lines++)
    blocked = (load * blocked) / (lines + 1 + load * blocked);
  return lines;
}

/**
 * Erlang C (M/M/n), from Erlang B:
 *
 *     C = n B / (n - a (1 - B)),  P(W > t) = C e^-(n - a) t / aht,  E[W] = C aht / (n - a)
 *
 * Undefined when the load is not below the number of agents: the queue would grow for ever.
 * Source: A. K. Erlang 1917; Kleinrock, Queueing Systems I, 3.5.
 */
export function erlangC(model: QueueModel): Expected | undefined {
  const { rate, aht, agents, target } = model;
  const load = offeredLoad(model);
  if (load >= agents) return undefined;
  const blocked = erlangB(load, agents);
  const pWait = (agents * blocked) / (agents - load * (1 - blocked));
  const meanWait = (pWait * aht) / (agents - load);
  return {
    pWait,
    serviceLevel: 1 - pWait * Math.exp((-(agents - load) * target) / aht),
    asa: meanWait,
    meanWait,
    queueLength: rate * meanWait,
    abandon: 0,
    occupancy: load / agents,
  };
}
