import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { endpoints } from '#shared/contract/index.ts';
import { interruptsSchema, type Profile, profileBodySchema, profileDefaults } from '#shared/model/routing.ts';
import { useNames } from '../../../components/default-names.ts';
import { insisting, type RoutingData } from '../../../components/routing-data.ts';
import { call } from '../../../stores/api.ts';
import { newId } from '../admin.core.ts';
import { Editor } from '../editor.tsx';
import { type TabProps, Things } from '../things.tsx';
import { type ProfileBody, ProfileFields } from './profile-fields.tsx';

export function ProfilesTab({ data, id }: TabProps) {
  const { t } = useTranslation();
  const named = useNames();
  const queueName = (queueId: string) =>
    named('queue', data.queues.find((queue) => queue.id === queueId) ?? { id: queueId, name: queueId });
  const agents = (profile: string) => data.agents.filter(({ profileId }) => profileId === profile).length;
  return (
    <Things
      kind="profiles"
      rows={data.profiles}
      columns={[
        {
          key: 'queues',
          label: t('admin.profile.columns.queues'),
          value: (row) => row.queues.map(({ queueId }) => queueName(queueId)).join(', '),
        },
        { key: 'agents', label: t('admin.profile.columns.agents'), value: (row) => agents(row.id) },
      ]}
      id={id}
      form={(row) => <Form key={row?.id ?? ''} row={row} data={data} />}
    />
  );
}

/** A new profile serves nothing yet. */
const empty: ProfileBody = {
  name: '',
  queues: [],
  capacity: profileDefaults.capacity,
  interrupts: interruptsSchema.parse(profileDefaults.interrupts),
};

function Form({ row, data }: { row: Profile | undefined; data: RoutingData }) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const { id, ...body } = row ?? { ...empty, id: undefined };
  return (
    <Editor
      value={body}
      fresh={id === undefined}
      title={row?.name ?? t('admin.new.profiles')}
      schema={profileBodySchema}
      save={(profile) => {
        const ids = data.profiles.map((one) => one.id);
        const params = { id: id ?? newId('profile', profile.name, ids) };
        return insisting((force) =>
          call(endpoints.setProfile, {
            params,
            body: profile,
            ...(force ? { query: { force: 'true' } } : {}),
          }),
        );
      }}
      onSaved={() => navigate('/admin/profiles')}
      remove={id === undefined ? undefined : () => call(endpoints.removeProfile, { params: { id } })}
      onRemoved={() => navigate('/admin/profiles')}
    >
      {(draft, set) => <ProfileFields fresh={id === undefined} draft={draft} set={set} data={data} />}
    </Editor>
  );
}
