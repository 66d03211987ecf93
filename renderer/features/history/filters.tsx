import { NativeSelect, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useNames } from '../../components/default-names.ts';
import { IconSearch } from '../../components/icons.ts';
import { useLists } from '../../components/lists.ts';
import { useMay } from '../../stores/session.ts';
import classes from './history.module.css';

export interface Filter {
  readonly search: string;
  readonly queue: string;
  /** Days as the date field writes them, or ''. */
  readonly from: string;
  readonly to: string;
  readonly mine: boolean;
}
export const noFilter: Filter = { search: '', queue: '', from: '', to: '', mine: false };

export function Filters({ filter, onChange }: { filter: Filter; onChange: (filter: Filter) => void }) {
  const { t } = useTranslation();
  const seesAll = useMay('history.all');
  const named = useNames();
  const { queues } = useLists();
  const set = (change: Partial<Filter>) => onChange({ ...filter, ...change });
  return (
    <search className={classes.filters}>
      <TextInput
        className={classes.search ?? ''}
        leftSection={<IconSearch size={15} />}
        aria-label={t('common.search')}
        placeholder={t('history.search')}
        value={filter.search}
        maxLength={100}
        onChange={(event) => set({ search: event.currentTarget.value })}
        data-testid="history-search"
      />
      <NativeSelect
        aria-label={t('history.queue')}
        value={filter.queue}
        onChange={(event) => set({ queue: event.currentTarget.value })}
        data={[
          { value: '', label: `${t('history.queue')}: ${t('common.all')}` },
          ...queues.map((queue) => ({ value: queue.id, label: named('queue', queue) })),
        ]}
        data-testid="history-queue"
      />
      {seesAll ? (
        <NativeSelect
          aria-label={t('history.who')}
          value={filter.mine ? 'mine' : 'all'}
          onChange={(event) => set({ mine: event.currentTarget.value === 'mine' })}
          data={[
            { value: 'all', label: t('history.everybody') },
            { value: 'mine', label: t('history.mine') },
          ]}
          data-testid="history-who"
        />
      ) : null}
      <TextInput
        type="date"
        aria-label={t('history.from')}
        title={t('history.from')}
        value={filter.from}
        max={filter.to}
        onChange={(event) => set({ from: event.currentTarget.value })}
      />
      <TextInput
        type="date"
        aria-label={t('history.to')}
        title={t('history.to')}
        value={filter.to}
        min={filter.from}
        onChange={(event) => set({ to: event.currentTarget.value })}
      />
    </search>
  );
}
