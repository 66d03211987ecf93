import { Button, NumberInput, Select } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CommandInput, CommandName } from '#shared/contract/index.ts';
import type { WorkItemView } from '#shared/contract/routing.ts';
import { command } from '../../stores/connection.ts';
import { useChoice } from '../choice.ts';
import { useNames } from '../default-names.ts';
import { useLists } from '../lists.ts';
import { showNotice, showProblem } from '../problems.ts';
import classes from './waiting.module.css';

/** Outweighs an hour of waiting, or half a step of priority, in a queue with the usual weights. */
const USUAL_BOOST = 3_600;
const MOST = 1_000_000;

/** What a person has set for a piece of work and not carried out yet; undefined: untouched. */
export interface Intent {
  readonly to?: string | null;
  readonly points?: number | string;
}

interface Props {
  readonly item: WorkItemView;
  readonly name: string;
  readonly intent: Intent;
  readonly onIntent: (intent: Intent) => void;
}

/** Sends waiting work to another queue, or forward in its own. */
export function Manage({ item, name, intent, onIntent }: Props) {
  const { t } = useTranslation();
  const named = useNames();
  const queries = useQueryClient();
  const others = useLists().queues.filter(({ id }) => id !== item.queue.id);
  const { to = null, points = item.score.boost || USUAL_BOOST } = intent;
  const [busy, setBusy] = useState(false);
  async function send<N extends CommandName>(what: N, input: CommandInput<N>, done: string): Promise<void> {
    setBusy(true);
    try {
      await command(what, input);
      showNotice(done, { id: 'work-managed' });
    } catch (error) {
      showProblem(error);
    } finally {
      setBusy(false);
      void queries.invalidateQueries({ queryKey: ['work'] });
    }
  }
  const boost = (value: number) =>
    send(
      'work.boost',
      { itemId: item.itemId, boost: value },
      value === 0 ? t('waiting.cleared', { name }) : t('waiting.boosted', { name, points: value }),
    );
  const queue = others.find(({ id }) => id === to);
  const choice = useChoice(others.map((other) => ({ value: other.id, label: named('queue', other) })));
  return (
    <div className={classes.manage}>
      <div className={classes.act}>
        <Select
          label={t('waiting.moveTo')}
          size="xs"
          {...choice}
          value={to}
          onChange={(queueId) => onIntent({ ...intent, to: queueId })}
          nothingFoundMessage={t('common.nothingFound')}
          data-testid="waiting-move-to"
        />
        <Button
          size="xs"
          variant="default"
          disabled={busy || queue === undefined}
          onClick={() => {
            if (queue === undefined) return;
            const where = named('queue', queue);
            void send(
              'work.move',
              { itemId: item.itemId, queue: queue.id },
              t('waiting.moved', { name, queue: where }),
            );
          }}
          data-testid="waiting-move"
        >
          {t('waiting.move')}
        </Button>
      </div>
      <div className={classes.act}>
        <NumberInput
          label={t('waiting.boostBy')}
          description={t('waiting.boostHelp')}
          size="xs"
          min={-MOST}
          max={MOST}
          allowDecimal={false}
          hideControls
          step={USUAL_BOOST}
          value={points}
          onChange={(value) => onIntent({ ...intent, points: value })}
        />
        <Button
          size="xs"
          variant="default"
          disabled={busy || typeof points !== 'number' || points === 0}
          onClick={() => void boost(Number(points))}
          data-testid="waiting-boost"
        >
          {t('waiting.boost')}
        </Button>
        {item.score.boost === 0 ? null : (
          <Button
            size="xs"
            variant="default"
            disabled={busy}
            onClick={() => void boost(0)}
            data-testid="waiting-clear"
          >
            {t('waiting.clearBoost')}
          </Button>
        )}
      </div>
    </div>
  );
}
