import { NativeSelect } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { z } from 'zod';
import { endpoints } from '#shared/contract/index.ts';
import { type Disposition, dispositionSchema } from '#shared/contract/interactions.ts';
import { nameSchema } from '#shared/model/routing.ts';
import { useNames } from '../../components/default-names.ts';
import { call } from '../../stores/api.ts';
import { type FieldProblem, newId } from './admin.core.ts';
import { Editor } from './editor.tsx';
import { helpBelow, Text, useProblem } from './fields.tsx';
import { type TabProps, Things } from './things.tsx';

const schema = z.object({ name: nameSchema, key: dispositionSchema.shape.key });
const KEYS = [1, 2, 3, 4, 5, 6, 7, 8, 9];

export function DispositionsTab({ data, id }: TabProps) {
  const { t } = useTranslation();
  const named = useNames();
  return (
    <Things
      kind="dispositions"
      rows={data.dispositions}
      nameOf={(row) => named('disposition', row)}
      columns={[{ key: 'key', label: t('admin.disposition.key'), value: (row) => row.key ?? '' }]}
      id={id}
      form={(row) => <Form key={row?.id ?? ''} row={row} all={data.dispositions} />}
    />
  );
}

function Form({ row, all }: { row: Disposition | undefined; all: readonly Disposition[] }) {
  const { t } = useTranslation();
  const named = useNames();
  const [, navigate] = useLocation();
  const others = all.filter((one) => one.id !== row?.id);
  const free = KEYS.find((key) => others.every((one) => one.key !== key)) ?? null;
  const taken = (key: number | null): [string, FieldProblem][] => {
    const by = others.find((one) => one.key === key);
    return by === undefined || key === null
      ? []
      : [['key', { key: 'keyTaken', name: named('disposition', by) }]];
  };
  const back = () => navigate('/admin/dispositions');
  return (
    <Editor
      value={{ name: row?.name ?? '', key: row === undefined ? free : row.key }}
      fresh={row === undefined}
      title={row === undefined ? t('admin.new.dispositions') : named('disposition', row)}
      schema={schema}
      check={(draft) => new Map(taken(draft.key))}
      save={async (body) => {
        const ids = all.map((one) => one.id);
        await call(endpoints.setDisposition, {
          params: { id: row?.id ?? newId('disposition', body.name, ids) },
          body,
        });
        return true;
      }}
      onSaved={back}
      remove={
        row === undefined ? undefined : () => call(endpoints.removeDisposition, { params: { id: row.id } })
      }
      onRemoved={back}
    >
      {(draft, change) => (
        <>
          <Text
            path="name"
            label={t('admin.name')}
            help={t('admin.disposition.nameHelp')}
            value={draft.name}
            onChange={(name) => change({ name })}
            focus={row === undefined}
          />
          <KeySelect value={draft.key} onChange={(key) => change({ key })} />
        </>
      )}
    </Editor>
  );
}

function KeySelect({ value, onChange }: { value: number | null; onChange: (key: number | null) => void }) {
  const { t } = useTranslation();
  const problem = useProblem();
  return (
    <NativeSelect
      w={220}
      label={t('admin.disposition.key')}
      description={t('admin.disposition.keyHelp')}
      {...helpBelow}
      value={value ?? ''}
      onChange={(event) => onChange(Number(event.currentTarget.value) || null)}
      data={[{ value: '', label: t('admin.disposition.noKey') }, ...KEYS.map(String)]}
      error={problem('key')}
      data-testid="field-key"
    />
  );
}
