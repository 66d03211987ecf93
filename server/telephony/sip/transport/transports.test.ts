import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ha1, Kit, Owner, request, SDP } from '../../../../tests/kits/sip/testkit.ts';
import { CordboardSipServer } from '../server.ts';
import type { IncomingInvite, SipServerOptions } from '../types.ts';

/** Real sockets on loopback, everything on ports of the system's choice. */
let server: CordboardSipServer;
let http: HttpServer;
let invites: IncomingInvite[];
const sockets: { destroy?(): void; terminate?(): void; close?(): void }[] = [];

const options = (more: Partial<SipServerOptions> = {}): SipServerOptions => ({
  realm: 'cordboard',
  host: '127.0.0.1',
  advertise: '127.0.0.1',
  port: 0,
  accounts: { ha1: (user, algorithm) => [ha1(user, 'cordboard', 'demo', algorithm)] },
  trusted: () => true,
  onInvite: (invite) => invites.push(invite),
  registrar: { onRegistered() {}, onUnregistered() {} },
  overloaded: () => false,
  clock: {
    now: () => Date.now(),
    after: (ms, run) => {
      const timeout = setTimeout(run, ms);
      return { cancel: () => clearTimeout(timeout) };
    },
  },
  random: (bytes) =>
    Math.random()
      .toString(16)
      .slice(2)
      .padEnd(bytes * 2, '0'),
  log: { debug() {}, info() {}, warn() {} },
  ...more,
});

beforeEach(async () => {
  invites = [];
  server = new CordboardSipServer(options());
  await server.start();
  http = createServer((_request, response) => response.end('page'));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  server.attach(http, '/sip');
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) (socket.destroy ?? socket.terminate ?? socket.close)?.call(socket);
  await server.stop(50);
  http.closeAllConnections();
  await new Promise((done) => http.close(done));
});

function tcp(): Socket {
  const socket = connect(server.ports().port, '127.0.0.1');
  sockets.push(socket);
  return socket;
}

async function read(socket: Socket, until: string): Promise<string> {
  let text = '';
  while (!text.includes(until)) text += String((await once(socket, 'data'))[0]);
  return text;
}

const wsUrl = (path = '/sip'): string => `ws://127.0.0.1:${(http.address() as AddressInfo).port}${path}`;

async function ws(headers: Record<string, string> = {}): Promise<WebSocket> {
  const socket = new WebSocket(wsUrl(), 'sip', { headers });
  sockets.push(socket);
  await once(socket, 'open');
  return socket;
}

const refusal = (url: string, protocols: string[], headers: Record<string, string> = {}): Promise<string> =>
  new Promise((resolve) =>
    new WebSocket(url, protocols, { headers }).on('error', (error) => resolve(error.message)),
  );

const optionsText = (via: string, callId = 'o'): string => request({ method: 'OPTIONS', via, callId });

describe('S50 UDP', () => {
  it('answers OPTIONS and survives junk', async () => {
    const socket = createSocket('udp4');
    sockets.push(socket);
    const { port } = server.ports();
    for (const junk of [
      '',
      '\r\n\r\n',
      '\0'.repeat(65_000),
      'INVITE',
      'SIP/2.0 200',
      optionsText('junk'),
      'x'.repeat(9000),
    ]) {
      socket.send(junk, port, '127.0.0.1');
    }
    await once(socket, 'listening');
    socket.send(optionsText(`SIP/2.0/UDP 127.0.0.1:${socket.address().port};rport`), port, '127.0.0.1');
    const [answer] = await once(socket, 'message');
    expect(String(answer)).toMatch(/^SIP\/2\.0 200 OK\r\n/);
  });
});

describe('S51 TCP', () => {
  it('cuts messages out of any packets, answers pings, and keeps order', async () => {
    const socket = tcp();
    const text = optionsText('SIP/2.0/TCP 127.0.0.1:9', 'a') + optionsText('SIP/2.0/TCP 127.0.0.1:9', 'b');
    for (let at = 0; at < text.length; at += 100) socket.write(text.slice(at, at + 100));
    const got = await read(socket, 'Call-ID: b');
    expect(got.indexOf('Call-ID: a')).toBeLessThan(got.indexOf('Call-ID: b'));
    socket.write('\r\n\r\n');
    expect(await read(socket, '\r\n')).toBe('\r\n');
  });

  it('closes on what cannot be framed', async () => {
    const socket = tcp();
    socket.write('INVITE sip:a SIP/2.0\r\nContent-Length: 99999999\r\n\r\n');
    await once(socket, 'close');
  });

  it('opens a connection to a target and uses it again; a refused one is 408', async () => {
    const peers: Socket[] = [];
    const target = createTcpServer((socket) => {
      peers.push(socket);
      socket.on('error', () => {});
    });
    target.listen(0, '127.0.0.1');
    await once(target, 'listening');
    const { port } = target.address() as AddressInfo;
    const owner = new Owner();
    const call = (): unknown =>
      server.invite({
        target: { uri: `sip:a@127.0.0.1:${port};transport=tcp` },
        from: { display: '', user: 'x' },
        to: 'a',
        sdp: SDP,
        handlers: owner,
      });
    call();
    call();
    const [socket] = (await once(target, 'connection')) as [Socket];
    let text = '';
    while (text.split('INVITE sip:').length < 3) text += String((await once(socket, 'data'))[0]);
    expect(text).toContain('Contact: <sip:cordboard@127.0.0.1:');
    expect(text).toContain(';transport=tcp>');
    expect(peers).toHaveLength(1);
    socket.destroy();
    target.close();
    while (owner.failures.length < 2) await new Promise((done) => setTimeout(done, 5));
    call();
    while (owner.failures.length < 3) await new Promise((done) => setTimeout(done, 5));
    expect(owner.failures.map(([code]) => code)).toEqual([408, 408, 408]);
    expect(server.counts().connections).toBe(0);
  });
});

describe('S52 WebSocket (RFC 7118)', () => {
  it('speaks the subprotocol sip, answers requests and keep-alives', async () => {
    const socket = await ws();
    expect(socket.protocol).toBe('sip');
    socket.send('\r\n\r\n');
    expect(String((await once(socket, 'message'))[0])).toBe('\r\n');
    socket.send(optionsText('SIP/2.0/WS x.invalid'));
    expect(String((await once(socket, 'message'))[0])).toMatch(/^SIP\/2\.0 200/);
  });

  it('without the subprotocol 400; from a page of another site 403; other paths are not its business', async () => {
    expect(await refusal(wsUrl(), [])).toContain('400');
    expect(await refusal(wsUrl(), ['chat'])).toContain('400');
    expect(await refusal(wsUrl(), ['sip'], { Origin: 'http://evil.example' })).toContain('403');
    expect((await ws({ Origin: 'http://localhost:5173' })).readyState).toBe(WebSocket.OPEN);
    let other = 0;
    http.on('upgrade', (incoming, socket) => {
      if (incoming.url?.startsWith('/other') !== true) return;
      other++;
      socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
    });
    expect(await refusal(wsUrl('/other'), ['sip'])).toContain('404');
    expect(other).toBe(1);
  });

  it('behind a proxy the source is who the proxy says', async () => {
    const socket = await ws({ 'X-Forwarded-For': '6.6.6.6, 203.0.113.9' });
    socket.send(request({ via: 'SIP/2.0/WS x.invalid' }));
    await once(socket, 'message');
    expect(invites[0]?.source.address).toBe('203.0.113.9');
  });

  it('a frame beyond the limit closes the connection', async () => {
    const socket = await ws();
    socket.send('x'.repeat(70_000));
    await once(socket, 'close');
  });

  it('takes binary frames, and drops junk', async () => {
    const socket = await ws();
    socket.send(Buffer.from([0, 1, 2, 3, 255, 254, 253, 252, 251]));
    socket.send(Buffer.from(optionsText('SIP/2.0/WS x.invalid')));
    expect(String((await once(socket, 'message'))[0])).toMatch(/^SIP\/2\.0 200/);
  });
});

describe('S53 keep-alive', () => {
  it('a WebSocket that answers no ping is given up in under 35 s, one that does is kept', () => {
    const kit = new Kit();
    const dead = kit.connect();
    const alive = kit.connect();
    Object.assign(dead.flow, { alive() {} });
    kit.clock.advance(34_000);
    expect([dead.flow.closed, alive.flow.closed]).toEqual([true, false]);
  });
});

describe('S54 start and stop', () => {
  it('a port in use rejects start and leaves nothing open', async () => {
    const { port } = server.ports();
    const second = new CordboardSipServer(options({ port }));
    await expect(second.start()).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await second.stop();
    // TCP taken, UDP free: UDP must be let go again.
    const blocker = createTcpServer();
    blocker.listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const taken = (blocker.address() as AddressInfo).port;
    await expect(new CordboardSipServer(options({ port: taken })).start()).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
    await new Promise((done) => blocker.close(done));
    const third = new CordboardSipServer(options({ port: taken }));
    await third.start();
    await third.stop();
  });

  it('a bad certificate rejects start', async () => {
    const broken = new CordboardSipServer(options({ tls: { port: 0, cert: 'x', key: 'y' } }));
    await expect(broken.start()).rejects.toThrow();
  });

  it('stop closes connections and lets the port be bound again', async () => {
    const socket = tcp();
    await once(socket, 'connect');
    const page = await ws();
    const { port } = server.ports();
    const closed = Promise.all([once(socket, 'close'), once(page, 'close')]);
    await server.stop(50);
    await closed;
    server = new CordboardSipServer(options({ port }));
    await server.start();
    expect(server.counts().connections).toBe(0);
  });
});
