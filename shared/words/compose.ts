import { type Composed, compose } from '../compose.ts';

type Section = Readonly<Record<string, unknown>>;
type Sections<Words> = { [Name in keyof Words]: Composed<Words[Name]> };

/**
 * The words of rooms as one. Rooms may add to the same section (`errors`, `facts`, `names`); throws when two of them have
 * words for the same key of it.
 */
export function composeWords<Room extends object>(rooms: readonly Room[]): Sections<Composed<Room>> {
  const sections = rooms.flatMap((room) => Object.entries<Section>(room as Record<string, Section>));
  const whole: Record<string, Section> = {};
  for (const [name, section] of sections) whole[name] = compose(whole[name] ?? {}, section);
  return whole as Sections<Composed<Room>>;
}
