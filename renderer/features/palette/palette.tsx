import { Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { endpoints } from '#shared/contract/index.ts';
import { formatNumber } from '#shared/model/phone.ts';
import { dateTime } from '../../components/dates.ts';
import { IconSearch } from '../../components/icons.ts';
import { useCallerName } from '../../components/names.ts';
import { useDebounced } from '../../components/use-debounced.ts';
import { call } from '../../stores/api.ts';
import classes from './palette.module.css';

export interface PaletteCommand {
  readonly id: string;
  readonly label: string;
  readonly keys?: string;
  run(): void;
}

interface Entry {
  readonly id: string;
  readonly group: 'commands' | 'customers' | 'history';
  readonly label: string;
  readonly detail: string;
  readonly keys?: string | undefined;
  run(): void;
}

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly commands: readonly PaletteCommand[];
  readonly go: (path: string) => void;
  /** Filled in by a `tel:` link. */
  readonly initial: string;
}

/** One field for commands, customers and contacts. */
export function Palette({ opened, onClose, ...rest }: Props) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      withCloseButton={false}
      size="lg"
      padding={0}
      yOffset="12vh"
      attributes={{ content: { 'aria-label': t('palette.label') } }}
    >
      {opened ? <Content key={rest.initial} onClose={onClose} {...rest} /> : null}
    </Modal>
  );
}

function Content({ onClose, commands, go, initial }: Omit<Props, 'opened'>) {
  const { t } = useTranslation();
  const [text, setText] = useState(initial);
  const [line, setLine] = useState<{ readonly id?: string | undefined; readonly index: number }>({
    index: 0,
  });
  const entries = useEntries(text.trim(), commands, go);
  const still = entries.findIndex(({ id }) => id === line.id);
  const active = still >= 0 ? still : Math.min(line.index, Math.max(0, entries.length - 1));
  const setIndex = (index: number) => setLine({ id: entries[index]?.id, index });
  // The highlighted line is a line, not a place: others may come and go above it.
  if (entries[active]?.id !== line.id) setIndex(active);
  const run = (entry: Entry | undefined) => {
    if (entry === undefined) return;
    onClose();
    entry.run();
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setIndex((active + step + entries.length) % Math.max(1, entries.length));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(entries[active]);
    }
  };
  return (
    <div>
      <div className={classes.field}>
        <IconSearch size={18} aria-hidden="true" />
        <input
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setLine({ index: 0 });
          }}
          onKeyDown={onKey}
          placeholder={t('palette.placeholder')}
          aria-label={t('palette.label')}
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={entries[active] === undefined ? undefined : `palette-${entries[active].id}`}
          maxLength={100}
          data-autofocus
          data-testid="palette-input"
        />
      </div>
      <div className={classes.list} id="palette-list" role="listbox" aria-label={t('palette.label')}>
        {entries.length === 0 ? <p className={classes.empty}>{t('palette.empty')}</p> : null}
        {entries.map((entry, at) => (
          <div key={entry.id}>
            {entries[at - 1]?.group === entry.group ? null : (
              <div className={`${classes.group} label`}>{t(`palette.${entry.group}`)}</div>
            )}
            <div
              id={`palette-${entry.id}`}
              role="option"
              tabIndex={-1}
              aria-selected={at === active}
              className={classes.entry}
              onMouseEnter={() => setIndex(at)}
              onClick={() => run(entry)}
              onKeyDown={onKey}
              data-testid="palette-entry"
            >
              <span>{entry.label}</span>
              <span className="grow ellipsis dimmed">{entry.detail}</span>
              {entry.keys === undefined ? null : <kbd>{entry.keys}</kbd>}
            </div>
          </div>
        ))}
      </div>
      <p className={classes.foot}>{t('palette.hint')}</p>
    </div>
  );
}

function useEntries(text: string, commands: readonly PaletteCommand[], go: (path: string) => void): Entry[] {
  const nameOf = useCallerName();
  const search = useDebounced(text, 180);
  const enabled = search.length >= 2;
  const customers = useQuery({
    queryKey: ['palette', 'customers', search],
    queryFn: ({ signal }) => call(endpoints.listCustomers, { query: { search, limit: 6 }, signal }),
    enabled,
    retry: false,
  });
  const contacts = useQuery({
    queryKey: ['palette', 'interactions', search],
    queryFn: ({ signal }) => call(endpoints.listInteractions, { query: { search, limit: 6 }, signal }),
    enabled,
    retry: false,
  });
  const lower = text.toLowerCase();
  const found: Entry[] = commands
    .filter((command) => lower === '' || command.label.toLowerCase().includes(lower))
    .map((command) => ({ ...command, group: 'commands', detail: '' }));
  if (!enabled || text.length < 2) return found;
  for (const customer of customers.data?.items ?? []) {
    found.push({
      id: customer.id,
      group: 'customers',
      label: customer.name,
      detail: [customer.account, customer.city].filter(Boolean).join(' · '),
      run: () => go(`/customers/${customer.id}`),
    });
  }
  for (const item of contacts.data?.items ?? []) {
    found.push({
      id: item.id,
      group: 'history',
      label: nameOf({ number: item.ani, customer: item.customer }),
      detail: [dateTime(item.startedAt), item.customer === null ? '' : formatNumber(item.ani), item.notes]
        .filter(Boolean)
        .join(' · '),
      run: () => go(`/history/${item.id}`),
    });
  }
  return found;
}
