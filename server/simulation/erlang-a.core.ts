import { type Expected, erlangB, offeredLoad, type QueueModel } from './erlang.core.ts';

/** Exponents further below the highest add nothing a double can hold. */
const NOTHING = -45;
const STEPS = 4_000;

/**
 * Erlang A (M/M/n+M): whoever waits leaves after an exponential patience of mean `patience`, so any load is stable.
 *
 * The wait offered to an arrival (what it would be, were it patient) has the density, with m = n / aht,
 *
 *     v(t) = p m e^h(t),  h(t) = rate patience (1 - e^(-t / patience)) - m t,
 *     p = P(exactly n in the system) = 1 / (1 / B(n) - 1 + m I),  I = integral of e^h from 0
 *
 * (sum the M/M/n+M states over the hypoexponential times it takes each to let the arrival in). From it
 *
 *     P(wait) = integral v,  P(answered after a wait) = integral v e^(-t / patience),  and so on.
 *
 * Source: Palm 1957; Zeltyn and Mandelbaum, Call centers with impatient customers, Queueing Systems 51 (2005).
 */
export function erlangA(model: QueueModel & { readonly patience: number }): Expected {
  const { rate, aht, agents, target, patience } = model;
  const finished = agents / aht;
  /** Expected wait of somebody to whom `t` is offered: the shorter of it and the patience. */
  const cut = (t: number) => -patience * Math.expm1(-t / patience);
  const height = (t: number) => rate * cut(t) - finished * t;
  // h rises up to here, then falls for ever.
  const top = rate > finished ? patience * Math.log(rate / finished) : 0;
  const highest = height(top);
  const far = (t: number) => height(t) - highest < NOTHING;
  const end = edge(far, top, grow(far, top, Math.min(aht, patience)));
  const start = top > 0 && far(0) ? edge(far, top, 0) : 0;
  const weigh = (by: (t: number) => number, to: number) =>
    integral((t) => by(t) * Math.exp(height(t) - highest), start, Math.max(start, Math.min(to, end)));

  const total = finished * weigh(() => 1, end);
  // Everything scaled by e^-highest, which alone could overflow.
  const free = (1 / erlangB(offeredLoad(model), agents) - 1) * Math.exp(-highest);
  const scale = finished / (free + total);
  const stays = (t: number) => Math.exp(-t / patience);
  const pWait = total / (free + total);
  const meanWait = scale * weigh(cut, end);
  const abandon = meanWait / patience; // those waiting leave at this rate
  return {
    pWait,
    serviceLevel: 1 - pWait + scale * weigh(stays, target),
    asa: (scale * weigh((t) => t * stays(t), end)) / (1 - abandon),
    meanWait,
    queueLength: rate * meanWait,
    abandon,
    occupancy: (offeredLoad(model) * (1 - abandon)) / agents,
  };
}

/** A point beyond `from` where `far` holds. */
function grow(far: (t: number) => boolean, from: number, step: number): number {
  let width = step;
  while (!far(from + width)) width *= 2;
  return from + width;
}

/** Between `near`, where `far` does not hold, and `beyond`, where it does: where that changes. */
function edge(far: (t: number) => boolean, near: number, beyond: number): number {
  let [inside, outside] = [near, beyond];
  for (let i = 0; i < 40; i++) {
    const middle = (inside + outside) / 2;
    if (far(middle)) outside = middle;
    else inside = middle;
  }
  return outside;
}

/** Simpson's rule. */
function integral(f: (t: number) => number, from: number, to: number): number {
  if (to <= from) return 0;
  const step = (to - from) / STEPS;
  let sum = f(from) + f(to);
  for (let i = 1; i < STEPS; i++) sum += f(from + i * step) * (i % 2 === 1 ? 4 : 2);
  return (sum * step) / 3;
}
