import { ActionIcon, Badge, Menu, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { endpoints } from '#shared/contract/endpoints.ts';
import type { Desk } from '#shared/contract/views.ts';
import {
  IconCheck,
  IconChevronDown,
  IconLanguage,
  IconLogout,
  IconMoon,
  IconSearch,
  IconSun,
} from '../../components/icons.ts';
import { LevelMeter } from '../../components/level-meter.tsx';
import { showNotice } from '../../components/problems.ts';
import { Since } from '../../components/time.tsx';
import { setPresence, togglePresence, usePending } from '../../stores/actions.ts';
import { call } from '../../stores/api.ts';
import { useConnection } from '../../stores/connection.ts';
import { toggleTarget } from '../../stores/desk.core.ts';
import { softphone } from '../../stores/phone.ts';
import { usePreferences } from '../../stores/preferences.ts';
import { signOut, useSession } from '../../stores/session.ts';
import { NetworkStatus } from './network-status.tsx';
import { PhoneStatus } from './phone-status.tsx';
import classes from './state-strip.module.css';

/** Who I am to the server now, and whether I can be reached: never scrolls, on every page. */
export function StateStrip({ onSearch }: { onSearch: () => void }) {
  const { t } = useTranslation();
  const desk = useConnection((s) => s.desk);
  return (
    <header className={classes['strip']}>
      {desk === undefined ? (
        <span className="dimmed">{t('connection.first')}</span>
      ) : (
        <Presence desk={desk} />
      )}
      <span className={classes['divider']} />
      <PhoneStatus />
      <NetworkStatus />
      <LevelMeter read={() => softphone.micLevel()} label={t('phone.mic')} testId="mic-level" />
      <span className="grow" />
      <button type="button" className={classes['search']} onClick={onSearch} data-testid="palette-open">
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

function useReasons() {
  return (
    useQuery({ queryKey: ['lists'], queryFn: () => call(endpoints.lists), staleTime: 300_000 }).data
      ?.reasons ?? []
  );
}

function Presence({ desk }: { desk: Desk }) {
  const { t } = useTranslation();
  const online = useConnection((s) => s.status === 'online');
  const busy = usePending((s) => s.presence);
  const reasons = useReasons();
  const nameOf = (id: string | null) => reasons.find((reason) => reason.id === id)?.name ?? id ?? '';
  const target = toggleTarget(desk);
  const state = desk.state === 'not-ready' ? nameOf(desk.reason) : '';
  return (
    <div className={classes['presence']}>
      <Tooltip label={`${t(target === 'available' ? 'presence.goAvailable' : 'presence.goNotReady')}  (P)`}>
        <button
          type="button"
          className={classes['toggle']}
          style={{
            color: `var(--state-${desk.state})`,
            background: `var(--state-${desk.state}-wash)`,
          }}
          disabled={!online || busy}
          aria-pressed={desk.presence === 'available'}
          data-testid="presence-toggle"
          data-presence={desk.presence}
          onClick={() => void togglePresence()}
        >
          <span className={classes['dot']} aria-hidden="true" />
          <span data-testid="routing-state" data-state={desk.state}>
            {t(`state.${desk.state}`)}
            {state === '' ? '' : ` · ${state}`}
          </span>
          {desk.since === 0 ? null : (
            <Since at={desk.since} className={classes['timer'] ?? ''} testId="state-timer" />
          )}
        </button>
      </Tooltip>
      <Menu position="bottom-start" width={260} shadow="md">
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            disabled={!online}
            aria-label={t('presence.menu')}
            data-testid="presence-menu"
          >
            <IconChevronDown size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<Dot state="idle" />}
            rightSection={
              desk.presence === 'available' && desk.next === null ? <IconCheck size={14} /> : null
            }
            onClick={() => void setPresence('available')}
            data-testid="presence-available"
          >
            {desk.next !== null && desk.presence === 'available'
              ? t('presence.cancelNext')
              : t('presence.available')}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Label>{t('presence.reasons')}</Menu.Label>
          {reasons.map((reason) => (
            <Menu.Item
              key={reason.id}
              leftSection={<Dot state="not-ready" />}
              rightSection={
                desk.presence === 'not-ready' && desk.reason === reason.id ? <IconCheck size={14} /> : null
              }
              onClick={() => void setPresence('not-ready', reason.id)}
              data-testid={`presence-reason-${reason.id}`}
            >
              {reason.name}
            </Menu.Item>
          ))}
          <Menu.Item
            leftSection={<Dot state="not-ready" />}
            onClick={() => void setPresence('not-ready')}
            data-testid="presence-not-ready"
          >
            {t('presence.noReason')}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item
            leftSection={<Dot state="offline" />}
            onClick={() => void setPresence('offline')}
            data-testid="presence-offline"
          >
            {t('presence.offline')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {desk.next === null ? null : (
        <Tooltip label={t('presence.nextHint')}>
          <Badge variant="outline" color="gray" tt="none" data-testid="next-state">
            {t('presence.next', {
              state: nameOf(desk.next.reason) || t(`presence.${desk.next.presence}`),
            })}
          </Badge>
        </Tooltip>
      )}
    </div>
  );
}

function Dot({ state }: { state: string }) {
  return <span className={classes['dot']} style={{ color: `var(--state-${state})` }} aria-hidden="true" />;
}

export function LanguageSwitch() {
  const { t } = useTranslation();
  const language = usePreferences((s) => s.language);
  const set = usePreferences((s) => s.set);
  return (
    <Tooltip label={t('language.switchTo')}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={t('language.switchTo')}
        data-testid="language-toggle"
        onClick={() => set({ language: language === 'en' ? 'zh-CN' : 'en' })}
      >
        <IconLanguage size={18} />
      </ActionIcon>
    </Tooltip>
  );
}

export function SchemeSwitch() {
  const { t } = useTranslation();
  const scheme = usePreferences((s) => s.scheme);
  const set = usePreferences((s) => s.set);
  const label = t(scheme === 'light' ? 'theme.toDark' : 'theme.toLight');
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={label}
        data-testid="theme-toggle"
        onClick={() => set({ scheme: scheme === 'light' ? 'dark' : 'light' })}
      >
        {scheme === 'light' ? <IconMoon size={18} /> : <IconSun size={18} />}
      </ActionIcon>
    </Tooltip>
  );
}

function Account() {
  const { t } = useTranslation();
  const user = useSession((s) => s.user);
  const onCall = useConnection((s) => s.desk?.work != null && s.desk.work.phase !== 'wrap-up');
  if (user === undefined) return null;
  return (
    <Menu position="bottom-end" width={240} shadow="md">
      <Menu.Target>
        <button
          type="button"
          className={classes['account']}
          aria-label={t('strip.account')}
          data-testid="account-menu"
        >
          <span className={classes['avatar']} aria-hidden="true">
            {initials(user.name)}
          </span>
          <span className="ellipsis">{user.name}</span>
          <IconChevronDown size={14} aria-hidden="true" />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {user.username} · {user.roles.map((role) => t(`role.${role}`)).join(', ')}
          {user.team === null ? '' : ` · ${t('strip.team', { team: user.team.name })}`}
        </Menu.Label>
        <Menu.Item
          leftSection={<IconLogout size={15} />}
          onClick={() => (onCall ? showNotice(t('strip.signOutOnCall'), { id: 'on-call' }) : void signOut())}
          data-testid="sign-out"
        >
          {t('strip.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

const initials = (name: string): string =>
  name
    .split(/\s+/)
    .map((part) => part[0] ?? '')
    .slice(0, 2)
    .join('')
    .toUpperCase();
