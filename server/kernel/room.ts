import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { CommandName, CommandOutput, commands, Endpoint, Permission } from '#shared/contract/index.ts';
import type { Permissions } from '#shared/contract/kit.ts';
import type { User } from '#shared/contract/people.ts';
import type { FactDeclaration } from '#shared/model/facts/index.ts';
import type { Db } from './db.ts';
import type { Projection } from './journal.ts';
import type { Migration } from './migrate.ts';

/** Who is asking: the owner of a live session. */
export interface Principal {
  readonly sessionId: string;
  readonly user: User;
}

/** What the handler of an endpoint is given, parsed. */
export interface PublicCall<E extends Endpoint> {
  readonly params: z.output<E['params']>;
  readonly query: z.output<E['query']>;
  readonly body: z.output<E['body']>;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}
export interface SignedInCall<E extends Endpoint> extends PublicCall<E> {
  readonly principal: Principal;
}
type Answer<E extends Endpoint> = z.input<E['response']> | Promise<z.input<E['response']>>;

/** Where a room hangs its endpoints. Session, permission and form are checked before a handler runs. */
export interface Mounts {
  /** An endpoint for signed-in users with its permission. */
  mount<E extends Endpoint>(endpoint: E, handler: (call: SignedInCall<E>) => Answer<E>): void;
  /** An endpoint for anybody. */
  mountPublic<E extends Endpoint>(endpoint: E, handler: (call: PublicCall<E>) => Answer<E>): void;
  /**
   * A file: GET and HEAD of a path, for signed-in users who have the permission of its room; `open` throws AppError.
   * Ranges, caching and the form of the answer are the API's.
   */
  mountFile(file: FileEndpoint): void;
}

export interface FileEndpoint {
  readonly path: string;
  /** Checks who asks and says which file it is: within `folder`, never outside of it. Throws AppError. */
  open(
    principal: Principal,
    request: FastifyRequest,
  ): Promise<{
    readonly folder: string;
    readonly file: string;
    readonly name: string;
    readonly type: string;
  }>;
}

/** What carries out commands of desks. Permission and form are already checked; throw AppError to refuse. */
export type CommandTable = {
  readonly [N in CommandName]?: (
    principal: Principal,
    input: z.output<(typeof commands)[N]['input']>,
  ) => CommandOutput<N> | Promise<CommandOutput<N>>;
};

/**
 * A document that desks watch. It is made from memory and sent whole, so that replacing it is always right; `rev`,
 * `epoch` and `now` are added by the gateway and order what arrives.
 */
interface TopicOf {
  /** The event it is sent as. */
  readonly name: string;
  /** What is sent; without `rev`, `epoch` and `now` it is what `of` gives. */
  readonly schema: z.ZodType;
}
/** Each user has one of its own: sent at once on connecting, and whenever it changes. Cheap: it is made at each push. */
export interface OwnTopic extends TopicOf {
  readonly kind: 'own';
  /** Undefined for a user who has none. */
  readonly of: (userId: string) => object | undefined;
}
/** One for all who may see it and ask for it by the command `<name>.watch`. */
export interface SharedTopic extends TopicOf {
  readonly kind: 'shared';
  readonly permission: Permission;
  /** At most so often, ms. */
  readonly everyMs: number;
  readonly of: () => object;
}
export type Topic = OwnTopic | SharedTopic;

/**
 * A room of the house as the server sees it. The server is a list of these; it knows nothing else of what they do.
 * `S` is the room's service once it is built.
 */
export interface Room<S = undefined> {
  readonly name: string;
  /** The facts it tells. */
  readonly facts: readonly FactDeclaration[];
  /** What roles may do in it, by name: declared in its contract, decided in one place by people. */
  readonly permissions: Permissions;
  readonly migrations: readonly Migration[];
  readonly projections: readonly Projection[];
  /** Tables made from others (text indices and how far they are): not copied with a centre, but made anew there. */
  readonly derived?: readonly string[];
  /** Makes them anew, where no background work of the running room does. */
  derive?(db: Db): Promise<void>;
  routes?(service: S, mounts: Mounts): void;
  commands?(service: S): CommandTable;
  topics?(service: S): readonly Topic[];
  /** After every room is built, in the order of the list. */
  start?(service: S): void | Promise<void>;
  /** In the reverse order. */
  stop?(service: S): void | Promise<void>;
}
