import { numberOf, readOptions } from './args.ts';
import { runTool } from './run.ts';

/** Something that takes long to prove: one file of scripts/proof/ each, named in scripts/proof.ts. */
export interface Proof {
  readonly name: string;
  /** What it proves, in one line. */
  readonly says: string;
  /** What else may stand behind its name on the command line, `--events 1e7`. */
  readonly usage: string;
  /** Runs it in full and prints its figures. False: it does not hold. */
  run(args: readonly string[]): Promise<boolean>;
}

interface Tested {
  readonly name: string;
  readonly says: string;
  /** Group of vitest.config.ts. */
  readonly project: string;
  /** Files, or the beginning of their paths. */
  readonly files: readonly string[];
}

/** A proof that is a file of tests: sampled in `npm test`, run here in full (tests/support/proof.ts). */
export function testedProof({ name, says, project, files }: Tested): Proof {
  return {
    name,
    says,
    usage: '--seed 1',
    async run(args) {
      const options = readOptions(args, { seed: '1' });
      const seed = Math.trunc(numberOf('seed', options.seed, 1, 2 ** 31 - 1));
      const { code, seconds } = await runTool(
        'vitest/vitest.mjs',
        ['run', '--project', project, '--testTimeout=3600000', '--disable-console-intercept=true', ...files],
        {
          output: 'show',
          env: { ...process.env, CORDBOARD_PROOF: 'full', CORDBOARD_SEED: String(seed) },
        },
      );
      console.log(
        `${name}, seed ${seed}: ${code === 0 ? 'holds' : 'does not hold'}, ${seconds.toFixed(0)} s`,
      );
      return code === 0;
    },
  };
}
