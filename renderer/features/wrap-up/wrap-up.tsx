import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { WorkView } from '#shared/contract/calls.ts';
import { IconCheck, IconClock } from '../../components/icons.ts';
import { useCallerName } from '../../components/names.ts';
import { Left } from '../../components/time.tsx';
import { useShortcuts } from '../../components/use-shortcuts.ts';
import { extendWrapUp, finishWrapUp, needsDisposition, usePending } from '../../stores/actions.ts';
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
        {t('wrapUp.announce')}
      </div>
    </section>
  );
}
