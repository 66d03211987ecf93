/**
 * `npm run doctor`: looks over the centre of DATA_DIR or DATABASE_URL and says what is wrong and how it could be mended.
 * It changes nothing, and the server may run. Exit 1 when something is wrong.
 */
import { examine } from '../server/keeping/index.ts';
import { main, UsageError } from './lib/args.ts';
import { centreOf, inWords, schema, settings } from './lib/keeping.ts';

await main(async (args) => {
  if (args.length > 0) throw new UsageError('npm run doctor takes no arguments');
  const findings = await inWords(() => examine(centreOf(settings()), schema));
  for (const { ok, what, problem, cure } of findings)
    console.log(ok ? `ok    ${what}` : `WRONG ${what}: ${problem}${cure ? `\n      cure: ${cure}` : ''}`);
  if (findings.some(({ ok }) => !ok)) process.exitCode = 1;
});
