import { describe, expect, it } from 'vitest';
import type { Fact } from '#shared/model/facts/index.ts';
import { queueDefaults } from '#shared/model/routing.ts';
import { Centre, steadyHand } from './centre.ts';
import { type DayResult, runDay } from './day.ts';
import { runDays } from './days.ts';
import { agentsFor } from './expected.core.ts';
import { HALF_HOUR, officeDay, type ScenarioInput, scenarioSchema } from './scenario.core.ts';

const plain: ScenarioInput = {
  halfHours: 4,
  queues: [{ id: 'q' }],
  work: [{ queue: 'q', arrivals: 100, handle: '120s', patience: '2m' }],
  groups: [{ id: 'team', agents: 7, queues: ['q'] }],
};
const day = (more: Partial<ScenarioInput>, seed = 1): DayResult =>
  runDay(scenarioSchema.parse({ ...plain, ...more }), seed);
const group = { id: 'team', agents: 7, queues: ['q'] };
const total = ({ all: { tally } }: DayResult) =>
  tally.answered + tally.abandoned + tally.overflowed + tally.lost + tally.left;

/** Everything at once. */
const rough: Partial<ScenarioInput> = {
  queues: [
    {
      id: 'q',
      settings: {
        maxWaiting: 12,
        overflow: [{ when: 'waited', value: 60_000, to: { kind: 'queue', queueId: 'help' } }],
      },
      wrapUp: 'lognormal:20s:0.5',
    },
    {
      id: 'help',
      settings: {
        strategy: 'ring-all',
        overflow: [{ when: 'waited', value: 90_000, to: { kind: 'voicemail' } }],
      },
    },
  ],
  work: [
    { queue: 'q', arrivals: [90, 160, 120, 80], handle: '120s', patience: '3m' },
    { queue: 'q', channel: 'callback', arrivals: 5, handle: '100s', priority: 1 },
  ],
  groups: [
    {
      ...group,
      agents: [7, 9, 4, 8],
      answer: 'constant:2s',
      noAnswer: 0.05,
      decline: 0.05,
      phoneLoss: { every: '20m', lasts: '30s' },
    },
    { id: 'help', agents: 2, queues: ['help', 'q:2'] },
  ],
  restarts: [
    { at: '08:45', down: '20s' },
    { at: '09:40', down: '1m' },
  ],
};

describe('a simulated day', () => {
  it('S1 the same seed gives the same bytes, another one others', () => {
    const bytes = (seed: number) => JSON.stringify(day(rough, seed));
    expect(bytes(3)).toBe(bytes(3));
    expect(bytes(3)).not.toBe(bytes(4));
  });

  it('S2 everything that was offered is served exactly once, also through faults and restarts', () => {
    let lost = 0;
    for (let seed = 1; seed <= 10; seed++) {
      const result = day(rough, seed);
      expect(total(result)).toBe(result.all.tally.offered);
      lost += result.all.tally.lost;
      expect(result.all.tally.overflowed).toBeGreaterThan(0);
      expect(result.all.tally.answered).toBeGreaterThan(100);
    }
    expect(lost).toBeGreaterThan(5);
  });

  it('S6 arrivals follow the half-hours, and change nothing when patience does', () => {
    const arrivals = [400, 0, 1_000, 50];
    const { queues } = day({ work: [{ queue: 'q', arrivals, handle: '1s' }] });
    const offered = queues[0]?.halfHours.map(({ tally }) => tally.offered) ?? [];
    for (const [h, mean] of arrivals.entries())
      expect(Math.abs((offered[h] ?? 0) - mean)).toBeLessThanOrEqual(3.5 * Math.sqrt(mean));
    expect(day({}).all.tally.offered).toBe(
      day({ work: [{ queue: 'q', arrivals: 100, handle: '120s', patience: 'constant:9s' }] }).all.tally
        .offered,
    );
  });

  it('S7 agents come and go with the half-hours; who goes finishes what is in hand', () => {
    const { queues, all } = day({
      work: [{ queue: 'q', arrivals: 60, handle: '5m' }],
      groups: [{ ...group, agents: [0, 20, 0, 20] }],
    });
    const hours = queues[0]?.halfHours ?? [];
    const signedIn = hours.map(({ time }) => (time.busyMs + time.idleMs) / HALF_HOUR);
    expect(signedIn[0]).toBe(0);
    expect(signedIn[1]).toBeCloseTo(20, 9);
    expect(signedIn[2]).toBeGreaterThan(0.5); // some had minutes to go
    expect(signedIn[2]).toBeLessThan(7);
    expect(signedIn[3]).toBeCloseTo(20, 9);
    expect(all.tally.answered).toBe(all.tally.offered);
    expect(hours[0]?.figures.asaMs).toBeGreaterThan(HALF_HOUR / 4);
  });

  it('short abandons stand apart and do not count against the service level', () => {
    const impatient = { queue: 'q', arrivals: 200, handle: '300s', patience: 'constant:4s' };
    const { tally, figures } = day({ work: [impatient] }).all;
    expect(tally.shortAbandons).toBe(tally.abandoned);
    expect(tally.abandoned).toBeGreaterThan(100);
    expect(figures.serviceLevel).toBe(1);
    const strict = day({ work: [impatient], queues: [{ id: 'q', shortAbandon: '0s' }] }).all;
    expect(strict.tally.shortAbandons).toBe(0);
    expect(strict.figures.serviceLevel).toBeCloseTo(tally.answered / tally.offered, 12);
  });

  it('wrap-up is part of handle time and of occupancy', () => {
    const work = [{ queue: 'q', arrivals: 40, handle: 'constant:100s' }];
    expect(day({ work }).all.figures.ahtMs).toBeCloseTo(100_000, 5);
    const wrapped = day({ work, queues: [{ id: 'q', wrapUp: 'constant:50s' }] }).all;
    expect(wrapped.figures.ahtMs).toBeCloseTo(150_000, 5);
    expect(wrapped.figures.occupancy).toBeGreaterThan((day({ work }).all.figures.occupancy ?? 1) * 1.3);
  });

  it('work nobody takes is left, not lost', () => {
    const { tally } = day({
      work: [{ queue: 'q', arrivals: 10, handle: '60s' }],
      groups: [{ ...group, agents: 0 }],
    }).all;
    expect(tally.left).toBe(tally.offered);
    expect(tally.left).toBeGreaterThan(0);
  });

  it('agents enough for a level by theory reach about that level', () => {
    const arrivals = officeDay(20_000, 12);
    const agents = arrivals.map((n) => agentsFor({ rate: n / 1_800, aht: 120, target: 20 }, 120, 0.8));
    const { figures } = day({
      halfHours: 12,
      work: [{ queue: 'q', arrivals, handle: '120s', patience: '2m' }],
      groups: [{ ...group, agents }],
    }).all;
    expect(figures.serviceLevel).toBeGreaterThan(0.75);
    expect(figures.serviceLevel).toBeLessThan(0.9);
    expect(Math.abs(figures.ewtBiasMs ?? 1e9)).toBeLessThan(5_000);
  });

  it('recorded work arrives when it did and takes what it took', () => {
    const recorded: [number, number | null][] = [
      [60_000, 90_000],
      [1_000, 30_000],
      [2 * HALF_HOUR, null],
    ];
    const { all, queues } = day({ work: [{ queue: 'q', arrivals: { recorded }, handle: 'constant:60s' }] });
    expect(queues[0]?.halfHours.map(({ tally }) => tally.offered)).toEqual([2, 0, 1, 0]);
    expect(all.tally.handleMs).toBe(180_000);
  });

  it('several days add up, and give intervals', () => {
    const scenario = scenarioSchema.parse(plain);
    const { sum, intervals } = runDays(scenario, 1, 4);
    const offered = [1, 2, 3, 4].map((seed) => runDay(scenario, seed).all.tally.offered);
    expect(sum.all.tally.offered).toBe(offered.reduce((a, b) => a + b, 0));
    const { mean, ci99 } = intervals?.all.serviceLevel ?? expect.fail('four days');
    expect(mean).toBe(sum.all.figures.serviceLevel);
    expect(ci99[0] < mean && mean < ci99[1]).toBe(true);
    expect(runDays(scenario, 1, 1).intervals).toBeUndefined();
  });
});

describe('S8 faults', () => {
  /** One call at 1 s for these agents, and everything routing writes down until `until`. */
  function one(
    habits: Partial<typeof steadyHand>,
    then: (centre: Centre) => void = () => {},
    channel: 'call' | 'callback' = 'call',
  ) {
    const facts: (Fact & { at: number })[] = [];
    const centre = new Centre(1, { onFact: (fact, at) => facts.push({ ...fact, at }), onRefused: () => {} });
    centre.setQueue({ ...queueDefaults, id: 'q', name: 'q' }, undefined);
    const agent = {
      id: 'a',
      queues: [{ queueId: 'q', tier: 1 }],
      skills: {},
      rank: 1,
      capacity: { call: 1, callback: 1 },
      interrupts: {},
    };
    centre.addAgent(agent, { ...steadyHand, ...habits });
    centre.presence('a', 'available');
    centre.at(1_000, () =>
      centre.arrive({
        item: { id: 'i', interactionId: 'x', channel, queueId: 'q', priority: 0 },
        handleMs: 60_000,
        patienceMs: undefined,
      }),
    );
    then(centre);
    centre.run(() => centre.now > 600_000);
    const outcomes = facts.flatMap((f) => (f.type === 'offer.ended' ? [`${f.at} ${f.outcome}`] : []));
    const ends = facts.flatMap((f) => (f.type === 'work.ended' ? [`${f.at} ${f.end}`] : []));
    return { facts, outcomes, ends };
  }

  it('an agent that does not answer is not responding, and comes back', () => {
    const { outcomes, facts } = one({ noAnswer: 1, back: { kind: 'constant', mean: 10_000 } });
    expect(outcomes.slice(0, 2)).toEqual(['21000 no-answer', '51000 no-answer']);
    expect(
      facts.filter((f) => f.type === 'agent.state' && f.state === 'not-responding').length,
    ).toBeGreaterThan(5);
  });

  it('an agent that declines is left alone by the queue', () => {
    const { outcomes } = one({ decline: 1, answer: { kind: 'constant', mean: 2_000 } });
    expect(outcomes.slice(0, 2)).toEqual(['3000 declined', '35000 declined']);
  });

  it('a phone that goes while it rings fails the offer; work waits until it is back', () => {
    const { outcomes, ends } = one({
      answer: { kind: 'constant', mean: 5_000 },
      phoneLoss: { every: { kind: 'constant', mean: 4_000 }, lasts: { kind: 'constant', mean: 100_000 } },
    });
    expect(outcomes[0]).toBe('7000 failed'); // 3 s of grace
    expect(outcomes[1]).toMatch(/^11\d{4} /); // the phone came back at 104 s for 4 s
    expect(ends).toEqual([]);
  });

  it('a restart ends a call in hand; the agent is there again, free', () => {
    const { facts, ends } = one({}, (centre) => centre.at(20_000, () => centre.restart(5_000)));
    expect(ends).toEqual(['20000 server-restart']);
    expect(facts.at(-1)).toMatchObject({ type: 'agent.state', state: 'idle', at: 25_000 });
  });

  it('a restart keeps a waiting callback, which is served afterwards', () => {
    const { ends, outcomes } = one(
      {},
      (centre) => {
        centre.at(0, () => centre.presence('a', 'offline'));
        centre.at(20_000, () => centre.restart(5_000));
        centre.at(22_000, () => centre.presence('a', 'available')); // while the server is down
      },
      'callback',
    );
    expect(outcomes).toEqual(['25000 accepted']);
    expect(ends).toEqual(['85000 completed']);
  });
});
