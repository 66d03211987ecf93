import type { Database } from '#server/kernel/index.ts';
import { AppError } from '#shared/contract/errors.ts';
import { type Disposition, dispositionSchema } from '#shared/contract/views.ts';

/** A disposition, or one taken off the list that contacts still have. */
export type KnownDisposition = Disposition & { readonly listed: boolean };

/** The list agents choose from, stored. */
export function createDispositions({ file }: Database) {
  const all = file.prepare<[], Disposition & { readonly listed: number }>(
    'SELECT id, name, key, listed FROM disposition',
  );
  const known = new Map<string, KnownDisposition>(
    all.all().map((one) => [one.id, { ...one, listed: one.listed === 1 }]),
  );
  const save = file.prepare(
    `INSERT INTO disposition (id, name, key) VALUES (?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, key = excluded.key, listed = 1`,
  );
  const offList = file.prepare('UPDATE disposition SET key = NULL, listed = 0 WHERE id = ?');
  const listed = (): Disposition[] =>
    [...known.values()].flatMap(({ listed: on, ...one }) => (on ? [one] : [])).sort(inOrder);

  return {
    /** Those off the list too, for what history calls them. */
    known: known as ReadonlyMap<string, KnownDisposition>,
    /** In the order of their keys, then those without one by name. */
    listed,
    has: (id: string): boolean => known.get(id)?.listed === true,
    set(input: Disposition): void {
      const parsed = dispositionSchema.safeParse(input);
      if (!parsed.success)
        throw new AppError(
          'bad-request',
          'A disposition needs an id, a name, and a key from 1 to 9 or none.',
          {
            problems: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
          },
        );
      const { id, name, key } = parsed.data;
      const other = key === null ? undefined : listed().find((one) => one.key === key && one.id !== id);
      if (other)
        throw new AppError('conflict', `Key ${key} is taken by ${other.name}.`, {
          why: 'key',
          taken: other.id,
        });
      save.run(id, name, key);
      known.set(id, { id, name, key, listed: true });
    },
    remove(id: string): void {
      const found = known.get(id);
      if (!found?.listed) throw new AppError('not-found', 'There is no such disposition.', { id });
      // A wrap-up that needs one could never be finished.
      if (listed().length === 1)
        throw new AppError('conflict', 'One disposition must remain.', { why: 'last' });
      offList.run(id);
      known.set(id, { ...found, key: null, listed: false });
    },
  };
}

const LAST = 10;
const inOrder = (a: Disposition, b: Disposition): number =>
  (a.key ?? LAST) - (b.key ?? LAST) || (a.name < b.name ? -1 : 1);
