/**
 * `npm run proof`: what can be proved at length, one line each. `npm run proof -- NAME [--seed 1]`: one of them in full.
 * A new one is a file of scripts/proof/ and a word in the list below.
 */
import { main, UsageError } from './lib/args.ts';
import type { Proof } from './lib/proof.ts';
import { fuzz } from './proof/fuzz.ts';
import { kill } from './proof/kill.ts';
import { rebuild } from './proof/rebuild.ts';
import { restart } from './proof/restart.ts';
import { routing } from './proof/routing.ts';
import { tenThousand } from './proof/ten-thousand.ts';
import { theory } from './proof/theory.ts';

const proofs: readonly Proof[] = [routing, restart, theory, tenThousand, fuzz, kill, rebuild];

await main(async ([name, ...args]) => {
  if (name === undefined) {
    for (const { name: one, says, usage } of proofs)
      console.log(`npm run proof -- ${`${one} ${usage}`.padEnd(36)}  ${says}`);
    return;
  }
  const proof = proofs.find((one) => one.name === name);
  if (!proof)
    throw new UsageError(
      `There is no proof "${name}"; there is: ${proofs.map((one) => one.name).join(', ')}`,
    );
  if (!(await proof.run(args))) process.exitCode = 1;
});
