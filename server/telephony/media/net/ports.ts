import { createSocket, type Socket } from 'node:dgram';
import { AppError } from '#shared/contract/errors.ts';

/** One bound UDP port lent to a leg. */
export interface UdpPort {
  readonly port: number;
  /** Told of every packet while lent. */
  onPacket: (packet: Buffer, address: string, port: number) => void;
  /** Sends at once; failures of the network are those of UDP: nobody is told. `address` is numeric. */
  send(packet: Buffer, port: number, address: string): void;
}

interface Lent extends UdpPort {
  readonly socket: Socket;
  freedAt: number;
}

/** A port given back is left alone this long if others can be had: packets of its last call are still on the way. */
const quietMs = 3000;
/** A port that something else on this machine holds is tried again after this. */
const takenMs = 30_000;

const ignore = (): void => {};

/**
 * Even UDP ports of a range. A socket stays bound after its leg, so that the next leg pays for no bind; while ports
 * were never bound or are quiet for long enough, a fresh one is not reused.
 */
export class PortPool {
  readonly #host: string;
  readonly #now: () => number;
  readonly #fresh: number[];
  readonly #taken: { port: number; until: number }[] = [];
  /** Oldest first. */
  readonly #idle: Lent[] = [];
  readonly #lent = new Set<Lent>();
  #reserved = 0;
  #closed = false;
  #lastProblem = '';

  constructor(host: string, ports: readonly number[], now: () => number) {
    this.#host = host;
    this.#now = now;
    this.#fresh = [...ports].reverse();
  }

  /** Ports lent now. */
  get used(): number {
    return this.#lent.size;
  }

  /** Ports set aside by `reserve` and not taken yet. */
  get reserved(): number {
    return this.#reserved;
  }

  /** Waits for a port and takes it. @throws AppError `media.no-ports`. */
  async acquire(): Promise<UdpPort> {
    await this.reserve();
    return this.take();
  }

  /** Sets one bound port aside, so that one `take` cannot fail. @throws AppError `media.no-ports`. */
  async reserve(): Promise<void> {
    const now = this.#now();
    const spare = this.#idle[this.#reserved];
    if (spare === undefined || now - spare.freedAt < quietMs) {
      const bound = await this.#bindFresh(now);
      if (bound !== undefined) this.#idle.unshift(bound);
      if (this.#idle.length <= this.#reserved) {
        throw new AppError('media.no-ports', `No RTP port is free. ${this.#lastProblem}`.trim(), {
          used: this.used,
        });
      }
    }
    this.#reserved++;
  }

  /** Lends a port that was set aside: the one that has rested longest. */
  take(): UdpPort {
    const port = this.#reserved > 0 ? this.#idle.shift() : undefined;
    if (port === undefined) throw new AppError('media.failed', 'The media engine is stopping.');
    this.#reserved--;
    this.#lent.add(port);
    return port;
  }

  release(port: UdpPort): void {
    const lent = port as Lent;
    if (!this.#lent.delete(lent)) return;
    lent.onPacket = ignore;
    lent.freedAt = this.#now();
    if (this.#closed) lent.socket.close();
    else this.#idle.push(lent);
  }

  close(): void {
    this.#closed = true;
    this.#reserved = 0;
    for (const port of this.#idle.splice(0)) port.socket.close();
    for (const port of this.#lent) port.socket.close();
    this.#lent.clear();
  }

  #forgive(now: number): void {
    while (this.#taken[0] !== undefined && this.#taken[0].until <= now) {
      const { port } = this.#taken.shift() ?? { port: 0 };
      this.#fresh.unshift(port);
    }
  }

  async #bindFresh(now: number): Promise<Lent | undefined> {
    this.#forgive(now);
    for (let port = this.#fresh.pop(); port !== undefined; port = this.#fresh.pop()) {
      const bound = await this.#bind(port);
      if (bound !== undefined && this.#closed) bound.socket.close();
      if (this.#closed) return undefined;
      if (bound !== undefined) return bound;
      this.#taken.push({ port, until: now + takenMs });
    }
    return undefined;
  }

  #bind(port: number): Promise<Lent | undefined> {
    const family = this.#host.includes(':') ? 6 : 4;
    const socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      // Addresses are always numeric here; the default look-up would cost a tick for each packet.
      lookup: (address, _options, done) => done(null, address, family),
    });
    const lent: Lent = {
      port,
      socket,
      freedAt: 0,
      onPacket: ignore,
      send: (packet, to, address) => {
        try {
          socket.send(packet, to, address, ignore);
        } catch {
          // the socket was closed under us: the leg is going
        }
      },
    };
    return new Promise((resolve) => {
      socket.once('error', (error) => {
        this.#lastProblem = error.message;
        socket.close();
        resolve(undefined);
      });
      socket.bind(port, this.#host, () => {
        socket.removeAllListeners('error');
        socket.on('error', ignore);
        socket.on('message', (packet, from) => lent.onPacket(packet, from.address, from.port));
        resolve(lent);
      });
    });
  }
}

/** The even ports from `min` to `max`, shared out: those of worker `index` of `count`. */
export function evenPorts(min: number, max: number, index: number, count: number): number[] {
  const ports: number[] = [];
  for (let port = min + (min % 2), i = 0; port <= max; port += 2, i++) {
    if (i % count === index) ports.push(port);
  }
  return ports;
}
