import { notifications } from '@mantine/notifications';
import i18next from 'i18next';
import { ProblemError } from '../stores/api.ts';

/** An error in the person's words, with the code to quote. */
export function problemText(error: unknown): { text: string; code: string } {
  if (!(error instanceof ProblemError)) return { text: i18next.t('errors.internal'), code: 'internal' };
  const key = `errors.${error.code}`;
  const known = i18next.exists(key);
  return { text: known ? i18next.t(key as 'errors.internal') : error.message, code: error.code };
}

/** Shows a failed action; the same failure again replaces the message instead of piling up. */
export function showProblem(error: unknown): void {
  const { text, code } = problemText(error);
  const message = `${text} (${i18next.t('common.code', { code })})`;
  const id = `problem-${code}`;
  notifications.hide(id);
  notifications.show({ id, message, color: 'red', autoClose: 8000, role: 'alert' });
}

export function showNotice(
  message: string,
  options: { id?: string; stay?: boolean; title?: string } = {},
): void {
  if (options.id !== undefined) notifications.hide(options.id); // or the one that is shown would stay
  notifications.show({
    message,
    color: 'cobalt',
    autoClose: options.stay === true ? false : 6000,
    ...(options.id === undefined ? {} : { id: options.id }),
    ...(options.title === undefined ? {} : { title: options.title }),
  });
}
