/** Bytes `start` to `end`, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * What a Range header asks of a file of `size` bytes (RFC 9110 section 14): one range, `all` when there is none, when
 * it is not understood or asks for several (14.2 allows to ignore it), `none` when it lies outside (416).
 */
export function parseRange(header: string | undefined, size: number): ByteRange | 'all' | 'none' {
  const parts = /^bytes=\s*(\d*)-(\d*)\s*$/i.exec(header ?? '');
  if (!parts) return 'all';
  const [, first = '', last = ''] = parts;
  if (first === '' && last === '') return 'all';
  if (first === '') {
    const length = Number(last); // the last bytes
    if (length === 0 || size === 0) return 'none';
    return { start: Math.max(0, size - length), end: size - 1 };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return 'all'; // 14.1.1: invalid, so ignored
  if (start >= size) return 'none';
  return { start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
}
