import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Effect, RoutingCore, type RoutingEvent } from '#server/routing/index.ts';
import { seeded } from '#shared/model/random.ts';
import { percentile } from './figures.ts';
import { Histogram } from './routing-histogram.ts';
import { NaivePicker } from './routing-naive.ts';
import { CENTRE, Loop, opening, type Picker, type Workload, workload } from './routing-workload.ts';

const newCore = (): RoutingCore => {
  let offers = 0;
  return new RoutingCore({ newOfferId: () => `offer-${++offers}`, random: seeded(1) });
};

describe('the histogram of a benchmark', () => {
  it('is right below 32, and above at most 1/32 too high', () => {
    const value = fc.oneof(fc.nat(40), fc.nat(5_000), fc.nat(0x7fffffff));
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (list, share) => {
          const histogram = new Histogram();
          for (const n of list) histogram.add(n);
          const exact = percentile(list, share);
          const read = histogram.percentile(share);
          expect(read).toBeGreaterThanOrEqual(exact);
          expect(read).toBeLessThanOrEqual(exact < 32 ? exact : exact * (1 + 1 / 32));
          expect(histogram.max).toBe(Math.max(...list));
          expect(histogram.count).toBe(list.length);
        },
      ),
    );
  });

  it('knows nothing before the first value, and keeps a maximum beyond its range', () => {
    const histogram = new Histogram();
    expect(histogram.percentile(0.5)).toBeNaN();
    histogram.add(5_000_000_000);
    expect(histogram.max).toBe(5_000_000_000);
    expect(histogram.percentile(1)).toBeLessThan(2 ** 31);
  });
});

describe('the workload of the routing benchmark', () => {
  const made = workload({ ...CENTRE, agents: 200 }, seeded(7));

  it('has the skills, levels and queues it says', () => {
    expect(made.queues).toHaveLength(10);
    for (const { queues, skills } of made.agents) {
      expect(new Set(queues.map(({ queueId }) => queueId)).size).toBe(3);
      expect(Object.keys(skills).length).toBeGreaterThanOrEqual(3);
      expect(Object.keys(skills).length).toBeLessThanOrEqual(6);
      for (const level of Object.values(skills)) expect([1, 2, 3, 4, 5]).toContain(level);
    }
    const known = new Set(made.agents.flatMap(({ skills }) => Object.keys(skills)));
    expect(known.size).toBe(50);
  });

  it('asks for one or two skills at levels 1 to 4 that somebody in the queue has', () => {
    const counts = new Set<number>();
    for (let i = 0; i < 500; i++) {
      const { skills = {}, queueId } = made.next();
      const asked = Object.entries(skills);
      counts.add(asked.length);
      for (const [, level] of asked) expect([1, 2, 3, 4]).toContain(level);
      const able = made.agents.some(
        (agent) =>
          agent.queues.some((serves) => serves.queueId === queueId) &&
          asked.every(([skill, level]) => (agent.skills[skill] ?? 0) >= level),
      );
      expect(able).toBe(true);
    }
    expect([...counts].sort()).toEqual([1, 2]);
  });

  it('is the same for the same seed, and another for another', () => {
    const of = (seed: number) => {
      const { agents, next } = workload({ ...CENTRE, agents: 20 }, seeded(seed));
      return JSON.stringify([agents, next(), next(), next()]);
    };
    expect(of(3)).toBe(of(3));
    expect(of(3)).not.toBe(of(4));
  });

  it('a closed loop keeps its calls: each is waiting or talking, and every step is decided and counted', () => {
    const core = newCore();
    let decided = 0;
    const loop = new Loop(
      (event, now) => core.handle(event, now),
      workload({ ...CENTRE, agents: 30 }, seeded(1)),
      100,
      seeded(2),
      () => {
        decided += 1;
      },
    );
    for (let i = 0; i < 300; i++) loop.step();
    expect(core.openItems).toBe(100);
    expect(loop.talking).toBe(core.agents().filter((agent) => agent.state === 'on-work').length);
    expect(loop.talking).toBeGreaterThan(20);
    expect(loop.decisions).toBe(decided);
    expect(decided).toBeGreaterThan(250);
  });
});

/** What happens next; the number chooses among whatever it can happen to. */
const step = fc.tuple(fc.constantFrom('arrive', 'arrive', 'end', 'accept', 'presence'), fc.nat(999));

/** Both pickers through the same events; the pairs each of them made, event by event. */
function pairs(
  picker: Picker,
  { agents, queues, next }: Workload,
  steps: readonly (readonly [string, number])[],
): string[] {
  const made: string[] = [];
  const offered: { offerId: string; itemId: string; agentId: string }[] = [];
  const talking: { itemId: string; agentId: string }[] = [];
  const away = new Set<string>();
  let now = 1_000_000; // whole seconds: scores are exact, and equal ones stay equal
  const tell = (event: RoutingEvent): void => {
    now += 1_000;
    const offers = picker(event, now).flatMap((effect: Effect) =>
      effect.type === 'offer' ? [effect.offer] : [],
    );
    for (const { id: offerId, itemId, agentId } of offers) offered.push({ offerId, itemId, agentId });
    made.push(offers.map(({ itemId, agentId, among }) => `${itemId} ${agentId} ${among}`).join());
  };
  for (const event of opening({ agents, queues, next })) tell(event);
  for (const [kind, n] of steps) {
    if (kind === 'arrive') tell({ type: 'item.arrived', item: next() });
    else if (kind === 'accept') {
      const [offer] = offered.splice(n % (offered.length || 1), 1);
      if (!offer) continue;
      talking.push(offer);
      tell({ type: 'offer.accepted', offerId: offer.offerId });
    } else if (kind === 'end') {
      const [talk] = talking.splice(n % (talking.length || 1), 1);
      if (talk) tell({ type: 'work.ended', itemId: talk.itemId });
    } else {
      const busy = new Set([...offered, ...talking].map(({ agentId }) => agentId));
      const agentId = agents[n % agents.length]?.id ?? '';
      if (busy.has(agentId)) continue;
      const back = away.delete(agentId);
      if (!back) away.add(agentId);
      const reason = back ? undefined : 'break';
      tell({ type: 'presence.set', agentId, presence: back ? 'available' : 'not-ready', reason });
    }
  }
  return made;
}

describe('the naive picker and the core', () => {
  it('R1 R2 R3 R21 choose the same pairs, of as many, after every event', () => {
    const shape = fc.record({
      agents: fc.integer({ min: 1, max: 12 }),
      queues: fc.integer({ min: 1, max: 3 }),
      skills: fc.integer({ min: 2, max: 6 }),
      queuesEach: fc.integer({ min: 1, max: 3 }),
      skillsEach: fc.constant([1, 4] as const),
    });
    let offers = 0;
    fc.assert(
      fc.property(
        shape,
        fc.nat(),
        fc.array(step, { minLength: 20, maxLength: 150, size: 'max' }),
        (of, seed, steps) => {
          const core = newCore();
          const naive = new NaivePicker();
          const chosen = pairs((event, now) => core.handle(event, now), workload(of, seeded(seed)), steps);
          expect(chosen).toEqual(
            pairs((event, now) => naive.handle(event, now), workload(of, seeded(seed)), steps),
          );
          offers += chosen.filter((pair) => pair !== '').length;
        },
      ),
      { numRuns: 300 },
    );
    expect(offers).toBeGreaterThan(3_000);
  });

  it('choose the same in the workload that is measured', () => {
    const core = newCore();
    const naive = new NaivePicker();
    const steps = Array.from(
      { length: 1_500 },
      (_, i) => [['arrive', 'accept', 'end'][i % 3] ?? '', i] as const,
    );
    const fill = Array.from({ length: 300 }, () => ['arrive', 0] as const);
    const of = { ...CENTRE, agents: 100 };
    const chosen = pairs((event, now) => core.handle(event, now), workload(of, seeded(1)), [
      ...fill,
      ...steps,
    ]);
    expect(chosen).toEqual(
      pairs((event, now) => naive.handle(event, now), workload(of, seeded(1)), [...fill, ...steps]),
    );
    expect(chosen.filter((pair) => pair !== '').length).toBeGreaterThan(400);
  });
});
