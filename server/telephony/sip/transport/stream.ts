import { createServer, connect as netConnect, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, connect as tlsConnect } from 'node:tls';
import type { Timers } from '../timers.ts';
import type { SipLog, TransportName } from '../types.ts';
import { Connection } from './connection.ts';
import type { Receive } from './flow.ts';
import { Framer } from './framing.core.ts';
import { plainAddress, type Sources } from './sources.core.ts';

/** A half-received message must be complete after this, and an outgoing connection open, in ms. */
const PARTIAL_MS = 30_000;
const CONNECT_MS = 5_000;
const IDLE_MS = 60_000;

export interface ConnectionHost {
  readonly timers: Timers;
  readonly sources: Sources;
  readonly log: SipLog;
  readonly receive: Receive;
  nextId(transport: TransportName): string;
  opened(connection: Connection): void;
  gone(connection: Connection): void;
  lost(connection: Connection): void;
}

/** Binds a TCP or TLS listener; resolves with it. Rejects with the listener's own error. */
export function listenStream(
  host: ConnectionHost,
  address: string,
  port: number,
  tls?: { cert: string; key: string },
): Promise<Server> {
  return new Promise((resolve, reject) => {
    let server: Server;
    try {
      server =
        tls === undefined
          ? createServer((socket) => inbound(host, socket, 'tcp'))
          : createTlsServer({ cert: tls.cert, key: tls.key }, (socket) => inbound(host, socket, 'tls'));
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    server.once('error', reject);
    server.on('tlsClientError', () => host.log.debug({}, 'sip tls handshake failed'));
    server.listen({ host: address, port }, () => {
      server.removeListener('error', reject);
      server.on('error', (error) => host.log.warn({ error: error.message }, 'sip listener error'));
      resolve(server);
    });
  });
}

function inbound(host: ConnectionHost, socket: Socket, transport: 'tcp' | 'tls'): void {
  const address = plainAddress(socket.remoteAddress ?? '');
  if (address === '' || !host.sources.connected(address)) {
    socket.destroy();
    return;
  }
  adopt(host, socket, { transport, address, port: socket.remotePort ?? 0 }, true);
}

/** Opens a connection; it can be sent on at once, what is sent waits until it is open. */
export function openStream(
  host: ConnectionHost,
  transport: 'tcp' | 'tls',
  address: string,
  port: number,
  serverName: string,
): Connection {
  const socket =
    transport === 'tcp'
      ? netConnect({ host: address, port })
      : tlsConnect({
          host: address,
          port,
          ...(/^[\d.:[\]]+$/.test(serverName) ? {} : { servername: serverName }),
        });
  const connection = adopt(host, socket, { transport, address, port }, false);
  const late = setTimeout(() => connection.destroy(), CONNECT_MS);
  const settled = (): void => clearTimeout(late);
  socket.once(transport === 'tcp' ? 'connect' : 'secureConnect', settled);
  socket.once('close', settled);
  return connection;
}

function adopt(
  host: ConnectionHost,
  socket: Socket,
  peer: { transport: TransportName; address: string; port: number },
  counted: boolean,
): Connection {
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 30_000);
  const framer = new Framer();
  let partialSince = 0;
  const connection = new Connection(
    host.nextId(peer.transport),
    peer,
    {
      write: (text) => socket.write(text),
      end: () => socket.destroySoon(),
      destroy: () => socket.destroy(),
      backlog: () => socket.writableLength,
    },
    host.timers,
    { pingMs: 0, idleMs: IDLE_MS },
    {
      gone: (ended) => {
        if (counted) host.sources.disconnected(peer.address);
        host.gone(ended);
      },
      lost: (ended) => host.lost(ended),
    },
  );
  socket.on('data', (chunk) => {
    connection.alive();
    try {
      const { messages, pings } = framer.push(chunk);
      // RFC 5626 3.5.1: a double CRLF is answered by a single one.
      if (pings > 0) connection.send('\r\n');
      for (const message of messages) {
        if (connection.closed) return;
        host.receive(message, connection);
      }
      const now = host.timers.clock.now();
      if (!framer.partial || messages.length > 0) partialSince = now;
      else if (now - partialSince > PARTIAL_MS) connection.destroy();
    } catch (error) {
      host.log.debug({ error: String(error), address: peer.address }, 'sip stream cut off');
      connection.destroy();
    }
  });
  partialSince = host.timers.clock.now();
  socket.on('error', () => connection.destroy());
  socket.on('end', () => connection.close());
  socket.on('close', () => connection.gone());
  host.opened(connection);
  return connection;
}
