import type { Server } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import type { CommandTable, Kernel, Mounts, Topic } from '#server/kernel/index.ts';
import type { People } from '#server/people/index.ts';

/** One figure of /metrics, read when asked for. `name` without prefix, e.g. `calls`. */
export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly value: number;
}

/** What the gateway is built on. */
export interface GatewayDeps {
  readonly kernel: Kernel;
  readonly people: People;
  readonly topics: readonly Topic[];
  readonly commands: CommandTable;
}

export interface ApiDeps extends GatewayDeps {
  /** Hang the endpoints of the rooms. */
  readonly routes: readonly ((mounts: Mounts) => void)[];
  /** Absolute; what Vite built. It may appear later. */
  readonly rendererDir: string;
  readonly version: string;
  readonly health: () => Health | Promise<Health>;
  /** A TLS proxy of ours stands in front: its X-Forwarded-* headers are believed and cookies are Secure. */
  readonly behindProxy?: boolean;
  /** Further figures for /metrics. */
  readonly collect?: () => readonly Gauge[] | Promise<readonly Gauge[]>;
  readonly registry?: Registry;
}

/** The state of each part by its name. */
export type Health = Readonly<Record<string, PartHealth>>;
export interface PartHealth {
  readonly ok: boolean;
  /** What is the matter, for people. */
  readonly problem?: string | undefined;
}

/** The live connection to every desk. */
export interface Gateway {
  /**
   * This topic changed, of one user where each has an own: pushed once at the end of this turn of the event loop, or when
   * its time has come. Costs nothing without a socket.
   */
  changed(topic: string, userId?: string): void;
  /** It changed for everybody who is connected. */
  changedForAll(topic: string): void;
  /** Pushes a user's own now, before this returns: for what must be on screen before the next thing happens. */
  push(topic: string, userId: string): void;
  /** Queues, reasons, dispositions or other settings changed: every desk is told to ask again. */
  listsChanged(): void;
  connected(userId: string): boolean;
  /** Told before the new socket gets its desk; `first`: the user had no other. */
  onConnected(listener: (userId: string, first: boolean) => void): void;
  /** `last`: the user has no other socket left. */
  onDisconnected(listener: (userId: string, last: boolean) => void): void;
  socketCount(): number;
}

export interface ApiServer {
  readonly app: FastifyInstance;
  /** Not listening yet. SIP over WebSocket is attached to it by its own room. */
  readonly http: Server;
  readonly gateway: Gateway;
  /** Closes every socket and connection, then the server. Safe to call twice, and when it never listened. */
  close(): Promise<void>;
}
