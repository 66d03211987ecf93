/**
 * The number in a `tel:` link (RFC 3966): visual separators and parameters go, so that only what can be dialled is
 * left. Undefined for anything else: a link comes from any program or web page on this machine.
 */
export function parseTel(link: string): string | undefined {
  const match = /^tel:(?:\/\/)?([^;?]+)/i.exec(link.trim());
  if (!match?.[1]) return undefined;
  let number: string;
  try {
    number = decodeURIComponent(match[1]);
  } catch {
    return undefined;
  }
  const digits = number.replace(/[\s().\-/]/g, '');
  return /^\+?[0-9*#]{1,32}$/.test(digits) ? digits : undefined;
}

/** The number of the first `tel:` link among a program's arguments. */
export function telFromArgs(args: readonly string[]): string | undefined {
  for (const arg of args) {
    const number = /^tel:/i.test(arg) ? parseTel(arg) : undefined;
    if (number !== undefined) return number;
  }
  return undefined;
}
