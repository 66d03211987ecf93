import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { io, type Socket } from 'socket.io-client';
import { type ApiDeps, createApi, sessionCookies } from '#server/api/index.ts';
import { customersRoom } from '#server/customers/index.ts';
import { deskRoom } from '#server/desk/index.ts';
import { type Interactions, interactionsRoom } from '#server/interactions/index.ts';
import { ivrRoom } from '#server/ivr/index.ts';
import type { CommandTable, Mounts } from '#server/kernel/index.ts';
import { createPeople, peopleMigrations, peopleRoom } from '#server/people/index.ts';
import { createRouting, type RoutingService, routingMigrations, routingRoom } from '#server/routing/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import type { CustomerDetail } from '#shared/contract/customers.ts';
import { type Desk, deskSchema } from '#shared/contract/desk.ts';
import type { InteractionDetail, InteractionSummary } from '#shared/contract/interactions.ts';
import type { Ack } from '#shared/contract/kit.ts';
import { boardSchema } from '#shared/contract/supervision.ts';
import { within } from './eventually.ts';
import { testKernel } from './kernel.ts';

export const SECOND_HALF = Buffer.from('b'.repeat(500));
export const WAV = Buffer.concat([Buffer.from('RIFF'), Buffer.from('a'.repeat(496)), SECOND_HALF]);

/**
 * The real people, routing and api rooms on a free port, with small stand-ins for the rooms between them. Time stands still
 * until `kernel.clock` is moved.
 */
export async function startApi(overrides: Partial<ApiDeps> = {}) {
  const kernel = await testKernel([...peopleMigrations, ...routingMigrations]);
  const people = await createPeople({ kernel, realm: 'cordboard', sipPath: '/sip' });
  const password = 'demo';
  const [ann, bob, sue, adam] = await Promise.all([
    people.addUser({ username: 'agent1', name: 'Ann', roles: ['agent'], password }),
    people.addUser({ username: 'agent2', name: 'Bob', roles: ['agent'], password }),
    people.addUser({ username: 'super1', name: 'Sue', roles: ['supervisor'], password }),
    people.addUser({ username: 'admin1', name: 'Adam', roles: ['administrator'], password }),
  ]);

  const folder = mkdtempSync(join(tmpdir(), 'cordboard-api-'));
  const recordingsDir = join(folder, 'recordings');
  const rendererDir = join(folder, 'renderer');
  mkdirSync(join(recordingsDir, '2023'), { recursive: true });
  writeFileSync(join(recordingsDir, '2023', 'one.wav'), WAV);
  writeFileSync(join(folder, 'secret.txt'), 'not for anybody');
  mkdirSync(join(rendererDir, 'assets'), { recursive: true });
  writeFileSync(join(rendererDir, 'index.html'), '<!doctype html><title>desktop</title>');
  writeFileSync(join(rendererDir, 'call.html'), '<!doctype html><title>call page</title>');
  writeFileSync(join(rendererDir, 'assets', 'main-abc123.js'), 'export {};');
  writeFileSync(join(rendererDir, '.env'), 'SECRET=1');

  const world = {
    presence: 'not-ready' as Desk['presence'],
    recording: '2023/one.wav' as string | undefined,
    health: { sip: { ok: true }, database: { ok: true } } as Record<
      string,
      { ok: boolean; problem?: string }
    >,
    desksBuilt: 0,
    boardsBuilt: 0,
    history: [] as unknown[],
    details: new Map<string, InteractionDetail>(),
  };
  const detail = (id: string, agent: { id: string; name: string } | null): InteractionDetail => ({
    ...interaction(id),
    agent: agent && { id: agent.id, name: agent.name },
    notesRev: 0,
    timeline: [],
  });
  for (const [id, agent] of [
    ['int_ann', ann],
    ['int_bob', bob],
    ['int_none', null],
  ] as const)
    world.details.set(id, detail(id, agent));

  const settled: Partial<RoutingService> = {
    agent: (id) =>
      id !== ann.id
        ? undefined
        : {
            id,
            presence: world.presence,
            reason: undefined,
            next: undefined,
            state: 'not-ready',
            since: 0,
            offer: undefined,
            hands: [],
            queues: [],
            skills: {},
            reachable: true,
          },
    setPresence: (_, presence, reason) => {
      if (reason === 'unknown') throw new AppError('presence.reason-unknown', 'No such reason.');
      world.presence = presence;
      return 'now';
    },
  };
  const routing: RoutingService = Object.assign(await createRouting({ kernel }), settled);

  const customers = {
    search: async (text: string) => ({ items: text === '' ? [] : [customer('cus_1', text)], next: null }),
    detail: async (id: string) => {
      if (id !== 'cus_1') throw new AppError('not-found', 'There is no such customer.');
      return customer(id, 'Li Wei');
    },
    create: async ({ name, points }: { name: string; points: CustomerDetail['contactPoints'] }) => ({
      ...customer('cus_2', name),
      contactPoints: [...points],
    }),
  } as unknown as Parameters<NonNullable<typeof customersRoom.routes>>[0];
  const interactions = {
    history: async (filter: unknown) => {
      world.history.push(filter);
      return { items: [interaction('int_ann')], next: null };
    },
    detail: async (id: string) => {
      const found = world.details.get(id);
      if (!found) throw new AppError('not-found', 'There is no such contact.');
      return found;
    },
    recordingFile: async () => world.recording,
    setDisposition: async () => undefined,
    removeDisposition: async () => undefined,
  } as unknown as Interactions;
  const lists = { queues: [], dispositions: [], reasons: [] };
  const routes = (mounts: Mounts): void => {
    peopleRoom.routes?.(
      {
        people,
        cookies: sessionCookies(overrides.behindProxy === true),
        takesWork: {
          check: ({ profileId }) => {
            if (!routing.profiles().some(({ id }) => id === profileId))
              throw new AppError('profile.unknown', 'There is no such routing profile.');
          },
          set: (id, settings, by) => routing.setAgent({ id, ...settings }, {}, by),
        },
        deviceChanged: () => undefined,
      },
      mounts,
    );
    customersRoom.routes?.(customers, mounts);
    interactionsRoom.routes?.({ interactions, people, recordings: recordingsDir }, mounts);
    const parts = {
      clock: kernel.clock,
      routing,
      people,
      work: () => [],
      dispositions: () => lists.dispositions,
      flows: () => [],
      deviceChanged: () => undefined,
    };
    routingRoom.routes?.(parts, mounts);
    const ivr = { numbers: () => [{ number: '4000', name: 'Main menu' }] };
    ivrRoom.routes?.(
      { ivr: ivr as Parameters<NonNullable<typeof ivrRoom.routes>>[0]['ivr'], sipDomain: 'cordboard' },
      mounts,
    );
    deskRoom.routes?.(
      {
        people,
        routing,
        journal: kernel.journal,
        phones: () => 0,
        now: () => kernel.clock.now(),
      } as unknown as Parameters<NonNullable<typeof deskRoom.routes>>[0],
      mounts,
    );
  };
  const commands: CommandTable = {
    ...routingRoom.commands?.({
      clock: kernel.clock,
      routing,
      people,
      work: () => [],
      dispositions: () => [],
      flows: () => [],
      deviceChanged: () => undefined,
    }),
    'notes.save': (_, input) => {
      if (input.base !== 0) throw new AppError('notes.stale', 'Older notes.', { rev: 1, notes: 'x' });
      return { rev: 1 };
    },
    'call.hold': async () => ({}),
    'call.hang-up': () => {
      throw new TypeError('a bug with a secret in its words');
    },
  };
  const deps: ApiDeps = {
    kernel,
    people,
    routes: [routes],
    topics: [
      {
        kind: 'own',
        name: 'desk',
        schema: deskSchema,
        of: (userId) => {
          const user = people.user(userId);
          if (!user) return undefined;
          world.desksBuilt += 1;
          return {
            user,
            presence: world.presence,
            reason: null,
            next: null,
            state: 'not-ready',
            since: 0,
            phones: 0,
            offer: null,
            work: null,
            queues: [],
            unsaved: null,
          };
        },
      },
      {
        kind: 'shared',
        name: 'board',
        schema: boardSchema,
        permission: 'board.read',
        everyMs: 1_000,
        of: () => {
          world.boardsBuilt += 1;
          return { queues: [], agents: [], unsaved: null };
        },
      },
    ],
    commands,
    rendererDir,
    version: '0.0.0',
    health: () => world.health,
    collect: () => [{ name: 'calls', help: 'Calls alive', value: 3 }],
    ...overrides,
  };
  const api = await createApi(deps);
  await api.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = api.http.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const sockets: Socket[] = [];

  const call = (path: string, init: RequestInit & { token?: string; json?: unknown } = {}) => {
    const { token, json, ...rest } = init;
    const headers = new Headers(rest.headers);
    if (token) headers.set('authorization', `Bearer ${token}`);
    if (json !== undefined) headers.set('content-type', 'application/json');
    return fetch(url + path, {
      ...rest,
      headers,
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
  };
  const signIn = async (username: string) => {
    const response = await call('/api/session', { method: 'POST', json: { username, password } });
    const body = (await response.json()) as { token: string };
    return {
      token: body.token,
      cookie: response.headers.getSetCookie()[0]?.split(';')[0] ?? '',
      response,
      body,
    };
  };
  /** Not connected yet, so that no event is missed. */
  const desk = (auth: Record<string, unknown> = {}, headers: Record<string, string> = {}) => {
    const socket = io(url, {
      path: '/socket',
      transports: ['websocket'],
      auth,
      extraHeaders: headers,
      forceNew: true,
      autoConnect: false,
      reconnectionDelay: 10,
      reconnectionDelayMax: 20,
    });
    sockets.push(socket);
    return socket;
  };
  const stop = async () => {
    for (const socket of sockets) socket.disconnect();
    await api.close();
    await people.stop();
    rmSync(folder, { recursive: true });
  };
  return { api, kernel, people, ann, bob, sue, adam, world, url, port, folder, call, signIn, desk, stop };
}

export type RunningApi = Awaited<ReturnType<typeof startApi>>;

/** The next event of this name; rejects when none comes. */
export function next<T>(socket: Socket, event: string): Promise<T> {
  return within(new Promise<T>((resolve) => void socket.once(event, resolve)), `the event ${event}`);
}

export const command = (socket: Socket, name: string, input: unknown): Promise<Ack> =>
  within(socket.emitWithAck('command', { name, input }) as Promise<Ack>, `an answer to ${name}`);

function interaction(id: string): InteractionSummary {
  return {
    id,
    channel: 'call',
    direction: 'inbound',
    ani: '+14155550123',
    dnis: '4001',
    customer: null,
    agent: null,
    queue: null,
    startedAt: 1,
    answeredAt: null,
    endedAt: null,
    end: null,
    disposition: null,
    notes: '',
    hasRecording: true,
    recordingMs: null,
  };
}

function customer(id: string, name: string): CustomerDetail {
  return {
    id,
    name,
    account: null,
    tier: 'gold',
    language: 'en',
    city: null,
    timeZone: 'America/Chicago',
    owner: null,
    contactPoints: [],
    cases: [],
  };
}
