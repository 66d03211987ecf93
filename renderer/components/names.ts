import { useTranslation } from 'react-i18next';
import { formatNumber } from '#shared/model/phone.ts';

interface Caller {
  readonly number: string;
  readonly customer: { readonly name: string } | null;
}

/** A hidden number comes as nothing, or as the user part RFC 3323 section 4.1 asks for. */
export const isAnonymous = (number: string): boolean => number === '' || number === 'anonymous';

/** How a caller is called on screen: by name, else by number, else as anonymous. */
export function useCallerName(): (caller: Caller) => string {
  const { t } = useTranslation();
  return ({ customer, number }) =>
    customer?.name ?? (isAnonymous(number) ? t('common.anonymous') : formatNumber(number));
}
