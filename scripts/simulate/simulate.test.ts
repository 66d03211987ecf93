import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../lib/args.ts';
import { run } from '../lib/run.ts';
import { day } from './day.ts';
import { example } from './help.ts';
import { theory } from './theory.ts';

const folder = mkdtempSync(join(tmpdir(), 'cordboard-simulate-'));
beforeAll(() => writeFileSync(join(folder, 'example.json'), JSON.stringify(example)));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const simulate = (...args: string[]) =>
  run(process.execPath, ['--import', 'tsx', 'scripts/simulate.ts', ...args]);

describe('npm run simulate', () => {
  it('theory --json prints what was agreed, and nothing else', async () => {
    const args = [
      '--arrivals',
      '100/30m',
      '--aht',
      '180s',
      '--agents',
      '14',
      '--target',
      '20s',
      '--items',
      '4000',
    ];
    const { code, output } = await simulate('theory', ...args, '--patience', '5m', '--json');
    expect(code).toBe(0);
    const { simulated, expected, ...more } = JSON.parse(output) as Record<string, Record<string, unknown>>;
    expect(more).toEqual({});
    const names = ['pWait', 'serviceLevel', 'asa', 'abandon', 'occupancy'];
    expect(Object.keys(simulated ?? {})).toEqual(names);
    expect(Object.keys(expected ?? {})).toEqual(names);
    for (const name of names)
      expect(simulated?.[name]).toEqual({
        mean: expect.any(Number),
        ci99: [expect.any(Number), expect.any(Number)],
      });
    expect(expected?.abandon).toBeCloseTo(0.013984, 6);
  });

  it('day runs the scenario that the help shows, and writes JSON and a chart', async () => {
    const [json, chart] = [join(folder, 'day.json'), join(folder, 'day.svg')];
    const args = ['--scenario', join(folder, 'example.json'), '--json', json, '--chart', chart];
    const { code, output } = await simulate('day', ...args);
    expect(code).toBe(0);
    for (const word of ['support', 'sales', 'theory', 'EWT', '08:00', 'occupancy'])
      expect(output).toContain(word);
    const written = JSON.parse(readFileSync(json, 'utf8')) as { queues: { halfHours: { from: string }[] }[] };
    expect(written.queues[1]?.halfHours.map(({ from }) => from)).toEqual([
      '08:00',
      '08:30',
      '09:00',
      '09:30',
    ]);
    expect(readFileSync(chart, 'utf8')).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
    expect(readFileSync(chart, 'utf8')).not.toContain('NaN');
  });

  it('bad values are one clear line', () => {
    writeFileSync(join(folder, 'bad.json'), '{"halfHours": 2');
    writeFileSync(join(folder, 'odd.json'), JSON.stringify({ ...example, halfHours: 5 }));
    const load = ['theory', '--arrivals', '100/30m', '--aht', '180s'];
    const bad: [string[], string][] = [
      [[...load, '--agents', '10'], '10.00 Erlang, is not below --agents 10'],
      [[...load, '--agents', '1.5'], '--agents must be a whole number'],
      [[...load, '--agents', '14', '--patience', '0s'], '--patience must look like'],
      [['theory', '--agents', '3'], 'theory needs --arrivals'],
      [['theory', '--arrivals', '100', '--aht', '3m', '--agents', '14'], '--arrivals must look like 100/30m'],
      [['day', '--calls', 'many'], '--calls must be a number'],
      [['day', '--scenario', join(folder, 'none.json')], 'cannot read'],
      [['day', '--scenario', join(folder, 'bad.json')], 'is not JSON'],
      [['day', '--scenario', join(folder, 'odd.json')], 'has 4 values for 5 half-hours'],
      [['day', '--chart', 'day.png'], '--chart must be a file ending in .svg or .html'],
      [['day', '--replay', folder], '--replay: cannot read'],
      [['day', '--speed', '3'], '--speed'],
    ];
    for (const [[name, ...args], said] of bad) {
      const command = () => (name === 'theory' ? theory(args) : day(args));
      expect(command).toThrow(UsageError);
      expect(command).toThrow(said);
      expect(command).not.toThrow('\n');
    }
  });

  it('and exit 1; --help is exit 0', async () => {
    const { code, output } = await simulate('night');
    expect(output).toBe('There is no simulation "night"; there is: day, theory (see --help)\n');
    expect(code).toBe(1);
    expect((await simulate('theory', '--help')).code).toBe(0);
  }, 30_000);
});
