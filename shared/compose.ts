type Together<Parts> = (Parts extends unknown ? (part: Parts) => void : never) extends (
  part: infer Whole,
) => void
  ? Whole
  : never;
export type Composed<Part> = { [Name in keyof Together<Part>]: Together<Part>[Name] };

/** What rooms declare, as one. Throws when two of them declare the same name. */
export function compose<Parts extends readonly object[]>(...parts: Parts): Composed<Parts[number]> {
  const whole: Record<string, unknown> = {};
  for (const [name, value] of parts.flatMap((part) => Object.entries(part))) {
    if (Object.hasOwn(whole, name)) throw new Error(`${name} is declared twice`);
    whole[name] = value;
  }
  return whole as Composed<Parts[number]>;
}
