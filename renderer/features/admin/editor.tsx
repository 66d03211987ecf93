import { Alert, Button } from '@mantine/core';
import { type FormEvent, type ReactNode, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { problemText, showNotice } from '../../components/problems.ts';
import { namesIn, useRoutingChanged } from '../../components/routing-data.ts';
import { useShortcuts } from '../../components/use-shortcuts.ts';
import { ask } from '../../stores/questions.ts';
import { useMay } from '../../stores/session.ts';
import { letGo } from '../../stores/unsaved.ts';
import { type FieldProblems, noProblems, problemsOf } from './admin.core.ts';
import { ProblemsContext } from './fields.tsx';
import classes from './form.module.css';
import { useDraft } from './use-draft.ts';

interface Props<T extends { readonly name: string }> {
  /** As the server has it; a new thing as it begins. */
  readonly value: T;
  readonly fresh: boolean;
  /** Of the thing as it is shown; for a new one what the heading says. */
  readonly title: string;
  readonly schema: z.ZodType<T>;
  /** What the schema cannot know. */
  readonly check?: (draft: T) => FieldProblems;
  /** False: the person thought better of it. */
  readonly save: (value: T) => Promise<boolean>;
  /** Where to go after a new one is saved, and after a removal. */
  readonly onSaved: () => void;
  readonly remove?: (() => Promise<unknown>) | undefined;
  readonly onRemoved?: () => void;
  /** What acts at once, beside the heading. */
  readonly aside?: ReactNode;
  readonly children: (draft: T, set: (part: Partial<T>) => void) => ReactNode;
}

/** A form for one thing: its fields with their problems, the server's refusal, save, discard, delete. */
export function Editor<T extends { readonly name: string }>(props: Props<T>) {
  const { fresh, title, schema, check, save, onSaved, remove, onRemoved, aside, children } = props;
  const { t } = useTranslation();
  const may = useMay('routing.manage');
  const changed = useRoutingChanged();
  const form = useRef<HTMLFormElement>(null);
  // What a new thing begins as must not change under the person's hands.
  const [first] = useState(props.value);
  const value = fresh ? first : props.value;
  const { draft, setDraft, dirty, elsewhere, adopt, saved } = useDraft(value);
  const latest = useRef(draft);
  latest.current = draft;
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const wrong = (): FieldProblems =>
    new Map([...(check?.(draft) ?? noProblems), ...problemsOf(schema, draft)]);
  const problems = tried ? wrong() : noProblems;

  async function attempt(work: () => Promise<void>): Promise<void> {
    setBusy(true);
    setProblem(undefined);
    try {
      await work();
    } catch (error) {
      setProblem(error);
      form.current?.scrollIntoView({ block: 'start' });
    } finally {
      setBusy(false);
    }
  }

  async function submit(event?: FormEvent): Promise<void> {
    event?.preventDefault();
    if (busy || !may) return;
    setTried(true);
    const parsed = schema.safeParse(draft);
    if (wrong().size > 0 || !parsed.success) {
      // After the problems are on screen.
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
      return;
    }
    await attempt(async () => {
      if (!(await save(parsed.data))) return;
      saved(draft, parsed.data);
      if (latest.current === draft) letGo();
      await changed();
      setTried(false);
      showNotice(t('admin.saved', { name: parsed.data.name }), { id: 'admin-saved' });
      if (fresh) onSaved();
    });
  }

  async function confirmRemoval(): Promise<void> {
    if (remove === undefined) return;
    const yes = await ask({
      title: t('admin.deleteTitle', { name: title }),
      text: '',
      yes: t('admin.deleteYes'),
      no: t('common.cancel'),
      danger: true,
    });
    if (!yes) return;
    await attempt(async () => {
      await remove();
      letGo();
      onRemoved?.();
      await changed();
      showNotice(t('admin.removed', { name: title }), { id: 'admin-saved' });
    });
  }

  useShortcuts({ 'Mod+s': may ? () => void submit() : undefined });
  return (
    <form
      ref={form}
      className={classes.form}
      onSubmit={(event) => void submit(event)}
      noValidate
      data-testid="admin-form"
    >
      <header className={classes.formHead}>
        <h2 className="grow ellipsis">{title}</h2>
        {aside}
      </header>
      {problem === undefined ? null : <Refusal error={problem} />}
      {elsewhere ? (
        <Alert color="orange">
          {t('admin.elsewhere')}{' '}
          <Button variant="default" size="compact-sm" onClick={adopt}>
            {t('admin.takeTheirs')}
          </Button>
        </Alert>
      ) : null}
      <ProblemsContext value={problems}>
        <fieldset disabled={!may || (busy && fresh)} className={classes.fields}>
          {children(draft, (part) => setDraft({ ...draft, ...part }))}
        </fieldset>
      </ProblemsContext>
      {may ? (
        <footer className={classes.formFoot}>
          <Button type="submit" loading={busy} disabled={!dirty && !fresh} data-testid="admin-save">
            {t('common.save')} <kbd className={classes.key}>Ctrl S</kbd>
          </Button>
          {dirty && !fresh ? (
            <Button
              variant="default"
              onClick={() => {
                adopt();
                setTried(false);
              }}
              data-testid="admin-discard"
            >
              {t('admin.discard')}
            </Button>
          ) : null}
          <span className="grow dimmed" role="status">
            {problems.size > 0 ? (
              <span className={classes.bad}>{t('admin.check')}</span>
            ) : dirty ? (
              t('admin.unsaved')
            ) : (
              ''
            )}
          </span>
          {remove === undefined || fresh ? null : (
            <Button
              variant="subtle"
              color="alarm"
              disabled={busy}
              onClick={() => void confirmRemoval()}
              data-testid="admin-delete"
            >
              {t('admin.delete')}
            </Button>
          )}
        </footer>
      ) : null}
    </form>
  );
}

/** Why the server would not, in the person's words, what stands in the way, and the code to quote. */
export function Refusal({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const { text, code } = problemText(error);
  const names = namesIn(error).join(', ');
  return (
    <Alert color="red" role="alert" data-testid="admin-problem" data-code={code}>
      {text} ({t('common.code', { code })}){names === '' ? null : <div>{t('admin.inUse', { names })}</div>}
    </Alert>
  );
}
