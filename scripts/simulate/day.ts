import { writeFileSync } from 'node:fs';
import { extname } from 'node:path';
import { type DaysResult, runDays, type Scenario } from '#server/simulation/index.ts';
import { readOptions, UsageError } from '../lib/args.ts';
import { seedOf, whole } from './args.ts';
import { chart } from './chart.ts';
import { progressBar } from './progress.ts';
import { clock, report } from './report.ts';
import { PLAIN, scenarioOf } from './scenarios.ts';

export function day(args: readonly string[]): void {
  const defaults = {
    ...PLAIN,
    scenario: '',
    replay: '',
    date: '',
    days: '1',
    seed: '1',
    json: '',
    chart: '',
  };
  const options = readOptions(args, defaults);
  const seed = seedOf(options.seed);
  const days = whole('days', options.days, 1, 1_000);
  const kind = extname(options.chart);
  if (options.chart !== '' && kind !== '.svg' && kind !== '.html')
    throw new UsageError(`--chart must be a file ending in .svg or .html, not ${options.chart}`);
  const scenario = scenarioOf(options);
  const bar = progressBar();
  const began = performance.now();
  const result = runDays(scenario, seed, days, bar.at);
  bar.end();
  const seconds = (performance.now() - began) / 1_000;
  console.log(report(scenario, result, days));
  console.error(`Simulated in ${seconds.toFixed(1)} s.`);
  if (options.json !== '')
    write(options.json, 'json', `${JSON.stringify(asJson(scenario, result, seed, days), null, 1)}\n`);
  if (options.chart !== '') write(options.chart, 'chart', chart(result.sum, kind === '.html'));
}

function write(file: string, name: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new UsageError(
      `--${name}: cannot write ${file} (${error instanceof Error ? error.message : error})`,
    );
  }
}

/** Counts, sums and times in ms, figures of them; the time of day as people write it. */
function asJson({ from, halfHours }: Scenario, { sum, intervals }: DaysResult, seed: number, days: number) {
  const queues = sum.queues.map((queue) => ({
    ...queue,
    halfHours: queue.halfHours.map((hour) => ({
      ...hour,
      from: clock(hour.from),
      planned: { ...hour.planned, expected: hour.planned.expected ?? null },
    })),
  }));
  return {
    seed,
    days,
    from: clock(from),
    halfHours,
    endedAt: clock(sum.endedAt),
    all: sum.all,
    queues,
    intervals: intervals ?? null,
  };
}
