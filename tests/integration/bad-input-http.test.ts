import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { io } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { SOCKET_PATH } from '#shared/contract/kit.ts';
import type { TestAgent } from '../support/agent.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually, within } from '../support/eventually.ts';

describe('HTTP and sockets that are none, or broken', () => {
  let centre: RunningApp;
  let agent: TestAgent;
  beforeAll(async () => {
    centre = await startApp({ agents: 2 });
    agent = await centre.agent();
    writeFileSync(join(centre.dataDir, 'secret.txt'), 'not for anybody');
  });
  afterEach(() => centre.ordinaryCall(agent));
  afterAll(() => centre.stop());

  /** Status and error code. */
  async function ask(
    method: string,
    path: string,
    body?: string,
    headers: Record<string, string> = {},
  ): Promise<[number, string]> {
    const response = await fetch(centre.url + path, {
      method,
      headers: { authorization: `Bearer ${agent.token}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    expect(text).not.toMatch(/\bat .*\.(ts|js):\d+|SQLITE|not for anybody/);
    return [response.status, (JSON.parse(text || '{}') as { code?: string }).code ?? ''];
  }

  it.each([
    ['no JSON', 'POST', '/api/session', '{"username": '],
    ['JSON of another type', 'POST', '/api/session', '[]'],
    ['a number for a name', 'POST', '/api/session', '{"username": 1, "password": {}}'],
    ['null', 'POST', '/api/session', 'null'],
    ['nothing', 'POST', '/api/session', undefined],
    [
      'a name of a kilobyte',
      'POST',
      '/api/session',
      JSON.stringify({ username: 'x'.repeat(1024), password: 'x' }),
    ],
    ['an unknown presence', 'PUT', '/api/me/presence', '{"presence": "asleep"}'],
    ['an unknown reason', 'PUT', '/api/me/presence', '{"presence": "not-ready", "reason": "no-such"}'],
    ['a prototype', 'PUT', '/api/me/presence', '{"__proto__": {"presence": "available"}}'],
    ['a limit that is no number', 'GET', '/api/interactions?limit=many', undefined],
    ['a limit too large', 'GET', '/api/interactions?limit=1000000', undefined],
    ['a cursor of nobody', 'GET', '/api/interactions?cursor=%27%3B--', undefined],
    ['a time before time', 'GET', '/api/interactions?from=-1', undefined],
    ['a mail address that is none', 'POST', '/api/customers', '{"name": "x", "email": "y"}'],
    ['an empty name', 'POST', '/api/customers', '{"name": "  "}'],
  ])('%s is refused as a bad request', async (_, method, path, body) => {
    const [status, code] = await ask(method, path, body);
    expect([status, code]).toEqual([400, expect.stringMatching(/^(bad-request|presence\.reason-unknown)$/)]);
  });

  it('bodies too large, of another kind, or to places that are not there are refused by their own codes', async () => {
    expect(await ask('POST', '/api/customers', JSON.stringify({ name: 'x'.repeat(3_000_000) }))).toEqual([
      413,
      'too-large',
    ]);
    expect(
      (await ask('POST', '/api/session', '<xml/>', { 'content-type': 'application/xml' }))[0],
    ).toBeGreaterThanOrEqual(400);
    expect(await ask('GET', '/api/nothing')).toEqual([404, 'not-found']);
    expect(await ask('GET', '/api/interactions/int_none')).toEqual([404, 'not-found']);
    expect((await ask('DELETE', '/api/me'))[0]).toBe(404);
    expect((await ask('GET', '/api/%E0%A4%A'))[0]).toBe(400);
  });

  it.each([
    '..%2f..%2fsecret.txt',
    '%2e%2e%2f%2e%2e%2fsecret.txt',
    '....//secret.txt',
    '..%5c..%5csecret.txt',
    '%00',
    'int_none%00.wav',
    'x'.repeat(5000),
  ])('no recording is outside its folder: %s', async (id) => {
    const [status] = await ask('GET', `/api/interactions/${id}/recording`);
    expect([400, 404, 414]).toContain(status);
  });

  it.each(['/../secret.txt', '/%2e%2e/secret.txt', '/assets/..%2f..%2fsecret.txt', '//etc/passwd', '/.env'])(
    'no file of the desktop is outside its folder: %s',
    async (path) => {
      const raw = await rawHttp(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      expect(raw).not.toMatch(/not for anybody|root:/);
      expect(raw).toMatch(/^HTTP\/1.1 [234]\d\d /);
    },
  );

  const rawHttp = (text: string) =>
    new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(centre.url).port), '127.0.0.1', () => socket.write(text));
      let answer = '';
      socket.on('data', (data) => {
        answer += data.toString('latin1');
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(answer));
    });

  it('bytes that are no HTTP are answered 400 or cut off', async () => {
    for (const text of [
      '\0\0\0\0\r\n\r\n',
      'GET\r\n\r\n',
      `GET / HTTP/1.1\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`,
      'INVITE sip:4001@x SIP/2.0\r\n\r\n',
    ])
      expect(await within(rawHttp(text), 'an end')).toMatch(/^$|^HTTP\/1.1 4\d\d/);
  });

  it('P3 wrong passwords many times lock that name, and no other', async () => {
    const guess = (username: string) =>
      ask('POST', '/api/session', JSON.stringify({ username, password: 'guess' }));
    const statuses: number[] = [];
    for (let i = 0; i < 12; i++) statuses.push((await guess('agent2'))[0]);
    expect(statuses).toEqual([...Array<number>(10).fill(401), 423, 423]);
    const right = JSON.stringify({ username: 'agent2', password: 'demo' });
    expect(await ask('POST', '/api/session', right)).toEqual([423, 'sign-in.locked']);
    expect(
      (await ask('POST', '/api/session', JSON.stringify({ username: 'agent1', password: 'demo' })))[0],
    ).toBe(200);
  });

  it('a socket without a session is not let in, with junk for a session neither', async () => {
    for (const auth of [{}, { token: 1 }, { token: 'x'.repeat(10_000) }, { token: { $gt: '' } }]) {
      const socket = io(centre.url, {
        path: SOCKET_PATH,
        transports: ['websocket'],
        auth,
        forceNew: true,
        reconnection: false,
      });
      const refused = await within(
        new Promise<Error & { data?: { code?: string } }>((resolve) => socket.on('connect_error', resolve)),
        'refused',
      );
      expect(refused.data?.code ?? refused.message).toMatch(/session/);
      socket.disconnect();
    }
  });

  it('unknown events, commands and inputs of the wrong type are refused, and the desk stays connected', async () => {
    const socket = io(centre.url, {
      path: SOCKET_PATH,
      transports: ['websocket'],
      auth: { token: agent.token },
      forceNew: true,
    });
    await new Promise<void>((resolve) => socket.on('connect', () => resolve()));
    const codes: unknown[] = [];
    const envelopes: unknown[] = [
      undefined,
      null,
      7,
      'call.hang-up',
      [],
      { name: 'no.such', input: {} },
      { name: '__proto__', input: {} },
      { name: 'constructor', input: {} },
      { name: 'call.hang-up' },
      { name: 'call.hang-up', input: { interactionId: 7 } },
      { name: 'call.hang-up', input: { interactionId: '../x' } },
      { name: 'call.hang-up', input: { interactionId: 'int_none' } },
      { name: 'call.digit', input: { interactionId: 'int_none', digit: '99' } },
      { name: 'notes.save', input: { interactionId: 'int_none', notes: 'x'.repeat(30_000), base: 0 } },
      { name: 'notes.save', input: { interactionId: 'int_none', notes: 'x', base: -1 } },
      { name: 'notes.save', input: { interactionId: 'int_none', notes: 'x', base: 0 } },
      { name: 'offer.decline', input: { offerId: 'offer_none' } },
      { name: 'board.watch', input: { on: true } },
    ];
    for (const envelope of envelopes) {
      const ack = (await socket.timeout(2000).emitWithAck('command', envelope)) as {
        ok: boolean;
        error?: { code: string };
      };
      expect(ack.ok).toBe(false);
      codes.push(ack.error?.code);
    }
    expect(new Set(codes)).toEqual(
      new Set(['bad-request', 'unknown-command', 'call.gone', 'not-found', 'offer.gone', 'forbidden']),
    );
    socket.emit('no-such-event', Buffer.alloc(1000));
    socket.emit('command');
    socket.emit('command', { name: 'call.hang-up' }, 'no acknowledgement');
    const last = (await socket.timeout(2000).emitWithAck('command', {})) as { ok: boolean };
    expect([last.ok, socket.connected]).toEqual([false, true]);
    socket.disconnect();
  });

  it('frames that are no socket.io at all close their own socket only', async () => {
    for (const frame of ['garbage', '40{"token":', '42["command"', Buffer.alloc(100), 'x'.repeat(400_000)]) {
      const url = `${centre.url.replace('http', 'ws')}${SOCKET_PATH}/?EIO=4&transport=websocket`;
      const socket = new WebSocket(url);
      socket.on('error', () => undefined);
      await new Promise((resolve) => socket.once('open', resolve));
      socket.send(frame);
      socket.send('40');
      const closed = new Promise<string>((resolve) => socket.once('close', () => resolve('closed')));
      const told = new Promise<string>((resolve) =>
        socket.on('message', (data) => /^44/.test(String(data)) && resolve('refused')),
      );
      expect(['closed', 'refused']).toContain(await within(Promise.race([closed, told]), 'an end'));
      socket.terminate();
    }
    await eventually(() => agent.desk.state === 'idle', 'the desk beside it is as it was');
  });
});
