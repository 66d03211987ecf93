import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconAlertTriangle } from '../components/icons.ts';
import { useConnection } from '../stores/connection.ts';
import classes from './shell.module.css';

/** A first connection that takes longer than this is said to be lost, ms. */
const PATIENCE = 3000;

/** Unmistakable while the server cannot be heard. */
export function ConnectionBanner() {
  const { t } = useTranslation();
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
      ) : null}
    </div>
  );
}
