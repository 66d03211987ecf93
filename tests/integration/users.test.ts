import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { profileDefaults } from '#shared/model/routing.ts';
import { Phone } from '../../scripts/phone/phone.ts';
import { type RunningApp, startApp } from '../support/app.ts';

let centre: RunningApp;
let token: string;

beforeAll(async () => {
  centre = await startApp({ agents: 1 });
  token = await signIn('admin', 'administrator');
  await send('PUT', '/api/routing/skills/english', { name: 'English' });
  const queues = [{ queueId: 'support', tier: 1 }];
  await send('PUT', '/api/routing/profiles/phones', { ...profileDefaults, name: 'Phones', queues });
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

const bo = { username: 'bo', name: 'Bo Li', roles: ['agent'], password: 'long enough' };
const routing = { profileId: 'phones', skills: { english: 4 }, rank: 3 };

describe('an administrator', () => {
  it('A19 adds an agent who can sign in, take calls of its profile’s queues, and register a desk phone', async () => {
    const added = await send('POST', '/api/users', { ...bo, routing });
    expect(added.status).toBe(200);
    const { id } = (await added.json()) as { id: string };
    expect(centre.app.routing.agent(id)).toMatchObject({
      queues: [{ queueId: 'support', tier: 1 }],
      skills: { english: 4 },
    });
    expect(centre.app.routing.agentRouting(id)).toEqual({ id, ...routing });
    const facts = await centre.app.kernel.journal.since(0);
    const last = facts.findLast(({ type }) => type === 'routing.changed');
    expect(last).toMatchObject({ what: 'agent', subject: id, change: 'set' });
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

  it('A19 adds somebody who takes no work, and gives that work later', async () => {
    const added = await send('POST', '/api/users', { ...bo, username: 'di', roles: ['supervisor'] });
    const { id } = (await added.json()) as { id: string };
    expect(centre.app.routing.agent(id)).toBeUndefined();
    await send('PUT', `/api/users/${id}/device`, { password: 'desk phone 8' });
    const account = { username: 'di', password: 'desk phone 8' };
    const phone = await Phone.open({ server: centre.sip, user: 'di', account });
    await phone.register();
    expect((await send('PUT', `/api/routing/agents/${id}`, routing)).status).toBe(200);
    // Calls can be offered at once: the phone that is there already counts.
    expect(centre.app.routing.agent(id)).toMatchObject({
      queues: [{ queueId: 'support', tier: 1 }],
      reachable: true,
    });
    await phone.close();
  });

  it('A19 is told of a name taken, a profile, skill or phone that is none; and nothing is half done', async () => {
    const before = [centre.app.people.users().length, centre.app.routing.agents().length];
    expect((await send('POST', '/api/users', { ...bo, routing, username: 'agent1' })).status).toBe(409);
    for (const [wrong, status, code] of [
      [{ ...routing, profileId: 'nobody' }, 404, 'profile.unknown'],
      [{ ...routing, skills: { klingon: 1 } }, 404, 'skill.unknown'],
      [{ ...routing, skills: { english: 6 } }, 400, 'bad-request'],
      [{ ...routing, rank: 0 }, 400, 'bad-request'],
      [{ queues: ['support'] }, 400, 'bad-request'],
    ] as const) {
      const answer = await send('POST', '/api/users', { ...bo, username: 'cy', routing: wrong });
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([status, code]);
    }
    expect((await send('PUT', '/api/users/agent1/device', { uri: 'not a phone' })).status).toBe(400);
    expect([centre.app.people.users().length, centre.app.routing.agents().length]).toEqual(before);
  });

  it('A19 is told when the profile was removed while the user was being added', async () => {
    await send('PUT', '/api/routing/profiles/brief', { ...profileDefaults, name: 'Brief', queues: [] });
    const { people, routing: live } = centre.app;
    const addUser = people.addUser.bind(people);
    people.addUser = async (user) => {
      const added = await addUser(user);
      await live.removeProfile('brief', 'system');
      return added;
    };
    try {
      const brief = { ...routing, profileId: 'brief' };
      const answer = await send('POST', '/api/users', { ...bo, username: 'eve', routing: brief });
      const { code, message } = (await answer.json()) as { code: string; message: string };
      expect([answer.status, code]).toEqual([404, 'profile.unknown']);
      expect(message).toMatch(/^Bo Li was added, but takes no work yet: /);
    } finally {
      people.addUser = addUser;
    }
    expect(people.userByName('eve')).toBeDefined();
  });

  it('alone may do so', async () => {
    const agent = await signIn('bo', 'long enough');
    expect((await send('POST', '/api/users', { ...bo, username: 'dee' }, agent)).status).toBe(403);
    expect((await send('GET', '/api/users', undefined, agent)).status).toBe(403);
  });
});
