import { describe, expect, it } from 'vitest';
import { lastLine } from '../tools/sipp.ts';
import { delays, percentile, readLog, table } from './figures.ts';

describe('figures of a benchmark', () => {
  it('percentiles by nearest rank, whatever the order', () => {
    const samples = [5, 1, 4, 2, 3];
    expect(percentile(samples, 0.5)).toBe(3);
    expect(percentile(samples, 0.99)).toBe(5);
    expect(percentile(samples, 0)).toBe(1);
    expect(percentile([], 0.5)).toBeNaN();
  });
  const log = [
    '+1415 1 sent 2025-11-22\t05:10:00.0\t1763788200.001000',
    'rubbish',
    '+1416 2 sent 2025-11-22\t05:10:00.1\t1763788200.100000',
    '+1415 1 up 2025-11-22\t05:10:00.2\t1763788200.200000',
    '+1415 3 sent 2025-11-22\t05:10:03.0\t1763788203.000000',
  ].join('\n');
  it('reads when calls were sent and answered', () => {
    expect(readLog(log)).toEqual([
      { number: '+1415', sent: 1_763_788_200_001, up: 1_763_788_200_200 },
      { number: '+1416', sent: 1_763_788_200_100, up: undefined },
      { number: '+1415', sent: 1_763_788_203_000, up: undefined },
    ]);
  });
  it('a pop belongs to the newest call of its number', () => {
    const sightings = [
      { number: '+1415', at: 1_763_788_200_006 },
      { number: '+1415', at: 1_763_788_203_007 },
      { number: '+1417', at: 1_763_788_203_007 },
    ];
    expect(delays(readLog(log), sightings)).toEqual([5, 7]);
  });
  it('reads the newest of SIPp’s statistics', () => {
    const csv = 'Time;SuccessfulCall(C);FailedCall(C);\nx;1;0;\ny;5;2;\n';
    expect(lastLine(csv)).toEqual({ 'SuccessfulCall(C)': 5, 'FailedCall(C)': 2 });
    expect(lastLine('Time;SuccessfulCall(C);\n')).toEqual({});
  });
  it('aligns a table', () => {
    expect(table(['a', 'bb'], [['100', '2']])).toBe('  a  bb\n100   2');
  });
});
