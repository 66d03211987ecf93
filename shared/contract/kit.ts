import { z } from 'zod';
import { idSchema, instantSchema } from '../model/ids.ts';
import type { Role } from '../model/states.ts';

/** What the contracts of all rooms are made of. */

type Schema = z.ZodType;

/** One REST endpoint: the server mounts it, the desktop calls it, and both parse with the same schemas. */
export interface Endpoint<
  P extends Schema = Schema,
  Q extends Schema = Schema,
  B extends Schema = Schema,
  R extends Schema = Schema,
  Allowed extends string = string,
> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Fastify style, `/api/interactions/:id`. */
  readonly path: string;
  readonly summary: string;
  /** `public`: anybody; otherwise a permission of the signed-in user. */
  readonly permission: Allowed;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly response: R;
}

const nothing = z.object({});
type Nothing = typeof nothing;

export function endpoint<
  const Allowed extends string,
  P extends Schema = Nothing,
  Q extends Schema = Nothing,
  B extends Schema = Nothing,
  R extends Schema = Nothing,
>(
  e: Pick<Endpoint, 'method' | 'path' | 'summary'> & {
    permission: Allowed;
    params?: P;
    query?: Q;
    body?: B;
    response?: R;
  },
): Endpoint<P, Q, B, R, Allowed> {
  return {
    ...e,
    params: (e.params ?? nothing) as P,
    query: (e.query ?? nothing) as Q,
    body: (e.body ?? nothing) as B,
    response: (e.response ?? nothing) as R,
  };
}

/** One command a desk may send over its socket. `permission` is checked by the gateway, ownership by the service. */
export interface Command<
  I extends Schema = Schema,
  O extends Schema = Schema,
  Allowed extends string = string,
> {
  readonly permission: Allowed;
  readonly input: I;
  readonly output: O;
}

export const command = <const Allowed extends string, I extends Schema, O extends Schema = Nothing>(
  permission: Allowed,
  input: I,
  output?: O,
): Command<I, O, Allowed> => ({ permission, input, output: (output ?? nothing) as O });

/** What each role may do, by permission. */
export type Permissions = Readonly<Record<string, readonly Role[]>>;

/** The HTTP status that each expected failure becomes, by code. */
export type Errors = Readonly<Record<string, number>>;

export const byId = z.object({ id: idSchema });
export const paging = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  /** Opaque; the `next` of the page before. */
  cursor: z.string().max(200).optional(),
};

export const refSchema = z.object({ id: idSchema, name: z.string() });
export type Ref = z.infer<typeof refSchema>;

/** Failures that are no room's own. */
export const commonErrors = {
  'bad-request': 400,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'too-large': 413,
  'too-many': 429,
  'unknown-command': 400,
  /** It must be read, and cannot be now. What is to be written waits instead. */
  'database.unavailable': 503,
  overloaded: 503,
  internal: 500,
} as const satisfies Errors;

/** What a refusal holds: an HTTP problem, and the acknowledgement of a command. */
export const problemSchema = z.object({
  code: z.string(),
  message: z.string(),
  details: z.record(z.string(), z.unknown()).optional(),
});
export type Problem = z.infer<typeof problemSchema>;

/**
 * The socket is socket.io at this path, signed in by the session cookie or by `auth: { token }`. The client's only event
 * is `command` with an envelope and an acknowledgement.
 */
export const SOCKET_PATH = '/socket';
export const SIP_WS_PATH = '/sip';

export const commandEnvelopeSchema = z.object({ name: z.string().max(64), input: z.unknown() });

/** What the acknowledgement of every command holds. */
export const ackSchema = z.union([
  z.object({ ok: z.literal(true), output: z.unknown() }),
  z.object({ ok: z.literal(false), error: problemSchema }),
]);
export type Ack = z.infer<typeof ackSchema>;

/** Since when what happens is not stored: the database takes no writes. Null while it does. */
export const unsavedSchema = z.object({ since: instantSchema }).nullable();
