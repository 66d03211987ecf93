import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconAlertTriangle } from '../components/icons.ts';
import { serverNow, useConnection } from '../stores/connection.ts';
import classes from './shell.module.css';

/** A first connection that takes longer than this is said to be lost, ms. */
const PATIENCE = 3000;

/** What is not stored yet is marked at once; a warning it becomes after so long, ms. */
const UNSAVED_WARNING = 1000;

/** Unmistakable while the server cannot be heard, or cannot store what happens. */
export function ConnectionBanner() {
  const { t } = useTranslation();
  const unsavedSince = useConnection((s) => s.desk?.unsaved?.since);
  const unsaved = useUnsaved(unsavedSince);
  const status = useConnection((s) => s.status);
  const unreadable = useConnection((s) => s.unreadable);
  const [late, setLate] = useState(false);
  useEffect(() => {
    setLate(false);
    if (status !== 'connecting') return;
    const timer = setTimeout(() => setLate(true), PATIENCE);
    return () => clearTimeout(timer);
  }, [status]);
  const lost = status === 'lost' || (status === 'connecting' && late);
  return (
    <div role="alert">
      {lost ? (
        <div className={classes.banner} data-testid="connection-banner" data-state={status}>
          <IconAlertTriangle size={20} aria-hidden="true" />
          <strong>{t('connection.lost')}</strong>
          <span>{t('connection.lostDetail')}</span>
        </div>
      ) : unreadable ? (
        <div className={classes.banner} data-testid="unreadable-banner">
          <IconAlertTriangle size={20} aria-hidden="true" />
          <strong>{t('connection.unreadable')}</strong>
        </div>
      ) : unsaved === 'warning' ? (
        <div className={classes.banner} data-testid="unsaved-banner">
          <IconAlertTriangle size={20} aria-hidden="true" />
          <strong>{t('connection.unsaved')}</strong>
          <span>{t('connection.unsavedDetail')}</span>
        </div>
      ) : unsaved === 'mark' ? (
        <div className={classes.mark} data-testid="unsaved-mark">
          {t('connection.storing')}
        </div>
      ) : null}
    </div>
  );
}

/** @param since by the server's clock, ms */
function useUnsaved(since: number | undefined): 'none' | 'mark' | 'warning' {
  const [late, setLate] = useState(false);
  useEffect(() => {
    setLate(false);
    if (since === undefined) return;
    const timer = setTimeout(() => setLate(true), Math.max(0, since + UNSAVED_WARNING - serverNow()));
    return () => clearTimeout(timer);
  }, [since]);
  if (since === undefined) return 'none';
  return late ? 'warning' : 'mark';
}
