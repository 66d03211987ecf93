import { availableParallelism } from 'node:os';
import { parallel, type Ran, runTool } from './run.ts';
import { runTests, type TestCounts } from './tests.ts';

interface Step {
  readonly name: string;
  run(): Promise<Pick<Ran, 'code' | 'output'>>;
}

export interface Checked {
  readonly failed: readonly string[];
  readonly tests: TestCounts;
}

/** Parts that the tools look at. */
const PARTS = ['shared', 'server', 'renderer', 'electron', 'scripts', 'tests'];

/**
 * Types, lint, boundaries, dead code and unit tests, as many at a time as there are cores. Prints a line a step as it
 * ends, then the output of those that failed.
 */
export async function runChecks(): Promise<Checked> {
  let tests: TestCounts = { passed: 0, failed: 1 };
  // Longest first, so that the short ones fill the gaps.
  const steps: Step[] = [
    { name: 'types', run: () => runTool('typescript/bin/tsc', ['--pretty']) },
    {
      name: 'unit tests',
      run: async () => {
        const result = await runTests('unit');
        tests = result;
        return { code: result.failed, output: result.output };
      },
    },
    { name: 'dead code', run: () => runTool('knip/bin/knip.js', ['--no-progress']) },
    {
      name: 'boundaries',
      run: () =>
        runTool('dependency-cruiser/bin/dependency-cruise.mjs', [
          '--config',
          '.dependency-cruiser.cjs',
          '--output-type',
          'err-long',
          ...PARTS,
        ]),
    },
    { name: 'lint', run: () => runTool('@biomejs/biome/bin/biome', ['check', '--colors=force']) },
  ];
  const failures: { name: string; output: string }[] = [];
  await parallel(
    Math.max(1, Math.min(4, availableParallelism())),
    steps.map((step) => async () => {
      const started = performance.now();
      const { code, output } = await step.run();
      const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(5);
      const detail = step.name === 'unit tests' ? ` (${tests.passed} passed, ${tests.failed} failed)` : '';
      console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${seconds} s  ${step.name}${detail}`);
      if (code !== 0) failures.push({ name: step.name, output });
    }),
  );
  for (const { name, output } of failures) console.log(`\n--- ${name} ---\n${output.trim()}`);
  return { failed: failures.map((failure) => failure.name), tests };
}
