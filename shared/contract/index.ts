import type { z } from 'zod';
import { compose } from '../compose.ts';
import { callCommands, callErrors } from './calls.ts';
import { customerEndpoints, customerPermissions } from './customers.ts';
import { deskEndpoints, deskEvents } from './desk.ts';
import {
  interactionCommands,
  interactionEndpoints,
  interactionErrors,
  interactionPermissions,
} from './interactions.ts';
import { ivrEndpoints } from './ivr.ts';
import { type Command, commonErrors, type Endpoint as EndpointOf } from './kit.ts';
import { peopleEndpoints, peopleErrors, peopleEvents, peoplePermissions } from './people.ts';
import { routingCommands, routingEndpoints, routingErrors, routingPermissions } from './routing.ts';
import {
  supervisionCommands,
  supervisionEndpoints,
  supervisionEvents,
  supervisionPermissions,
} from './supervision.ts';

/** The contracts of all rooms as one. A name that two rooms declare throws at once, a permission that none declares does not compile. */

/** What each role may do. `people` checks it in one place for REST and for sockets. */
export const permissions = /* @__PURE__ */ compose(
  peoplePermissions,
  customerPermissions,
  interactionPermissions,
  routingPermissions,
  supervisionPermissions,
);
export type Permission = keyof typeof permissions;

type Schema = z.ZodType;
/** Any endpoint of the contract. */
export type Endpoint<
  P extends Schema = Schema,
  Q extends Schema = Schema,
  B extends Schema = Schema,
  R extends Schema = Schema,
> = EndpointOf<P, Q, B, R, Permission | 'public'>;

export const endpoints = /* @__PURE__ */ compose(
  peopleEndpoints,
  customerEndpoints,
  interactionEndpoints,
  routingEndpoints,
  ivrEndpoints,
  supervisionEndpoints,
  deskEndpoints,
) satisfies Readonly<Record<string, Endpoint>>;

/** What a desk may send over its socket. */
export const commands = /* @__PURE__ */ compose(
  interactionCommands,
  routingCommands,
  callCommands,
  supervisionCommands,
) satisfies Readonly<Record<string, Command<Schema, Schema, Permission>>>;

export type CommandName = keyof typeof commands;
export type CommandInput<N extends CommandName> = z.input<(typeof commands)[N]['input']>;
export type CommandOutput<N extends CommandName> = z.output<(typeof commands)[N]['output']>;

/** What the server sends to a desk over its socket. */
export const serverEvents = /* @__PURE__ */ compose(peopleEvents, supervisionEvents, deskEvents);

/**
 * Every expected failure has a code, and the code the HTTP status it becomes; sockets send the code itself. People quote
 * the code; the words they read come from the language files (`errors.<code>`), falling back to the message sent.
 */
export const errorStatus = /* @__PURE__ */ compose(
  commonErrors,
  peopleErrors,
  interactionErrors,
  routingErrors,
  callErrors,
);
export type ErrorCode = keyof typeof errorStatus;
