import type { z } from 'zod';
import { DatabaseUnavailable } from '#server/kernel/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import { errorStatus } from '#shared/contract/index.ts';
import type { Problem } from '#shared/contract/kit.ts';
import { words } from './words.core.ts';

export interface Failure {
  readonly status: number;
  readonly problem: Problem;
  /** Nobody's fault but ours: must be logged. */
  readonly bug: boolean;
}

const internal: Failure = {
  status: 500,
  problem: { code: 'internal', message: 'Something went wrong on the server.' },
  bug: true,
};

const BODY_ERRORS: Readonly<Record<string, AppError>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: new AppError('too-large', 'The request is too large; at most 256 KiB.'),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: new AppError(
    'bad-request',
    'The body must be JSON, sent with content-type application/json.',
  ),
  FST_ERR_CTP_INVALID_JSON_BODY: new AppError('bad-request', 'The body is not valid JSON.'),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: new AppError(
    'bad-request',
    'The length of the body is not what its header says.',
  ),
  FST_ERR_BAD_URL: new AppError('bad-request', 'The address is not a valid URL.'),
};

/** The one place where anything thrown becomes what a client is told: over HTTP and over sockets. */
export function toFailure(error: unknown): Failure {
  const expected = error instanceof AppError ? error : (ofDatabase(error) ?? ofFramework(error));
  if (!expected) return internal;
  const { code, message, details } = expected;
  const problem = Object.keys(details).length > 0 ? { code, message, details } : { code, message };
  return { status: errorStatus[code], problem, bug: code === 'internal' };
}

/** What waits for the database is never told here: it waits. This is said of what must be read and cannot be. */
function ofDatabase(error: unknown): AppError | undefined {
  if (!(error instanceof DatabaseUnavailable)) return undefined;
  return new AppError(
    'database.unavailable',
    'The database does not answer just now; calls go on. Try again in a moment.',
    {
      retryAfterMs: 1_000,
    },
  );
}

/** Errors the HTTP framework makes before a handler runs. Only their code is used: their words are not ours. */
function ofFramework(error: unknown): AppError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, statusCode } = error as Error & { code?: unknown; statusCode?: unknown };
  const named = typeof code === 'string' ? BODY_ERRORS[code] : undefined;
  if (named) return named;
  if (statusCode === 404) return new AppError('not-found', 'There is nothing here.');
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
    return new AppError('bad-request', 'The request cannot be understood.');
  return undefined;
}

/** Of one refusal. The largest form has fewer fields. */
const MAX_ISSUES = 40;

/** Parses what a client sent. Throws `bad-request` that says of each field (`details.issues`) what is wrong with it. */
export function parseInput<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value, { error: words });
  if (parsed.success) return parsed.data;
  throw badFields(
    parsed.error.issues.slice(0, MAX_ISSUES).map(({ path, message }) => ({ path: path.join('.'), message })),
  );
}

/** What a client sent is wrong in these fields: `bad-request`. A path is written with dots, `retryMs.busy`. */
export function badFields(issues: readonly { readonly path: string; readonly message: string }[]): AppError {
  const said = issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  return new AppError('bad-request', said.join('; '), { issues });
}

/** Parses what we are about to send. Throws a plain Error: an answer that breaks its schema is a bug. */
export function parseOutput<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new Error(`${what} breaks its schema: ${where.join('; ')}`);
}
