import { z } from 'zod';
import { idSchema } from '../model/ids.ts';
import { presenceSchema } from '../model/states.ts';
import type { Permission } from './permissions.ts';
import { boardSchema, deskSchema } from './views.ts';

/** One command a desk may send over its socket. `permission` is checked by the gateway, ownership by the service. */
interface Command<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly permission: Permission;
  readonly input: I;
  readonly output: O;
}
const done = z.object({});
const command = <I extends z.ZodType, O extends z.ZodType = typeof done>(
  permission: Permission,
  input: I,
  output?: O,
): Command<I, O> => ({ permission, input, output: (output ?? done) as O });

const offer = z.object({ offerId: idSchema });
const work = z.object({ interactionId: idSchema });
const item = z.object({ itemId: idSchema });

export const commands = {
  /** The pop of this offer is painted: the phone may ring. */
  'offer.shown': command('work.take', offer),
  'offer.decline': command('work.take', offer),
  'call.mute': command('work.take', work.extend({ muted: z.boolean() })),
  'call.hold': command('work.take', work.extend({ held: z.boolean() })),
  'call.hang-up': command('work.take', work),
  /** This desk has lost the audio of its call (a reload): ring this agent's phones again for the same call. */
  'call.rejoin': command('work.take', work),
  /** Sends one key to the caller's side (RFC 4733), for agents whose phone cannot. */
  'call.digit': command('work.take', work.extend({ digit: z.string().regex(/^[0-9*#A-D]$/) })),
  /** `base` is the revision these notes were typed over; an older one is refused with `notes.stale`. */
  'notes.save': command(
    'work.take',
    work.extend({ notes: z.string().max(20_000), base: z.number().int().nonnegative() }),
    z.object({ rev: z.number().int() }),
  ),
  'disposition.set': command('work.take', work.extend({ disposition: idSchema })),
  'wrap-up.extend': command('work.take', work),
  'wrap-up.finish': command('work.take', work),
  /** Points the contact at another customer (or at none); recorded. */
  'customer.choose': command('work.take', work.extend({ customerId: idSchema.nullable() })),
  /** Sends waiting work to another queue; it keeps its arrival. */
  'work.move': command('work.manage', item.extend({ queue: idSchema })),
  /** Points added to the score of waiting work; 0 takes them back. */
  'work.boost': command('work.manage', item.extend({ boost: z.number().min(-1_000_000).max(1_000_000) })),
  /** A supervisor changes an agent's presence, as the agent would. */
  'agent.presence': command(
    'work.manage',
    z.object({ agentId: idSchema, presence: presenceSchema, reason: idSchema.optional() }),
    z.object({ applied: z.enum(['now', 'next']) }),
  ),
  /** Subscribes this socket to `board` messages, about one a second. */
  'board.watch': command('board.read', z.object({ on: z.boolean() })),
} as const;

export type CommandName = keyof typeof commands;
export type CommandInput<N extends CommandName> = z.input<(typeof commands)[N]['input']>;
export type CommandOutput<N extends CommandName> = z.output<(typeof commands)[N]['output']>;

export const commandEnvelopeSchema = z.object({ name: z.string().max(64), input: z.unknown() });

/** What the acknowledgement of every command holds. */
export const ackSchema = z.union([
  z.object({ ok: z.literal(true), output: z.unknown() }),
  z.object({
    ok: z.literal(false),
    error: z.object({
      code: z.string(),
      message: z.string(),
      details: z.record(z.string(), z.unknown()).optional(),
    }),
  }),
]);
export type Ack = z.infer<typeof ackSchema>;

/** HTTP problems carry the same three members. */
export const problemSchema = z.object({
  code: z.string(),
  message: z.string(),
  details: z.record(z.string(), z.unknown()).optional(),
});
export type Problem = z.infer<typeof problemSchema>;

/**
 * Server to desk. The socket is socket.io at `/socket` (path), signed in by the session cookie or by
 * `auth: { token }`. The client's only event is `command` with an envelope and an acknowledgement.
 */
export const serverEvents = {
  /** At once on connecting, and whenever anything on this agent's desk changes. */
  desk: deskSchema,
  board: boardSchema,
  /** What `/api/lists` and `/api/routing` tell is another now: ask again. */
  'lists-changed': z.object({}),
  /** The session was revoked; the socket is closed after this. */
  'signed-out': z.object({ reason: z.enum(['signed-out', 'revoked', 'expired']) }),
} as const;
export const SOCKET_PATH = '/socket';
export const SIP_WS_PATH = '/sip';
/** SIP header on the INVITE to an agent's phone that tells its desk which offer is ringing. */
export const OFFER_HEADER = 'X-Cordboard-Offer';
/** SIP header on an INVITE that brings a running call back to an agent whose audio was lost: its interaction id.
 * The desk that shows this interaction answers it at once. */
export const RESUME_HEADER = 'X-Cordboard-Resume';
