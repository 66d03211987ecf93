import { NativeSelect, Switch, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Ref } from '#shared/contract/kit.ts';
import { routingStateSchema } from '#shared/model/states.ts';
import { useNames } from '../../components/default-names.ts';
import { type Filter, ORDERS, type Order } from './board.core.ts';
import classes from './board.module.css';

export type Chosen = Filter & { readonly order: Order };

interface Props {
  readonly chosen: Chosen;
  readonly onChange: (chosen: Chosen) => void;
  readonly queues: readonly Ref[];
}

export function Filters({ chosen, onChange, queues }: Props) {
  const { t } = useTranslation();
  const named = useNames();
  return (
    <div className={classes.filters}>
      <TextInput
        size="xs"
        label={t('board.search')}
        value={chosen.search}
        maxLength={80}
        onChange={(event) => onChange({ ...chosen, search: event.currentTarget.value })}
        data-testid="board-search"
      />
      <NativeSelect
        size="xs"
        label={t('board.filterQueue')}
        value={chosen.queue}
        onChange={(event) => onChange({ ...chosen, queue: event.currentTarget.value })}
        data={[
          { value: '', label: t('board.everyQueue') },
          ...queues.map((queue) => ({ value: queue.id, label: named('queue', queue) })),
        ]}
        data-testid="board-filter-queue"
      />
      <NativeSelect
        size="xs"
        label={t('board.filterState')}
        value={chosen.state}
        onChange={(event) => {
          const state = routingStateSchema.safeParse(event.currentTarget.value);
          onChange({ ...chosen, state: state.success ? state.data : '' });
        }}
        data={[
          { value: '', label: t('board.everyState') },
          ...routingStateSchema.options.map((state) => ({ value: state, label: t(`state.${state}`) })),
        ]}
        data-testid="board-filter-state"
      />
      <NativeSelect
        size="xs"
        label={t('board.sort')}
        value={chosen.order}
        onChange={(event) => {
          const order = ORDERS.find((one) => one === event.currentTarget.value);
          if (order !== undefined) onChange({ ...chosen, order });
        }}
        data={ORDERS.map((order) => ({ value: order, label: t(`board.sortBy.${order}`) }))}
        data-testid="board-sort"
      />
      <Switch
        size="md"
        checked={chosen.hideOffline}
        onChange={(event) => onChange({ ...chosen, hideOffline: event.currentTarget.checked })}
        label={t('board.hideOffline')}
      />
    </div>
  );
}
