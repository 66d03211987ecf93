import { ActionIcon, NumberInput, TextInput } from '@mantine/core';
import { createContext, type ReactNode, use } from 'react';
import { useTranslation } from 'react-i18next';
import { IconArrowDown, IconArrowUp, IconTrash } from '../../components/icons.ts';
import { type FieldProblems, noProblems, toMs } from './admin.core.ts';
import classes from './form.module.css';

export const ProblemsContext = createContext<FieldProblems>(noProblems);

/** What is wrong with a field of the form around, by path; of several paths the first that has a problem. */
export function useProblem(): (...paths: readonly string[]) => string | undefined {
  const { t } = useTranslation();
  const problems = use(ProblemsContext);
  return (...paths) => {
    const found = paths.map((path) => problems.get(path)).find((problem) => problem !== undefined);
    if (found === undefined) return undefined;
    return t(`admin.invalid.${found.key}`, { limit: found.limit ?? 0, name: found.name ?? '' });
  };
}

/** Help stands below the field, so that fields side by side stand in line. */
export const helpBelow = {
  inputWrapperOrder: ['label', 'input', 'error', 'description'] as (
    | 'label'
    | 'input'
    | 'error'
    | 'description'
  )[],
};

interface FieldProps {
  /** Where the value stands in what is saved, `retryMs.busy`. */
  readonly path: string;
  readonly label: string;
  readonly help?: string;
}

interface NumberProps extends FieldProps {
  readonly value: number;
  readonly onChange: (value: number) => void;
}

/** Milliseconds, shown and typed as seconds. */
export function Seconds({ path, label, help, value, onChange }: NumberProps) {
  const { t } = useTranslation();
  const problem = useProblem();
  return (
    <NumberInput
      className={classes.number ?? ''}
      label={label}
      description={help}
      {...helpBelow}
      value={Number.isNaN(value) ? '' : value / 1_000}
      onChange={(seconds) => onChange(toMs(seconds))}
      min={0}
      clampBehavior="none"
      hideControls
      decimalScale={3}
      rightSection={<span className={classes.unit}>{t('common.seconds')}</span>}
      rightSectionPointerEvents="none"
      error={problem(path)}
      data-testid={`field-${path}`}
    />
  );
}

export function Amount({ path, label, help, value, onChange, unit }: NumberProps & { unit?: string }) {
  const problem = useProblem();
  return (
    <NumberInput
      className={classes.number ?? ''}
      label={label}
      description={help}
      {...helpBelow}
      value={Number.isNaN(value) ? '' : value}
      onChange={(number) => onChange(typeof number === 'number' ? number : Number.NaN)}
      clampBehavior="none"
      hideControls
      {...(unit === undefined
        ? {}
        : {
            rightSection: <span className={classes.unit}>{unit}</span>,
            rightSectionWidth: 64,
            rightSectionPointerEvents: 'none' as const,
          })}
      error={problem(path)}
      data-testid={`field-${path}`}
    />
  );
}

interface TextProps extends FieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly focus?: boolean;
}

export function Text({ path, label, help, value, onChange, focus = false }: TextProps) {
  const problem = useProblem();
  return (
    <TextInput
      label={label}
      description={help}
      {...helpBelow}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={problem(path)}
      autoFocus={focus}
      maxLength={200}
      data-testid={`field-${path}`}
    />
  );
}

/** A group of fields with a heading. */
export function Section({ title, help, children }: { title: string; help?: string; children: ReactNode }) {
  return (
    <fieldset className={classes.section}>
      <legend>{title}</legend>
      {help === undefined ? null : <p className={classes.help}>{help}</p>}
      {children}
    </fieldset>
  );
}

interface RowToolsProps {
  /** What the row is, for those who cannot see where the button stands. */
  readonly name: string;
  /** Undefined: the order means nothing. */
  readonly onMove?: (by: 1 | -1) => void;
  readonly first?: boolean;
  readonly last?: boolean;
  readonly onRemove: () => void;
}

export function RowTools({ name, onMove, first = false, last = false, onRemove }: RowToolsProps) {
  const { t } = useTranslation();
  const button = { variant: 'subtle', color: 'gray', size: 'md' } as const;
  return (
    <span className={classes.rowTools}>
      {onMove === undefined ? null : (
        <>
          <ActionIcon
            {...button}
            disabled={first}
            onClick={() => onMove(-1)}
            aria-label={`${t('common.up')}: ${name}`}
          >
            <IconArrowUp size={16} />
          </ActionIcon>
          <ActionIcon
            {...button}
            disabled={last}
            onClick={() => onMove(1)}
            aria-label={`${t('common.down')}: ${name}`}
          >
            <IconArrowDown size={16} />
          </ActionIcon>
        </>
      )}
      <ActionIcon {...button} onClick={onRemove} aria-label={`${t('common.remove')}: ${name}`}>
        <IconTrash size={16} />
      </ActionIcon>
    </span>
  );
}
