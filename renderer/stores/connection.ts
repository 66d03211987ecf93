import { io, type Socket } from 'socket.io-client';
import { create } from 'zustand';
import type { Desk } from '#shared/contract/desk.ts';
import {
  type CommandInput,
  type CommandName,
  type CommandOutput,
  commands,
  serverEvents,
} from '#shared/contract/index.ts';
import { ackSchema, SOCKET_PATH } from '#shared/contract/kit.ts';
import type { Board } from '#shared/contract/supervision.ts';
import { ProblemError } from './api.ts';
import { type Happening, happenings, isNewer } from './desk.core.ts';
import { nextOffset } from './time.core.ts';

/** An answer later than this is taken as lost, ms. */
const COMMAND_TIMEOUT = 8000;

/**
 *   [off] --start--> [connecting] --desk--> [online] --drop--> [lost] --desk--> [online]
 *                                              any --stop--> [off]
 * Online means that the desk on screen is the server's: it begins with a desk message, not with the bare socket.
 */
type ConnectionStatus = 'off' | 'connecting' | 'online' | 'lost';

interface Connection {
  readonly status: ConnectionStatus;
  readonly desk: Desk | undefined;
  readonly board: Board | undefined;
  /** Server clock minus this clock, ms. */
  readonly offset: number;
  /** Round trip of the last measured command, ms. */
  readonly rtt: number | undefined;
  /** The last desk message did not fit the contract. */
  readonly unreadable: boolean;
}

export const useConnection = create<Connection>()(() => ({
  status: 'off',
  desk: undefined,
  board: undefined,
  offset: 0,
  rtt: undefined,
  unreadable: false,
}));

/** What others want to know of the connection. */
interface ConnectionEvents {
  onDesk(desk: Desk, before: Desk | undefined): void;
  onHappening(happening: Happening): void;
  onLost(): void;
  /** Settings are others now. */
  onListsChanged(): void;
  /** A desk message came after a loss. */
  onBack(): void;
  onSignedOut(reason: 'signed-out' | 'revoked' | 'expired'): void;
  /** The server refused the socket itself: somebody should look whether the session still stands. */
  onRefused(): void;
}

let socket: Socket | undefined;
let clockKnown: number | undefined;
const retired = new Set<string>();
const watchers = new Set<symbol>();

/** The server's clock now, ms since the epoch. */
export const serverNow = (): number => Date.now() + useConnection.getState().offset;

export function startConnection(events: ConnectionEvents): void {
  if (socket !== undefined) return;
  useConnection.setState({ status: 'connecting' });
  const mine = io({
    path: SOCKET_PATH,
    transports: ['websocket'],
    withCredentials: true,
    reconnectionDelay: 300,
    reconnectionDelayMax: 2000,
    timeout: 4000,
    forceNew: true,
  });
  socket = mine;
  const lost = () => {
    if (useConnection.getState().status !== 'online') return;
    useConnection.setState({ status: 'lost' });
    events.onLost();
  };
  mine.on('disconnect', (reason) => {
    lost();
    // The library does not reconnect by itself after the server closed the socket (a restart, or a revoked session).
    if (reason === 'io server disconnect' && socket === mine) {
      events.onRefused();
      setTimeout(() => socket === mine && mine.connect(), 500);
    }
  });
  mine.on('connect_error', () => {
    // `active` is false when the server's own middleware refused; the library then gives up.
    if (mine.active || socket !== mine) return;
    events.onRefused();
    setTimeout(() => socket === mine && mine.connect(), 2000);
  });
  mine.on('desk', (message: unknown) => receiveDesk(message, events));
  mine.on('board', (message: unknown) => {
    const board = serverEvents.board.safeParse(message);
    if (!board.success) return;
    if (isNewer(useConnection.getState().board, board.data, retired))
      useConnection.setState({ board: board.data });
  });
  mine.on('lists-changed', () => events.onListsChanged());
  mine.on('signed-out', (message: unknown) => {
    const parsed = serverEvents['signed-out'].safeParse(message);
    events.onSignedOut(parsed.success ? parsed.data.reason : 'revoked');
  });
  mine.on('connect', () => {
    if (watchers.size > 0) void send(mine, 'board.watch', { on: true }).catch(() => {});
  });
}

function receiveDesk(message: unknown, events: ConnectionEvents): void {
  const parsed = serverEvents.desk.safeParse(message);
  if (!parsed.success) {
    useConnection.setState({ unreadable: true });
    return;
  }
  const { desk: before, status } = useConnection.getState();
  const desk = parsed.data;
  if (!isNewer(before, desk, retired)) return;
  if (before !== undefined && before.epoch !== desk.epoch) {
    retired.add(before.epoch);
    clockKnown = undefined;
  }
  clockKnown = nextOffset(clockKnown, desk.now, Date.now());
  const away = status === 'lost';
  useConnection.setState({ desk, status: 'online', offset: clockKnown, unreadable: false });
  if (away) events.onBack();
  events.onDesk(desk, before);
  for (const happening of happenings(before, desk, away)) events.onHappening(happening);
}

export function stopConnection(): void {
  socket?.disconnect();
  socket = undefined;
  clockKnown = undefined;
  retired.clear();
  useConnection.setState({ status: 'off', desk: undefined, board: undefined, rtt: undefined });
}

/** Drops the socket and begins anew: for a network that is known to have gone. */
export function reconnectNow(): void {
  if (socket === undefined) return;
  socket.disconnect();
  socket.connect();
}

/**
 * Sends one command and waits for its acknowledgement. Throws ProblemError: the server's code, `connection.lost`
 * when there is no connection (nothing was sent), `connection.timeout` when no answer came (it may have been carried out).
 */
export async function command<N extends CommandName>(
  name: N,
  input: CommandInput<N>,
): Promise<CommandOutput<N>> {
  if (socket === undefined || !socket.connected || useConnection.getState().status !== 'online') {
    throw new ProblemError('connection.lost', 'Not connected');
  }
  return send(socket, name, input);
}

async function send<N extends CommandName>(to: Socket, name: N, input: unknown): Promise<CommandOutput<N>> {
  const began = performance.now();
  let answer: unknown;
  try {
    answer = await to.timeout(COMMAND_TIMEOUT).emitWithAck('command', { name, input });
  } catch {
    throw new ProblemError('connection.timeout', 'No answer in time');
  }
  useConnection.setState({ rtt: Math.round(performance.now() - began) });
  const ack = ackSchema.safeParse(answer);
  if (!ack.success) throw new ProblemError('internal', `${name}: unreadable acknowledgement`);
  if (!ack.data.ok) {
    throw new ProblemError(ack.data.error.code, ack.data.error.message, ack.data.error.details ?? {});
  }
  const output = commands[name].output.safeParse(ack.data.output ?? {});
  if (!output.success) throw new ProblemError('internal', `${name}: unreadable output`);
  return output.data as CommandOutput<N>;
}

/** Subscribes to board messages until the returned function is called; several watchers share one subscription. */
export function watchBoard(): () => void {
  const me = Symbol('board');
  watchers.add(me);
  if (watchers.size === 1) void command('board.watch', { on: true }).catch(() => {});
  return () => {
    watchers.delete(me);
    if (watchers.size === 0) void command('board.watch', { on: false }).catch(() => {});
  };
}
