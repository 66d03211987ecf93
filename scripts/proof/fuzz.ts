import { testedProof } from '../lib/proof.ts';

export const fuzz = testedProof({
  name: 'fuzz',
  says: 'anything at all sent to the SIP parser, the HTTP interface and the desk’s socket, at length',
  project: 'unit',
  files: ['tests/fuzz/'],
});
