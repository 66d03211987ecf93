import { readFileSync } from 'node:fs';
import {
  agentsFor,
  officeDay,
  type Scenario,
  type ScenarioInput,
  scenarioSchema,
} from '#server/simulation/index.ts';
import { numberOf, UsageError } from '../lib/args.ts';
import { distribution, duration, whole } from './args.ts';
import { replayed } from './replay.ts';

/** Options of a day without a file, and what they are unless given. */
export const PLAIN = {
  calls: '5000',
  from: '08:00',
  hours: '12',
  aht: '180s',
  'wrap-up': 'constant:0s',
  patience: '5m',
  agents: 'enough',
  level: '80',
  target: '20s',
};
export type DayOptions = typeof PLAIN & {
  readonly scenario: string;
  readonly replay: string;
  readonly date: string;
};

/** From a file, from a journal, or from the options. Throws UsageError. */
export function scenarioOf(options: DayOptions): Scenario {
  if (options.scenario !== '') {
    if (options.replay !== '') throw new UsageError('--scenario and --replay exclude each other');
    return checked(fromFile(options.scenario), options.scenario);
  }
  if (options.replay !== '') {
    const halfHours = whole('hours', options.hours, 1, 24) * 2;
    const target = duration('target', options.target);
    return checked(replayed(options.replay, options.date, options.from, halfHours, target), options.replay);
  }
  return checked(plainDay(options), 'The day');
}

function checked(input: unknown, name: string): Scenario {
  const parsed = scenarioSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const more = parsed.error.issues.length - 1;
  const where = issue?.path.length ? `${issue.path.join('.')}: ` : '';
  throw new UsageError(`${name}: ${where}${issue?.message}${more > 0 ? ` (and ${more} more)` : ''}`);
}

function fromFile(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(
      `--scenario: cannot read ${file} (${error instanceof Error ? error.message : error})`,
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${file} is not JSON: ${error instanceof Error ? error.message : error}`);
  }
}

/** One queue, one team, an office day. `--agents enough`: as many each half-hour as theory wants for the level. */
function plainDay(options: DayOptions): ScenarioInput {
  const total = whole('calls', options.calls, 1, 5_000_000);
  const halfHours = whole('hours', options.hours, 1, 24) * 2;
  const aht = distribution('aht', options.aht);
  const wrapUp = distribution('wrap-up', options['wrap-up']);
  const patience = options.patience === 'none' ? undefined : distribution('patience', options.patience);
  const target = duration('target', options.target);
  const level = numberOf('level', options.level, 1, 99.9) / 100;
  const arrivals = officeDay(total, halfHours);
  const enough = (calls: number): number => {
    const model = {
      rate: calls / 1_800,
      aht: (aht.distribution.mean + wrapUp.distribution.mean) / 1_000,
      target: target / 1_000,
    };
    if (model.aht === 0) throw new UsageError('--aht and --wrap-up: one of them must be above 0');
    return agentsFor(model, patience && patience.distribution.mean / 1_000, level);
  };
  const agents =
    options.agents === 'enough' ? arrivals.map(enough) : whole('agents', options.agents, 1, 20_000);
  if (patience?.distribution.mean === 0) throw new UsageError('--patience must be above 0, or none');
  return {
    from: options.from,
    halfHours,
    queues: [
      {
        id: 'calls',
        settings: { targetMs: Math.round(target) },
        ...(wrapUp.distribution.mean > 0 ? { wrapUp: wrapUp.text } : {}),
      },
    ],
    work: [{ queue: 'calls', arrivals, handle: aht.text, ...(patience ? { patience: patience.text } : {}) }],
    groups: [{ id: 'team', agents, queues: ['calls'] }],
  };
}
