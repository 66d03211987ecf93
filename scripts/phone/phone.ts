import { createSocket, type Socket } from 'node:dgram';
import { Call, type CallOptions } from './call.ts';
import { answerChallenge, type DigestAccount } from './digest.ts';
import { type Line, type OnResponse, token } from './line.ts';
import {
  branchOf,
  cseqOf,
  header,
  headersOf,
  type Message,
  methodOf,
  parseMessage,
  respond,
  statusOf,
  tagOf,
  writeMessage,
} from './message.ts';

/** RFC 3261 17: the round trip assumed, the longest pause between copies, and when a transaction gives up. */
const T1 = 500;
const T2 = 4000;
const GIVE_UP = 64 * T1;
/** How long closing waits for the last answers, in milliseconds. */
const CLOSE_LIMIT = 3000;

export interface PhoneOptions {
  /** The registrar and proxy. */
  readonly server: { readonly host: string; readonly port: number };
  /** User part of our address of record. */
  readonly user: string;
  readonly domain?: string;
  readonly account?: DigestAccount;
  /** Address to bind, for SIP and RTP. */
  readonly host?: string;
  /** SIP port; 0: any. */
  readonly port?: number;
  /** An INVITE came. It must be answered or rejected; without this listener the phone is busy. */
  readonly onCall?: (call: Call) => void;
}

interface ClientTransaction {
  readonly stop: () => void;
  readonly onResponse: OnResponse;
}

/**
 * A small SIP phone over UDP, for synthetic traffic and tests: it registers with a digest, calls, is called, holds,
 * sends keys. One socket; any number of calls. Written apart from the server's stack, so that each checks the other.
 */
export class Phone implements Line<Call> {
  readonly options: PhoneOptions;
  readonly host: string;
  readonly #socket: Socket;
  readonly #transactions = new Map<string, ClientTransaction>();
  /** Last response to each request, for copies of it (RFC 3261 17.2). */
  readonly #answered = new Map<string, { response: Message; timer: NodeJS.Timeout }>();
  readonly #calls = new Map<string, Call>();
  /** Requests that come while an incoming call is opening its audio port. */
  readonly #opening = new Map<string, Message[]>();
  readonly #registration = { callId: `${token()}@phone`, tag: token(4), cseq: 0 };
  #closed = false;

  private constructor(options: PhoneOptions, socket: Socket) {
    this.options = options;
    this.host = options.host ?? '127.0.0.1';
    this.#socket = socket;
    socket.on('message', (data, from) => this.#receive(data, from));
    socket.on('error', () => undefined);
  }

  /** Opens the phone's socket. Rejects with the socket's error (port in use). */
  static async open(options: PhoneOptions): Promise<Phone> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(options.port ?? 0, options.host ?? '127.0.0.1', () => {
        socket.off('error', reject);
        resolve();
      });
    });
    return new Phone(options, socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }
  get user(): string {
    return this.options.user;
  }
  get domain(): string {
    return this.options.domain ?? 'cordboard';
  }
  get contact(): string {
    return `<sip:${this.options.user}@${this.host}:${this.port};transport=udp>`;
  }
  /** Calls that have not ended. */
  get live(): readonly Call[] {
    return [...this.#calls.values()];
  }

  /** Registers for `seconds` (0: unregisters). Resolves with the final status: 200, 401, 403, 408... */
  async register(seconds = 300, account = this.options.account): Promise<number> {
    const uri = `sip:${this.domain}`;
    const address = `<sip:${this.options.user}@${this.domain}>`;
    const send = (authorization: readonly (readonly [string, string])[]): Promise<Message> => {
      this.#registration.cseq += 1;
      const request = this.request('REGISTER', uri, [
        ['From', `${address};tag=${this.#registration.tag}`],
        ['To', address],
        ['Call-ID', this.#registration.callId],
        ['CSeq', `${this.#registration.cseq} REGISTER`],
        ['Contact', this.contact],
        ['Expires', String(seconds)],
        ...authorization,
      ]);
      return this.final(request);
    };
    let response = await send([]);
    const authorization = account && this.authorize(response, 'REGISTER', uri, account);
    if (authorization) response = await send([authorization]);
    return statusOf(response);
  }

  /** Calls a number or user. `ani` is what the callee sees as the caller's number. */
  call(number: string, options: CallOptions = {}): Promise<Call> {
    return Call.start(this, number, options);
  }

  /** Hangs up every call, unregisters nothing, frees the socket. */
  async close(): Promise<void> {
    if (this.#closed) return;
    const gone = Promise.all(this.live.map((call) => call.hangUp()));
    await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, CLOSE_LIMIT).unref())]);
    this.#closed = true;
    for (const { stop } of this.#transactions.values()) stop();
    for (const { timer } of this.#answered.values()) clearTimeout(timer);
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  // What a call needs of us: see Line.

  request(
    method: string,
    uri: string,
    headers: readonly (readonly [string, string])[],
    body = '',
    branch = `z9hG4bK${token()}`,
  ): Message {
    return {
      start: `${method} ${uri} SIP/2.0`,
      headers: [
        ['Via', `SIP/2.0/UDP ${this.host}:${this.port};branch=${branch};rport`],
        ['Max-Forwards', '70'],
        ['User-Agent', 'cordboard-phone'],
        ...headers,
      ],
      body,
    };
  }

  send(request: Message, onResponse: OnResponse): void {
    const { method } = cseqOf(request);
    const key = `${branchOf(request)} ${method}`;
    let pause = T1;
    let timer: NodeJS.Timeout;
    const copy = (): void => {
      this.transmit(request);
      timer = setTimeout(copy, pause);
      pause = method === 'INVITE' ? pause * 2 : Math.min(T2, pause * 2);
    };
    const limit = setTimeout(() => {
      this.#transactions.get(key)?.stop();
      onResponse(respond(request, 408, 'Request Timeout', ''));
    }, GIVE_UP);
    const stop = (): void => {
      clearTimeout(timer);
      clearTimeout(limit);
      this.#transactions.delete(key);
    };
    copy();
    this.#transactions.set(key, {
      stop,
      onResponse: (response) => {
        clearTimeout(timer);
        // A ringing INVITE may take as long as it likes; and its 200 may come again, for which the ACK is sent again.
        if (method === 'INVITE') clearTimeout(limit);
        if (statusOf(response) >= 200 && method !== 'INVITE') stop();
        onResponse(response);
      },
    });
  }

  forget(request: Message): void {
    this.#transactions.get(`${branchOf(request)} ${cseqOf(request).method}`)?.stop();
  }

  final(request: Message): Promise<Message> {
    return new Promise((resolve) => {
      this.send(request, (response) => {
        if (statusOf(response) >= 200) resolve(response);
      });
    });
  }

  transmit(message: Message): void {
    if (this.#closed) return;
    const { host, port } = this.options.server;
    this.#socket.send(writeMessage(message), port, host);
  }

  reply(request: Message, response: Message): void {
    if (this.#closed) return;
    const key = `${branchOf(request)} ${cseqOf(request).method}`;
    clearTimeout(this.#answered.get(key)?.timer);
    const timer = setTimeout(() => this.#answered.delete(key), GIVE_UP);
    timer.unref();
    this.#answered.set(key, { response, timer });
    this.transmit(response); // every request of ours comes through the one server
  }

  authorize(
    response: Message,
    method: string,
    uri: string,
    account = this.options.account,
  ): [string, string] | undefined {
    const status = statusOf(response);
    if (!account || (status !== 401 && status !== 407)) return undefined;
    const challenges = headersOf(response, status === 401 ? 'www-authenticate' : 'proxy-authenticate');
    const value = answerChallenge(challenges, account, { method, uri, cnonce: token(8) });
    return value ? [status === 401 ? 'Authorization' : 'Proxy-Authorization', value] : undefined;
  }

  adopt(callId: string, call: Call): void {
    this.#calls.set(callId, call);
  }
  release(callId: string): void {
    this.#calls.delete(callId);
  }

  #receive(data: Buffer, from: { address: string; port: number }): void {
    const message = parseMessage(data);
    if (!message || this.#closed || from.port !== this.options.server.port) return;
    const method = methodOf(message);
    if (!method) {
      this.#transactions.get(`${branchOf(message)} ${cseqOf(message).method}`)?.onResponse(message);
      return;
    }
    const copy = method === 'ACK' ? undefined : this.#answered.get(`${branchOf(message)} ${method}`);
    if (copy) {
      this.transmit(copy.response);
      return;
    }
    const callId = header(message, 'call-id');
    const call = this.#calls.get(callId);
    const opening = this.#opening.get(callId);
    if (opening) opening.push(message);
    else if (call) call.receive(method, message);
    else if (method === 'INVITE' && !tagOf(header(message, 'to'))) this.#incoming(message);
    else if (method === 'OPTIONS') this.reply(message, respond(message, 200, 'OK', token(4)));
    else if (method !== 'ACK') this.reply(message, respond(message, 481, 'Call Does Not Exist', token(4)));
  }

  #incoming(invite: Message): void {
    const { onCall } = this.options;
    if (!onCall) {
      this.reply(invite, respond(invite, 486, 'Busy Here', token(4)));
      return;
    }
    const callId = header(invite, 'call-id');
    const early: Message[] = [];
    this.#opening.set(callId, early);
    Call.incoming(this, invite)
      .then(
        (call) => {
          this.#opening.delete(callId);
          onCall(call);
          for (const message of early) call.receive(methodOf(message) ?? '', message);
        },
        () => this.reply(invite, respond(invite, 500, 'No Media', token(4))),
      )
      .finally(() => this.#opening.delete(callId));
  }
}
