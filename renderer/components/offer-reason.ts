import type { TFunction } from 'i18next';
import type { OfferView } from '#shared/contract/calls.ts';

/** Why this agent was asked, in one sentence. */
export function offerReason(t: TFunction, { why, among }: Pick<OfferView, 'why' | 'among'>): string {
  const byRule = why === 'only-agent' || why === 'preferred';
  return among === 1 && !byRule ? t('offer.onlyOne') : t(`offer.why.${why}`, { of: among });
}
