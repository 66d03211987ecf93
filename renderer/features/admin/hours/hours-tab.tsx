import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { endpoints } from '#shared/contract/index.ts';
import { type Hours, hoursSchema } from '#shared/model/routing.ts';
import type { RoutingData } from '../../../components/routing-data.ts';
import { call } from '../../../stores/api.ts';
import { newId } from '../admin.core.ts';
import { Editor } from '../editor.tsx';
import { type TabProps, Things } from '../things.tsx';
import { type HoursBody, HoursFields } from './hours-fields.tsx';

const schema = hoursSchema.omit({ id: true });

export function HoursTab({ data, id }: TabProps) {
  const { t } = useTranslation();
  const used = (hours: string) => data.queues.filter((queue) => queue.hours === hours).length;
  return (
    <Things
      kind="hours"
      rows={data.hours}
      columns={[
        { key: 'zone', label: t('admin.hours.zone'), value: (row) => row.zone },
        { key: 'queues', label: t('admin.hours.queues'), value: (row) => used(row.id) },
      ]}
      id={id}
      form={(row) => <Form key={row?.id ?? ''} row={row} data={data} />}
    />
  );
}

/** Weekdays, nine to five, where the viewer is. */
const usual = (): HoursBody => ({
  name: '',
  zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  weekly: Object.fromEntries(['1', '2', '3', '4', '5'].map((day) => [day, [{ from: '09:00', to: '17:00' }]])),
  holidays: [],
});

function Form({ row, data }: { row: Hours | undefined; data: RoutingData }) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const { id, ...body } = row ?? { ...usual(), id: undefined };
  return (
    <Editor
      value={body}
      fresh={id === undefined}
      title={row?.name ?? t('admin.new.hours')}
      schema={schema}
      save={async (hours) => {
        const ids = data.hours.map((one) => one.id);
        await call(endpoints.setHours, {
          params: { id: id ?? newId('hours', hours.name, ids) },
          body: hours,
        });
        return true;
      }}
      onSaved={() => navigate('/admin/hours')}
      remove={id === undefined ? undefined : () => call(endpoints.removeHours, { params: { id } })}
      onRemoved={() => navigate('/admin/hours')}
    >
      {(draft, set) => <HoursFields fresh={id === undefined} draft={draft} set={set} />}
    </Editor>
  );
}
