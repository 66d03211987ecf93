import { io, type Socket } from 'socket.io-client';
import type { z } from 'zod';
import type { Desk } from '#shared/contract/desk.ts';
import {
  type CommandInput,
  type CommandName,
  type CommandOutput,
  commands,
  type Endpoint,
  endpoints,
  serverEvents,
} from '#shared/contract/index.ts';
import { ackSchema, problemSchema, SOCKET_PATH } from '#shared/contract/kit.ts';
import type { SipCredentials } from '#shared/contract/people.ts';

/** The server refused: its code and words. */
export class Refused extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

/** A desk without a screen: REST and the socket, spoken as the desktop does, parsed by the same contract. */
export class DeskClient {
  readonly username: string;
  sip: SipCredentials | null;
  /** The bearer's token of this session. */
  readonly token: string;
  readonly #url: string;
  #socket: Socket | undefined;

  private constructor(url: string, username: string, token: string, sip: SipCredentials | null) {
    this.#url = url;
    this.username = username;
    this.token = token;
    this.sip = sip;
  }

  /** Signs in. Rejects with Refused, or with fetch's error when nobody answers. */
  static async signIn(url: string, username: string, password: string): Promise<DeskClient> {
    const session = await call(url, endpoints.signIn, { body: { username, password } });
    return new DeskClient(url, username, session.token, session.sip);
  }

  /** One REST request of the contract. Rejects with Refused. */
  request<E extends Endpoint>(
    endpoint: E,
    options: Omit<CallOptions, 'token'> = {},
  ): Promise<z.output<E['response']>> {
    return call(this.#url, endpoint, { ...options, token: this.token });
  }

  /** Opens the socket; resolves with the first desk, and tells every one that comes. */
  connect(onDesk: (desk: Desk) => void): Promise<Desk> {
    const socket = io(this.#url, {
      path: SOCKET_PATH,
      auth: { token: this.token },
      transports: ['websocket'],
      forceNew: true,
    });
    this.#socket = socket;
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error('the socket gave no desk within 10 s')), 10_000);
      socket.on('desk', (message: unknown) => {
        const desk = serverEvents.desk.parse(message);
        clearTimeout(limit);
        onDesk(desk);
        resolve(desk);
      });
    });
  }

  /** Is the line there just now? */
  get connected(): boolean {
    return this.#socket?.connected === true;
  }

  /** Breaks the line as a bad network does; it connects again by itself. */
  dropLine(): void {
    this.#socket?.io.engine.close();
  }

  /** One command over the socket. Rejects with Refused, or when no answer came in `patienceMs`. */
  async command<N extends CommandName>(
    name: N,
    input: CommandInput<N>,
    patienceMs = 10_000,
  ): Promise<CommandOutput<N>> {
    const socket = this.#socket;
    if (!socket) throw new Error('not connected');
    const ack = ackSchema.parse(await socket.timeout(patienceMs).emitWithAck('command', { name, input }));
    if (!ack.ok) throw new Refused(ack.error.code, ack.error.message);
    return commands[name].output.parse(ack.output) as CommandOutput<N>;
  }

  /** Signs out and closes. */
  async close(): Promise<void> {
    await this.request(endpoints.signOut).catch(() => undefined); // the server may be gone, or did it itself
    this.#socket?.disconnect();
  }
}

interface CallOptions {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: unknown;
  readonly token?: string;
}

async function call<E extends Endpoint>(
  url: string,
  endpoint: E,
  options: CallOptions,
): Promise<z.output<E['response']>> {
  const path = endpoint.path.replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(options.params?.[name] ?? ''),
  );
  const query = new URLSearchParams(
    Object.entries(options.query ?? {}).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  const response = await fetch(`${url}${path}${query && `?${query}`}`, {
    method: endpoint.method,
    headers: {
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    signal: AbortSignal.timeout(15_000),
  });
  const text = await response.text();
  const json: unknown = text ? JSON.parse(text) : {};
  if (!response.ok) {
    const problem = problemSchema.safeParse(json);
    throw new Refused(
      problem.data?.code ?? String(response.status),
      problem.data?.message ?? response.statusText,
    );
  }
  return endpoint.response.parse(json) as z.output<E['response']>;
}
