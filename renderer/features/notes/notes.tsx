import { Textarea } from '@mantine/core';
import { useEffect, useLayoutEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { WorkView } from '#shared/contract/views.ts';
import { useShortcuts } from '../../components/use-shortcuts.ts';
import { useConnection } from '../../stores/connection.ts';
import { notesStatus } from '../../stores/notes.core.ts';
import { saveNow, typeNotes, useNotes } from '../../stores/notes.ts';
import classes from './notes.module.css';

/** Saved as they are typed; the line beside the title always says whether they are. */
export function Notes({ work }: { work: WorkView }) {
  const { t, i18n } = useTranslation();
  const id = work.interactionId;
  const state = useNotes((s) => s.open[id]);
  const online = useConnection((s) => s.status === 'online');
  const area = useRef<HTMLTextAreaElement>(null);
  const caret = useRef<number | undefined>(undefined);
  const text = state?.text ?? work.notes;

  useShortcuts({ n: () => area.current?.focus() });

  // The phase changes or the panel goes away: nothing waits for the quiet moment any longer.
  const phase = work.phase;
  useEffect(() => {
    if (phase === 'wrap-up') void saveNow(id);
    return () => void saveNow(id);
  }, [id, phase]);
  const deadline = work.wrapUp?.deadline ?? null;
  useEffect(() => {
    if (deadline === null) return;
    const timer = setInterval(() => void saveNow(id), 1000);
    return () => clearInterval(timer);
  }, [id, deadline]);

  // Text that came from elsewhere must not throw the caret to the end while somebody is writing.
  useLayoutEffect(() => {
    const node = area.current;
    if (node === null || caret.current === undefined || document.activeElement !== node) return;
    if (node.value === text && node.selectionStart !== caret.current) {
      node.setSelectionRange(caret.current, caret.current);
    }
  }, [text]);

  const status = state === undefined ? 'saved' : notesStatus(state);
  const why = (state?.problem ?? '') as 'internal';
  const words =
    status === 'saved'
      ? t('notes.saved')
      : !online
        ? t('notes.offline')
        : status === 'saving'
          ? t('notes.saving')
          : status === 'unsaved'
            ? t('notes.unsaved')
            : t('notes.failed', { why: i18n.exists(`errors.${why}`) ? t(`errors.${why}`) : why });

  return (
    <section className={classes.notes}>
      <header className="row">
        <h2 className="label" id="notes-label">
          {t('notes.title')} <kbd>N</kbd>
        </h2>
        <span className="grow" />
        {state?.merged === true ? <span className={classes.merged}>{t('notes.merged')}</span> : null}
        <span
          className={classes.status}
          data-status={online || status === 'saved' ? status : 'unsaved'}
          data-testid="notes-status"
          role="status"
        >
          {words}
        </span>
      </header>
      <Textarea
        ref={area}
        value={text}
        onChange={(event) => {
          caret.current = event.currentTarget.selectionStart;
          typeNotes(id, event.currentTarget.value);
        }}
        onSelect={(event) => {
          caret.current = event.currentTarget.selectionStart;
        }}
        onBlur={() => void saveNow(id)}
        placeholder={t('notes.placeholder')}
        aria-labelledby="notes-label"
        maxLength={20_000}
        autosize
        minRows={5}
        maxRows={14}
        data-testid="notes"
      />
      {text.length >= 19_900 ? <p className="dimmed">{t('notes.tooLong')}</p> : null}
    </section>
  );
}
