import { Button, Select, TextInput } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Hours } from '#shared/model/routing.ts';
import { useChoice } from '../../../components/choice.ts';
import { IconPlus } from '../../../components/icons.ts';
import { replaced, without } from '../admin.core.ts';
import { helpBelow, RowTools, Section, Text, useProblem } from '../fields.tsx';
import classes from '../form.module.css';
import { Spans } from './spans.tsx';

export type HoursBody = Omit<Hours, 'id'>;

interface Props {
  readonly fresh: boolean;
  readonly draft: HoursBody;
  readonly set: (part: Partial<HoursBody>) => void;
}

const DAYS = ['1', '2', '3', '4', '5', '6', '7'] as const;

/** When a queue is open: every week, and on special days. */
export function HoursFields({ fresh, draft, set }: Props) {
  const { t } = useTranslation();
  const problem = useProblem();
  const zones = useMemo(() => {
    const known = Intl.supportedValuesOf('timeZone');
    return known.includes(draft.zone) ? known : [draft.zone, ...known];
  }, [draft.zone]);
  const choice = useChoice(zones);
  const monday = draft.weekly['1'];
  return (
    <>
      <div className={classes.grid}>
        <Text
          path="name"
          label={t('admin.name')}
          value={draft.name}
          onChange={(name) => set({ name })}
          focus={fresh}
        />
        <Select
          label={t('admin.hours.zone')}
          description={t('admin.hours.zoneHelp')}
          {...helpBelow}
          {...choice}
          allowDeselect={false}
          limit={60}
          value={draft.zone}
          onChange={(zone) => {
            if (zone !== null) set({ zone });
          }}
          nothingFoundMessage={t('common.nothingFound')}
          error={problem('zone')}
          data-testid="field-zone"
        />
      </div>
      <Section title={t('admin.hours.weekly')}>
        <ul className={classes.days}>
          {DAYS.map((day) => (
            <li key={day} data-testid={`day-${day}`}>
              <span className={classes.rowName}>{t(`admin.hours.days.${day}`)}</span>
              <Spans
                path={`weekly.${day}`}
                name={t(`admin.hours.days.${day}`)}
                spans={draft.weekly[day] ?? []}
                onChange={(spans) => set({ weekly: { ...draft.weekly, [day]: spans } })}
              />
            </li>
          ))}
        </ul>
        <Button
          variant="default"
          size="xs"
          w="fit-content"
          onClick={() => {
            const same = Object.fromEntries(['2', '3', '4', '5'].map((day) => [day, monday ?? []]));
            set({ weekly: { ...draft.weekly, ...same } });
          }}
        >
          {t('admin.hours.copyDown')}
        </Button>
      </Section>
      <Holidays holidays={draft.holidays} onChange={(holidays) => set({ holidays })} />
    </>
  );
}

interface HolidaysProps {
  readonly holidays: Hours['holidays'];
  readonly onChange: (holidays: Hours['holidays']) => void;
}

function Holidays({ holidays, onChange }: HolidaysProps) {
  const { t } = useTranslation();
  return (
    <Section title={t('admin.hours.holidays')} help={t('admin.hours.holidaysHelp')}>
      {holidays.length === 0 ? <p className={classes.help}>{t('admin.hours.noHolidays')}</p> : null}
      <ol className={classes.rows}>
        {holidays.map((day, i) => {
          const change = (part: Partial<typeof day>) => onChange(replaced(holidays, i, { ...day, ...part }));
          const name = day.name || day.date;
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: two unfinished days have nothing else of their own
            <li key={i} data-testid={`holiday-${i}`}>
              <DateField path={`holidays.${i}.date`} value={day.date} onChange={(date) => change({ date })} />
              <Text
                path={`holidays.${i}.name`}
                label={t('admin.hours.holidayName')}
                value={day.name}
                onChange={(text) => change({ name: text })}
              />
              <Spans
                path={`holidays.${i}.open`}
                name={name}
                spans={day.open}
                onChange={(open) => change({ open })}
              />
              <RowTools name={name} onRemove={() => onChange(without(holidays, i))} />
            </li>
          );
        })}
      </ol>
      <Button
        variant="default"
        size="xs"
        w="fit-content"
        leftSection={<IconPlus size={15} />}
        onClick={() => onChange([...holidays, { date: '', name: '', open: [] }])}
        data-testid="add-holiday"
      >
        {t('admin.hours.addHoliday')}
      </Button>
    </Section>
  );
}

function DateField({
  path,
  value,
  onChange,
}: {
  path: string;
  value: string;
  onChange: (date: string) => void;
}) {
  const { t } = useTranslation();
  const problem = useProblem();
  return (
    <TextInput
      type="date"
      label={t('admin.hours.date')}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={problem(path)}
      data-testid={`field-${path}`}
    />
  );
}
