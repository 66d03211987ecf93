/** Parameters of SIP headers: `;name=value;flag;name="quoted \" value"` (RFC 3261 25.1 generic-param). */

export type Params = Record<string, string>;

const EMPTY: Readonly<Params> = Object.freeze(Object.create(null) as Params);

/** True at space or tab. */
export function isLws(c: number): boolean {
  return c === 32 || c === 9;
}

export function skipLws(text: string, from: number): number {
  let i = from;
  while (i < text.length && isLws(text.charCodeAt(i))) i++;
  return i;
}

/**
 * Reads `;a=b;c` from `from` to the end. Names become lower case; a flag has the value ''; the first of two equal
 * names counts. Undefined when there is anything else, such as an empty parameter or an unclosed quote.
 */
export function parseParams(text: string, from: number): Readonly<Params> | undefined {
  let i = skipLws(text, from);
  if (i >= text.length) return EMPTY;
  const out = Object.create(null) as Params;
  while (i < text.length) {
    if (text.charCodeAt(i) !== 59) return undefined;
    i = skipLws(text, i + 1);
    const nameStart = i;
    let c = 0;
    while (i < text.length) {
      c = text.charCodeAt(i);
      if (c === 59 || c === 61 || isLws(c)) break;
      if (c === 44 || c === 34 || c === 60 || c === 62) return undefined;
      i++;
    }
    if (i === nameStart) return undefined;
    const name = text.slice(nameStart, i).toLowerCase();
    i = skipLws(text, i);
    let value = '';
    if (i < text.length && text.charCodeAt(i) === 61) {
      i = skipLws(text, i + 1);
      const read = readValue(text, i);
      if (read === undefined) return undefined;
      value = read.value;
      i = skipLws(text, read.end);
    }
    if (out[name] === undefined) out[name] = value;
  }
  return out;
}

/** A token, host or quoted string at `from`, and where it ends. */
export function readValue(text: string, from: number): { value: string; end: number } | undefined {
  if (text.charCodeAt(from) === 34) return readQuoted(text, from);
  let i = from;
  while (i < text.length) {
    const c = text.charCodeAt(i);
    if (c === 59 || c === 44 || isLws(c)) break;
    if (c === 34) return undefined;
    i++;
  }
  return i === from ? undefined : { value: text.slice(from, i), end: i };
}

/** A quoted string at `from` (which is its opening quote), unescaped; undefined when it never closes. */
export function readQuoted(text: string, from: number): { value: string; end: number } | undefined {
  let i = from + 1;
  let start = i;
  let value = '';
  while (i < text.length) {
    const c = text.charCodeAt(i);
    if (c === 34) return { value: value + text.slice(start, i), end: i + 1 };
    if (c === 92) {
      if (i + 1 >= text.length) return undefined;
      value += text.slice(start, i) + text.charAt(i + 1);
      i += 2;
      start = i;
    } else i++;
  }
  return undefined;
}

/** Writes a quoted string: quotes and backslashes escaped, line breaks refused by turning them into spaces. */
export function quote(text: string): string {
  let out = '"';
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 34 || c === 92) out += `\\${text.charAt(i)}`;
    else if (c < 32 || c === 127) out += ' ';
    else out += text.charAt(i);
  }
  return `${out}"`;
}
