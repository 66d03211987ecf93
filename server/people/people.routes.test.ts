import type { FastifyReply, FastifyRequest } from 'fastify';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Mounts } from '#server/kernel/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import type { Endpoint } from '#shared/contract/index.ts';
import { endpoints } from '#shared/contract/index.ts';
import { type PeopleParts, peopleRoutes } from './people.routes.ts';
import type { People } from './types.ts';

const ann = { id: 'usr_ann', username: 'ann', name: 'Ann', roles: ['agent' as const], team: null };
const principal = { sessionId: 'ses_1', user: { ...ann, id: 'usr_admin' } };
const routing = { profileId: 'first', skills: {} };
const body = { username: 'ann', name: 'Ann', roles: ['agent'], password: 'demo', routing };

/** What was asked of the parts, in order. */
let asked: string[];
let refusal: { check?: Error; set?: Error };
const handlers = new Map<Endpoint, (call: never) => unknown>();
const ask = (endpoint: Endpoint, call: object): unknown =>
  handlers.get(endpoint)?.({
    principal,
    params: {},
    query: {},
    body: {},
    request: { ip: '10.0.0.1' } as FastifyRequest,
    reply: {} as FastifyReply,
    ...call,
  } as never);

beforeEach(() => {
  asked = [];
  refusal = {};
  const people: Partial<People> = {
    signIn: async (name, _, source) => {
      asked.push(`sign in ${name} from ${source}`);
      return { token: 'token', principal: { sessionId: 'ses_2', user: ann } };
    },
    may: () => false,
    signOut: (id) => void asked.push(`sign out ${id}`),
    users: () => [ann],
    addUser: async (user, by) => {
      asked.push(`add ${user.username} by ${by}`);
      return ann;
    },
    setFixedUri: async (id, uri, by) => void asked.push(`uri ${id} ${uri} by ${by}`),
    setDevicePassword: async (id, _, by) => void asked.push(`password ${id} by ${by}`),
  };
  const parts: PeopleParts = {
    people: people as People,
    cookies: {
      set: (_, token) => void asked.push(`cookie ${token}`),
      clear: () => void asked.push('no cookie'),
    },
    takesWork: {
      check: () => {
        if (refusal.check) throw refusal.check;
      },
      set: async (id, { profileId }, by) => {
        if (refusal.set) throw refusal.set;
        asked.push(`${id} takes work as ${profileId} by ${by}`);
      },
    },
    deviceChanged: (id) => void asked.push(`device of ${id} changed`),
  };
  const keep = (endpoint: Endpoint, handler: (call: never) => unknown) =>
    void handlers.set(endpoint, handler);
  peopleRoutes(parts, { mount: keep, mountPublic: keep, mountFile: () => undefined } as unknown as Mounts);
});

describe('the endpoints of people', () => {
  it('a sign-in sets the cookie, signing out clears it', async () => {
    const credentials = { username: 'ann', password: 'demo' };
    expect(await ask(endpoints.signIn, { body: credentials })).toEqual({
      token: 'token',
      user: ann,
      sip: null,
    });
    expect(ask(endpoints.signOut, {})).toEqual({});
    expect(asked).toEqual(['sign in ann from 10.0.0.1', 'cookie token', 'sign out ses_1', 'no cookie']);
  });

  it('a new user is checked first, then added, then takes work', async () => {
    expect(await ask(endpoints.createUser, { body })).toEqual(ann);
    expect(asked).toEqual(['add ann by usr_admin', 'usr_ann takes work as first by usr_admin']);
    asked = [];
    expect(await ask(endpoints.createUser, { body: { ...body, routing: undefined } })).toEqual(ann);
    expect(asked).toEqual(['add ann by usr_admin']);
  });

  it('nobody is added whom routing refuses; who is added and refused afterwards is named', async () => {
    refusal.check = new AppError('profile.unknown', 'There is no such routing profile.');
    await expect(ask(endpoints.createUser, { body })).rejects.toBe(refusal.check);
    expect(asked).toEqual([]);
    refusal = { set: new AppError('profile.unknown', 'It is gone.', { profile: 'first' }) };
    await expect(ask(endpoints.createUser, { body })).rejects.toMatchObject({
      code: 'profile.unknown',
      message: 'Ann was added, but takes no work yet: It is gone.',
      details: { profile: 'first', user: 'usr_ann' },
    });
    refusal = { set: new Error('a bug') };
    await expect(ask(endpoints.createUser, { body })).rejects.toBe(refusal.set);
  });

  it('a phone counts from when it is set', async () => {
    const params = { id: 'usr_ann' };
    await ask(endpoints.setDevice, { params, body: { uri: null, password: 'secret phone' } });
    expect(asked).toEqual([
      'uri usr_ann null by usr_admin',
      'password usr_ann by usr_admin',
      'device of usr_ann changed',
    ]);
  });
});
