import { useTranslation } from 'react-i18next';
import { IconSearch } from '../../components/icons.ts';
import { LevelMeter } from '../../components/level-meter.tsx';
import { useConnection } from '../../stores/connection.ts';
import { softphone } from '../../stores/phone.ts';
import { Account } from './account.tsx';
import { NetworkStatus } from './network-status.tsx';
import { PhoneStatus } from './phone-status.tsx';
import { Presence } from './presence.tsx';
import classes from './state-strip.module.css';
import { LanguageSwitch, SchemeSwitch } from './switches.tsx';

/** Who I am to the server now, and whether I can be reached: never scrolls, on every page. */
export function StateStrip({ onSearch }: { onSearch: () => void }) {
  const { t } = useTranslation();
  const desk = useConnection((s) => s.desk);
  return (
    <header className={classes.strip}>
      {desk === undefined ? (
        <span className="dimmed">{t('connection.first')}</span>
      ) : (
        <Presence desk={desk} />
      )}
      <span className={classes.divider} />
      <PhoneStatus />
      <NetworkStatus />
      <LevelMeter read={() => softphone.micLevel()} label={t('phone.mic')} testId="mic-level" />
      <span className="grow" />
      <button type="button" className={classes.search} onClick={onSearch} data-testid="palette-open">
        <IconSearch size={15} aria-hidden="true" />
        <span className="grow ellipsis">{t('strip.search')}</span>
        <kbd>Ctrl K</kbd>
      </button>
      <LanguageSwitch />
      <SchemeSwitch />
      <Account />
    </header>
  );
}
