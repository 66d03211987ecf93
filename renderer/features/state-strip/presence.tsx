import { ActionIcon, Badge, Menu, Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Desk } from '#shared/contract/desk.ts';
import { useNames } from '../../components/default-names.ts';
import { IconAlertTriangle, IconCheck, IconChevronDown } from '../../components/icons.ts';
import { useLists, useReason } from '../../components/lists.ts';
import { Since } from '../../components/time.tsx';
import { setPresence, togglePresence, usePending } from '../../stores/actions.ts';
import { useConnection } from '../../stores/connection.ts';
import { toggleTarget } from '../../stores/desk.core.ts';
import { usePhoneTrouble } from '../../stores/phone-trouble.ts';
import classes from './state-strip.module.css';

/** What the agent chose and what the server made of it; one press turns it. */
export function Presence({ desk }: { desk: Desk }) {
  const { t } = useTranslation();
  const online = useConnection((s) => s.status === 'online');
  const busy = usePending((s) => s.presence);
  const named = useNames();
  const { reasons } = useLists();
  const nameOf = useReason();
  const target = toggleTarget(desk);
  const unreachable = usePhoneTrouble() !== undefined && desk.state === 'idle';
  const detail = unreachable ? t('phone.none') : desk.state === 'not-ready' ? nameOf(desk.reason) : '';
  const tone = unreachable ? 'not-responding' : desk.state;
  return (
    <div className={classes.presence}>
      <Tooltip label={`${t(target === 'available' ? 'presence.goAvailable' : 'presence.goNotReady')}  (P)`}>
        <button
          type="button"
          className={classes.toggle}
          style={{
            color: `var(--state-${tone})`,
            background: `var(--state-${tone}-wash)`,
          }}
          disabled={!online || busy}
          aria-pressed={desk.presence === 'available'}
          data-testid="presence-toggle"
          data-presence={desk.presence}
          onClick={() => void togglePresence()}
        >
          {unreachable ? (
            <IconAlertTriangle size={17} aria-hidden="true" />
          ) : (
            <span className={classes.dot} aria-hidden="true" />
          )}
          <span data-testid="routing-state" data-state={desk.state}>
            {t(`state.${desk.state}`)}
            {detail === '' ? '' : ` · ${detail}`}
          </span>
          {desk.since === 0 ? null : (
            <Since at={desk.since} className={classes.timer ?? ''} testId="state-timer" />
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
              {named('reason', reason)}
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
  return <span className={classes.dot} style={{ color: `var(--state-${state})` }} aria-hidden="true" />;
}
