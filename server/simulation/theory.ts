import type { Measured } from './batches.ts';
import { type Expected, offeredLoad, type QueueModel } from './erlang.core.ts';
import { expectedOf } from './expected.core.ts';
import type { Estimate } from './interval.core.ts';
import { runSteady, type SteadyOptions } from './steady.ts';

/** Times in seconds, rates per second. */
export type TheoryModel = QueueModel & {
  /** Mean patience; undefined: nobody leaves. */
  readonly patience: number | undefined;
};
const FIGURES = ['pWait', 'serviceLevel', 'asa', 'meanWait', 'abandon', 'occupancy'] as const;
export type TheoryFigure = (typeof FIGURES)[number];

export interface TheoryResult {
  /** In seconds: `asa`, the mean wait of those answered, and `meanWait`, E[W] of all. */
  readonly simulated: Readonly<Record<TheoryFigure, Estimate>>;
  readonly expected: Readonly<Record<TheoryFigure, number>>;
}

/**
 * Arrivals in which a stable M/M/n queue forgets how it began to 1 part in e: rate / (sqrt(n / aht) - sqrt(rate))^2.
 * Source: Karlin and McGregor 1958; Morse 1955 for one server. Patience makes it shorter.
 */
export function relaxation({ rate, aht, agents, patience }: TheoryModel): number {
  const gap = (Math.sqrt(agents / aht) - Math.sqrt(rate)) ** 2;
  if (patience === undefined) return rate / gap;
  const leaving = rate * Math.max(patience, aht);
  return rate * aht < agents ? Math.min(leaving, rate / gap) : leaving;
}

/** Undefined when the queue would grow for ever: a load not below the agents, and nobody who leaves. */
export function runTheory(
  model: TheoryModel,
  options: Pick<SteadyOptions, 'items' | 'seed' | 'onProgress'>,
): TheoryResult | undefined {
  const { rate, aht, agents, target, patience } = model;
  const expected = expectedOf(model, patience);
  if (!expected) return undefined;
  const exponential = (seconds: number) => ({ kind: 'exponential', mean: seconds * 1_000 }) as const;
  const { all } = runSteady(
    {
      queues: [{ id: 'theory', targetMs: target * 1_000 }],
      streams: [
        {
          queueId: 'theory',
          rate: rate / 1_000,
          handle: exponential(aht),
          patience: patience === undefined ? undefined : exponential(patience),
        },
      ],
      groups: [{ agents, queues: [{ queueId: 'theory', tier: 1 }] }],
    },
    { ...options, warmUp: warmUpOf(model, options.items) },
  );
  return { simulated: inSeconds(all), expected: only(expected) };
}

/** A tenth more, and enough to fill an empty centre and to forget that it was empty. */
function warmUpOf(model: TheoryModel, items: number): number {
  const fill = 3 * offeredLoad(model);
  return Math.ceil(Math.max(items / 10, fill, Math.min(5 * relaxation(model), items)));
}

function inSeconds({ asaMs, meanWaitMs, ...figures }: Measured): TheoryResult['simulated'] {
  const { pWait, serviceLevel, abandon, occupancy } = figures;
  return {
    pWait,
    serviceLevel,
    asa: seconds(asaMs),
    meanWait: seconds(meanWaitMs),
    abandon,
    occupancy,
  };
}

const seconds = ({ mean, ci99: [low, high] }: Estimate): Estimate => ({
  mean: mean / 1_000,
  ci99: [low / 1_000, high / 1_000],
});

const only = (expected: Expected) =>
  Object.fromEntries(FIGURES.map((name) => [name, expected[name]])) as TheoryResult['expected'];
