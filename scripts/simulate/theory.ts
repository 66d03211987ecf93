import {
  offeredLoad,
  relaxation,
  runTheory,
  type TheoryFigure,
  type TheoryModel,
  type TheoryResult,
} from '#server/simulation/index.ts';
import { table } from '../bench/figures.ts';
import { readOptions, UsageError } from '../lib/args.ts';
import { arrivalRate, duration, seedOf, whole } from './args.ts';
import { progressBar } from './progress.ts';

/** Below so many relaxation times in a run, waits are too skewed for an interval to hold 99%. */
const ENOUGH = 300;

export function theory(args: readonly string[]): void {
  const json = args.includes('--json');
  const options = readOptions(
    args.filter((arg) => arg !== '--json'),
    { arrivals: '', aht: '', agents: '', target: '20s', patience: '', items: '200000', seed: '1' },
  );
  for (const name of ['arrivals', 'aht', 'agents'] as const)
    if (options[name] === '')
      throw new UsageError(`theory needs --${name}, for example --arrivals 100/30m --aht 180s --agents 14`);
  const model: TheoryModel = {
    rate: arrivalRate('arrivals', options.arrivals),
    aht: duration('aht', options.aht, 1) / 1_000,
    agents: whole('agents', options.agents, 1, 5_000),
    target: duration('target', options.target) / 1_000,
    patience: options.patience === '' ? undefined : duration('patience', options.patience, 1) / 1_000,
  };
  const items = whole('items', options.items, 1_000, 50_000_000);
  const seed = seedOf(options.seed);
  const bar = progressBar();
  const result = runTheory(model, { items, seed, onProgress: bar.at });
  bar.end();
  if (!result)
    throw new UsageError(
      `Without --patience the queue would grow for ever: the offered load, ${offeredLoad(model).toFixed(2)} Erlang, is not below --agents ${model.agents}`,
    );
  if (json) {
    // Programs were promised five figures; people are shown E[W] too.
    console.log(JSON.stringify(result, (name, value: unknown) => (name === 'meanWait' ? undefined : value)));
    return;
  }
  console.log(readable(model, result, items));
  const advice = tooFew(model, items);
  if (advice) console.log(advice);
}

/** Near its limit a queue forgets so slowly that a run is hardly more than one sample. */
function tooFew(model: TheoryModel, items: number): string | undefined {
  const wanted = Math.ceil((ENOUGH * relaxation(model)) / 10_000) * 10_000;
  return wanted <= items
    ? undefined
    : `This load is so near to its limit that intervals from ${items} items tend to be too narrow; --items ${wanted} would do.`;
}

const NAMES: Readonly<Record<TheoryFigure, string>> = {
  pWait: 'P(wait)',
  serviceLevel: 'service level',
  asa: 'ASA, s',
  meanWait: 'E[W], s',
  abandon: 'abandoned',
  occupancy: 'occupancy',
};

function readable(model: TheoryModel, { simulated, expected }: TheoryResult, items: number): string {
  const digits = (name: TheoryFigure) => (name === 'asa' || name === 'meanWait' ? 3 : 5);
  const rows = (Object.keys(NAMES) as TheoryFigure[]).map((name) => {
    const { mean, ci99 } = simulated[name];
    const [low, high] = ci99;
    const inside = low <= expected[name] && expected[name] <= high;
    return [
      NAMES[name],
      expected[name].toFixed(digits(name)),
      mean.toFixed(digits(name)),
      `${low.toFixed(digits(name))} to ${high.toFixed(digits(name))}`,
      inside ? 'yes' : 'NO',
    ];
  });
  const law = model.patience === undefined ? 'Erlang C' : 'Erlang A';
  const head = `${items} items through the routing core; ${offeredLoad(model).toFixed(2)} Erlang for ${model.agents} agents, answered within ${model.target} s\n`;
  return `${head}${table(['', law, 'simulated', '99% interval', 'inside'], rows)}`;
}
