import type { Database } from '#server/kernel/index.ts';
import { AppError } from '#shared/contract/errors.ts';
import { type Disposition, dispositionSchema } from '#shared/contract/views.ts';

/** A disposition, or one taken off the list that contacts still have: it has no key. */
export type KnownDisposition = Omit<Disposition, 'key'> & { readonly key: number | null };

/** The list agents choose from, stored. */
export function createDispositions({ file }: Database) {
  const all = file.prepare<[], KnownDisposition>('SELECT id, name, key FROM disposition');
  const known = new Map(all.all().map((one) => [one.id, one]));
  const save = file.prepare(
    `INSERT INTO disposition (id, name, key) VALUES (?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, key = excluded.key`,
  );
  const offList = file.prepare('UPDATE disposition SET key = NULL WHERE id = ?');
  const listed = (): Disposition[] =>
    [...known.values()]
      .flatMap(({ key, ...one }) => (key === null ? [] : [{ ...one, key }]))
      .sort((a, b) => a.key - b.key);

  return {
    /** Those off the list too, for what history calls them. */
    known: known as ReadonlyMap<string, KnownDisposition>,
    /** In the order of their keys. */
    listed,
    has: (id: string): boolean => typeof known.get(id)?.key === 'number',
    set(input: Disposition): void {
      const parsed = dispositionSchema.safeParse(input);
      if (!parsed.success)
        throw new AppError('bad-request', 'A disposition needs an id, a name and a key from 1 to 9.', {
          problems: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
        });
      const { id, name, key } = parsed.data;
      const other = listed().find((one) => one.key === key && one.id !== id);
      if (other)
        throw new AppError('conflict', `Key ${key} is taken by ${other.name}.`, {
          why: 'key',
          taken: other.id,
        });
      save.run(id, name, key);
      known.set(id, { id, name, key });
    },
    remove(id: string): void {
      const found = known.get(id);
      if (!found || found.key === null)
        throw new AppError('not-found', 'There is no such disposition.', { id });
      // A wrap-up that needs one could never be finished.
      if (listed().length === 1)
        throw new AppError('conflict', 'One disposition must remain.', { why: 'last' });
      offList.run(id);
      known.set(id, { ...found, key: null });
    },
  };
}
