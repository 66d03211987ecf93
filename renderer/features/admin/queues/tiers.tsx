import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { IconPlus } from '../../../components/icons.ts';
import { replaced, without } from '../admin.core.ts';
import { RowTools, Seconds, useProblem } from '../fields.tsx';
import classes from '../form.module.css';
import type { QueueFieldsProps } from './queue-fields.tsx';

/** From which wait on the agents of each tier may be asked. */
export function Tiers({ draft, set }: QueueFieldsProps) {
  const { t } = useTranslation();
  const problem = useProblem();
  const { tiersMs } = draft;
  const unordered = tiersMs.some((ms, i) => ms < (tiersMs[i - 1] ?? 0));
  return (
    <div>
      <h4 className={classes.sub}>{t('admin.queue.tiers')}</h4>
      <p className={classes.help}>{t('admin.queue.tiersHelp')}</p>
      <ol className={classes.rows}>
        {tiersMs.map((ms, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a tier is its number
          <li key={i}>
            <Seconds
              path={`tiersMs.${i}`}
              label={t('admin.queue.tier', { tier: i + 1 })}
              value={ms}
              onChange={(value) => set({ tiersMs: replaced(tiersMs, i, value) })}
            />
            {i > 0 && i === tiersMs.length - 1 ? (
              <RowTools
                name={t('admin.queue.tier', { tier: i + 1 })}
                onRemove={() => set({ tiersMs: without(tiersMs, i) })}
              />
            ) : null}
          </li>
        ))}
      </ol>
      {unordered && problem('relax') !== undefined ? <p className={classes.bad}>{problem('relax')}</p> : null}
      {tiersMs.length < 9 ? (
        <Button
          variant="default"
          size="xs"
          leftSection={<IconPlus size={15} />}
          onClick={() => set({ tiersMs: [...tiersMs, (tiersMs.at(-1) ?? 0) + 30_000] })}
          data-testid="add-tier"
        >
          {t('admin.queue.addTier')}
        </Button>
      ) : null}
    </div>
  );
}
