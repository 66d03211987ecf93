import { Menu } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { IconChevronDown, IconLogout } from '../../components/icons.ts';
import { showNotice } from '../../components/problems.ts';
import { useConnection } from '../../stores/connection.ts';
import { signOut, useSession } from '../../stores/session.ts';
import classes from './state-strip.module.css';

export function Account() {
  const { t } = useTranslation();
  const user = useSession((s) => s.user);
  const onCall = useConnection((s) => s.desk?.work != null && s.desk.work.phase !== 'wrap-up');
  if (user === undefined) return null;
  return (
    <Menu position="bottom-end" width={240} shadow="md">
      <Menu.Target>
        <button
          type="button"
          className={classes.account}
          aria-label={`${t('strip.account')}: ${user.name}`}
          data-testid="account-menu"
        >
          <span className={classes.avatar} aria-hidden="true">
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
