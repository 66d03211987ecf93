import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type RunOptions, root, runTool } from './run.ts';

export type Project = 'unit' | 'proof' | 'integration' | 'sip' | 'e2e';

export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
}

const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  success: z.boolean(),
  testResults: z.array(
    z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) }),
  ),
});

/**
 * Counts of one vitest run from its JSON report. A file that could not be loaded, and a run that failed without any
 * failing test (no tests at all, an error outside a test), count as one failure: nothing broken may look like zero.
 */
export function countTests(report: unknown, exitCode: number): TestCounts {
  const parsed = reportSchema.safeParse(report);
  if (!parsed.success) return { passed: 0, failed: 1 };
  const { numPassedTests: passed, numFailedTests, testResults, success } = parsed.data;
  const unloaded = testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  ).length;
  const failed = numFailedTests + unloaded;
  return { passed, failed: failed === 0 && (exitCode !== 0 || !success) ? 1 : failed };
}

export interface TestRun extends TestCounts {
  readonly output: string;
  readonly seconds: number;
}

export interface Group extends TestCounts {
  readonly name: string;
  readonly seconds: number;
}

/** What ran, how it went and how long it took, a line each, for the end of a run. */
export function closingTable(groups: readonly Group[]): string {
  const line = (name: string, passed: string | number, failed: string | number, time: string) =>
    `${name.padEnd(13)}${String(passed).padStart(8)}${String(failed).padStart(8)}${time.padStart(10)}`;
  const time = (seconds: number) =>
    `${Math.floor(Math.round(seconds) / 60)}:${String(Math.round(seconds) % 60).padStart(2, '0')}`;
  const sum = (pick: (group: Group) => number) => groups.reduce((total, group) => total + pick(group), 0);
  return [
    line('', 'passed', 'failed', 'min:s'),
    ...groups.map((one) => line(one.name, one.passed, one.failed, time(one.seconds))),
    line(
      'together',
      sum((one) => one.passed),
      sum((one) => one.failed),
      time(sum((one) => one.seconds)),
    ),
  ].join('\n');
}

/** Runs one group of tests (vitest.config.ts) to its end. */
export async function runTests(project: Project, options: RunOptions = {}): Promise<TestRun> {
  const folder = join(root, 'node_modules', '.cache', 'test-reports');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${project}.json`);
  rmSync(file, { force: true });
  const ran = await runTool(
    'vitest/vitest.mjs',
    ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
    options,
  );
  return { ...countTests(readJson(file), ran.code), output: ran.output, seconds: ran.seconds };
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // the run died before its report: countTests makes it a failure
  }
}
