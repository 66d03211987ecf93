import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { endpoints } from '#shared/contract/index.ts';
import { type QueueSettings, queueBodySchema, queueDefaults } from '#shared/model/routing.ts';
import { useNames } from '../../../components/default-names.ts';
import type { RoutingData } from '../../../components/routing-data.ts';
import { Tag } from '../../../components/state-badge.tsx';
import { call } from '../../../stores/api.ts';
import { formatSpan } from '../../../stores/time.core.ts';
import { newId } from '../admin.core.ts';
import { Editor } from '../editor.tsx';
import { type TabProps, Things } from '../things.tsx';
import { Emergency } from './emergency.tsx';
import { QueueFields } from './queue-fields.tsx';

export function QueuesTab({ data, id }: TabProps) {
  const { t } = useTranslation();
  const named = useNames();
  const skillName = (skill: string) => data.skills.find((one) => one.id === skill)?.name ?? skill;
  return (
    <Things
      kind="queues"
      rows={data.queues}
      nameOf={(row) => named('queue', row)}
      columns={[
        {
          key: 'skills',
          label: t('admin.queue.columns.skills'),
          value: (row) => Object.keys(row.skills).map(skillName).join(', '),
        },
        {
          key: 'target',
          label: t('admin.queue.columns.target'),
          value: (row) => row.targetMs,
          show: (row) => <span className="tabular">{formatSpan(row.targetMs)}</span>,
        },
        {
          key: 'state',
          label: t('admin.queue.columns.state'),
          value: (row) => Number(row.closed),
          show: (row) => (
            <Tag tone={row.closed ? 'not-responding' : 'idle'}>
              {t(row.closed ? 'admin.queue.closed' : 'admin.queue.open')}
            </Tag>
          ),
        },
      ]}
      id={id}
      form={(row) => <Form key={row?.id ?? ''} row={row} data={data} />}
    />
  );
}

function Form({ row, data }: { row: QueueSettings | undefined; data: RoutingData }) {
  const { t } = useTranslation();
  const named = useNames();
  const [, navigate] = useLocation();
  const { id, ...body } = row ?? { ...queueDefaults, id: undefined, name: '' };
  return (
    <Editor
      value={body}
      fresh={id === undefined}
      title={row === undefined ? t('admin.new.queues') : named('queue', row)}
      schema={queueBodySchema}
      save={async (queue) => {
        const ids = data.queues.map((one) => one.id);
        await call(endpoints.setQueue, {
          params: { id: id ?? newId('queue', queue.name, ids) },
          body: queue,
        });
        return true;
      }}
      onSaved={() => navigate('/admin/queues')}
      remove={id === undefined ? undefined : () => call(endpoints.removeQueue, { params: { id } })}
      onRemoved={() => navigate('/admin/queues')}
      aside={row === undefined ? null : <Emergency queue={row} />}
    >
      {(draft, set) => <QueueFields queueId={id} draft={draft} set={set} data={data} />}
    </Editor>
  );
}
