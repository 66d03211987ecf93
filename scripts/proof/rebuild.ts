import { testedProof } from '../lib/proof.ts';

export const rebuild = testedProof({
  name: 'rebuild',
  says: 'sixty random lives of five days, killed now and then, on each database: a rebuild gives the same bytes',
  project: 'integration',
  files: ['tests/integration/keeping-rebuild.test.ts'],
});
