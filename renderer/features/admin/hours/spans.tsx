import { ActionIcon, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { OpenSpan } from '#shared/model/routing.ts';
import { IconPlus, IconTrash } from '../../../components/icons.ts';
import { replaced, without } from '../admin.core.ts';
import { useProblem } from '../fields.tsx';
import classes from '../form.module.css';

interface Props {
  /** Where the spans stand in what is saved. */
  readonly path: string;
  /** Whose they are. */
  readonly name: string;
  readonly spans: readonly OpenSpan[];
  readonly onChange: (spans: OpenSpan[]) => void;
}

/** The hours of one day, as many spans as it has. Typed, since 24:00 is no time of any clock field. */
export function Spans({ path, name, spans, onChange }: Props) {
  const { t } = useTranslation();
  const problem = useProblem();
  const last = spans.at(-1)?.to ?? '09:00';
  return (
    <div className={classes.spans}>
      {spans.length === 0 ? <span className="dimmed">{t('admin.hours.closed')}</span> : null}
      {spans.map((span, i) => {
        const here = `${path}.${i}`;
        const wrong = problem(`${here}.from`, `${here}.to`, here);
        const change = (part: Partial<OpenSpan>) => onChange(replaced(spans, i, { ...span, ...part }));
        const field = {
          w: 68,
          size: 'xs',
          maxLength: 5,
          placeholder: '09:00',
          error: wrong !== undefined,
        } as const;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a span being typed has nothing of its own
          <span key={i} className={classes.span}>
            <TextInput
              {...field}
              aria-label={t('admin.hours.from', { day: name })}
              value={span.from}
              onChange={(event) => change({ from: event.currentTarget.value })}
              data-testid={`field-${here}.from`}
            />
            {t('admin.hours.until')}
            <TextInput
              {...field}
              aria-label={t('admin.hours.to', { day: name })}
              value={span.to}
              onChange={(event) => change({ to: event.currentTarget.value })}
              data-testid={`field-${here}.to`}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              onClick={() => onChange(without(spans, i))}
              aria-label={`${t('common.remove')}: ${name} ${span.from}`}
            >
              <IconTrash size={15} />
            </ActionIcon>
            {wrong === undefined ? null : <span className={classes.bad}>{wrong}</span>}
          </span>
        );
      })}
      {spans.length < 6 ? (
        <ActionIcon
          variant="default"
          onClick={() =>
            onChange([
              ...spans,
              spans.length === 0 ? { from: '09:00', to: '17:00' } : { from: last, to: '24:00' },
            ])
          }
          aria-label={`${t('admin.hours.addSpan')}: ${name}`}
        >
          <IconPlus size={15} />
        </ActionIcon>
      ) : null}
    </div>
  );
}
