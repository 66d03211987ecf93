/** Adds `speaker` to `sum`, sample by sample. */
export function add(sum: Int32Array, speaker: Int16Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (speaker[i] ?? 0);
}

/** The sum back in 16 bits; what is too loud is held at the limit. */
export function limit(sum: Int32Array, out: Int16Array): void {
  for (let i = 0; i < sum.length; i++) out[i] = Math.max(-32768, Math.min(32767, sum[i] ?? 0));
}

/**
 * What one listener hears: the speakers' frames summed. Nobody: silence. One: its frame as it is.
 * @param sum scratch of the frame's length
 */
export function mix(speakers: readonly Int16Array[], sum: Int32Array, out: Int16Array): void {
  const [first] = speakers;
  if (first === undefined) {
    out.fill(0);
    return;
  }
  if (speakers.length === 1) {
    out.set(first);
    return;
  }
  sum.fill(0);
  for (const speaker of speakers) add(sum, speaker);
  limit(sum, out);
}
