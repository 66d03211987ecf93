import { ActionIcon, Menu } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Board } from '#shared/contract/supervision.ts';
import type { Presence } from '#shared/model/states.ts';
import { useNames } from '../../components/default-names.ts';
import { IconPencil } from '../../components/icons.ts';
import { useLists } from '../../components/lists.ts';
import { showNotice, showProblem } from '../../components/problems.ts';
import { command, useConnection } from '../../stores/connection.ts';

interface Props {
  readonly agent: Board['agents'][number];
  readonly onEdit: () => void;
}

/** What a supervisor may change about an agent. */
export function AgentMenu({ agent, onEdit }: Props) {
  const { t } = useTranslation();
  const named = useNames();
  const { reasons } = useLists();
  const online = useConnection((s) => s.status === 'online');
  const { id, name } = agent;
  async function become(presence: Presence, reason?: { id: string; name: string }): Promise<void> {
    try {
      const { applied } = await command('agent.presence', {
        agentId: id,
        presence,
        ...(reason === undefined ? {} : { reason: reason.id }),
      });
      const state = reason === undefined ? t(`presence.${presence}`) : named('reason', reason);
      showNotice(t(applied === 'now' ? 'board.done' : 'board.doneNext', { name, state }), {
        id: `agent-${id}`,
      });
    } catch (error) {
      showProblem(error);
    }
  }
  return (
    <Menu position="bottom-end" width={240} shadow="md">
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          disabled={!online}
          aria-label={t('board.actions', { name })}
          data-testid={`board-edit-${id}`}
        >
          <IconPencil size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={onEdit} data-testid="agent-skills">
          {t('board.skillsAndProfile')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item onClick={() => void become('available')} data-testid="agent-available">
          {t('board.makeAvailable')}
        </Menu.Item>
        <Menu.Item onClick={() => void become('not-ready')} data-testid="agent-not-ready">
          {t('board.makeNotReady')}
        </Menu.Item>
        {reasons.map((reason) => (
          <Menu.Item key={reason.id} pl="xl" onClick={() => void become('not-ready', reason)}>
            {named('reason', reason)}
          </Menu.Item>
        ))}
        <Menu.Item onClick={() => void become('offline')} data-testid="agent-offline">
          {t('board.makeOffline')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
