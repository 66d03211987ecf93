import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endpoints } from '#shared/contract/index.ts';
import { type RunningApi, startApi } from '../support/api.ts';

let api: RunningApi;
const fresh = () => {
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.stop());
};

const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;

describe('sign-in over HTTP', () => {
  fresh();

  it('A1 gives a token, the user, SIP credentials and a cookie that scripts cannot read', async () => {
    const { body, response } = await api.signIn('agent1');
    expect(response.status).toBe(200);
    expect(endpoints.signIn.response.parse(body)).toMatchObject({
      user: { username: 'agent1', roles: ['agent'] },
      sip: { uri: 'sip:agent1@cordboard', path: '/sip', realm: 'cordboard' },
    });
    const [cookie = ''] = response.headers.getSetCookie();
    expect(cookie).toMatch(/^cordboard_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
  });

  it('A1 cookie and Bearer both open /api/me; without them, or with a bad one, it is 401 with its own code', async () => {
    const { token, cookie } = await api.signIn('agent1');
    const byToken = await api.call('/api/me', { token });
    expect(await byToken.json()).toEqual(api.ann);
    expect((await api.call('/api/me', { headers: { cookie } })).status).toBe(200);
    for (const [init, code] of [
      [{}, 'session.required'],
      [{ token: 'x'.repeat(43) }, 'session.expired'],
      [{ headers: { cookie: 'cordboard_session=..%00' } }, 'session.expired'],
    ] as const) {
      const response = await api.call('/api/me', init);
      expect([response.status, await codeOf(response)]).toEqual([401, code]);
    }
  });

  it('A1 sign-out revokes the token and clears the cookie', async () => {
    const { token, cookie } = await api.signIn('admin1');
    expect(api.people.sipHa1('admin1', 'MD5')).toHaveLength(1);
    const response = await api.call('/api/session', { method: 'DELETE', headers: { cookie } });
    expect([response.status, await response.json()]).toEqual([200, {}]);
    expect(response.headers.getSetCookie()[0]).toMatch(/^cordboard_session=;/);
    expect(await codeOf(await api.call('/api/me', { token }))).toBe('session.expired');
    expect(api.people.sipHa1('admin1', 'MD5')).toEqual([]);
  });

  it('A2 wrong passwords end in a locked name, which the right one does not open', async () => {
    const attempt = (password: string) =>
      api.call('/api/session', { method: 'POST', json: { username: 'agent2', password } });
    const statuses: number[] = [];
    for (let i = 0; i < 12; i++) statuses.push((await attempt('wrong')).status);
    expect(statuses).toEqual([...Array(10).fill(401), 423, 423]);
    const locked = await attempt('demo');
    expect([locked.status, await codeOf(locked)]).toEqual([423, 'sign-in.locked']);
    expect((await api.signIn('agent1')).response.status).toBe(200);
    api.kernel.clock.advance(15 * 60_000);
    expect((await attempt('demo')).status).toBe(200);
  });

  it('A2 one source that goes through many names is told to wait, and how long', async () => {
    const attempt = (n: number) =>
      api.api.app.inject({
        method: 'POST',
        url: '/api/session',
        remoteAddress: '10.7.7.7',
        payload: { username: `n${n}`, password: 'x' },
      });
    const answers = await Promise.all(Array.from({ length: 103 }, (_, n) => attempt(n)));
    const refused = answers.filter(({ statusCode }) => statusCode === 429);
    expect(refused.map(({ headers }) => headers['retry-after'])).toEqual(['1', '1', '1']);
  });

  it('A2 a name and a wrong password look the same as a name that does not exist', async () => {
    const ask = async (username: string) => {
      const r = await api.call('/api/session', { method: 'POST', json: { username, password: 'no' } });
      return [r.status, await r.text()];
    };
    expect(await ask('agent1')).toEqual(await ask('nobody'));
  });

  it('A1 the softphone gets fresh credentials', async () => {
    const { token } = await api.signIn('super1');
    const response = await api.call('/api/me/phone', { method: 'POST', token });
    const given = endpoints.myPhone.response.parse(await response.json());
    expect(given.password).toHaveLength(24);
    expect(api.people.sipHa1('super1', 'MD5')).toHaveLength(2);
  });
});

describe('every endpoint', () => {
  fresh();

  it('A3 of the contract is mounted, and those not public ask for a session', async () => {
    for (const { path, method, permission } of Object.values(endpoints)) {
      if (permission === 'public') continue;
      const response = await api.call(path.replace(':id', 'x'), { method });
      expect([path, method, response.status, await codeOf(response)]).toEqual([
        path,
        method,
        401,
        'session.required',
      ]);
    }
    expect(await (await api.call('/api/call-page')).json()).toEqual({
      domain: 'cordboard',
      numbers: [{ number: '4000', name: 'Main menu' }],
    });
  });

  it('A3 is refused without its permission', async () => {
    const agent = await api.signIn('agent1');
    const refused = await api.call('/api/board', { token: agent.token });
    expect([refused.status, await codeOf(refused)]).toEqual([403, 'forbidden']);
    const supervisor = await api.signIn('super1');
    expect((await api.call('/api/board', { token: supervisor.token })).status).toBe(200);
  });

  it.each([
    ['cut short', '{"presence":', 400, 'bad-request', /not valid JSON/],
    ['with a wrong value', '{"presence":"asleep"}', 400, 'bad-request', /presence/],
    ['that is a list', '[]', 400, 'bad-request', /./],
    ['that is null', 'null', 400, 'bad-request', /presence/],
    ['that is empty', '', 400, 'bad-request', /presence/],
    [
      'with a prototype',
      '{"presence":"available","__proto__":{"a":1}}',
      400,
      'bad-request',
      /not valid JSON/,
    ],
    ['too large', `{"presence":"${'x'.repeat(300_000)}"}`, 413, 'too-large', /256 KiB/],
  ])('A4 a body %s is refused', async (_, body, status, code, words) => {
    const { token } = await api.signIn('agent1');
    const response = await api.call('/api/me/presence', {
      method: 'PUT',
      token,
      body,
      headers: { 'content-type': 'application/json' },
    });
    const problem = (await response.json()) as { code: string; message: string };
    expect([response.status, problem.code]).toEqual([status, code]);
    expect(problem.message).toMatch(words);
  });

  it('A4 a body that is not JSON is refused in clear words', async () => {
    const { token } = await api.signIn('agent1');
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const response = await api.call('/api/me/presence', {
        method: 'PUT',
        token,
        body: 'presence=available',
        headers: { 'content-type': type },
      });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        code: 'bad-request',
        message: expect.stringContaining('application/json'),
      });
    }
  });

  it.each([
    ['/api/interactions?limit=0', 'bad-request', 400],
    ['/api/interactions?limit=abc', 'bad-request', 400],
    ['/api/interactions?from=-1', 'bad-request', 400],
    ['/api/interactions?limit=1&limit=2', 'bad-request', 400],
    ['/api/customers/..%2f..%2fx', 'bad-request', 400],
    ['/api/customers/cus_404', 'not-found', 404],
    ['/api/nothing', 'not-found', 404],
    ['/api', 'not-found', 404],
    ['/api/me/%zz', 'bad-request', 400],
  ])('A4 %s is %s', async (path, code, status) => {
    const { token } = await api.signIn('agent1');
    const response = await api.call(path, { token });
    expect([response.status, await codeOf(response)]).toEqual([status, code]);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  });

  it('A5 a bug becomes 500 internal, and nothing of it leaks', async () => {
    const own = await startApi({
      routes: [
        ({ mount }) => {
          mount(endpoints.lists, () => {
            throw new Error('SELECT secret FROM somewhere');
          });
          mount(endpoints.board, () => ({
            rev: 0,
            epoch: '',
            now: -1,
            queues: [],
            agents: [],
            unsaved: null,
          }));
        },
      ],
    });
    const { token } = await own.people.signIn('super1', 'demo', '127.0.0.1');
    for (const path of ['/api/lists', '/api/board']) {
      const response = await own.call(path, { token });
      expect([response.status, await response.json()]).toEqual([
        500,
        { code: 'internal', message: 'Something went wrong on the server.' },
      ]);
    }
    await own.stop();
  });

  it('A6 a write by cookie from another site is refused; from our own pages, and by Bearer, it is taken', async () => {
    const { token, cookie } = await api.signIn('agent1');
    const write = (headers: Record<string, string>) =>
      api.call('/api/me/presence', { method: 'PUT', json: { presence: 'available' }, headers });
    const statusOf = async (headers: Record<string, string>) => (await write(headers)).status;
    expect(await statusOf({ cookie, origin: 'http://evil.example' })).toBe(403);
    expect(await statusOf({ cookie, origin: 'null' })).toBe(403);
    expect(await statusOf({ cookie, origin: `http://127.0.0.1:${api.port + 1}` })).toBe(403);
    expect(await statusOf({ cookie, 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await statusOf({ cookie, 'sec-fetch-site': 'same-site' })).toBe(403);
    expect(await statusOf({ cookie, origin: api.url, 'sec-fetch-site': 'same-origin' })).toBe(200);
    expect(await statusOf({ cookie })).toBe(200);
    expect(await statusOf({ authorization: `Bearer ${token}`, origin: 'http://evil.example' })).toBe(200);
  });

  it('A6 carries the security headers, also when it fails', async () => {
    for (const path of ['/', '/api/nothing', '/healthz', '/api/me/%zz', '/docs/json']) {
      const { headers } = await api.call(path);
      expect(headers.get('content-security-policy')).toContain(
        "default-src 'self'; connect-src 'self' ws: wss:",
      );
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('permissions-policy')).toContain('microphone=(self)');
    }
  });

  it('A6 one source is held to its rate, another one is not', async () => {
    const from = async (remoteAddress: string) =>
      (await api.api.app.inject({ url: '/healthz', remoteAddress })).statusCode;
    const statuses: number[] = [];
    for (let i = 0; i < 2003; i++) statuses.push(await from('10.9.9.9'));
    expect(statuses.filter((status) => status === 429)).toHaveLength(3);
    expect(await from('10.9.9.8')).toBe(200);
  });

  it('A6 behind our proxy the source is the one it saw, not what the client wrote itself', async () => {
    const own = await startApi({ behindProxy: true });
    const wrong = (header: string) =>
      own.api.app.inject({
        method: 'POST',
        url: '/api/session',
        headers: { 'x-forwarded-for': header },
        payload: { username: header, password: 'x' },
      });
    const tries = Array.from({ length: 101 }, (_, n) => wrong(`1.1.1.${n}, 10.9.9.9`));
    const statuses = (await Promise.all(tries)).map(({ statusCode }) => statusCode);
    expect(statuses.filter((status) => status === 429)).toHaveLength(1);
    expect((await wrong('10.9.9.9, 10.9.9.8')).statusCode).toBe(401);
    await own.stop();
  });
});

describe('presence, customers and history', () => {
  fresh();

  it('A7 sets the presence, and refuses an unknown reason and who serves no queue', async () => {
    const put = async (user: string, json: unknown) => {
      const { token } = await api.signIn(user);
      const response = await api.call('/api/me/presence', { method: 'PUT', token, json });
      return [response.status, await response.json()];
    };
    expect(await put('agent1', { presence: 'available', reason: 'lunch' })).toEqual([
      200,
      { presence: 'available', reason: null, applied: 'now' },
    ]);
    expect(await put('agent1', { presence: 'not-ready', reason: 'lunch' })).toEqual([
      200,
      { presence: 'not-ready', reason: 'lunch', applied: 'now' },
    ]);
    expect(await put('agent1', { presence: 'not-ready', reason: 'unknown' })).toMatchObject([
      400,
      { code: 'presence.reason-unknown' },
    ]);
    expect(await put('admin1', { presence: 'available' })).toMatchObject([409, { code: 'presence.illegal' }]);
  });

  it('A8 an agent’s history is its own, or a customer’s; a supervisor’s is everybody’s', async () => {
    const list = async (user: string, query: string) => {
      const { token } = await api.signIn(user);
      expect((await api.call(`/api/interactions${query}`, { token })).status).toBe(200);
      return api.world.history.at(-1);
    };
    const { ann, bob } = api;
    expect(await list('agent1', '')).toEqual({ limit: 50, agent: ann.id });
    expect(await list('agent1', `?agent=${bob.id}&limit=5`)).toEqual({ limit: 5, agent: ann.id });
    expect(await list('agent1', '?customer=cus_1')).toEqual({ limit: 50, customer: 'cus_1' });
    expect(await list('super1', `?agent=${bob.id}`)).toEqual({ limit: 50, agent: bob.id });
    expect(await list('super1', '')).toEqual({ limit: 50 });
  });

  it('A8 one contact opens for who took part, for anyone when it is a customer’s, for a supervisor always', async () => {
    const statusOf = async (user: string, id: string) => {
      const { token } = await api.signIn(user);
      return (await api.call(`/api/interactions/${id}`, { token })).status;
    };
    expect(await statusOf('agent1', 'int_ann')).toBe(200);
    expect(await statusOf('agent1', 'int_bob')).toBe(403);
    expect(await statusOf('super1', 'int_bob')).toBe(200);
    expect(await statusOf('agent1', 'int_404')).toBe(404);
    const bobs = api.world.details.get('int_bob');
    if (!bobs) throw new Error('missing');
    const customer = { id: 'cus_1', name: 'Li Wei', tier: 'gold' as const };
    api.world.details.set('int_bob', { ...bobs, customer });
    expect(await statusOf('agent1', 'int_bob')).toBe(200);
    const agent = { id: api.ann.id, name: 'Ann' };
    const timeline = [{ seq: 1, at: 1, type: 'interaction.assigned', agent, text: '' }];
    api.world.details.set('int_bob', { ...bobs, timeline });
    expect(await statusOf('agent1', 'int_bob')).toBe(200);
  });

  it('A9 makes a customer with its number in the one spelling that is stored', async () => {
    const { token } = await api.signIn('agent1');
    const json = { name: ' Li Wei ', phone: '(415) 555-0123', email: 'Li@Example.com' };
    const response = await api.call('/api/customers', { method: 'POST', token, json });
    expect(await response.json()).toMatchObject({
      name: 'Li Wei',
      contactPoints: [
        { kind: 'phone', value: '+14155550123' },
        { kind: 'email', value: 'li@example.com' },
      ],
    });
  });
});
