import { describe, expect, it } from 'vitest';
import { erlangB, erlangC, linesFor, type QueueModel } from './erlang.core.ts';
import { erlangA } from './erlang-a.core.ts';
import { agentsFor, expectedOf } from './expected.core.ts';

/** 100 calls in 30 minutes, 3 minutes each; seconds. */
const busy: QueueModel = { rate: 100 / 1_800, aht: 180, agents: 14, target: 20 };
const c = (model: QueueModel) => erlangC(model) ?? expect.fail('stable');

describe('Erlang B', () => {
  it('known values', () => {
    expect(erlangB(1, 1)).toBeCloseTo(0.5, 12);
    expect(erlangB(1, 2)).toBeCloseTo(0.2, 12);
    expect(erlangB(5, 0)).toBe(1);
    expect(linesFor(10, 0.02)).toBe(17);
    expect(erlangB(10, 16)).toBeGreaterThan(0.02);
  });

  it('agrees with the sum of a^k / k! where that can be reckoned', () => {
    let term = 1;
    let sum = 1;
    for (let k = 1; k <= 20; k++) {
      term *= 13.7 / k;
      sum += term;
    }
    expect(erlangB(13.7, 20)).toBeCloseTo(term / sum, 12);
  });

  it('does not overflow with thousands of lines', () => {
    expect(erlangB(4_900, 5_000)).toBeGreaterThan(0);
    expect(erlangB(4_900, 5_000)).toBeLessThan(0.01);
  });
});

describe('Erlang C', () => {
  it('100 calls / 30 min, 180 s, 14 agents, 20 s', () => {
    const got = c(busy);
    expect(got.pWait).toBeCloseTo(0.174132, 6);
    expect(got.serviceLevel).toBeCloseTo(0.88835, 6);
    expect(got.occupancy).toBeCloseTo(0.714286, 6);
    expect(got.asa).toBeCloseTo(7.836, 3);
  });

  it('the same, 15 agents, 19.8 s', () => {
    const got = c({ ...busy, agents: 15, target: 19.8 });
    expect(got.pWait).toBeCloseTo(0.102, 3);
    expect(got.serviceLevel).toBeCloseTo(0.941, 3);
    expect(got.occupancy).toBeCloseTo(0.667, 3);
  });

  it('48 / min, 60 s, 50 agents, 20 s', () => {
    const got = c({ rate: 0.8, aht: 60, agents: 50, target: 20 });
    expect(got.pWait).toBeCloseTo(0.6945, 4);
    expect(got.asa).toBeCloseTo(20.83, 2);
    expect(got.queueLength).toBeCloseTo(16.67, 2);
    expect(got.serviceLevel).toBeCloseTo(0.6435, 4);
  });

  it('25 agents, 20 Erl is 0.2091, not the 0.261 of a table often copied', () => {
    expect(c({ rate: 1, aht: 20, agents: 25, target: 0 }).pWait).toBeCloseTo(0.2091, 4);
  });

  it('one server is M/M/1: P(wait) = load, E[W] = load aht / (1 - load)', () => {
    const got = c({ rate: 0.8, aht: 1, agents: 1, target: 0 });
    expect(got.pWait).toBeCloseTo(0.8, 12);
    expect(got.meanWait).toBeCloseTo(4, 12);
  });

  it('a load not below the agents has no steady state', () => {
    expect(erlangC({ ...busy, agents: 10 })).toBeUndefined();
    expect(erlangC({ ...busy, agents: 9 })).toBeUndefined();
  });
});

describe('Erlang A', () => {
  it('100 calls / 30 min, 3 min, patience 5 min, 14 agents, 20 s', () => {
    const got = erlangA({ ...busy, patience: 300 });
    expect(got.pWait).toBeCloseTo(0.14526, 5);
    expect(got.abandon).toBeCloseTo(0.013984, 6);
    expect(got.occupancy).toBeCloseTo(0.704297, 6);
    expect(got.meanWait / 60).toBeCloseTo(0.069919, 6);
    expect(got.serviceLevel).toBeCloseTo(0.916792, 6);
  });

  it('with patience to infinity it is Erlang C, within 1e-4', () => {
    for (const model of [busy, { rate: 0.8, aht: 60, agents: 50, target: 20 }]) {
      const a = erlangA({ ...model, patience: 1e9 });
      const limit = c(model);
      for (const name of ['pWait', 'serviceLevel', 'abandon', 'occupancy', 'asa', 'meanWait'] as const)
        expect(Math.abs(a[name] - limit[name])).toBeLessThan(1e-4);
    }
  });

  it.each([
    [14, 10, 1.7],
    [2, 3, 0.5],
    [40, 55, 2],
    [1, 0.4, 10],
  ])('agrees with its birth and death process: %i agents, %f Erl, patience %f', (agents, load, patience) => {
    const got = erlangA({ rate: load, aht: 1, agents, target: 0, patience });
    let p = 1;
    let total = 1;
    let waiting = 0;
    let beyond = agents === 0 ? 1 : 0;
    for (let k = 1; k < 2_000; k++) {
      p *= load / (Math.min(k, agents) + Math.max(0, k - agents) / patience);
      total += p;
      if (k >= agents) beyond += p;
      waiting += p * Math.max(0, k - agents);
    }
    expect(got.pWait).toBeCloseTo(beyond / total, 8);
    expect(got.queueLength).toBeCloseTo(waiting / total, 7);
    expect(got.abandon).toBeCloseTo(waiting / total / patience / load, 8);
  });

  it('when patience is as long as the handle time the system is M/M/infinity: Poisson', () => {
    const got = erlangA({ rate: 10, aht: 1, agents: 12, target: 0, patience: 1 });
    let p = Math.exp(-10);
    let fewer = p;
    for (let k = 1; k < 12; k++) {
      p *= 10 / k;
      fewer += p;
    }
    expect(got.pWait).toBeCloseTo(1 - fewer, 9);
  });

  it('overload by nine times, and thousands of agents, do not overflow', () => {
    for (const model of [
      { rate: 1, aht: 180, agents: 20, target: 20, patience: 120 },
      { rate: 100, aht: 180, agents: 2_000, target: 20, patience: 86_400 },
    ]) {
      const got = erlangA(model);
      expect(got.abandon).toBeCloseTo(8 / 9, 6);
      expect(got.occupancy).toBeCloseTo(1, 6);
    }
  });
});

it('the fewest agents for a service level', () => {
  for (const [patience, level] of [
    [undefined, 0.8],
    [300, 0.8],
    [undefined, 0.99],
    [60, 0.5],
  ] as const) {
    const agents = agentsFor(busy, patience, level);
    expect(expectedOf({ ...busy, agents }, patience)?.serviceLevel).toBeGreaterThanOrEqual(level);
    const fewer = agents > 1 ? expectedOf({ ...busy, agents: agents - 1 }, patience)?.serviceLevel : 0;
    expect(fewer ?? 0).toBeLessThan(level);
  }
});
