import { testedProof } from '../lib/proof.ts';

export const kill = testedProof({
  name: 'kill',
  says: 'a server under traffic killed a hundred times on each database: what was acknowledged is there, and all go on',
  project: 'integration',
  files: ['tests/scenarios/database-kill.test.ts'],
});
