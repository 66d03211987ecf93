import type { Kernel } from '#server/kernel/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import { type Disposition, dispositionSchema } from '#shared/contract/interactions.ts';
import { allDispositions, saveDisposition, storable, unlistDisposition } from './interactions.store.ts';

/** A disposition, or one taken off the list that contacts still have. */
export type KnownDisposition = Disposition & { readonly listed: boolean };

/**
 * The list agents choose from: in memory, where a change is checked and in force at once; told by a fact, and stored with it.
 */
export async function createDispositions({ db, journal }: Pick<Kernel, 'db' | 'journal'>) {
  const known = new Map<string, KnownDisposition>(
    (await db.all(allDispositions())).map((one) => [one.id, { ...one, listed: one.listed === 1 }]),
  );
  const listed = (): Disposition[] =>
    [...known.values()].flatMap(({ listed: on, ...one }) => (on ? [one] : [])).sort(inOrder);
  const before = (id: string): Disposition | null => {
    const { listed: on = false, ...one } = known.get(id) ?? { id, name: '', key: null };
    return on ? one : null;
  };

  return {
    /** Those off the list too, for what history calls them. */
    known: known as ReadonlyMap<string, KnownDisposition>,
    /** In the order of their keys, then those without one by name. */
    listed,
    has: (id: string): boolean => known.get(id)?.listed === true,
    /** Resolves once it is stored. */
    async set(input: Disposition, by: string): Promise<void> {
      const parsed = dispositionSchema.safeParse(input);
      if (!parsed.success)
        throw new AppError(
          'bad-request',
          'A disposition needs an id, a name, and a key from 1 to 9 or none.',
          {
            problems: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
          },
        );
      const after = { ...parsed.data, name: storable(parsed.data.name) };
      const { id, key } = after;
      const other = key === null ? undefined : listed().find((one) => one.key === key && one.id !== id);
      if (other)
        throw new AppError('conflict', `Key ${key} is taken by ${other.name}.`, {
          why: 'key',
          taken: other.id,
        });
      const what = 'disposition';
      const fact = { what, by, subject: id, change: 'set', before: before(id), after } as const;
      known.set(id, { ...after, listed: true });
      await journal.record({ type: 'routing.changed', ...fact }, [saveDisposition(after)]);
    },
    /** Resolves once it is stored. */
    async remove(id: string, by: string): Promise<void> {
      const found = known.get(id);
      if (!found?.listed) throw new AppError('not-found', 'There is no such disposition.', { id });
      // A wrap-up that needs one could never be finished.
      if (listed().length === 1)
        throw new AppError('conflict', 'One disposition must remain.', { why: 'last' });
      const what = 'disposition';
      const fact = { what, by, subject: id, change: 'removed', before: before(id), after: null } as const;
      known.set(id, { ...found, key: null, listed: false });
      await journal.record({ type: 'routing.changed', ...fact }, [unlistDisposition({ id })]);
    },
  };
}

const LAST = 10;
const inOrder = (a: Disposition, b: Disposition): number =>
  (a.key ?? LAST) - (b.key ?? LAST) || (a.name < b.name ? -1 : 1);
