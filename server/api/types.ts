import type { Server } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import type { z } from 'zod';
import type { Customers } from '#server/customers/types.ts';
import type { Interactions } from '#server/interactions/types.ts';
import type { Kernel } from '#server/kernel/index.ts';
import type { People, Principal } from '#server/people/index.ts';
import type { RoutingService } from '#server/routing/types.ts';
import type { endpoints } from '#shared/contract/endpoints.ts';
import type { CommandName, CommandOutput, commands } from '#shared/contract/socket.ts';
import type { Board, Desk, Ref, WorkItemView } from '#shared/contract/views.ts';

/** A desk but for what the gateway adds to order it. A whole Desk will do too. */
export type DeskView = Omit<Desk, 'rev' | 'epoch' | 'now'>;

/** What carries out each command of a desk. Permission and form are already checked; throw AppError to refuse. */
export type CommandTable = {
  readonly [N in Exclude<CommandName, 'board.watch'>]?: (
    principal: Principal,
    input: z.output<(typeof commands)[N]['input']>,
  ) => CommandOutput<N> | Promise<CommandOutput<N>>;
};

type Answer<N extends keyof typeof endpoints> = z.input<(typeof endpoints)[N]['response']>;

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
  /** One user's desk as it is now; undefined for a user who has none. Called once per push, so it must be cheap. */
  readonly desk: (userId: string) => DeskView | undefined;
  readonly board: () => Board;
  readonly commands: CommandTable;
}

export interface ApiDeps extends GatewayDeps {
  readonly customers: Pick<Customers, 'search' | 'detail' | 'create'>;
  readonly interactions: Pick<
    Interactions,
    'history' | 'detail' | 'recordingFile' | 'dispositions' | 'setDisposition' | 'removeDisposition'
  >;
  readonly routing: RoutingService;
  /** The best of what waits in these queues, best first, explained. */
  readonly work: (queueIds: readonly string[], limit: number) => readonly WorkItemView[];
  /** Flows in force, each with the queues it leads to; left out where there is no IVR. */
  readonly flows?: () => readonly FlowRef[];
  /** The phone of a user was set or removed, or may count from now on. */
  readonly deviceChanged: (userId: string) => void;
  readonly lists: () => Answer<'lists'>;
  /** The SIP domain and the numbers the customer's page may dial. */
  readonly numbers: () => Answer<'callPage'>;
  /** Absolute. */
  readonly recordingsDir: string;
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

interface FlowRef extends Ref {
  readonly queues: readonly string[];
}

export interface Health {
  readonly sip: boolean;
  readonly database: boolean;
}

/** The live connection to every desk. */
export interface Gateway {
  /** This user's desk changed: pushed once at the end of this turn of the event loop. Costs nothing without a socket. */
  deskChanged(userId: string): void;
  /** Pushes the desk now, before this returns: for what must be on screen before the next thing happens. */
  pushDesk(userId: string): void;
  /** Queues, reasons, dispositions or other settings changed: every desk is told to ask again. */
  listsChanged(): void;
  /** The board changed: sent to those who watch, at most once a second. */
  boardChanged(): void;
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
