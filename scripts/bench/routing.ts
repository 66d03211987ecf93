import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RoutingCore } from '#server/routing/index.ts';
import { seeded } from '#shared/model/random.ts';
import { numberOf, readOptions, UsageError } from '../lib/args.ts';
import { root } from '../lib/run.ts';
import { percentile, table } from './figures.ts';
import { machine } from './process.ts';
import { Histogram } from './routing-histogram.ts';
import { NaivePicker } from './routing-naive.ts';
import { CENTRE, Loop, type Picker, workload } from './routing-workload.ts';

const ROUNDS = 5;
/** Of all agents, how many talk when most are free. */
const BUSY_SHARE = 0.1;

interface Round {
  readonly decisionsPerSecond: number;
  readonly eventsPerSecond: number;
  /** Of `handle`, for events that led to an offer. */
  readonly p50Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
}

interface Row {
  readonly agents: number;
  /** Work waiting all the time; 0: most agents are free. */
  readonly waiting: number;
  readonly rounds: readonly Round[];
  readonly naivePerSecond: number;
}

/**
 * Decisions of the routing core alone, on one thread, in a centre of 50 skills and 10 queues. A decision is an event
 * that led to an offer; its cost is that of all events: the work's end, the offer's acceptance and the next arrival too.
 */
export async function benchRouting(args: readonly string[]): Promise<void> {
  const options = readOptions(args, {
    agents: '100,1000,10000',
    waiting: '1000,10000',
    seconds: '2',
    seed: '1',
  });
  const agentCounts = options.agents.split(',').map((text) => numberOf('agents', text, 10, 100_000));
  const waitingCounts = options.waiting.split(',').map((text) => numberOf('waiting', text, 1, 100_000));
  const seconds = numberOf('seconds', options.seconds, 0.05, 600);
  const seed = numberOf('seed', options.seed, 0, 2 ** 32 - 1);

  const rows: Row[] = [];
  for (const waiting of [0, ...waitingCounts])
    for (const agents of agentCounts) {
      rows.push(measure(agents, waiting, seconds, seed));
      console.log(`${rows.length} of ${agentCounts.length * (1 + waitingCounts.length)} measured`);
    }

  const here = machine();
  console.log(`\n${here.cpu}, ${here.cores} cores, ${here.memoryGb} GB, Node ${here.node}, ${here.kernel}`);
  console.log(`${ROUNDS} rounds of ${seconds} s after a warm-up; medians, in brackets lowest and highest:\n`);
  console.log(
    table(
      [
        'agents',
        'waiting',
        'decisions/s',
        '',
        'events/s',
        'us each',
        'x tenth',
        'p50 us',
        'p99 us',
        'max ms',
        'naive/s',
        'ratio',
      ],
      rows.map((row) => describe(row, rows)),
    ),
  );
  console.log(
    '\nus each: of all events (three a decision; making them up not counted), for one decision. x tenth: that, over the row with a tenth of the agents.\n' +
      'p50, p99, max: of the event that frees an agent or brings work, to its offer; pauses for garbage included.\n' +
      'waiting 0: a tenth of the agents has work, the others are free. naive: scan and sort, the same workload.',
  );
  const folder = join(root, 'dist/bench');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'routing.json'),
    `${JSON.stringify({ at: new Date().toISOString(), machine: here, seconds, seed, rows }, undefined, 2)}\n`,
  );
  if (rows.some((row) => !(median(row, 'decisionsPerSecond') > 0)))
    throw new UsageError('a row came to no decision at all');
}

function measure(agents: number, waiting: number, seconds: number, seed: number): Row {
  const calls = waiting === 0 ? Math.ceil(agents * BUSY_SHARE) : agents + waiting;
  let histogram = new Histogram();
  let offers = 0;
  const core = new RoutingCore({ newOfferId: () => `offer-${++offers}`, random: seeded(seed) });
  const loopOf = (picker: Picker): Loop =>
    new Loop(picker, workload({ ...CENTRE, agents }, seeded(seed)), calls, seeded(seed + 1), (ns) =>
      histogram.add(ns),
    );

  const loop = loopOf((event, now) => core.handle(event, now));
  run(loop, seconds, 0);
  const rounds = Array.from({ length: ROUNDS }, (): Round => {
    histogram = new Histogram();
    const ran = run(loop, seconds, 0);
    return {
      ...ran,
      p50Us: histogram.percentile(0.5) / 1_000,
      p99Us: histogram.percentile(0.99) / 1_000,
      maxUs: histogram.max / 1_000,
    };
  });
  const naive = new NaivePicker();
  const slow = loopOf((event, now) => naive.handle(event, now));
  return { agents, waiting, rounds, naivePerSecond: run(slow, Math.min(1, seconds), 5).decisionsPerSecond };
}

/** Steps for so long, and at least so often. */
function run(
  loop: Loop,
  seconds: number,
  atLeast: number,
): Pick<Round, 'decisionsPerSecond' | 'eventsPerSecond'> {
  const { decisions, events, ns } = loop;
  const until = performance.now() + 1_000 * seconds;
  for (let steps = 0; steps < atLeast || performance.now() < until; steps++) loop.step();
  const took = (loop.ns - ns) / 1e9;
  return {
    decisionsPerSecond: (loop.decisions - decisions) / took,
    eventsPerSecond: (loop.events - events) / took,
  };
}

const median = ({ rounds }: Row, figure: keyof Round): number =>
  percentile(
    rounds.map((round) => round[figure]),
    0.5,
  );

function describe(row: Row, rows: readonly Row[]): string[] {
  const rates = row.rounds.map((round) => round.decisionsPerSecond);
  const rate = median(row, 'decisionsPerSecond');
  const tenth = rows.find((other) => other.waiting === row.waiting && other.agents * 10 === row.agents);
  return [
    String(row.agents),
    String(row.waiting),
    rate.toFixed(0),
    `(${Math.min(...rates).toFixed(0)}-${Math.max(...rates).toFixed(0)})`,
    median(row, 'eventsPerSecond').toFixed(0),
    (1e6 / rate).toFixed(1),
    tenth ? (median(tenth, 'decisionsPerSecond') / rate).toFixed(2) : '-',
    median(row, 'p50Us').toFixed(1),
    median(row, 'p99Us').toFixed(1),
    (Math.max(...row.rounds.map((round) => round.maxUs)) / 1_000).toFixed(1),
    row.naivePerSecond.toFixed(1),
    (rate / row.naivePerSecond).toFixed(0),
  ];
}
