import { Tooltip } from '@mantine/core';
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import {
  IconHeadset,
  IconHistory,
  IconKeyboard,
  IconLayoutDashboard,
  IconSettings,
  IconUsers,
} from '../components/icons.ts';
import { useShortcuts } from '../components/use-shortcuts.ts';
import { OfferAnnouncer } from '../features/offer/offer-announcer.tsx';
import { Palette } from '../features/palette/palette.tsx';
import { ShortcutsHelp } from '../features/shortcuts/shortcuts-help.tsx';
import { StateStrip } from '../features/state-strip/state-strip.tsx';
import { togglePresence } from '../stores/actions.ts';
import { useConnection } from '../stores/connection.ts';
import { softphone } from '../stores/phone.ts';
import { useMay } from '../stores/session.ts';
import { ConnectionBanner } from './banner.tsx';
import { OfferDock, WorkDock } from './dock.tsx';
import classes from './shell.module.css';
import { useCommands } from './use-commands.ts';

const attachAudio = (node: HTMLAudioElement | null) => softphone.attach(node);

/** What surrounds every page: rail, state strip, banner, docked work, and the sound of the call. */
export function Shell({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const [location, navigate] = useLocation();
  const [palette, setPalette] = useState<string>();
  const [help, setHelp] = useState(false);
  const closePalette = useCallback(() => setPalette(undefined), []);
  const seesBoard = useMay('board.read');
  const seesSetup = useMay('routing.read');
  const toggleHelp = () => setHelp((open) => !open);
  const onDesk = location === '/';
  const commands = useCommands(navigate, () => setHelp(true));

  useEffect(() => window.cordboard?.onTel((number) => setPalette(number)), []);
  useShortcuts({
    'Mod+k': () => setPalette(''),
    '/': () => setPalette(''),
    F1: toggleHelp,
    '?': toggleHelp,
    p: () => void togglePresence(),
    w: () => navigate('/'),
    y: () => navigate('/history'),
    u: () => navigate('/customers'),
    b: seesBoard ? () => navigate('/board') : undefined,
    s: seesSetup ? () => navigate('/admin') : undefined,
  });

  // Whoever answers from another page wants the desk.
  const workId = useConnection((s) => s.desk?.work?.interactionId);
  const workBefore = useRef(workId);
  useEffect(() => {
    if (workId !== undefined && workBefore.current === undefined) navigate('/');
    workBefore.current = workId;
  }, [workId, navigate]);

  return (
    <div className={classes.shell}>
      <button type="button" className={classes.skip} onClick={() => document.getElementById('main')?.focus()}>
        {t('nav.skip')}
      </button>
      <nav className={classes.rail} aria-label={t('nav.label')}>
        <img src="/cordboard.svg" alt={t('app.name')} width={30} height={30} className={classes.logo} />
        <RailLink
          href="/"
          label={t('nav.desk')}
          active={onDesk}
          icon={<IconHeadset size={22} stroke={1.6} />}
        />
        <RailLink
          href="/history"
          label={t('nav.history')}
          active={location.startsWith('/history')}
          icon={<IconHistory size={22} stroke={1.6} />}
        />
        <RailLink
          href="/customers"
          label={t('nav.customers')}
          active={location.startsWith('/customers')}
          icon={<IconUsers size={22} stroke={1.6} />}
        />
        {seesBoard ? (
          <RailLink
            href="/board"
            label={t('nav.board')}
            active={location.startsWith('/board')}
            icon={<IconLayoutDashboard size={22} stroke={1.6} />}
          />
        ) : null}
        {seesSetup ? (
          <RailLink
            href="/admin"
            label={t('nav.setup')}
            active={location.startsWith('/admin')}
            icon={<IconSettings size={22} stroke={1.6} />}
          />
        ) : null}
        <span className="grow" />
        <Tooltip label={`${t('nav.shortcuts')}  (F1)`} position="right">
          <button
            type="button"
            className={classes.railItem}
            onClick={() => setHelp(true)}
            aria-label={t('nav.shortcuts')}
            data-testid="shortcuts-open"
          >
            <IconKeyboard size={22} stroke={1.6} />
          </button>
        </Tooltip>
      </nav>
      <StateStrip onSearch={() => setPalette('')} />
      <div className={classes.notices}>
        <ConnectionBanner />
        {onDesk ? null : <WorkDock />}
      </div>
      <main id="main" tabIndex={-1} className={classes.main}>
        {children}
      </main>
      {onDesk ? null : <OfferDock />}
      <OfferAnnouncer />
      {/* biome-ignore lint/a11y/useMediaCaption: the voice of a telephone call has no captions */}
      <audio ref={attachAudio} autoPlay data-testid="phone-audio" />
      <Palette
        opened={palette !== undefined}
        onClose={closePalette}
        initial={palette ?? ''}
        commands={commands}
        go={navigate}
      />
      <ShortcutsHelp opened={help} onClose={() => setHelp(false)} />
    </div>
  );
}

interface RailLinkProps {
  readonly href: string;
  readonly label: string;
  readonly active: boolean;
  readonly icon: ReactNode;
}

function RailLink({ href, label, active, icon }: RailLinkProps) {
  return (
    <Link
      href={href}
      className={classes.railItem ?? ''}
      aria-current={active ? 'page' : undefined}
      data-testid={`nav-${href.slice(1) || 'desk'}`}
    >
      {icon}
      <span>{label}</span>
    </Link>
  );
}
