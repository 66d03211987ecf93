import type { DaysResult, Estimate, HalfHour, QueueDay, Scenario } from '#server/simulation/index.ts';
import { table } from '../bench/figures.ts';

type Figures = HalfHour['figures'];
type Line = Pick<QueueDay, 'tally' | 'figures'>;

/** `08:30`; after midnight the hours go on. */
export const clock = (ms: number): string =>
  `${String(Math.floor(ms / 3_600_000)).padStart(2, '0')}:${String(Math.floor(ms / 60_000) % 60).padStart(2, '0')}`;

const share = (value: number | null | undefined): string =>
  value == null ? '-' : `${(value * 100).toFixed(1)}%`;
const seconds = (ms: number | null | undefined): string => (ms == null ? '-' : (ms / 1_000).toFixed(1));

/** What happened, queue by queue, beside what theory says of each half-hour. */
export function report({ queues: settings, restarts }: Scenario, result: DaysResult, days: number): string {
  const { sum, intervals } = result;
  const parts = [overview(result), expectedWaits(sum.queues)];
  for (const [q, queue] of sum.queues.entries()) parts.push(halfHours(queue, settings[q]));
  parts.push(legend(days, restarts.length));
  if (intervals) parts.push(intervalLines(result));
  return parts.join('\n\n');
}

function overview({ sum }: DaysResult): string {
  const row = (name: string, { tally, figures }: Line): string[] => [
    name,
    String(tally.offered),
    String(tally.answered),
    String(tally.abandoned),
    String(tally.shortAbandons),
    String(tally.refused + tally.lost + tally.overflowed + tally.left),
    share(figures.serviceLevel),
    seconds(figures.asaMs),
    share(figures.abandon),
    seconds(figures.ahtMs),
    share(figures.occupancy),
    seconds(tally.longestWaitMs),
  ];
  const head = [
    '',
    'offered',
    'answered',
    'abandoned',
    'short',
    'other',
    'SL',
    'ASA s',
    'abandon',
    'AHT s',
    'occupancy',
    'longest s',
  ];
  const rows = sum.queues.map((queue) => row(queue.id, queue));
  if (rows.length > 1) rows.push(row('all', sum.all));
  return table(head, rows) + others(sum.all.tally);
}

function others({ refused, lost, overflowed, left }: Line['tally']): string {
  const said = Object.entries({ refused, 'lost in a restart': lost, overflowed, 'left waiting': left })
    .filter(([, n]) => n > 0)
    .map(([what, n]) => `${n} ${what}`);
  return said.length > 0 ? `\nother: ${said.join(', ')}` : '';
}

function expectedWaits(queues: readonly QueueDay[]): string {
  const rows = queues.map(({ id, tally, figures }) => [
    id,
    String(tally.ewtSamples),
    seconds(figures.ewtMs),
    seconds(figures.asaMs),
    seconds(figures.ewtBiasMs),
    seconds(figures.ewtAbsoluteMs),
  ]);
  return `Expected waits told on arrival, of those answered\n${table(['', 'told', 'EWT s', 'ASA s', 'mean error s', 'mean absolute s'], rows)}`;
}

function halfHours(
  { id, halfHours: hours }: QueueDay,
  queue: Scenario['queues'][number] | undefined,
): string {
  const head = [
    'from',
    'offered',
    'agents',
    'Erlang',
    'SL',
    'theory',
    'ASA s',
    'theory',
    'abandon',
    'theory',
    'occupancy',
    'theory',
  ];
  const rows = hours
    .filter(({ tally, planned }) => tally.offered + tally.refused > 0 || planned.load > 0)
    .map(({ from, tally, figures, planned }: HalfHour) => {
      const { expected } = planned;
      return [
        clock(from),
        String(tally.offered),
        String(planned.agents),
        planned.load.toFixed(1),
        share(figures.serviceLevel),
        share(expected?.serviceLevel),
        seconds(figures.asaMs),
        seconds(expected && expected.asa * 1_000),
        share(figures.abandon),
        share(expected?.abandon),
        share(figures.occupancy),
        share(expected?.occupancy),
      ];
    });
  const target = (queue?.settings.targetMs ?? 0) / 1_000;
  return `${id}: answered within ${target} s\n${table(head, rows)}`;
}

function legend(days: number, restarts: number): string {
  const lines = [
    'SL = answered within the target / (offered - short abandons); ASA = mean wait of those answered;',
    'abandon = abandoned / offered; occupancy = (on work + wrap-up) / (on work + wrap-up + idle).',
    'Theory: Erlang A, or C without patience, for each half-hour by itself; queues that share agents as one.',
  ];
  if (days > 1) lines.push(`Counts are those of ${days} days together.`);
  if (restarts > 0) lines.push('Theory knows nothing of restarts.');
  return lines.join('\n');
}

function intervalLines({ sum, intervals }: DaysResult): string {
  const names: readonly [keyof Figures, string, (value: number | null | undefined) => string][] = [
    ['serviceLevel', 'SL', share],
    ['asaMs', 'ASA s', seconds],
    ['abandon', 'abandon', share],
    ['occupancy', 'occupancy', share],
  ];
  const cell = ({ mean, ci99: [low, high] }: Estimate, show: (value: number) => string) =>
    Number.isFinite(mean) ? `${show(low)} to ${show(high)}` : '-';
  const rows = sum.queues.map(({ id }, q) => [
    id,
    ...names.map(([name, , show]) => {
      const estimate = intervals?.queues[q]?.[name];
      return estimate ? cell(estimate, show) : '-';
    }),
  ]);
  return `99% intervals, from the differences between the days\n${table(['', ...names.map(([, head]) => head)], rows)}`;
}
