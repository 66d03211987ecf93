import { describe, expect, it } from 'vitest';
import { closingTable, countTests } from './tests.ts';

const file = (...tests: string[]) => ({
  status: tests.every((test) => test === 'passed') && tests.length > 0 ? 'passed' : 'failed',
  assertionResults: tests.map((status) => ({ status })),
});
const report = (files: ReturnType<typeof file>[]) => {
  const all = files.flatMap((f) => f.assertionResults.map((test) => test.status));
  const failed = files.some((f) => f.status === 'failed');
  return {
    numPassedTests: all.filter((status) => status === 'passed').length,
    numFailedTests: all.filter((status) => status === 'failed').length,
    success: !failed,
    testResults: files,
  };
};

describe('counting tests', () => {
  it('counts passed and failed tests', () => {
    expect(countTests(report([file('passed', 'passed'), file('passed', 'failed')]), 1)).toEqual({
      passed: 3,
      failed: 1,
    });
  });
  it('counts a file that could not be loaded as one failure', () => {
    expect(countTests(report([file('passed'), file()]), 1)).toEqual({ passed: 1, failed: 1 });
  });
  it('counts a run without tests as one failure', () => {
    expect(countTests(report([]), 1)).toEqual({ passed: 0, failed: 1 });
  });
  it('counts a run that passed its tests and still failed', () => {
    expect(countTests(report([file('passed')]), 1)).toEqual({ passed: 1, failed: 1 });
  });
  it('counts a missing report as one failure', () => {
    expect(countTests(undefined, 0)).toEqual({ passed: 0, failed: 1 });
  });
});

it('the closing table says how each group went and how long it took', () => {
  const groups = [
    { name: 'checks', passed: 900, failed: 0, seconds: 41.6 },
    { name: 'e2e', passed: 61, failed: 2, seconds: 305 },
  ];
  expect(closingTable(groups).split('\n')).toEqual([
    '               passed  failed     min:s',
    'checks            900       0      0:42',
    'e2e                61       2      5:05',
    'together          961       2      5:47',
  ]);
});
