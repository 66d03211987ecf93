/** Loudness of one window of samples (-1 to 1) as a share of a meter that begins at -60 dBFS: 0 to 1. */
export function loudness(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const rms = Math.sqrt(sum / Math.max(1, samples.length));
  if (rms <= 0.001) return 0;
  return Math.min(1, 1 + (20 * Math.log10(rms)) / 60);
}

/** Speech stands clear of room noise at about -36 dBFS. */
const SPEECH = 0.4;
/** Samples are taken every 200 ms: three loud ones of the last five are speech, not a cough. */
const WINDOW = 5;
const LOUD = 3;
/** How long the warning stays after the last speech, in samples. */
const STAY = 10;

interface TalkWatch {
  readonly recent: readonly boolean[];
  readonly stay: number;
}
export const quiet: TalkWatch = { recent: [], stay: 0 };

/** One more sample of the microphone; `stay > 0` means that somebody is talking. */
export function heard(watch: TalkWatch, level: number): TalkWatch {
  const recent = [...watch.recent, level >= SPEECH].slice(-WINDOW);
  const talking = recent.filter(Boolean).length >= LOUD;
  return { recent, stay: talking ? STAY : Math.max(0, watch.stay - 1) };
}
