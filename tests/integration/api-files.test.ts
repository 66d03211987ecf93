import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RunningApi, startApi, WAV } from '../support/api.ts';

let api: RunningApi;
const fresh = () => {
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.stop());
};

/** A request whose path is sent as it is written: fetch would tidy it. */
const rawStatus = (path: string) =>
  new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    request({ port: api.port, path }, (response) => {
      let body = '';
      response.on('data', (part) => {
        body += part;
      });
      response.on('end', () => resolve({ status: response.statusCode, body }));
    })
      .on('error', reject)
      .end();
  });

describe('recordings', () => {
  fresh();
  beforeEach(() => {
    api.world.recording = '2023/one.wav';
  });

  const path = '/api/interactions/int_ann/recording';

  it('A10 answers the whole file, to be heard or to be saved', async () => {
    const { token } = await api.signIn('agent1');
    const response = await api.call(path, { token });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('audio/wav');
    expect(response.headers.get('content-length')).toBe(String(WAV.length));
    expect(response.headers.get('accept-ranges')).toBe('bytes');
    expect(response.headers.get('content-disposition')).toBe('inline; filename="recording-int_ann.wav"');
    expect(Buffer.from(await response.arrayBuffer())).toEqual(WAV);
    const saved = await api.call(`${path}?download=1`, { token });
    expect(saved.headers.get('content-disposition')).toBe('attachment; filename="recording-int_ann.wav"');
    await saved.arrayBuffer();
    const again = await api.call(path, {
      token,
      headers: { 'if-none-match': saved.headers.get('etag') ?? '' },
    });
    expect(again.status).toBe(304);
  });

  it.each([
    ['bytes=0-3', 206, 'bytes 0-3/1000', 'RIFF'],
    ['bytes=-4', 206, 'bytes 996-999/1000', 'bbbb'],
    ['bytes=998-', 206, 'bytes 998-999/1000', 'bb'],
    ['bytes=998-5000', 206, 'bytes 998-999/1000', 'bb'],
    ['bytes=1000-', 416, 'bytes */1000', ''],
    ['bytes=-0', 416, 'bytes */1000', ''],
    ['bytes=0-1,5-6', 200, null, undefined],
    ['bytes=5-1', 200, null, undefined],
    ['lines=1-2', 200, null, undefined],
  ])('A10 range %s is %i', async (range, status, contentRange, text) => {
    const { token } = await api.signIn('agent1');
    const response = await api.call(path, { token, headers: { range } });
    expect([response.status, response.headers.get('content-range')]).toEqual([status, contentRange]);
    expect(await response.text()).toBe(text ?? WAV.toString());
  });

  it('A10 an outdated If-Range gets the whole file, a right one its range', async () => {
    const { token } = await api.signIn('agent1');
    const head = await api.call(path, { method: 'HEAD', token });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '1000']);
    const etag = head.headers.get('etag') ?? '';
    const ask = async (condition: string) =>
      (await api.call(path, { token, headers: { range: 'bytes=0-3', 'if-range': condition } })).status;
    expect([await ask(etag), await ask('"old"')]).toEqual([206, 200]);
  });

  it('A11 an agent hears its own, a supervisor everybody’s', async () => {
    const statusOf = async (user: string, id: string) => {
      const { token } = await api.signIn(user);
      return (await api.call(`/api/interactions/${id}/recording`, { token })).status;
    };
    expect(await statusOf('agent1', 'int_ann')).toBe(200);
    expect(await statusOf('agent1', 'int_bob')).toBe(403);
    expect(await statusOf('agent1', 'int_none')).toBe(403);
    expect(await statusOf('super1', 'int_bob')).toBe(200);
    expect((await api.call(path)).status).toBe(401);
  });

  it('A11 nothing outside the recordings folder can be reached, by any name in the database', async () => {
    const { token } = await api.signIn('agent1');
    const folder = join(api.folder, 'recordings');
    symlinkSync(join(api.folder, 'secret.txt'), join(folder, 'link.wav'));
    mkdirSync(join(folder, '..recordings'));
    for (const name of [
      '../secret.txt',
      join(api.folder, 'secret.txt'),
      '/etc/passwd',
      'link.wav',
      '2023/../../secret.txt',
      '',
      '.',
      '2023',
      'absent.wav',
      '2023/one.wav/x',
      undefined,
    ]) {
      api.world.recording = name;
      const response = await api.call(path, { token });
      expect([name, response.status, await response.json()]).toMatchObject([
        name,
        404,
        { code: 'recording.none' },
      ]);
    }
    api.world.recording = join(folder, '2023', 'one.wav');
    expect((await api.call(path, { token })).status).toBe(200);
  });

  it('A10 an empty recording is empty, and a listener who goes away harms nobody', async () => {
    const { token } = await api.signIn('agent1');
    writeFileSync(join(api.folder, 'recordings', 'empty.wav'), '');
    api.world.recording = 'empty.wav';
    const empty = await api.call(path, { token });
    expect([empty.status, await empty.text()]).toEqual([200, '']);
    writeFileSync(join(api.folder, 'recordings', 'long.wav'), Buffer.alloc(50_000_000));
    api.world.recording = 'long.wav';
    for (let i = 0; i < 5; i++) {
      const gone = new AbortController();
      const response = await api.call(path, { token, signal: gone.signal });
      await response.body?.getReader().read();
      gone.abort();
    }
    await expect.poll(openRecordings).toBe(0);
    for (let i = 0; i < 20; i++) {
      await (await api.call(path, { token, method: 'HEAD' })).text();
      await (await api.call(path, { token, headers: { range: 'bytes=60000000-' } })).text();
    }
    expect(await openRecordings()).toBe(0); // closed by us, not some time by the garbage collector
  });
});

/** How many files of the recordings folder this process holds open. */
async function openRecordings(): Promise<number> {
  const { readdir, readlink } = await import('node:fs/promises');
  const names = await readdir('/proc/self/fd');
  const targets = await Promise.all(names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => '')));
  return targets.filter((target) => target.endsWith('long.wav')).length;
}

describe('the pages', () => {
  fresh();

  it.each([
    ['/', 200, /desktop/, 'no-cache'],
    ['/customers/cus_1', 200, /desktop/, 'no-cache'],
    ['/?x=1.5', 200, /desktop/, 'no-cache'],
    ['/call', 200, /call page/, 'no-cache'],
    ['/call/', 200, /call page/, 'no-cache'],
    ['/assets/main-abc123.js', 200, /export/, 'public, max-age=31536000, immutable'],
    ['/assets/absent.js', 404, /nothing here/, 'no-cache'],
    ['/favicon.ico', 404, /nothing here/, 'no-cache'],
    ['/.env', 404, /nothing here/, 'no-cache'],
    ['/sip', 404, /nothing here/, 'no-cache'],
    ['/call/x', 404, /nothing here/, 'no-cache'],
    ['/healthz/x', 404, /nothing here/, 'no-cache'],
  ])('A12 %s is %i', async (path, status, text, caching) => {
    const response = await api.call(path);
    expect([response.status, response.headers.get('cache-control')]).toEqual([status, caching]);
    expect(await response.text()).toMatch(text);
  });

  it('A12 no path leads out of the pages’ folder', async () => {
    for (const path of [
      '/../secret.txt',
      '/assets/../../secret.txt',
      '/..%2fsecret.txt',
      '/assets/..%2f..%2fsecret.txt',
      '/%2e%2e/secret.txt',
      '/assets/%5c..%5c..%5csecret.txt',
      '//etc/passwd.txt',
      '/secret.txt%00.js',
    ]) {
      const { status, body } = await rawStatus(path);
      expect([path, body]).not.toEqual([path, expect.stringContaining('not for anybody')]);
      expect([400, 403, 404]).toContain(status);
    }
  });

  it('A12 says plainly what to do when the desktop was not built, and notices when it is', async () => {
    const index = join(api.folder, 'renderer', 'index.html');
    const text = readFileSync(index);
    rmSync(index);
    const missing = await api.call('/');
    expect(missing.status).toBe(503);
    expect(await missing.text()).toContain('npm run build');
    writeFileSync(index, text);
    expect((await api.call('/')).status).toBe(200);
  });

  it('A12 works without the folder at all', async () => {
    const own = await startApi({ rendererDir: '/nonexistent/renderer' });
    expect((await own.call('/')).status).toBe(503);
    expect((await own.call('/call')).status).toBe(503);
    expect((await own.call('/assets/x.js')).status).toBe(404);
    await own.stop();
  });
});

describe('operations', () => {
  fresh();

  it('A13 is healthy only when everything is up', async () => {
    const ask = async () => {
      const response = await api.call('/healthz');
      return [response.status, await response.json()];
    };
    const ok = { ok: true };
    expect(await ask()).toEqual([200, { status: 'ok', checks: { sip: ok, database: ok } }]);
    const locked = { ok: false, problem: 'the database is locked' };
    api.world.health = { sip: ok, database: locked };
    expect(await ask()).toEqual([503, { status: 'failing', checks: { sip: ok, database: locked } }]);
  });

  it('A13 shows its figures to this machine, and behind a proxy to administrators alone', async () => {
    await api.signIn('agent1');
    const text = await (await api.call('/metrics')).text();
    expect(text).toContain('cordboard_sessions 1\n');
    expect(text).toContain('cordboard_calls 3\n');
    expect(text).toMatch(
      /cordboard_http_requests_total\{method="POST",route="\/api\/session",status="200"\} 1\n/,
    );
    const forwarded = { headers: { 'x-forwarded-for': '127.0.0.1' } };
    expect((await api.call('/metrics', forwarded)).status).toBe(401);
    const own = await startApi({ behindProxy: true });
    const remote = { 'x-forwarded-for': '10.0.0.1' };
    const statusFor = async (user: string) => {
      const { token, response } = await own.signIn(user);
      expect(response.headers.getSetCookie()[0]).toContain('; Secure');
      return (await own.call('/metrics', { token, headers: remote })).status;
    };
    expect([await statusFor('super1'), await statusFor('admin1')]).toEqual([403, 200]);
    await own.stop();
  });

  it('A14 documents every endpoint, from this server alone', async () => {
    const { paths } = (await (await api.call('/docs/json')).json()) as {
      paths: Record<string, Record<string, { parameters: unknown[] }>>;
    };
    expect(Object.keys(paths).sort()).toEqual([
      '/api/board',
      '/api/call-page',
      '/api/customers',
      '/api/customers/{id}',
      '/api/interactions',
      '/api/interactions/{id}',
      '/api/interactions/{id}/recording',
      '/api/lists',
      '/api/me',
      '/api/me/phone',
      '/api/me/presence',
      '/api/routing',
      '/api/routing/agents/{id}',
      '/api/routing/dispositions/{id}',
      '/api/routing/hours/{id}',
      '/api/routing/profiles/{id}',
      '/api/routing/queues/{id}',
      '/api/routing/reasons/{id}',
      '/api/routing/skills/{id}',
      '/api/session',
      '/api/users',
      '/api/users/{id}/device',
      '/api/work',
    ]);
    expect(Object.keys(paths['/api/session'] ?? {})).toEqual(['post', 'delete']);
    expect(paths['/api/interactions']?.get?.parameters).toHaveLength(8);
    const page = await (await api.call('/docs')).text();
    const files = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file ?? '');
    expect(files.length).toBeGreaterThan(3);
    for (const file of files)
      expect((await fetch(new URL(file, `${api.url}/docs`))).headers.get('content-type')).toMatch(
        /javascript|css|png/,
      );
    expect(page).not.toMatch(/<script(?![^>]*src=)/); // the content policy would stop it
  });

  it('A15 an upgrade of a path that nobody takes is refused, /sip is left to the SIP server', async () => {
    const upgrade = (path: string) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect(api.port, '127.0.0.1', () =>
          socket.write(
            `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
              'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
          ),
        );
        socket.once('data', (data) => {
          resolve(data.toString().split('\r\n')[0] ?? '');
          socket.destroy();
        });
        socket.once('error', reject);
      });
    expect(await upgrade('/nothing')).toBe('HTTP/1.1 404 Not Found');
    api.api.http.on('upgrade', (request, socket) => {
      if (request.url === '/sip') socket.end('HTTP/1.1 418 SIP server\r\n\r\n');
    });
    expect(await upgrade('/sip')).toBe('HTTP/1.1 418 SIP server');
    expect(await upgrade('/socket/?EIO=4&transport=websocket')).toBe('HTTP/1.1 101 Switching Protocols');
  });
});
