import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Phone } from '../../scripts/phone/phone.ts';
import { type RunningApp, startApp } from '../support/app.ts';

let centre: RunningApp;
let token: string;

beforeAll(async () => {
  centre = await startApp({ agents: 1 });
  token = await signIn('admin', 'administrator');
});
afterAll(() => centre.stop());

async function send(method: string, path: string, body?: unknown, as = token): Promise<Response> {
  return fetch(`${centre.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${as}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function signIn(username: string, password: string): Promise<string> {
  const answer = await send('POST', '/api/session', { username, password }, '');
  return ((await answer.json()) as { token: string }).token;
}

const bo = { username: 'bo', name: 'Bo Li', roles: ['agent'], password: 'long enough', queues: ['support'] };

describe('an administrator', () => {
  it('adds an agent who can sign in, take calls of its queues, and register a desk phone', async () => {
    const added = await send('POST', '/api/users', bo);
    expect(added.status).toBe(200);
    const { id } = (await added.json()) as { id: string };
    expect(centre.app.routing.agent(id)?.queues).toEqual(['support']);
    expect(await signIn('bo', 'long enough')).toBeTruthy();
    expect((await send('PUT', `/api/users/${id}/device`, { password: 'desk phone 7' })).status).toBe(200);
    const phone = await Phone.open({
      server: centre.sip,
      user: 'bo',
      account: { username: 'bo', password: 'desk phone 7' },
    });
    await phone.register();
    expect(centre.app.routing.agent(id)?.reachable).toBe(true);
    await phone.close();
  });

  it('is told of a name taken, a queue that does not exist, a phone that is none; and nothing is half done', async () => {
    const before = centre.app.people.users().length;
    expect((await send('POST', '/api/users', { ...bo, username: 'agent1' })).status).toBe(409);
    const unknown = await send('POST', '/api/users', {
      ...bo,
      username: 'cy',
      queues: ['support', 'nowhere'],
    });
    expect([unknown.status, ((await unknown.json()) as { code: string }).code]).toEqual([
      404,
      'queue.unknown',
    ]);
    expect((await send('PUT', '/api/users/agent1/device', { uri: 'not a phone' })).status).toBe(400);
    expect(centre.app.people.users()).toHaveLength(before);
  });

  it('alone may do so', async () => {
    const agent = await signIn('bo', 'long enough');
    expect((await send('POST', '/api/users', { ...bo, username: 'dee' }, agent)).status).toBe(403);
    expect((await send('GET', '/api/users', undefined, agent)).status).toBe(403);
  });
});
