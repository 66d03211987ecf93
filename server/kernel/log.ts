import { type Logger, pino } from 'pino';

export type Log = Logger;

/** Fields that hold personal data: the logger never writes their values. Log messages themselves are constant. */
const PERSONAL = ['personal', '*.personal', 'req.headers.authorization', 'req.headers.cookie'];

/**
 * JSON lines on standard error. Names, numbers, digits and transcripts go into a field called `personal`,
 * whose value is replaced. `level` is one of pino's names, or `silent`.
 */
export function createLog(level: string): Log {
  return pino({ level, redact: { paths: PERSONAL, censor: '[personal]' }, base: null }, pino.destination(2));
}

export const silentLog: Log = pino({ level: 'silent' });
