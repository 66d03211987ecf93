/** What of a keyboard event decides a shortcut. */
export interface KeyPress {
  readonly key: string;
  readonly code: string;
  readonly alt: boolean;
  readonly ctrl: boolean;
  readonly meta: boolean;
  /** In a field, a menu or an input method: single letters belong to it. */
  readonly typing: boolean;
}

/**
 * Does this press mean `combo`?
 * - a letter, digit or `?`: alone when nobody is typing, and with Alt anywhere.
 * - `Mod+k`, `Mod+Enter`: with Ctrl, or Cmd on a Mac, anywhere.
 * - named keys such as `F1`: anywhere.
 */
export function matches(press: KeyPress, combo: string): boolean {
  const mod = press.ctrl || press.meta;
  if (combo.startsWith('Mod+')) {
    return mod && !press.alt && sameKey(press, combo.slice(4));
  }
  if (mod) return false;
  if (combo.length > 1) return !press.alt && press.key === combo;
  if (!sameKey(press, combo)) return false;
  return press.alt || !press.typing;
}

/** Alt changes `key` on a Mac, and other keyboard layouts have other letters there: the place on the board counts then. */
function sameKey({ key, code, alt }: KeyPress, wanted: string): boolean {
  const upper = wanted.toUpperCase();
  if (key.toUpperCase() === upper) return true;
  if (!alt && /^[\x21-\x7e]$/.test(key)) return false;
  return code === `Key${upper}` || code === `Digit${upper}` || code === `Numpad${upper}`;
}

/** Two presses within this time hang up, ms. */
export const DOUBLE_WITHIN = 700;

/** Escape twice: returns the time to remember, or `fire`. Holding the key down (repeat) counts as one press. */
export function doublePress(
  last: number | undefined,
  now: number,
  repeat: boolean,
): { fire: boolean; last: number | undefined } {
  if (repeat) return { fire: false, last };
  if (last !== undefined && now - last <= DOUBLE_WITHIN) return { fire: true, last: undefined };
  return { fire: false, last: now };
}
