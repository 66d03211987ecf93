/** The value below which this share (0 to 1) of the samples lies, nearest rank; NaN for none. */
export function percentile(samples: readonly number[], share: number): number {
  if (samples.length === 0) return Number.NaN;
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** One call as its caller saw it. Times in ms since the epoch. */
export interface LoggedCall {
  readonly number: string;
  readonly sent: number;
  /** When the 200 came; undefined for a call that was not answered. */
  readonly up: number | undefined;
}

/** The callers' log, `<number> <call> sent|up <date> <time> <epoch seconds>` a line, in the order sent. */
export function readLog(log: string): LoggedCall[] {
  const calls = new Map<string, { number: string; sent: number; up: number | undefined }>();
  for (const line of log.split('\n')) {
    const [, number = '', call = '', what, seconds] =
      /^(\S+) (\d+) (sent|up)\s.*?(\d{9,}\.\d+)\s*$/.exec(line) ?? [];
    const at = Number(seconds) * 1000;
    if (what === 'sent') calls.set(call, { number, sent: at, up: undefined });
    const known = calls.get(call);
    if (what === 'up' && known) known.up ??= at;
  }
  return [...calls.values()];
}

/** From each sighting of a number back to the newest call from it: how long that took, in ms. */
export function delays(
  calls: readonly LoggedCall[],
  sightings: readonly { readonly number: string; readonly at: number }[],
): number[] {
  const sent = new Map<string, number[]>();
  for (const call of calls) sent.set(call.number, [...(sent.get(call.number) ?? []), call.sent]);
  return sightings.flatMap(({ number, at }) => {
    const before = (sent.get(number) ?? []).filter((time) => time <= at);
    return before.length > 0 ? [at - Math.max(...before)] : [];
  });
}

/** Rows under headings, right-aligned. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  ');
  return [line(headings), ...rows.map(line)].join('\n');
}
