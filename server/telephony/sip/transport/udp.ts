import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { SipLog } from '../types.ts';
import type { Flow, FlowUser, Receive } from './flow.ts';
import { plainAddress } from './sources.core.ts';

/** Kernel buffers, in bytes; the kernel may grant less. */
const BUFFER = 4 * 1024 * 1024;

/** What carries datagrams; a test has its own. */
export interface Datagrams {
  listen(host: string, port: number): Promise<number>;
  send(text: string, to: Flow, failed: FlowUser | undefined): void;
  close(): Promise<void>;
}

/** A UDP peer. */
export class UdpFlow implements Flow {
  readonly transport = 'udp';
  readonly reliable = false;
  readonly closed = false;
  readonly address: string;
  readonly port: number;
  readonly #udp: Datagrams;

  constructor(udp: Datagrams, address: string, port: number) {
    this.#udp = udp;
    this.address = address;
    this.port = port;
  }

  get id(): string {
    return `udp:${this.address.includes(':') ? `[${this.address}]` : this.address}:${this.port}`;
  }

  send(text: string, failed?: FlowUser): void {
    this.#udp.send(text, this, failed);
  }

  watch(): void {}
  unwatch(): void {}
  moveUsers(): void {}
}

/** The UDP listener. */
export class Udp implements Datagrams {
  #socket: Socket | undefined;
  readonly #log: SipLog;
  readonly #receive: Receive;

  constructor(log: SipLog, receive: Receive) {
    this.#log = log;
    this.#receive = receive;
  }

  /** Binds; resolves with the port. Rejects with the socket's own error. */
  listen(host: string, port: number): Promise<number> {
    const family = isIPv6(host) ? 6 : 4;
    const socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      // Addresses are resolved before they come here; the default lookup would cost a turn of the loop per datagram.
      lookup: (address, _options, done) => done(null, address, family),
    });
    return new Promise((resolve, reject) => {
      socket.once('error', (error) => {
        socket.close();
        reject(error);
      });
      socket.bind(port, host, () => {
        socket.removeAllListeners('error');
        socket.on('error', (error) => this.#log.warn({ error: error.message }, 'sip udp socket error'));
        socket.on('message', (data, from) => {
          this.#receive(data, new UdpFlow(this, plainAddress(from.address), from.port));
        });
        try {
          socket.setRecvBufferSize(BUFFER);
          socket.setSendBufferSize(BUFFER);
        } catch (error) {
          this.#log.debug({ error: String(error) }, 'sip udp buffers not enlarged');
        }
        this.#socket = socket;
        resolve(socket.address().port);
      });
    });
  }

  send(text: string, to: Flow, failed: FlowUser | undefined): void {
    const socket = this.#socket;
    if (socket === undefined) {
      if (failed !== undefined) queueMicrotask(() => failed.onFlowLost(to));
      return;
    }
    try {
      if (failed === undefined) socket.send(text, to.port, to.address);
      else socket.send(text, to.port, to.address, (error) => error && failed.onFlowLost(to));
    } catch (error) {
      // Port 0 and the like are refused by the call itself.
      this.#log.debug({ error: String(error), address: to.address }, 'sip udp send failed');
      if (failed !== undefined) queueMicrotask(() => failed.onFlowLost(to));
    }
  }

  close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    return new Promise((resolve) => {
      if (socket === undefined) resolve();
      else socket.close(() => resolve());
    });
  }
}
