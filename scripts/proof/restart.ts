import { testedProof } from '../lib/proof.ts';

export const restart = testedProof({
  name: 'restart',
  says: 'ten random stories of the router, killed after every single fact: no work is lost or doubled',
  project: 'proof',
  files: ['server/routing/restart.proof.test.ts'],
});
