import { NativeSelect, Switch } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { type queueBodySchema, strategySchema, wrapUpHasDeadline } from '#shared/model/routing.ts';
import { wrapUpModeSchema } from '#shared/model/states.ts';
import type { RoutingData } from '../../../components/routing-data.ts';
import { Amount, helpBelow, Seconds, Section, Text } from '../fields.tsx';
import classes from '../form.module.css';
import { Limits } from './limits.tsx';
import { Relaxing, SkillsAsked } from './skills-asked.tsx';
import { Tiers } from './tiers.tsx';

export type QueueBody = z.output<typeof queueBodySchema>;

export interface QueueFieldsProps {
  /** Undefined for a new one. */
  readonly queueId: string | undefined;
  readonly draft: QueueBody;
  readonly set: (part: Partial<QueueBody>) => void;
  readonly data: RoutingData;
}

/** Everything a queue can be told, from who gets its work to where it goes when nobody can. */
export function QueueFields(props: QueueFieldsProps) {
  const { t } = useTranslation();
  const { draft, set, data, queueId } = props;
  const { wrapUp, retryMs, score } = draft;
  return (
    <>
      <Section title={t('admin.queue.general')}>
        <div className={classes.grid}>
          <Text
            path="name"
            label={t('admin.name')}
            value={draft.name}
            onChange={(name) => set({ name })}
            focus={queueId === undefined}
          />
          <NativeSelect
            label={t('admin.queue.hours')}
            description={t('admin.queue.hoursHelp')}
            {...helpBelow}
            value={draft.hours ?? ''}
            onChange={(event) => set({ hours: event.currentTarget.value || null })}
            data={[
              { value: '', label: t('admin.queue.alwaysOpen') },
              ...data.hours.map(({ id, name }) => ({ value: id, label: name })),
            ]}
            data-testid="field-hours"
          />
          <Seconds
            path="targetMs"
            label={t('admin.queue.target')}
            help={t('admin.queue.targetHelp')}
            value={draft.targetMs}
            onChange={(targetMs) => set({ targetMs })}
          />
          <Switch
            size="md"
            className={classes.switch ?? ''}
            label={t('admin.queue.record')}
            checked={draft.record}
            onChange={(event) => set({ record: event.currentTarget.checked })}
          />
        </div>
      </Section>
      <Section title={t('admin.queue.who')}>
        <NativeSelect
          className={classes.wide ?? ''}
          label={t('admin.queue.strategy')}
          value={draft.strategy}
          onChange={(event) => set({ strategy: strategySchema.parse(event.currentTarget.value) })}
          data={strategySchema.options.map((one) => ({
            value: one,
            label: t(`admin.queue.strategies.${one}`),
          }))}
          data-testid="field-strategy"
        />
        <SkillsAsked {...props} />
        <Relaxing {...props} />
        <Tiers {...props} />
      </Section>
      <Section title={t('admin.queue.offering')}>
        <div className={classes.grid}>
          <Seconds
            path="offerMs"
            label={t('admin.queue.offer')}
            help={t('admin.queue.offerHelp')}
            value={draft.offerMs}
            onChange={(offerMs) => set({ offerMs })}
          />
          <Seconds
            path="ringMs"
            label={t('admin.queue.ring')}
            help={t('admin.queue.ringHelp')}
            value={draft.ringMs}
            onChange={(ringMs) => set({ ringMs })}
          />
        </div>
        <h4 className={classes.sub}>{t('admin.queue.retry')}</h4>
        <div className={classes.grid4}>
          {(['noAnswer', 'declined', 'busy', 'failed'] as const).map((outcome) => (
            <Seconds
              key={outcome}
              path={`retryMs.${outcome}`}
              label={t(`admin.queue.${outcome}`)}
              value={retryMs[outcome]}
              onChange={(ms) => set({ retryMs: { ...retryMs, [outcome]: ms } })}
            />
          ))}
        </div>
      </Section>
      <Section title={t('admin.queue.wrapUp')}>
        <div className={classes.grid}>
          <NativeSelect
            label={t('admin.queue.wrapUpMode')}
            value={wrapUp.mode}
            onChange={(event) =>
              set({ wrapUp: { ...wrapUp, mode: wrapUpModeSchema.parse(event.currentTarget.value) } })
            }
            data={wrapUpModeSchema.options.map((one) => ({
              value: one,
              label: t(`admin.queue.modes.${one}`),
            }))}
            data-testid="field-wrapUp.mode"
          />
          {wrapUpHasDeadline(wrapUp.mode) ? (
            <>
              <Seconds
                path="wrapUp.ms"
                label={t('admin.queue.wrapUpTime')}
                value={wrapUp.ms}
                onChange={(ms) => set({ wrapUp: { ...wrapUp, ms } })}
              />
              <Seconds
                path="wrapUp.extendMs"
                label={t('admin.queue.extend')}
                value={wrapUp.extendMs}
                onChange={(extendMs) => set({ wrapUp: { ...wrapUp, extendMs } })}
              />
            </>
          ) : null}
        </div>
      </Section>
      <Section title={t('admin.queue.order')} help={t('admin.queue.orderHelp')}>
        <div className={classes.grid}>
          <Amount
            path="score.priority"
            label={t('admin.queue.weightPriority')}
            value={score.priority}
            onChange={(priority) => set({ score: { ...score, priority } })}
          />
          <Amount
            path="score.ageing"
            label={t('admin.queue.weightAgeing')}
            value={score.ageing}
            onChange={(ageing) => set({ score: { ...score, ageing } })}
          />
          <Amount
            path="score.urgency"
            label={t('admin.queue.weightUrgency')}
            value={score.urgency}
            onChange={(urgency) => set({ score: { ...score, urgency } })}
          />
        </div>
      </Section>
      <Limits {...props} />
    </>
  );
}
