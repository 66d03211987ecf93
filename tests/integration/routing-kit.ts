import { endpoints } from '#shared/contract/index.ts';
import type { FactOf } from '#shared/model/facts/index.ts';
import { profileDefaults, type QueueSettings, queueDefaults } from '#shared/model/routing.ts';
import type { Channel } from '#shared/model/states.ts';
import { DeskClient } from '../../scripts/traffic/desk.ts';
import { ADMIN, type AppOptions, type RunningApp, startApp } from '../support/app.ts';

export interface Reply {
  readonly status: number;
  /** Of a refusal. */
  readonly code?: string;
  readonly message?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

export const ROLES = ['agent', 'supervisor', 'administrator'] as const;
export type WhoAsks = (typeof ROLES)[number] | 'nobody';

export const queueBody = { ...queueDefaults, name: 'Help' };
export const profileBody = { ...profileDefaults, name: 'Helpers', queues: [] };
export const hoursBody = { name: 'Office', zone: 'Europe/Berlin', weekly: {}, holidays: [] };

/** A whole server with an agent (agent1), a supervisor (super1) and an administrator, each able to ask over HTTP. */
export async function startAdministration(options: AppOptions = {}) {
  const centre = await startApp({ agents: 1, ...options });
  if (!centre.app.people.user('super1'))
    await centre.app.people.addUser({
      id: 'super1',
      username: 'super1',
      name: 'Sue',
      roles: ['supervisor'],
      password: 'demo',
    });
  const tokens: Record<WhoAsks, string> = {
    agent: await signIn(centre, 'agent1', 'demo'),
    supervisor: await signIn(centre, 'super1', 'demo'),
    administrator: await signIn(centre, ADMIN.username, ADMIN.password),
    nobody: '',
  };

  async function ask(
    method: string,
    path: string,
    body?: unknown,
    who: WhoAsks = 'administrator',
  ): Promise<Reply> {
    const response = await fetch(centre.url + path, {
      method,
      headers: {
        ...(tokens[who] ? { authorization: `Bearer ${tokens[who]}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { status } = response;
    const json = (await response.json()) as Partial<Reply>;
    if (response.ok) return { status, body: json };
    return { ...json, status, body: json };
  }

  return {
    centre,
    ask,
    put: (path: string, body: unknown, who?: WhoAsks) => ask('PUT', path, body, who),
    remove: (path: string, who?: WhoAsks) => ask('DELETE', path, undefined, who),
    /** Everything that is set, as the contract parses it. */
    async settings() {
      return endpoints.routing.response.parse((await ask('GET', '/api/routing')).body);
    },
    queue(id: string): QueueSettings {
      const settings = centre.app.routing.queueSettings(id);
      if (!settings) throw new Error(`there is no queue ${id}`);
      return settings;
    },
    async work(who: WhoAsks, query = '') {
      return endpoints.listWork.response.parse((await ask('GET', `/api/work${query}`, undefined, who)).body);
    },
    /** Work that needs no call. */
    enqueue(id: string, queueId: string, more: { priority?: number; channel?: Channel } = {}): void {
      centre.app.routing.enqueue({
        id,
        interactionId: `int-${id}`,
        channel: 'task',
        priority: 0,
        queueId,
        ...more,
      });
    },
    /** A new centre has a disposition on every key: takes those of these keys off the list. */
    async freeKeys(...keys: number[]): Promise<void> {
      for (const { id, key } of centre.app.interactions.dispositions())
        if (key !== null && keys.includes(key)) await ask('DELETE', `/api/routing/dispositions/${id}`);
    },
    /** The audit so far, without what was before `since`. */
    async changes(since = 0): Promise<FactOf<'routing.changed'>[]> {
      const { journal } = centre.app.kernel;
      await journal.flush();
      const facts = await journal.since(since);
      return facts.flatMap(({ seq: _, at: __, ...fact }) => (fact.type === 'routing.changed' ? [fact] : []));
    },
    /** A desk of this user, connected. */
    async desk(who: Exclude<WhoAsks, 'nobody'>): Promise<DeskClient> {
      const [username, password] = {
        agent: ['agent1', 'demo'] as const,
        supervisor: ['super1', 'demo'] as const,
        administrator: [ADMIN.username, ADMIN.password] as const,
      }[who];
      const client = await DeskClient.signIn(centre.url, username, password);
      await client.connect(() => undefined);
      return client;
    },
    signIn: (username: string, password: string) => signIn(centre, username, password),
  };
}

export type Administration = Awaited<ReturnType<typeof startAdministration>>;

async function signIn({ url }: RunningApp, username: string, password: string): Promise<string> {
  const response = await fetch(`${url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
  return endpoints.signIn.response.parse(await response.json()).token;
}
