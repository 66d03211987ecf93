/**
 * Every expected failure has a code. `status` is the HTTP status it becomes; sockets send the code itself.
 * People quote the code; the words they read come from the language files (`errors.<code>`), falling back to
 * the message sent.
 */
export const errorStatus = {
  'bad-request': 400,
  'sign-in.failed': 401,
  'sign-in.locked': 423,
  'sign-in.too-many': 429,
  'session.required': 401,
  'session.expired': 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'too-large': 413,
  'too-many': 429,
  'unknown-command': 400,
  'offer.gone': 409,
  'call.gone': 409,
  'call.not-yours': 403,
  'call.illegal': 409,
  'agent.no-phone': 409,
  'presence.illegal': 409,
  'presence.reason-unknown': 400,
  'queue.unknown': 404,
  'queue.closed': 409,
  'queue.full': 409,
  'skill.unknown': 404,
  'profile.unknown': 404,
  'hours.unknown': 404,
  'routing.in-use': 409,
  'routing.strands-work': 409,
  'work.unknown': 404,
  'wrap-up.none': 409,
  'wrap-up.disposition-required': 409,
  'disposition.unknown': 400,
  'notes.stale': 409,
  'recording.none': 404,
  'recording.disk': 507,
  'media.failed': 502,
  'media.no-ports': 503,
  overloaded: 503,
  internal: 500,
} as const;

export type ErrorCode = keyof typeof errorStatus;

/** The one type of expected failure. Anything else thrown is a bug. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = 'AppError';
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return errorStatus[this.code];
  }
}
