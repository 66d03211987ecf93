import { createSocket, type Socket } from 'node:dgram';
import { AppError } from '#shared/contract/app-error.ts';

/** One bound UDP port lent to a leg. */
export interface UdpPort {
  readonly port: number;
  /** Tells of every packet while lent, beginning with those of the last moments: orders take a while to come here. */
  listen(listener: PacketListener): void;
  /** Sends at once; failures of the network are those of UDP: nobody is told. `address` is numeric. */
  send(packet: Buffer, port: number, address: string): void;
}

export type PacketListener = (packet: Buffer, address: string, port: number) => void;

interface Lent extends UdpPort {
  readonly socket: Socket;
  freedAt: number;
  listener: PacketListener | undefined;
  /** What came while nobody listened, newest last. */
  early: { readonly at: number; readonly packet: Buffer; readonly address: string; readonly port: number }[];
}

/** Packets this old were not meant for who begins to listen now. */
const earlyMs = 50;
const mostEarly = 8;

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
  readonly #reserved = new Map<number, Lent>();
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
    return this.#reserved.size;
  }

  /** Waits for a port and takes it. @throws AppError `media.no-ports`. */
  async acquire(): Promise<UdpPort> {
    return this.take(await this.reserve());
  }

  /** Sets one bound port aside, so that its `take` cannot fail. @throws AppError `media.no-ports`. */
  async reserve(): Promise<number> {
    const now = this.#now();
    const rested = this.#idle[0] !== undefined && now - this.#idle[0].freedAt >= quietMs;
    const port = (rested ? undefined : await this.#bindFresh(now)) ?? this.#idle.shift();
    if (port === undefined) {
      throw new AppError('media.no-ports', `No RTP port is free. ${this.#lastProblem}`.trim(), {
        used: this.used,
      });
    }
    this.#reserved.set(port.port, port);
    return port.port;
  }

  /** Lends a port that was set aside. */
  take(number: number): UdpPort {
    const port = this.#reserved.get(number);
    if (port === undefined) throw new AppError('media.failed', 'The media engine is stopping.');
    this.#reserved.delete(number);
    this.#lent.add(port);
    return port;
  }

  release(port: UdpPort): void {
    const lent = port as Lent;
    if (!this.#lent.delete(lent)) return;
    lent.listener = undefined;
    lent.early = [];
    lent.freedAt = this.#now();
    if (this.#closed) lent.socket.close();
    else this.#idle.push(lent);
  }

  close(): void {
    this.#closed = true;
    for (const port of [...this.#idle.splice(0), ...this.#reserved.values(), ...this.#lent])
      port.socket.close();
    this.#reserved.clear();
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
      listener: undefined,
      early: [],
      listen: (listener) => {
        lent.listener = listener;
        const since = this.#now() - earlyMs;
        for (const { at, packet, address, port } of lent.early)
          if (at >= since) listener(packet, address, port);
        lent.early = [];
      },
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
        socket.on('message', (packet, { address, port }) => {
          if (lent.listener !== undefined) return lent.listener(packet, address, port);
          lent.early.push({ at: this.#now(), packet, address, port });
          if (lent.early.length > mostEarly) lent.early.shift();
        });
        resolve(lent);
      });
    });
  }
}

/**
 * The same ports from another beginning. A server that is started again must not give its first calls the ports that
 * phones of the calls before still send to: such a packet could be latched as the leg's own (M2).
 */
export const fromAnother = (ports: readonly number[], beginning: number): number[] => [
  ...ports.slice(beginning),
  ...ports.slice(0, beginning),
];

/** The even ports from `min` to `max`, shared out: those of worker `index` of `count`. */
export function evenPorts(min: number, max: number, index: number, count: number): number[] {
  const ports: number[] = [];
  for (let port = min + (min % 2), i = 0; port <= max; port += 2, i++) {
    if (i % count === index) ports.push(port);
  }
  return ports;
}
