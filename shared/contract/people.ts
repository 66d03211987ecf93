import { z } from 'zod';
import { idSchema, instantSchema } from '../model/ids.ts';
import { roleSchema } from '../model/states.ts';
import { byId, type Errors, endpoint, type Permissions, refSchema } from './kit.ts';

export const userSchema = z.object({
  id: idSchema,
  username: z.string(),
  name: z.string(),
  roles: z.array(roleSchema),
  team: refSchema.nullable(),
});
export type User = z.infer<typeof userSchema>;

/** Credentials for the agent's softphone. The password is valid until `expiresAt` and is never stored. */
export const sipCredentialsSchema = z.object({
  /** Address of record, e.g. `sip:agent1@cordboard`. */
  uri: z.string(),
  username: z.string(),
  password: z.string(),
  realm: z.string(),
  /** Path of the SIP-over-WebSocket endpoint on the HTTP server, `/sip`. */
  path: z.string(),
  expiresAt: instantSchema,
});
export type SipCredentials = z.infer<typeof sipCredentialsSchema>;

const credentialsSchema = z.object({
  username: z.string().min(1).max(64),
  password: z.string().min(1).max(256),
});

export const peopleEndpoints = {
  signIn: endpoint({
    method: 'POST',
    path: '/api/session',
    summary: 'Sign in. Sets a cookie and returns the same token for Authorization: Bearer.',
    permission: 'public',
    body: credentialsSchema,
    response: z.object({ token: z.string(), user: userSchema, sip: sipCredentialsSchema.nullable() }),
  }),
  signOut: endpoint({
    method: 'DELETE',
    path: '/api/session',
    summary: 'Sign out: the token is revoked, its sockets closed.',
    permission: 'self',
  }),
  me: endpoint({
    method: 'GET',
    path: '/api/me',
    summary: 'Who is signed in.',
    permission: 'self',
    response: userSchema,
  }),
  myPhone: endpoint({
    method: 'POST',
    path: '/api/me/phone',
    summary: 'A fresh short-lived SIP password for the softphone.',
    permission: 'work.take',
    response: sipCredentialsSchema,
  }),
  listUsers: endpoint({
    method: 'GET',
    path: '/api/users',
    summary: 'Everybody who may sign in.',
    permission: 'users.manage',
    response: z.object({ items: z.array(userSchema) }),
  }),
  setDevice: endpoint({
    method: 'PUT',
    path: '/api/users/:id/device',
    summary:
      'The desk phone of a user: the password it registers with, or a fixed SIP URI to ring (null: none).',
    permission: 'users.manage',
    params: byId,
    body: z.object({
      password: z.string().min(8).max(128).optional(),
      uri: z.string().max(200).nullable().optional(),
    }),
  }),
} as const;

export const peopleEvents = {
  /** The session was revoked; the socket is closed after this. */
  'signed-out': z.object({ reason: z.enum(['signed-out', 'revoked', 'expired']) }),
} as const;

export const peoplePermissions = {
  self: ['agent', 'supervisor', 'administrator'],
  /** To be given work, and a phone to take it with. */
  'work.take': ['agent', 'supervisor', 'administrator'],
  'users.manage': ['administrator'],
} as const satisfies Permissions;

export const peopleErrors = {
  'sign-in.failed': 401,
  'sign-in.locked': 423,
  'sign-in.too-many': 429,
  'session.required': 401,
  'session.expired': 401,
} as const satisfies Errors;
