import { Button, Tooltip } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { endpoints } from '#shared/contract/index.ts';
import type { QueueSettings } from '#shared/model/routing.ts';
import { useNames } from '../../../components/default-names.ts';
import { IconLock, IconLockOpen } from '../../../components/icons.ts';
import { showNotice, showProblem } from '../../../components/problems.ts';
import { useRoutingChanged } from '../../../components/routing-data.ts';
import { call } from '../../../stores/api.ts';
import { useMay } from '../../../stores/session.ts';

/** Closes a queue at once, or opens it again: with the settings as the server has them, not as the form has them. */
export function Emergency({ queue }: { queue: QueueSettings }) {
  const { t } = useTranslation();
  const named = useNames();
  const may = useMay('routing.manage');
  const changed = useRoutingChanged();
  const [busy, setBusy] = useState(false);
  async function turn(): Promise<void> {
    setBusy(true);
    const { id, ...body } = queue;
    const closed = !queue.closed;
    try {
      await call(endpoints.setQueue, { params: { id }, body: { ...body, closed } });
      await changed();
      const name = named('queue', queue);
      showNotice(t(closed ? 'admin.queue.nowClosed' : 'admin.queue.nowOpen', { name }), { id: 'emergency' });
    } catch (error) {
      showProblem(error);
    } finally {
      setBusy(false);
    }
  }
  return (
    <Tooltip label={t(queue.closed ? 'admin.queue.closedSince' : 'admin.queue.closeHint')} multiline w={280}>
      <Button
        color={queue.closed ? 'confirm' : 'alarm'}
        variant={queue.closed ? 'filled' : 'outline'}
        leftSection={queue.closed ? <IconLockOpen size={17} /> : <IconLock size={17} />}
        loading={busy}
        disabled={!may}
        onClick={() => void turn()}
        data-testid="queue-emergency"
        data-closed={queue.closed}
      >
        {t(queue.closed ? 'admin.queue.openNow' : 'admin.queue.closeNow')}
      </Button>
    </Tooltip>
  );
}
