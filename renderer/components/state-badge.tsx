import type { CSSProperties, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { RoutingState } from '#shared/model/states.ts';
import classes from './badges.module.css';

/** A routing state by colour and word, never by colour alone. */
export function StateBadge({
  state,
  reason,
  testId,
}: {
  state: RoutingState;
  reason?: string | null;
  testId?: string;
}) {
  const { t } = useTranslation();
  const colours = {
    '--ink': `var(--state-${state})`,
    '--wash': `var(--state-${state}-wash)`,
  } as CSSProperties;
  return (
    <span className={classes.badge} style={colours} data-testid={testId} data-state={state}>
      <span className={classes.dot} aria-hidden="true" />
      {t(`state.${state}`)}
      {reason == null || reason === '' ? null : <span className={classes.reason}>· {reason}</span>}
    </span>
  );
}

/** A short word with a colour from the theme's state colours. */
export function Tag({
  tone,
  children,
  testId,
}: {
  tone: RoutingState;
  children: ReactNode;
  testId?: string;
}) {
  const colours = { '--ink': `var(--state-${tone})`, '--wash': `var(--state-${tone}-wash)` } as CSSProperties;
  return (
    <span className={classes.badge} style={colours} data-testid={testId}>
      {children}
    </span>
  );
}
