/**
 * `npm test`: everything CI runs: the checks, a build, then calls over loopback, SIPp against the server and a real
 * browser. Long proofs are sampled (`npm run proof` has them in full). What a machine cannot run is said on a line of its own; with CI=true it is a failure.
 * At the end a table of how long each group took; the last line is `N passed, N failed`, counted over all tests.
 */
import { buildOrExit } from './lib/build.ts';
import { runChecks } from './lib/checks.ts';
import { closingTable, type Group, type Project, runTests } from './lib/tests.ts';
import { haveChromium } from './tools/chromium.ts';
import { haveSipp } from './tools/sipp.ts';

const ci = process.env.CI === 'true' || process.env.CI === '1';
const notRun: string[] = [];
const failedParts: string[] = [];
const groups: Group[] = [];
const since = (began: number): number => (performance.now() - began) / 1000;

async function test(project: Project): Promise<void> {
  console.log(`\n== ${project} tests ==`);
  const { passed, failed, seconds } = await runTests(project, { output: 'show' });
  groups.push({ name: project, passed, failed, seconds });
  if (failed > 0) failedParts.push(project);
}

const began = performance.now();
const checked = await runChecks();
groups.push({ name: 'checks, unit', ...checked.tests, seconds: since(began) });
failedParts.push(...checked.failed);

console.log('\n== build ==');
const building = performance.now();
await buildOrExit();
groups.push({ name: 'build', passed: 0, failed: 0, seconds: since(building) });

await test('proof');
await test('integration');

const sipp = await haveSipp();
console.log(`\nSIPp: ${sipp ?? 'not found and not to be had here'}`);
if (sipp) await test('sip');
else notRun.push('sip (no SIPp: install sip-tester or set SIPP_PATH)');

const browser = await haveChromium();
console.log(
  `\nChromium: ${browser ? `${browser.path} (${browser.from})` : 'not found and not to be had here'}`,
);
if (browser) await test('e2e');
else notRun.push('e2e (no Chromium: install one or set CHROMIUM_PATH)');

console.log(`\n${closingTable(groups)}\n`);
if (failedParts.length > 0) console.log(`Failed: ${failedParts.join(', ')}.`);
if (notRun.length > 0) console.log(`Did not run: ${notRun.join('; ')}.`);
const sum = (of: 'passed' | 'failed') => groups.reduce((total, group) => total + group[of], 0);
console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
process.exitCode = failedParts.length > 0 || (ci && notRun.length > 0) ? 1 : 0;
