import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { TransportName } from '../types.ts';
import { MAX_MESSAGE } from '../wire/parse.ts';
import { Connection } from './connection.ts';
import { isLoopback, plainAddress } from './sources.core.ts';
import type { ConnectionHost } from './stream.ts';

/** A silent peer is pinged after this, and given up after another: a dead socket is noticed within 30 s. */
const PING_MS = 15_000;
/** How long a peer may take to agree to our close, in ms. */
const CLOSE_MS = 500;

/**
 * Takes the upgrades of one path off an HTTP server (RFC 7118). Other paths are left to their owners.
 * Returns a function that lets go of the server.
 */
export function attachWebSocket(host: ConnectionHost, http: HttpServer, path: string): () => void {
  const wss = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE,
    perMessageDeflate: false,
    clientTracking: false,
    handleProtocols: () => 'sip',
  });
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (pathOf(request) !== path) return;
    socket.on('error', () => socket.destroy());
    // RFC 7118 4.1: the subprotocol is `sip`.
    const protocols = (request.headers['sec-websocket-protocol'] ?? '')
      .split(',')
      .map((p) => p.trim().toLowerCase());
    if (!protocols.includes('sip')) {
      refuse(socket, 400, 'Bad Request');
      return;
    }
    if (!sameSite(request)) {
      refuse(socket, 403, 'Forbidden');
      return;
    }
    const address = sourceAddress(request);
    if (!host.sources.connected(address)) {
      refuse(socket, 503, 'Service Unavailable');
      return;
    }
    let taken = false;
    socket.once('close', () => {
      if (!taken) host.sources.disconnected(address);
    });
    wss.handleUpgrade(request, socket, head, (ws) => {
      taken = true;
      adopt(host, ws, {
        transport: isSecure(request) ? 'wss' : 'ws',
        address,
        port: request.socket.remotePort ?? 0,
      });
    });
  };
  http.on('upgrade', onUpgrade);
  return () => {
    http.removeListener('upgrade', onUpgrade);
    wss.close();
  };
}

function adopt(
  host: ConnectionHost,
  ws: WebSocket,
  peer: { transport: TransportName; address: string; port: number },
): void {
  const connection = new Connection(
    host.nextId(peer.transport),
    peer,
    {
      write: (text) => ws.send(text),
      end: () => {
        ws.close(1001);
        setTimeout(() => ws.terminate(), CLOSE_MS).unref();
      },
      destroy: () => ws.terminate(),
      ping: () => ws.ping(),
      backlog: () => ws.bufferedAmount,
    },
    host.timers,
    { pingMs: PING_MS, idleMs: 0 },
    {
      gone: (ended) => {
        host.sources.disconnected(peer.address);
        host.gone(ended);
      },
      lost: (ended) => host.lost(ended),
    },
  );
  ws.on('message', (data) => {
    connection.alive();
    const bytes = Buffer.isBuffer(data)
      ? data
      : Array.isArray(data)
        ? Buffer.concat(data)
        : Buffer.from(data);
    if (isKeepAlive(bytes)) {
      // RFC 5626 3.5.1, as sip.js sends it over WebSocket.
      if (bytes.length >= 4) connection.send('\r\n');
      return;
    }
    host.receive(bytes, connection);
  });
  ws.on('pong', () => connection.alive());
  ws.on('ping', () => connection.alive());
  ws.on('error', () => connection.destroy());
  ws.on('close', () => connection.gone());
  host.opened(connection);
}

function isKeepAlive(bytes: Buffer): boolean {
  if (bytes.length > 8) return false;
  for (const byte of bytes) if (byte !== 13 && byte !== 10) return false;
  return true;
}

function pathOf(request: IncomingMessage): string {
  const url = request.url ?? '';
  const question = url.indexOf('?');
  return question < 0 ? url : url.slice(0, question);
}

function isSecure(request: IncomingMessage): boolean {
  return 'encrypted' in request.socket || request.headers['x-forwarded-proto'] === 'https';
}

/**
 * The peer's address. Behind a proxy on this machine the peer looks like loopback, which may call without a
 * password; the proxy's own last entry in X-Forwarded-For then says who it really is.
 */
function sourceAddress(request: IncomingMessage): string {
  const direct = plainAddress(request.socket.remoteAddress ?? '');
  const forwarded = request.headers['x-forwarded-for'];
  if (!isLoopback(direct) || forwarded === undefined) return direct;
  const list = (Array.isArray(forwarded) ? forwarded.join(',') : forwarded).split(',');
  return plainAddress(list.at(-1)?.trim() || direct);
}

/**
 * Browsers send Origin: a page of another site must not use a visitor's trusted address to place calls. Other
 * clients send none. `localhost` and the loopback addresses are one site; the port does not matter.
 */
function sameSite(request: IncomingMessage): boolean {
  const { origin } = request.headers;
  if (origin === undefined) return true;
  const forwardedHost = request.headers['x-forwarded-host'];
  const ours = (typeof forwardedHost === 'string' ? forwardedHost : request.headers.host) ?? '';
  try {
    const from = new URL(origin);
    // The packaged desktop loads its pages from a scheme of its own.
    if (from.protocol !== 'http:' && from.protocol !== 'https:') return true;
    const to = new URL(`http://${ours}`);
    return from.hostname === to.hostname || (isLocal(from.hostname) && isLocal(to.hostname));
  } catch {
    // `Origin: null` is a sandboxed or file page; a page of ours is neither.
    return false;
  }
}

function isLocal(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host.startsWith('127.');
}

function refuse(socket: Duplex, status: number, reason: string): void {
  socket.end(`HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
