import { describe, expect, it } from 'vitest';
import type { Recorded } from '#shared/model/facts/index.ts';
import { scenarioFrom } from './recorded.core.ts';
import { arrivalsOf, officeDay, type ScenarioInput, scenarioSchema } from './scenario.core.ts';

const plain: ScenarioInput = {
  halfHours: 2,
  queues: [{ id: 'q', settings: { targetMs: 30_000 } }],
  work: [{ queue: 'q', arrivals: [1, 2], handle: '120s' }],
  groups: [{ id: 'team', agents: 7, queues: ['q:2'] }],
};

describe('a scenario', () => {
  it('is parsed into ms and whole queue settings', () => {
    const scenario = scenarioSchema.parse({ ...plain, from: '09:30' });
    expect(scenario.from).toBe(34_200_000);
    expect(scenario.queues[0]?.settings).toMatchObject({
      id: 'q',
      targetMs: 30_000,
      strategy: 'longest-idle',
    });
    expect(scenario.groups[0]?.queues).toEqual([{ queueId: 'q', tier: 2 }]);
  });

  it.each<[string, string, unknown]>([
    [
      'a queue that is not there',
      'there is no queue "x"',
      { work: [{ queue: 'x', arrivals: 1, handle: '1s' }] },
    ],
    [
      'a group in a queue that is not there',
      'there is no queue "x"',
      { groups: [{ id: 'g', agents: 1, queues: ['x'] }] },
    ],
    [
      'too few half-hours',
      'has 1 values for 2 half-hours',
      { groups: [{ id: 'g', agents: [1], queues: ['q'] }] },
    ],
    ['two queues of one name', 'two queues', { queues: [{ id: 'q' }, { id: 'q' }] }],
    [
      'a distribution nobody knows',
      'must look like 180s',
      { work: [{ queue: 'q', arrivals: 1, handle: 'long' }] },
    ],
    ['settings nobody knows', 'only strategy', { queues: [{ id: 'q', settings: { colour: 'red' } }] }],
    ['hours', 'without hours', { queues: [{ id: 'q', settings: { hours: 'office' } }] }],
    ['settings out of range', 'Too small', { queues: [{ id: 'q', settings: { offerMs: 1 } }] }],
    ['a typing mistake', 'Unrecognized key', { restart: [] }],
    ['a share above 1', 'Too big', { groups: [{ id: 'g', agents: 1, queues: ['q'], decline: 2 }] }],
    [
      'too many agents',
      'are more than',
      { groups: ['g', 'h'].map((id) => ({ id, agents: 15_000, queues: ['q'] })) },
    ],
  ])('with %s is refused', (_, message, more) => {
    const result = scenarioSchema.safeParse({ ...plain, ...(more as object) });
    expect(result.success).toBe(false);
    expect(result.error?.issues.map((issue) => issue.message).join('\n')).toContain(message);
  });

  it('an office day has its total, whatever its length', () => {
    for (const halfHours of [1, 7, 24, 48])
      expect(officeDay(5_000, halfHours).reduce((a, b) => a + b, 0)).toBeCloseTo(5_000, 6);
  });
});

it('a scenario from recorded facts: arrivals, handle times, patience and agents as they were', () => {
  let seq = 0;
  const at = (ms: number, fact: object) =>
    ({ ...fact, at: 1_000_000 + ms, seq: ++seq }) as unknown as Recorded;
  const ids = (n: number) => ({ itemId: `i${n}`, interactionId: `x${n}`, queueId: 'q' });
  const facts = [
    at(-5, { type: 'work.arrived', ...ids(0), channel: 'call', priority: 0 }),
    at(1_000, { type: 'work.arrived', ...ids(1), channel: 'call', priority: 0 }),
    at(5_000, { type: 'offer.ended', ...ids(1), offerId: 'o1', agentId: 'a', outcome: 'accepted' }),
    at(6_000, { type: 'work.arrived', ...ids(2), channel: 'call', priority: 0 }),
    at(65_000, { type: 'work.ended', ...ids(1), end: 'completed' }),
    at(66_000, { type: 'work.ended', ...ids(2), end: 'abandoned' }),
    at(75_000, { type: 'wrap-up.ended', ...ids(1), agentId: 'a' }),
    at(1_800_001, { type: 'work.arrived', ...ids(3), channel: 'call', priority: 0 }),
  ];
  const input = scenarioFrom(facts, 1_000_000, 3, 20_000) ?? expect.fail('a scenario');
  const scenario = scenarioSchema.parse(input);
  expect(scenario.work).toMatchObject([
    {
      arrivals: {
        recorded: [
          [1_000, 70_000],
          [6_000, null],
          [1_800_001, null],
        ],
      },
      handle: { values: [70_000] },
      patience: { kind: 'exponential', mean: 64_000 }, // 4 s and 60 s waited, one left
    },
  ]);
  expect(arrivalsOf(scenario.work[0] ?? expect.fail('work'), 3)).toEqual([2, 1, 0]);
  expect(scenario.groups).toMatchObject([{ agents: [1, 0, 0], queues: [{ queueId: 'q', tier: 1 }] }]);
  expect(scenarioFrom([], 1_000_000, 3, 20_000)).toBeUndefined();
});
