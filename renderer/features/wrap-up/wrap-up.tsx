import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { endpoints } from '#shared/contract/endpoints.ts';
import type { WorkView } from '#shared/contract/views.ts';
import { IconCheck, IconClock } from '../../components/icons.ts';
import { useCallerName } from '../../components/names.ts';
import { Left } from '../../components/time.tsx';
import { useShortcuts } from '../../components/use-shortcuts.ts';
import {
  chooseDisposition,
  extendWrapUp,
  finishWrapUp,
  needsDisposition,
  usePending,
} from '../../stores/actions.ts';
import { call } from '../../stores/api.ts';
import { useConnection } from '../../stores/connection.ts';
import classes from './wrap-up.module.css';

/** The call is over: why it ended, how long there is, and how to go on. */
export function WrapUpBar({ work }: { work: WorkView }) {
  const { t } = useTranslation();
  const nameOf = useCallerName();
  const online = useConnection((s) => s.status === 'online');
  const finishing = usePending((s) => s.finishing);
  usePending((s) => s.disposition);
  const deadline = work.wrapUp?.deadline ?? null;
  const missing = needsDisposition(work);
  useShortcuts({
    e: online && deadline !== null ? () => void extendWrapUp() : undefined,
    'Mod+Enter': () => void finishWrapUp(),
  });
  return (
    <section
      className={classes.bar}
      aria-label={t('wrapUp.title')}
      data-testid="wrap-up"
      data-mode={work.wrapUp?.mode}
    >
      <header className="row">
        <IconClock size={20} aria-hidden="true" />
        <div className="grow">
          <h2 className="ellipsis">{nameOf({ number: work.number, customer: work.pop.customer })}</h2>
          <div className="dimmed ellipsis">
            {t('wrapUp.title')}
            {work.wrapUp === null ? '' : ` (${t(`wrapUp.mode.${work.wrapUp.mode}`)})`}
            {work.end === null ? '' : ` · ${t('call.ended', { why: t(`callEnd.${work.end}`) })}`}
          </div>
        </div>
        <span data-testid="wrap-up-deadline" data-deadline={deadline ?? ''}>
          {deadline === null ? (
            <span className="dimmed">{t('wrapUp.noDeadline')}</span>
          ) : (
            <Left until={deadline} className={classes.left ?? ''} />
          )}
        </span>
      </header>
      <div className={classes.buttons}>
        <p className={`${classes.missing} grow`}>{missing ? t('wrapUp.chooseFirst') : ''}</p>
        {deadline === null ? null : (
          <Button
            variant="default"
            rightSection={<kbd>E</kbd>}
            disabled={!online}
            onClick={() => void extendWrapUp()}
            data-testid="wrap-up-extend"
          >
            {t('wrapUp.extend')}
          </Button>
        )}
        <Button
          leftSection={<IconCheck size={17} />}
          rightSection={<kbd>Ctrl ↵</kbd>}
          disabled={!online}
          loading={finishing}
          data-missing={missing}
          onClick={() => void finishWrapUp()}
          data-testid="wrap-up-finish"
        >
          {t('wrapUp.finish')}
        </Button>
      </div>
      <div className="visually-hidden" role="status">
        {t('wrapUp.announce', { time: '' })}
      </div>
    </section>
  );
}

/** One key an outcome. `keys`: digits belong to this now, not to something above it. */
export function Dispositions({ work, keys }: { work: WorkView; keys: boolean }) {
  const { t } = useTranslation();
  const online = useConnection((s) => s.status === 'online');
  const pending = usePending((s) => s.disposition);
  const lists = useQuery({ queryKey: ['lists'], queryFn: () => call(endpoints.lists), staleTime: 300_000 });
  const dispositions = [...(lists.data?.dispositions ?? [])].sort((a, b) => a.key - b.key);
  const chosen = pending ?? work.disposition;
  useShortcuts(
    keys && online
      ? Object.fromEntries(dispositions.map(({ id, key }) => [String(key), () => void chooseDisposition(id)]))
      : {},
  );
  return (
    <section>
      <header className={classes.title}>
        <h2 className="label" id="disposition-label">
          {t(work.phase === 'wrap-up' ? 'wrapUp.disposition' : 'wrapUp.dispositionNow')}
        </h2>
        <span className="dimmed">{t('wrapUp.hint')}</span>
      </header>
      <div className={classes.choices} role="radiogroup" aria-labelledby="disposition-label">
        {dispositions.map(({ id, key, name }) => (
          // biome-ignore lint/a11y/useSemanticElements: a radio input cannot hold the key hint and be one press
          <button
            key={id}
            type="button"
            role="radio"
            aria-checked={chosen === id}
            className={classes.choice}
            disabled={!online}
            onClick={() => void chooseDisposition(id)}
            data-testid={`disposition-${id}`}
          >
            <kbd>{key}</kbd>
            <span>{name}</span>
          </button>
        ))}
      </div>
    </section>
  );
}
