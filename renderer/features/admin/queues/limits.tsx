import { Button, NativeSelect, NumberInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type OverflowRule, overflowWhenSchema } from '#shared/model/routing.ts';
import { useNames } from '../../../components/default-names.ts';
import { IconPlus } from '../../../components/icons.ts';
import { moved, replaced, without } from '../admin.core.ts';
import { Amount, helpBelow, RowTools, Seconds, Section, useProblem } from '../fields.tsx';
import classes from '../form.module.css';
import type { QueueFieldsProps } from './queue-fields.tsx';
import { readTarget, targetKey } from './target.core.ts';

/** How much may wait, and where work goes when the queue cannot have it or nobody comes. */
export function Limits(props: QueueFieldsProps) {
  const { t } = useTranslation();
  const problem = useProblem();
  const { draft, set, queueId, data } = props;
  const { overflow } = draft;
  const other = data.queues.find(({ id }) => id !== queueId);
  const fresh: OverflowRule = {
    when: 'waited',
    value: 120_000,
    to: other === undefined ? { kind: 'voicemail' } : { kind: 'queue', queueId: other.id },
  };
  return (
    <Section title={t('admin.queue.limits')}>
      <NumberInput
        w={220}
        hideControls
        label={t('admin.queue.maxWaiting')}
        description={t('admin.queue.maxWaitingHelp')}
        {...helpBelow}
        value={draft.maxWaiting ?? ''}
        onChange={(most) => set({ maxWaiting: typeof most === 'number' ? most : null })}
        clampBehavior="none"
        error={problem('maxWaiting')}
        data-testid="field-maxWaiting"
      />
      <div>
        <h4 className={classes.sub}>{t('admin.queue.overflow')}</h4>
        <p className={classes.help}>
          {t(overflow.length === 0 ? 'admin.queue.noOverflow' : 'admin.queue.overflowHelp')}
        </p>
        <ol className={classes.rows}>
          {overflow.map((rule, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a rule is its place in the order they are tried
            <li key={i} data-testid={`overflow-${i}`}>
              <Rule {...props} rule={rule} index={i} />
              <RowTools
                name={`${t('admin.queue.overflow')} ${i + 1}`}
                onMove={(by) => set({ overflow: [...moved(overflow, i, i + by)] })}
                first={i === 0}
                last={i === overflow.length - 1}
                onRemove={() => set({ overflow: without(overflow, i) })}
              />
            </li>
          ))}
        </ol>
        {overflow.length < 10 ? (
          <Button
            variant="default"
            size="xs"
            leftSection={<IconPlus size={15} />}
            onClick={() => set({ overflow: [...overflow, fresh] })}
            data-testid="add-overflow"
          >
            {t('admin.queue.addOverflow')}
          </Button>
        ) : null}
      </div>
    </Section>
  );
}

interface RuleProps extends QueueFieldsProps {
  readonly rule: OverflowRule;
  readonly index: number;
}

function Rule({ rule, index, draft, set, data, queueId }: RuleProps) {
  const { t } = useTranslation();
  const named = useNames();
  const problem = useProblem();
  const change = (part: Partial<OverflowRule>) =>
    set({ overflow: replaced(draft.overflow, index, { ...rule, ...part }) });
  const value = {
    path: `overflow.${index}.value`,
    value: rule.value,
    onChange: (n: number) => change({ value: n }),
  };
  const targets = [
    ...data.queues
      .filter(({ id }) => id !== queueId)
      .map((queue) => ({
        value: targetKey({ kind: 'queue', queueId: queue.id }),
        label: named('queue', queue),
      })),
    ...data.flows.map((flow) => ({
      value: targetKey({ kind: 'flow', flowId: flow.id }),
      label: t('admin.queue.flowTo', { name: flow.name }),
    })),
    { value: targetKey({ kind: 'voicemail' }), label: t('admin.queue.voicemail') },
  ];
  return (
    <>
      <NativeSelect
        label={t('admin.queue.when')}
        value={rule.when}
        onChange={(event) => {
          const when = overflowWhenSchema.parse(event.currentTarget.value);
          // Items and times are different numbers; `closed` has none.
          const kept = (when === 'length') === (rule.when === 'length') && when !== 'closed';
          change({
            when,
            value: kept ? rule.value : when === 'length' ? 10 : when === 'closed' ? 0 : 120_000,
          });
        }}
        data={overflowWhenSchema.options.map((one) => ({ value: one, label: t(`admin.queue.whens.${one}`) }))}
        data-testid={`overflow-when-${index}`}
      />
      {rule.when === 'closed' ? null : rule.when === 'length' ? (
        <Amount {...value} label={'\u00a0'} unit={t('admin.queue.items')} />
      ) : (
        <Seconds {...value} label={'\u00a0'} />
      )}
      <NativeSelect
        className="grow"
        label={t('admin.queue.to')}
        value={targetKey(rule.to)}
        onChange={(event) => change({ to: readTarget(event.currentTarget.value) })}
        data={
          targets.some((target) => target.value === targetKey(rule.to))
            ? targets
            : [{ value: targetKey(rule.to), label: t('admin.queue.targetMissing') }, ...targets]
        }
        error={problem(`overflow.${index}.to`, `overflow.${index}.to.queueId`)}
        data-testid={`overflow-to-${index}`}
      />
    </>
  );
}
