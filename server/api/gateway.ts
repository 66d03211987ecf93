import type { Server as HttpServer, IncomingMessage } from 'node:http';
import { Server, type Socket } from 'socket.io';
import type { CommandTable, Principal } from '#server/kernel/index.ts';
import { Buckets, isLoopback, sourceKey } from '#server/people/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import { type Ack, SOCKET_PATH } from '#shared/contract/kit.ts';
import { runCommand } from './commands.ts';
import { sameOrigin } from './origin.core.ts';
import { toFailure } from './problems.ts';
import { Topics } from './topics.ts';
import type { Gateway, GatewayDeps } from './types.ts';

// What a client may send is not trusted to be anything.
type FromClient = { command: (envelope: unknown, ack: unknown) => void };
type ToClient = Record<string, (message: unknown) => void>;
type DeskSocket = Socket<FromClient, ToClient, Record<string, never>, { principal: Principal }>;

export interface GatewayOptions {
  readonly http: HttpServer;
  readonly behindProxy: boolean;
  /** The session's token in a Cookie header. */
  readonly tokenOf: (cookies: string) => string | undefined;
}

const MAX_MESSAGE = 256 * 1024;
const MAX_SOCKETS_PER_USER = 20;
const COMMANDS = { burst: 100, perSecond: 50 };
/** After this many refused in a row without a pause the socket is not a desk. */
const MAX_REFUSED = 1000;
const CONNECTS = { burst: 500, perSecond: 50 };
const CONNECTS_LOOPBACK = { burst: 5000, perSecond: 1000 };

/**
 * Carries topics to desks and commands from them; what they say is the rooms' own.
 *
 *     connecting --session--> connected --command*--> connected
 *                                 |-- session ended --> `signed-out`, closed
 *                                 '-- network gone ---> closed; the client connects again and gets its topics
 *
 * A topic is sent whole at each change, so nothing has to be caught up on after a gap.
 */
export function createGateway(deps: GatewayDeps, options: GatewayOptions): Gateway & { close(): void } {
  const { people, kernel } = deps;
  const { clock, log } = kernel;
  const byUser = new Map<string, Set<DeskSocket>>();
  const bySession = new Map<string, Set<DeskSocket>>();
  const topics = new Topics<DeskSocket>(deps, byUser);
  const connectedListeners: ((userId: string, first: boolean) => void)[] = [];
  const disconnectedListeners: ((userId: string, last: boolean) => void)[] = [];
  const connects = new Buckets(CONNECTS);
  const connectsLoopback = new Buckets(CONNECTS_LOOPBACK);
  let closed = false;

  const io = new Server<FromClient, ToClient, Record<string, never>, { principal: Principal }>(options.http, {
    path: SOCKET_PATH,
    addTrailingSlash: false, // takes /socket and /socket/
    serveClient: false,
    destroyUpgrade: false, // other paths are other rooms'
    maxHttpBufferSize: MAX_MESSAGE,
    pingInterval: 2_500,
    pingTimeout: 2_000,
    connectTimeout: 10_000,
    perMessageDeflate: false,
    allowRequest: (request, done) => {
      const allowed = mayConnect(request);
      done(allowed ? null : 'refused', allowed);
    },
  });

  function mayConnect(request: IncomingMessage): boolean {
    if (closed || !sameOrigin(request.headers, hostOf(request))) return false;
    const source = sourceOf(request);
    return (isLoopback(source) ? connectsLoopback : connects).take(sourceKey(source), clock.now());
  }

  function hostOf({ headers }: IncomingMessage): string {
    const forwarded = options.behindProxy ? headers['x-forwarded-host'] : undefined;
    return (
      (typeof forwarded === 'string' ? forwarded.split(',').at(-1)?.trim() : undefined) ?? headers.host ?? ''
    );
  }

  function sourceOf({ headers, socket }: IncomingMessage): string {
    const forwarded = options.behindProxy ? headers['x-forwarded-for'] : undefined;
    const last = typeof forwarded === 'string' ? forwarded.split(',').at(-1)?.trim() : undefined;
    return last ?? socket.remoteAddress ?? '';
  }

  io.use((socket, next) => {
    try {
      socket.data.principal = signedIn(socket);
      next();
    } catch (error) {
      const { problem } = toFailure(error);
      next(Object.assign(new Error(problem.code), { data: problem }));
    }
  });

  function signedIn(socket: DeskSocket): Principal {
    const given: unknown = socket.handshake.auth.token;
    const cookies = socket.handshake.headers.cookie;
    const token = typeof given === 'string' ? given : cookies && options.tokenOf(cookies);
    if (!token) throw new AppError('session.required', 'Sign in first.');
    const principal = people.session(token);
    if (!principal) throw new AppError('session.expired', 'Your session has ended; sign in again.');
    if ((byUser.get(principal.user.id)?.size ?? 0) >= MAX_SOCKETS_PER_USER)
      throw new AppError('too-many', 'This user has too many desks open.');
    return principal;
  }

  io.on('connection', (socket) => {
    const { sessionId, user } = socket.data.principal;
    listen(socket); // before anything else, so that no early command is missed
    if (!people.touch(sessionId)) return signOut(socket, 'expired'); // it ended while this socket connected
    const first = join(byUser, user.id, socket);
    join(bySession, sessionId, socket);
    socket.on('disconnect', () => {
      topics.left(socket);
      leave(bySession, sessionId, socket);
      const last = leave(byUser, user.id, socket);
      tell(disconnectedListeners, user.id, last);
    });
    tell(connectedListeners, user.id, first);
    topics.joined(user.id, socket);
  });

  function listen(socket: DeskSocket): void {
    const { sessionId } = socket.data.principal;
    const handlers: CommandTable = { ...deps.commands, ...topics.commands(socket) };
    const rate = new Buckets(COMMANDS, 1);
    let refused = 0;
    let junk = 0;

    socket.use((packet, next) => {
      const event: unknown = packet[0];
      const last: unknown = packet.at(-1);
      const ack = isAck(last) ? last : undefined;
      if (!rate.take('', clock.now())) {
        refused += 1;
        ack?.(refusal(new AppError('too-many', 'Too many commands; wait a moment.')));
        if (refused === 1) log.warn({ sessionId }, 'socket: too many messages');
        if (refused > MAX_REFUSED) socket.disconnect(true);
        return;
      }
      refused = 0;
      if (event === 'command' && ack) return next();
      junk += 1;
      if (junk === 1) log.warn({ sessionId, hasAck: ack !== undefined }, 'socket: message not understood');
      ack?.(refusal(new AppError('unknown-command', 'Only `command` with an envelope is understood.')));
    });
    socket.on('command', (...message: unknown[]) => {
      const ack = message.at(-1);
      if (!isAck(ack)) return;
      const envelope = message.length > 1 ? message[0] : undefined;
      void runCommand(deps, handlers, sessionId, envelope).then(ack);
    });
    socket.on('error', (error) => log.warn({ err: error, sessionId }, 'socket failed'));
  }

  function signOut(socket: DeskSocket, reason: 'signed-out' | 'revoked' | 'expired'): void {
    socket.emit('signed-out', { reason });
    socket.disconnect(true);
  }

  people.onSessionEnded(({ sessionId }, reason) => {
    for (const socket of [...(bySession.get(sessionId) ?? [])]) signOut(socket, reason);
  });

  function tell(
    listeners: readonly ((userId: string, flag: boolean) => void)[],
    userId: string,
    flag: boolean,
  ) {
    for (const listener of listeners) {
      try {
        listener(userId, flag);
      } catch (error) {
        log.error({ err: error, userId }, 'listener of the gateway failed');
      }
    }
  }

  return {
    changed: (topic, userId) => topics.changed(topic, userId),
    changedForAll: (topic) => topics.changedForAll(topic),
    push: (topic, userId) => topics.push(topic, userId),
    listsChanged: () => void io.emit('lists-changed', {}),
    connected: (userId) => byUser.has(userId),
    onConnected: (listener) => void connectedListeners.push(listener),
    onDisconnected: (listener) => void disconnectedListeners.push(listener),
    socketCount: () => io.of('/').sockets.size,
    close() {
      closed = true;
      topics.close();
      io.engine.close(); // closes the transports only: a desk told to go away by name would not come back by itself
    },
  };
}

const isAck = (value: unknown): value is (reply: Ack) => void => typeof value === 'function';

const refusal = (error: AppError): Ack => ({ ok: false, error: toFailure(error).problem });

/** True when this was the first of its key. */
function join(map: Map<string, Set<DeskSocket>>, key: string, socket: DeskSocket): boolean {
  const set = map.get(key);
  if (set) set.add(socket);
  else map.set(key, new Set([socket]));
  return !set;
}

/** True when this was the last of its key. */
function leave(map: Map<string, Set<DeskSocket>>, key: string, socket: DeskSocket): boolean {
  const set = map.get(key);
  set?.delete(socket);
  if (set && set.size > 0) return false;
  map.delete(key);
  return true;
}
