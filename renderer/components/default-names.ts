import type { i18n } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Ref } from '#shared/contract/kit.ts';

type Kind = 'queue' | 'disposition' | 'reason' | 'point' | 'number';

/**
 * The name of a thing that an administrator names. One that still bears the name a new centre gives it is said in the
 * viewer's language (`names.<kind>.<id>`); a name somebody chose is shown as it is, in every language.
 */
export function shownName(
  { getResource, t }: Pick<i18n, 'getResource' | 't'>,
  kind: Kind,
  { id, name }: Ref,
): string {
  const key = `names.${kind}.${id}`;
  return getResource('en', 'translation', key) === name ? t(key as 'app.name') : name;
}

/** `shownName` in the language of the page; nothing for nothing. */
export function useNames(): (kind: Kind, thing: Ref | null) => string {
  const { i18n } = useTranslation();
  return (kind, thing) => (thing === null ? '' : shownName(i18n, kind, thing));
}
