import { useTranslation } from 'react-i18next';
import type { Tier } from '#shared/model/states.ts';
import classes from './badges.module.css';

export function TierBadge({ tier, testId }: { tier: Tier; testId?: string }) {
  const { t } = useTranslation();
  return (
    <span className={`${classes.badge} ${classes[tier]}`} data-testid={testId} data-tier={tier}>
      {t(`pop.tier.${tier}`)}
    </span>
  );
}
