import type { Proof } from '../lib/proof.ts';
import { run } from '../lib/run.ts';

export const routing: Proof = {
  name: 'routing',
  says: 'random games against the model of the routing core: every invariant after every event',
  usage: '--events 1e7 --seed 1',
  run: async (args) => {
    const soak = 'tests/kits/routing/soak.ts';
    const { code } = await run(process.execPath, ['--import', 'tsx', soak, ...args], { output: 'show' });
    return code === 0;
  },
};
