/**
 * Long proofs are sampled in `npm test`, always alike; `npm run proof -- NAME --seed N` runs them in full, and sets what
 * is read here.
 */
export const full = process.env.CORDBOARD_PROOF === 'full';

/** What chance begins with; 1 unless another one was asked for. */
export const seed = Number(process.env.CORDBOARD_SEED ?? 1);

/** Parameters of a property of fast-check: so many runs in a sample, fifty times as many in full. */
export const runs = (sampled: number) => ({ numRuns: full ? sampled * 50 : sampled, seed });

/** Time for a test that takes so long at most in a sample, ms. */
export const timeFor = (sampled: number): number => (full ? sampled * 60 : sampled);

/** A line of figures, shown by `npm run proof`. */
export function figures(line: string): void {
  if (full) console.log(line);
}
