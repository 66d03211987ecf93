import type { ErrorCode } from './index.ts';

/** The one type of expected failure. Anything else thrown is a bug. Brings no schema along: media threads throw it too. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = 'AppError';
    this.code = code;
    this.details = details;
  }
}
