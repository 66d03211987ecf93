/** A span as people read it on a timer: `0:07`, `12:40`, `1:02:03`. Negative spans count as zero. */
export function formatSpan(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const seconds = String(total % 60).padStart(2, '0');
  const minutes = Math.floor(total / 60) % 60;
  const hours = Math.floor(total / 3600);
  return hours === 0 ? `${minutes}:${seconds}` : `${hours}:${String(minutes).padStart(2, '0')}:${seconds}`;
}

/** A countdown never shows 0:00 while time is left: it is rounded up. */
export function formatLeft(ms: number): string {
  return formatSpan(Math.ceil(Math.max(0, ms) / 1000) * 1000);
}

/**
 * How far the server's clock is ahead of this one, in ms. A message was under way for some time, so of two
 * estimates the larger is nearer to the truth; a jump of more than `jumpMs` means that one of the clocks was set.
 */
export function nextOffset(
  known: number | undefined,
  serverNow: number,
  localNow: number,
  jumpMs = 2000,
): number {
  const measured = serverNow - localNow;
  if (known === undefined || Math.abs(measured - known) > jumpMs) return measured;
  return Math.max(known, measured);
}

/** Days as `YYYY-MM-DD` from a date field, to instants in the viewer's zone: [first ms of `from`, first ms after `to`). */
export function dayRange(from: string, to: string): { from?: number; to?: number } {
  const day = (text: string, add: number) => {
    const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
    if (match === null) return undefined;
    return new Date(Number(match[1]), Number(match[2]) - 1, Number(match[3]) + add).getTime();
  };
  const first = day(from, 0);
  const last = day(to, 1);
  return { ...(first === undefined ? {} : { from: first }), ...(last === undefined ? {} : { to: last }) };
}
