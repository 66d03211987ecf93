/** `npm run check`: everything that can be said about the code without starting it, in under a minute. */
import { runChecks } from './lib/checks.ts';

const { failed } = await runChecks();
process.exitCode = failed.length === 0 ? 0 : 1;
