import type { Server as HttpServer } from 'node:http';
import type { Server } from 'node:net';
import type { Timers } from '../timers.ts';
import type { SipLog, SipServerOptions, SipUri, TransportName } from '../types.ts';
import type { Connection } from './connection.ts';
import type { Flow, Receive } from './flow.ts';
import { addressOf, hopOf } from './resolve.ts';
import type { Sources } from './sources.core.ts';
import { type ConnectionHost, listenStream, openStream } from './stream.ts';
import { type Datagrams, Udp, UdpFlow } from './udp.ts';
import { attachWebSocket } from './websocket.ts';

export type { Flow, FlowUser, Receive } from './flow.ts';
export * from './sources.core.ts';
export type { Datagrams } from './udp.ts';

interface Parts {
  readonly timers: Timers;
  readonly sources: Sources;
  readonly log: SipLog;
  readonly receive: Receive;
  readonly onFlowLost: (flow: Flow) => void;
  readonly udp?: Datagrams | undefined;
}

/** All listeners and connections of the server. */
export class Transports implements ConnectionHost {
  readonly timers: Timers;
  readonly sources: Sources;
  readonly log: SipLog;
  readonly receive: Receive;
  port = 0;
  tlsPort = 0;
  readonly #onFlowLost: (flow: Flow) => void;
  readonly #udp: Datagrams;
  readonly #listeners: Server[] = [];
  readonly #detach: (() => void)[] = [];
  readonly #flows = new Map<string, Connection>();
  /** Outbound connections by `transport:address:port`, to be used again. */
  readonly #outbound = new Map<string, Connection>();
  #counter = 0;

  constructor(parts: Parts) {
    this.timers = parts.timers;
    this.sources = parts.sources;
    this.log = parts.log;
    this.receive = parts.receive;
    this.#onFlowLost = parts.onFlowLost;
    this.#udp = parts.udp ?? new Udp(parts.log, parts.receive);
  }

  get connections(): number {
    return this.#flows.size;
  }

  /** Binds UDP and TCP on one port, and TLS. Rejects with the listener's own error, and then has nothing open. */
  async start(options: SipServerOptions): Promise<void> {
    try {
      // Port 0 asks for any port; the one UDP got may be taken on TCP, then another is tried.
      for (let attempt = 0; ; attempt++) {
        this.port = await this.#udp.listen(options.host, options.port);
        try {
          this.#listeners.push(await listenStream(this, options.host, this.port));
          break;
        } catch (error) {
          await this.#udp.close();
          if (options.port !== 0 || attempt >= 20) throw error;
        }
      }
      if (options.tls !== undefined) {
        const tls = await listenStream(this, options.host, options.tls.port, options.tls);
        this.#listeners.push(tls);
        const bound = tls.address();
        this.tlsPort = typeof bound === 'object' && bound !== null ? bound.port : options.tls.port;
      }
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    for (const detach of this.#detach.splice(0)) detach();
    const closing = this.#listeners.splice(0).map((server) => new Promise((done) => server.close(done)));
    for (const connection of [...this.#flows.values()]) connection.close();
    await this.#udp.close();
    await Promise.all(closing);
  }

  attach(http: HttpServer, path: string): void {
    this.#detach.push(attachWebSocket(this, http, path));
  }

  /** A flow by its id: an open connection, or `udp:address:port`. */
  flow(id: string): Flow | undefined {
    const connection = this.#flows.get(id);
    if (connection !== undefined) return connection;
    const parts = /^udp:(\[[0-9a-fA-F:.]+\]|[^:[\]]+):(\d{1,5})$/.exec(id);
    if (parts?.[1] === undefined) return undefined;
    return this.udpFlow(parts[1].replace(/^\[|\]$/g, ''), Number(parts[2]));
  }

  udpFlow(address: string, port: number): Flow {
    return new UdpFlow(this.#udp, address, port);
  }

  /** The flow that reaches a URI; undefined when there is none. `done` runs at once when no name must be looked up. */
  reach(uri: SipUri, done: (flow: Flow | undefined) => void): void {
    const hop = hopOf(uri);
    if (hop === undefined) {
      done(undefined);
      return;
    }
    addressOf(hop.host, (address) => {
      if (address === undefined) return done(undefined);
      if (hop.transport === 'udp') return done(this.udpFlow(address, hop.port));
      const key = `${hop.transport}:${address}:${hop.port}`;
      let connection = this.#outbound.get(key);
      if (connection === undefined) {
        connection = openStream(this, hop.transport, address, hop.port, hop.host);
        this.#outbound.set(key, connection);
      }
      done(connection);
    });
  }

  nextId(transport: TransportName): string {
    this.#counter++;
    return `${transport}-${this.#counter}`;
  }

  opened(connection: Connection): void {
    this.#flows.set(connection.id, connection);
  }

  gone(connection: Connection): void {
    this.#flows.delete(connection.id);
    const key = `${connection.transport}:${connection.address}:${connection.port}`;
    if (this.#outbound.get(key) === connection) this.#outbound.delete(key);
  }

  lost(connection: Connection): void {
    this.#onFlowLost(connection);
  }
}
