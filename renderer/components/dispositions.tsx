import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useConnection } from '../stores/connection.ts';
import { useNames } from './default-names.ts';
import classes from './dispositions.module.css';
import { useLists } from './lists.ts';
import { useShortcuts } from './use-shortcuts.ts';

interface Props {
  readonly label: string;
  readonly chosen: string | null;
  onChoose(id: string): void;
  /** Digits belong to this now, not to something else on the page. */
  readonly keys: boolean;
  /** There are digits at all: their hints are shown even while something else has them. */
  readonly hints?: boolean;
}

/** One button an outcome. */
export function Dispositions({ label, chosen, onChoose, keys, hints = keys }: Props) {
  const { t } = useTranslation();
  const named = useNames();
  const labelId = useId();
  const online = useConnection((s) => s.status === 'online');
  const { dispositions } = useLists();
  useShortcuts(
    keys && online
      ? Object.fromEntries(
          dispositions.flatMap(({ id, key }) => (key === null ? [] : [[String(key), () => onChoose(id)]])),
        )
      : {},
  );
  return (
    <section aria-labelledby={labelId}>
      <header className={classes.title}>
        <h2 className="label" id={labelId}>
          {label}
        </h2>
        {hints ? <span className="dimmed">{t('wrapUp.hint')}</span> : null}
      </header>
      <div className={classes.choices}>
        {dispositions.map((disposition) => (
          <button
            key={disposition.id}
            type="button"
            aria-pressed={chosen === disposition.id}
            className={classes.choice}
            disabled={!online}
            onClick={() => onChoose(disposition.id)}
            data-testid={`disposition-${disposition.id}`}
          >
            {hints && disposition.key !== null ? <kbd>{disposition.key}</kbd> : null}
            <span>{named('disposition', disposition)}</span>
          </button>
        ))}
      </div>
    </section>
  );
}
