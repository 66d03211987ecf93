import { testedProof } from '../lib/proof.ts';

export const theory = testedProof({
  name: 'theory',
  says: 'the routing core against queueing theory, every case',
  project: 'proof',
  files: ['server/simulation/theory.proof.test.ts'],
});
