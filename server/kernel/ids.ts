const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'; // Crockford base 32: sorts as it counts

/** Makes ids that sort by time of making, also within one millisecond. */
export interface Ids {
  /** `call_01k...`: the prefix, 10 characters of time, 4 of a counter, 12 random. */
  next(prefix: string): string;
}

/**
 * @param now clock in milliseconds
 * @param random returns that many random bytes
 */
export function createIds(now: () => number, random: (bytes: number) => Uint8Array): Ids {
  let last = 0;
  let counter = 0;
  let pool: Uint8Array = new Uint8Array(0);
  let used = 0;
  const randomChar = (): string => {
    if (used >= pool.length) {
      pool = random(1024);
      used = 0;
    }
    return ALPHABET.charAt((pool[used++] ?? 0) & 31);
  };
  return {
    next(prefix) {
      const time = Math.max(now(), last); // a clock set back must not break the order
      if (time === last) counter += 1;
      else counter = 0;
      last = time;
      let tail = '';
      for (let i = 0; i < 12; i++) tail += randomChar();
      return `${prefix}_${base32(time, 10)}${base32(counter, 4)}${tail}`;
    },
  };
}

function base32(value: number, length: number): string {
  let text = '';
  let rest = value;
  for (let i = 0; i < length; i++) {
    text = ALPHABET.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}
