import { NativeSelect, Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import type { profileBodySchema, Serves } from '#shared/model/routing.ts';
import { channelSchema } from '#shared/model/states.ts';
import { useChoice } from '../../../components/choice.ts';
import { useNames } from '../../../components/default-names.ts';
import { IconPlus } from '../../../components/icons.ts';
import type { RoutingData } from '../../../components/routing-data.ts';
import { moved, replaced, without } from '../admin.core.ts';
import { Amount, RowTools, Section, Text, useProblem } from '../fields.tsx';
import classes from '../form.module.css';
import { Interrupting } from './interrupting.tsx';

export type ProfileBody = z.output<typeof profileBodySchema>;

interface Props {
  readonly fresh: boolean;
  readonly draft: ProfileBody;
  readonly set: (part: Partial<ProfileBody>) => void;
  readonly data: RoutingData;
}

const TIERS = ['1', '2', '3', '4', '5', '6', '7', '8', '9'];

/** Which queues its agents serve, how much of each channel at once, and what may come on top of what. */
export function ProfileFields({ fresh, draft, set, data }: Props) {
  const { t } = useTranslation();
  return (
    <>
      <Text
        path="name"
        label={t('admin.name')}
        value={draft.name}
        onChange={(name) => set({ name })}
        focus={fresh}
      />
      <Queues queues={draft.queues} onChange={(queues) => set({ queues })} data={data} />
      <Section title={t('admin.profile.capacity')} help={t('admin.profile.capacityHelp')}>
        <div className={classes.grid4}>
          {channelSchema.options.map((channel) => (
            <Amount
              key={channel}
              path={`capacity.${channel}`}
              label={t(`channel.${channel}`)}
              value={draft.capacity[channel] ?? Number.NaN}
              onChange={(most) => {
                const { [channel]: _, ...others } = draft.capacity;
                set({ capacity: Number.isNaN(most) ? others : { ...others, [channel]: most } });
              }}
            />
          ))}
        </div>
      </Section>
      <Interrupting interrupts={draft.interrupts} onChange={(interrupts) => set({ interrupts })} />
    </>
  );
}

interface QueuesProps {
  readonly queues: readonly Serves[];
  readonly onChange: (queues: Serves[]) => void;
  readonly data: RoutingData;
}

function Queues({ queues, onChange, data }: QueuesProps) {
  const { t } = useTranslation();
  const named = useNames();
  const problem = useProblem();
  const nameOf = (id: string) =>
    named('queue', data.queues.find((queue) => queue.id === id) ?? { id, name: id });
  const unserved = data.queues.filter(({ id }) => queues.every(({ queueId }) => queueId !== id));
  const choice = useChoice(unserved.map((queue) => ({ value: queue.id, label: named('queue', queue) })));
  return (
    <Section title={t('admin.profile.queues')} help={t('admin.profile.queuesHelp')}>
      {queues.length === 0 ? <p className={classes.help}>{t('admin.profile.noQueues')}</p> : null}
      <ol className={classes.rows}>
        {queues.map((serves, i) => (
          <li key={serves.queueId} data-testid={`serves-${serves.queueId}`}>
            <span className={classes.rowName}>{nameOf(serves.queueId)}</span>
            <NativeSelect
              aria-label={`${t('admin.profile.tier')}: ${nameOf(serves.queueId)}`}
              value={String(serves.tier)}
              onChange={(event) =>
                onChange(replaced(queues, i, { ...serves, tier: Number(event.currentTarget.value) }))
              }
              data={TIERS.map((tier) => ({ value: tier, label: `${t('admin.profile.tier')} ${tier}` }))}
            />
            <RowTools
              name={nameOf(serves.queueId)}
              onMove={(by) => onChange([...moved(queues, i, i + by)])}
              first={i === 0}
              last={i === queues.length - 1}
              onRemove={() => onChange(without(queues, i))}
            />
          </li>
        ))}
      </ol>
      {problem('queues') === undefined ? null : <p className={classes.bad}>{problem('queues')}</p>}
      {unserved.length === 0 ? null : (
        <Select
          w={240}
          aria-label={t('admin.profile.addQueue')}
          placeholder={t('admin.profile.addQueue')}
          leftSection={<IconPlus size={15} />}
          {...choice}
          value={null}
          onChange={(queueId) => {
            if (queueId !== null) onChange([...queues, { queueId, tier: 1 }]);
          }}
          nothingFoundMessage={t('common.nothingFound')}
          data-testid="add-queue"
        />
      )}
    </Section>
  );
}
