import { testedProof } from '../lib/proof.ts';

export const tenThousand = testedProof({
  name: 'ten-thousand',
  says: 'ten thousand calls leave nothing behind: no leg, dialog, timer, socket, and no memory',
  project: 'integration',
  files: ['tests/integration/ten-thousand.test.ts'],
});
