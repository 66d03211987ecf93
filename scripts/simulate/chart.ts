import type { DayResult, HalfHour, QueueDay } from '#server/simulation/index.ts';
import { clock } from './report.ts';

const WIDTH = 900;
const HEIGHT = 220;
const LEFT = 60;
const TOP = 30;

/** One panel of a queue: what was simulated drawn solid, theory dashed. */
interface Panel {
  readonly title: string;
  readonly top: number;
  readonly unit: (value: number) => string;
  readonly simulated: readonly (number | null)[];
  readonly theory: readonly (number | null)[];
}

/** An SVG picture of the day, or an HTML page around it. */
export function chart({ queues }: DayResult, page: boolean): string {
  const panels = queues.flatMap(({ id, halfHours }) => panelsOf(id, halfHours));
  const hours = queues[0]?.halfHours ?? [];
  const body = panels.map((panel, n) => draw(panel, hours, n * HEIGHT)).join('\n');
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${panels.length * HEIGHT + 20}" font-family="sans-serif" font-size="11">
<rect width="100%" height="100%" fill="#fff"/>
${body}
</svg>
`;
  if (!page) return svg;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>A simulated day</title><body>\n${svg}</body></html>\n`;
}

function panelsOf(id: string, hours: readonly HalfHour[]): Panel[] {
  const percent = (value: number) => `${Math.round(value * 100)}%`;
  const of = (get: (hour: HalfHour) => number | null | undefined) => hours.map((hour) => get(hour) ?? null);
  const highest = (...lists: (number | null)[][]) => Math.max(1, ...lists.flat().map((value) => value ?? 0));
  const calls = of(({ tally }) => tally.offered);
  const asa = of(({ figures }) => (figures.asaMs === null ? null : figures.asaMs / 1_000));
  const asaTheory = of(({ planned }) => planned.expected?.asa);
  const number = (value: number) => String(Math.round(value * 10) / 10);
  return [
    {
      title: `${id}: offered (solid) and agents (dashed)`,
      top: highest(
        calls,
        of(({ planned }) => planned.agents),
      ),
      unit: number,
      simulated: calls,
      theory: of(({ planned }) => planned.agents),
    },
    {
      title: `${id}: service level (solid) and theory (dashed)`,
      top: 1,
      unit: percent,
      simulated: of(({ figures }) => figures.serviceLevel),
      theory: of(({ planned }) => planned.expected?.serviceLevel),
    },
    {
      title: `${id}: ASA, s (solid) and theory (dashed)`,
      top: highest(asa, asaTheory),
      unit: number,
      simulated: asa,
      theory: asaTheory,
    },
    {
      title: `${id}: occupancy (solid) and theory (dashed)`,
      top: 1,
      unit: percent,
      simulated: of(({ figures }) => figures.occupancy),
      theory: of(({ planned }) => planned.expected?.occupancy),
    },
  ];
}

function draw(
  { title, top, unit, simulated, theory }: Panel,
  hours: QueueDay['halfHours'],
  offset: number,
): string {
  const right = WIDTH - 20;
  const bottom = HEIGHT - 30;
  const x = (h: number) => LEFT + ((h + 0.5) * (right - LEFT)) / hours.length;
  const y = (value: number) => bottom - (value / top) * (bottom - TOP);
  const lines = [0, 0.5, 1].map((part) => {
    const at = y(part * top).toFixed(1);
    return `<path d="M${LEFT} ${at}H${right}" stroke="#ddd"/><text x="${LEFT - 6}" y="${Number(at) + 4}" text-anchor="end">${unit(part * top)}</text>`;
  });
  const every = Math.ceil(hours.length / 12);
  const times = hours.flatMap(({ from }, h) =>
    h % every === 0
      ? [`<text x="${x(h).toFixed(1)}" y="${bottom + 16}" text-anchor="middle">${clock(from)}</text>`]
      : [],
  );
  const path = (values: readonly (number | null)[]) => {
    let pen = 'M';
    return values
      .map((value, h) => {
        if (value === null) {
          pen = 'M';
          return '';
        }
        const step = `${pen}${x(h).toFixed(1)} ${y(value).toFixed(1)}`;
        pen = 'L';
        return step;
      })
      .join('');
  };
  return `<g transform="translate(0 ${offset})"><text x="${LEFT}" y="18" font-weight="bold">${escapeXml(title)}</text>
${lines.join('')}${times.join('')}
<path d="${path(theory)}" fill="none" stroke="#c60" stroke-width="1.5" stroke-dasharray="5 4"/>
<path d="${path(simulated)}" fill="none" stroke="#06c" stroke-width="2"/></g>`;
}

const escapeXml = (text: string): string =>
  text.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c] ?? c);
