/**
 * `npm test`: everything CI runs: the checks, a build, then calls over loopback, SIPp against the server and a real
 * browser. What a machine cannot run is said on a line of its own; with CI=true it is a failure.
 * The last line is `N passed, N failed`, counted over all tests.
 */
import { buildOrExit } from './lib/build.ts';
import { runChecks } from './lib/checks.ts';
import { type Project, runTests } from './lib/tests.ts';
import { haveChromium } from './tools/chromium.ts';
import { haveSipp } from './tools/sipp.ts';

const ci = process.env.CI === 'true' || process.env.CI === '1';
const notRun: string[] = [];
const failedParts: string[] = [];
let passed = 0;
let failed = 0;

async function test(project: Project): Promise<void> {
  console.log(`\n== ${project} tests ==`);
  const result = await runTests(project, { output: 'show' });
  passed += result.passed;
  failed += result.failed;
  if (result.failed > 0) failedParts.push(project);
}

const checked = await runChecks();
passed += checked.tests.passed;
failed += checked.tests.failed;
failedParts.push(...checked.failed);

console.log('\n== build ==');
await buildOrExit();

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

console.log('');
if (failedParts.length > 0) console.log(`Failed: ${failedParts.join(', ')}.`);
if (notRun.length > 0) console.log(`Did not run: ${notRun.join('; ')}.`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failedParts.length > 0 || (ci && notRun.length > 0) ? 1 : 0;
