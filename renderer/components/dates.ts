import i18next from 'i18next';

const format = (at: number, options: Intl.DateTimeFormatOptions): string =>
  new Intl.DateTimeFormat(i18next.language, { hourCycle: 'h23', ...options }).format(at);

/** In the viewer's own zone; the year only when it is another one. */
export function dateTime(at: number, now = Date.now()): string {
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return format(at, {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    ...(sameYear ? {} : { year: 'numeric' }),
  });
}

export const shortDate = (at: number): string => format(at, { month: 'short', day: 'numeric' });

export const clock = (at: number): string =>
  format(at, { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** The customer's own time, with the day of the week; undefined for a zone this browser does not know. */
export function localTime(at: number, timeZone: string): string | undefined {
  try {
    return format(at, { weekday: 'short', hour: '2-digit', minute: '2-digit', timeZone });
  } catch {
    return undefined;
  }
}
