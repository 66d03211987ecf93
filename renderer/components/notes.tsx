import { Textarea } from '@mantine/core';
import { useEffect, useLayoutEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useConnection } from '../stores/connection.ts';
import { notesStatus } from '../stores/notes.core.ts';
import { saveNow, typeNotes, useNotes } from '../stores/notes.ts';
import classes from './notes.module.css';
import { useShortcuts } from './use-shortcuts.ts';

interface Props {
  readonly interactionId: string;
  /** As the server has them: shown until the store has opened them. */
  readonly notes: string;
  /** Unsaved words are saved at once whenever this changes. */
  readonly phase?: string;
  /** The server may take the contact away at any moment: no word is left unsaved for longer than a second. */
  readonly hurry?: boolean;
}

/** Saved as they are typed; the line beside the title always says whether they are. */
export function Notes({ interactionId: id, notes, phase, hurry = false }: Props) {
  const { t, i18n } = useTranslation();
  const state = useNotes((s) => s.open[id]);
  const online = useConnection((s) => s.status === 'online');
  const area = useRef<HTMLTextAreaElement>(null);
  const caret = useRef<number | undefined>(undefined);
  const text = state?.text ?? notes;

  useShortcuts({ n: () => area.current?.focus() });

  // The phase changes or the panel goes away: nothing waits for the quiet moment any longer.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the phase is not read, its change is what counts
  useEffect(() => () => void saveNow(id), [id, phase]);
  useEffect(() => {
    if (!hurry) return;
    const timer = setInterval(() => void saveNow(id), 1000);
    return () => clearInterval(timer);
  }, [id, hurry]);

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
