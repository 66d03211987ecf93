/**
 * `npm run test:postgres`: the whole suite of the server on PostgreSQL. `npm test` runs the contract suites and a scenario
 * of each room there; everything else on the embedded database.
 */
import { main } from './lib/args.ts';
import { runTool } from './lib/run.ts';

await main(async (args) => {
  const projects = ['unit', 'integration', 'sip'].flatMap((name) => ['--project', name]);
  const only = args.length > 0 ? args : ['server', 'tests/integration', 'tests/scenarios', 'tests/sip'];
  const { code } = await runTool('vitest/vitest.mjs', ['run', ...projects, ...only], {
    env: { ...process.env, CORDBOARD_TEST_ON: 'postgres' },
    output: 'show',
  });
  process.exitCode = code;
});
