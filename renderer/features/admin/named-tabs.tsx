import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { z } from 'zod';
import { endpoints } from '#shared/contract/index.ts';
import { nameSchema } from '#shared/model/routing.ts';
import { useNames } from '../../components/default-names.ts';
import { call } from '../../stores/api.ts';
import { newId } from './admin.core.ts';
import { Editor } from './editor.tsx';
import { Text } from './fields.tsx';
import { type TabProps, Things } from './things.tsx';

const schema = z.object({ name: nameSchema });

export function SkillsTab({ data, id }: TabProps) {
  const { t } = useTranslation();
  const having = (skill: string) => data.agents.filter(({ skills }) => skill in skills).length;
  const asking = (skill: string) => data.queues.filter(({ skills }) => skill in skills).length;
  return (
    <Things
      kind="skills"
      rows={data.skills}
      columns={[
        { key: 'agents', label: t('admin.skill.agents'), value: (row) => having(row.id) },
        { key: 'queues', label: t('admin.skill.queues'), value: (row) => asking(row.id) },
      ]}
      id={id}
      form={(row) => (
        <NamedForm
          key={row?.id ?? ''}
          kind="skills"
          row={row}
          title={row?.name ?? t('admin.new.skills')}
          help={t('admin.skill.nameHelp')}
          taken={data.skills.map((one) => one.id)}
        />
      )}
    />
  );
}

export function ReasonsTab({ data, id }: TabProps) {
  const { t } = useTranslation();
  const named = useNames();
  return (
    <Things
      kind="reasons"
      rows={data.reasons}
      nameOf={(row) => named('reason', row)}
      columns={[]}
      id={id}
      form={(row) => (
        <NamedForm
          key={row?.id ?? ''}
          kind="reasons"
          row={row}
          title={row === undefined ? t('admin.new.reasons') : named('reason', row)}
          help={t('admin.reason.nameHelp')}
          taken={data.reasons.map((one) => one.id)}
        />
      )}
    />
  );
}

const routes = {
  skills: { set: endpoints.setSkill, remove: endpoints.removeSkill, prefix: 'skill' },
  reasons: { set: endpoints.setReason, remove: endpoints.removeReason, prefix: 'reason' },
} as const;

interface Props {
  readonly kind: keyof typeof routes;
  readonly row: { readonly id: string; readonly name: string } | undefined;
  readonly title: string;
  readonly help: string;
  readonly taken: readonly string[];
}

/** Something that has a name and nothing else. */
function NamedForm({ kind, row, title, help, taken }: Props) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const { set, remove, prefix } = routes[kind];
  return (
    <Editor
      value={{ name: row?.name ?? '' }}
      fresh={row === undefined}
      title={title}
      schema={schema}
      save={async (body) => {
        await call(set, { params: { id: row?.id ?? newId(prefix, body.name, taken) }, body });
        return true;
      }}
      onSaved={() => navigate(`/admin/${kind}`)}
      remove={row === undefined ? undefined : () => call(remove, { params: { id: row.id } })}
      onRemoved={() => navigate(`/admin/${kind}`)}
    >
      {(draft, change) => (
        <Text
          path="name"
          label={t('admin.name')}
          help={help}
          value={draft.name}
          onChange={(name) => change({ name })}
          focus={row === undefined}
        />
      )}
    </Editor>
  );
}
