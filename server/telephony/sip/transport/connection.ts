import { type Timer, type Timers, timer } from '../timers.ts';
import type { TransportName } from '../types.ts';
import type { Flow, FlowUser } from './flow.ts';

/** What carries the bytes: a TCP or TLS socket, or a WebSocket. */
export interface Wire {
  write(text: string): void;
  /** Ends politely, or at once. */
  end(): void;
  destroy(): void;
  /** Asks the peer for a sign of life; TCP needs none. */
  ping?(): void;
  /** Bytes waiting to be sent. */
  backlog(): number;
}

/** A peer that reads nothing is cut off when this much waits for it. */
const MAX_BACKLOG = 1_048_576;

export interface ConnectionTimes {
  /** Ping when silent for so long; a second such silence ends the connection. 0: never ping. */
  readonly pingMs: number;
  /** Without users, silence for so long ends it. */
  readonly idleMs: number;
}

export interface ConnectionOwner {
  /** The connection must not be used any more. */
  gone(connection: Connection): void;
  /** Its users have been told. */
  lost(connection: Connection): void;
}

/** One connection, inbound or outbound, as a flow. Its end is told once to everybody who watches it. */
export class Connection implements Flow {
  readonly id: string;
  readonly transport: TransportName;
  readonly address: string;
  readonly port: number;
  readonly reliable = true;
  closed = false;
  readonly #wire: Wire;
  readonly #timers: Timers;
  readonly #times: ConnectionTimes;
  readonly #owner: ConnectionOwner;
  readonly #users = new Set<FlowUser>();
  readonly #check: Timer;
  #heard = true;
  #pinged = false;

  constructor(
    id: string,
    peer: { transport: TransportName; address: string; port: number },
    wire: Wire,
    timers: Timers,
    times: ConnectionTimes,
    owner: ConnectionOwner,
  ) {
    this.id = id;
    this.transport = peer.transport;
    this.address = peer.address;
    this.port = peer.port;
    this.#wire = wire;
    this.#timers = timers;
    this.#times = times;
    this.#owner = owner;
    this.#check = timer(() => this.#tick());
    timers.start(this.#check, this.#period());
  }

  send(text: string): void {
    if (this.closed) return;
    if (this.#wire.backlog() > MAX_BACKLOG) {
      this.gone();
      this.#wire.destroy();
      return;
    }
    this.#wire.write(text);
  }

  /** Anything at all came from the peer. */
  alive(): void {
    this.#heard = true;
  }

  watch(user: FlowUser): void {
    if (this.closed) queueMicrotask(() => user.onFlowLost(this));
    else this.#users.add(user);
  }

  unwatch(user: FlowUser): void {
    this.#users.delete(user);
  }

  moveUsers(to: Flow): void {
    for (const user of [...this.#users]) user.onFlowMoved?.(to);
  }

  /** Closes from our side. */
  close(): void {
    this.gone();
    this.#wire.end();
  }

  /** Closes at once, as after junk. */
  destroy(): void {
    this.gone();
    this.#wire.destroy();
  }

  /** The connection ended, whoever ended it. */
  gone(): void {
    if (this.closed) return;
    this.closed = true;
    this.#timers.stop(this.#check);
    this.#owner.gone(this);
    const users = [...this.#users];
    this.#users.clear();
    for (const user of users) user.onFlowLost(this);
    this.#owner.lost(this);
  }

  #period(): number {
    return this.#times.pingMs > 0 ? this.#times.pingMs : this.#times.idleMs;
  }

  /** Runs every period: pings a silent peer once, ends it the next time. A connection in use that cannot be pinged stays. */
  #tick(): void {
    if (this.closed) return;
    if (this.#wire.ping === undefined) {
      if (!this.#heard && this.#users.size === 0) {
        this.close();
        return;
      }
    } else {
      if (this.#pinged && !this.#heard) {
        this.destroy();
        return;
      }
    }
    this.#heard = false;
    this.#pinged = true;
    this.#wire.ping?.();
    this.#timers.start(this.#check, this.#period());
  }
}
