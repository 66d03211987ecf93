/** For the tests of the SIP stack: a server on a fake clock and fake wires, and peers that write plain text. */
import { hash } from 'node:crypto';
import { FakeClock } from '#server/kernel/fake-clock.ts';
import type { DigestAlgorithm } from '#server/telephony/sip/registrar/digest.core.ts';
import { CordboardSipServer } from '#server/telephony/sip/server.ts';
import { Connection } from '#server/telephony/sip/transport/connection.ts';
import type { Datagrams, Flow } from '#server/telephony/sip/transport/index.ts';
import { UdpFlow } from '#server/telephony/sip/transport/udp.ts';
import type {
  Binding,
  DialogEnd,
  DialogHandlers,
  IncomingInvite,
  OutgoingInviteHandlers,
  SipDialog,
  SipServerOptions,
} from '#server/telephony/sip/types.ts';
import { header, parseMessage, type SipMessage } from '#server/telephony/sip/wire/index.ts';

export const SDP =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n';

/** HA1 (RFC 7616 3.4.2): what a server keeps instead of the password. */
export function ha1(username: string, realm: string, password: string, algorithm: DigestAlgorithm): string {
  return hash(algorithm === 'MD5' ? 'md5' : 'sha256', `${username}:${realm}:${password}`, 'hex');
}

/** Lets promises and microtasks run. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

/** One far end: what it was sent, parsed, and how it sends. */
export class Peer {
  readonly flow: Flow;
  readonly inbox: SipMessage[] = [];
  readonly #kit: Kit;

  constructor(kit: Kit, flow: Flow) {
    this.#kit = kit;
    this.flow = flow;
  }

  send(text: string): void {
    this.#kit.server.receive(Buffer.from(text), this.flow);
  }

  /** Takes all that came since the last time. */
  take(): SipMessage[] {
    return this.inbox.splice(0);
  }

  /** Takes all, as `200 INVITE` or `BYE`. */
  lines(): string[] {
    return this.take().map(lineOf);
  }
}

export function lineOf(message: SipMessage): string {
  const method = header(message, 'cseq')?.split(' ')[1] ?? '';
  return message.kind === 'request' ? message.method : `${message.status} ${method}`;
}

/** The server under test and all around it. */
export class Kit {
  readonly clock = new FakeClock(1_000_000);
  readonly server: CordboardSipServer;
  readonly invites: IncomingInvite[] = [];
  readonly registered: [string, Binding, boolean][] = [];
  readonly unregistered: [string, Binding, string][] = [];
  readonly warnings: string[] = [];
  readonly #udpPeers = new Map<string, Peer>();
  readonly #udp: Datagrams;

  constructor(options: Partial<SipServerOptions> = {}) {
    let serial = 0;
    this.#udp = {
      listen: async () => 5060,
      send: (text, to) =>
        this.#udpPeers.get(`${to.address}:${to.port}`)?.inbox.push(parseMessage(Buffer.from(text))),
      close: async () => {},
    };
    this.server = new CordboardSipServer(
      {
        realm: 'cordboard',
        host: '127.0.0.1',
        advertise: '127.0.0.1',
        port: 5060,
        accounts: {
          ha1: (user, algorithm) =>
            user.startsWith('agent') ? [ha1(user, 'cordboard', 'demo', algorithm)] : undefined,
        },
        trusted: (address) => address === '127.0.0.1',
        onInvite: (invite) => this.invites.push(invite),
        registrar: {
          onRegistered: (...told) => this.registered.push(told),
          onUnregistered: (...told) => this.unregistered.push(told),
        },
        overloaded: () => false,
        clock: this.clock,
        random: (bytes) => (++serial).toString(16).padStart(bytes * 2, '0'),
        log: {
          debug() {},
          info() {},
          warn: (fields, text) => this.warnings.push(`${text} ${JSON.stringify(fields)}`),
        },
        ...options,
      },
      this.#udp,
    );
  }

  /** A UDP peer. */
  peer(address = '127.0.0.1', port = 7000): Peer {
    const peer = new Peer(this, new UdpFlow(this.#udp, address, port));
    this.#udpPeers.set(`${address}:${port}`, peer);
    return peer;
  }

  /** A WebSocket peer. */
  connect(address = '127.0.0.1', port = 9000): Peer & { flow: Connection } {
    const { transports, timers } = this.server;
    const connection = new Connection(
      transports.nextId('ws'),
      { transport: 'ws', address, port },
      {
        write: (text) => peer.inbox.push(parseMessage(Buffer.from(text))),
        end() {},
        destroy() {},
        ping() {
          connection.alive();
        },
        backlog: () => 0,
      },
      timers,
      { pingMs: 15_000, idleMs: 0 },
      transports,
    );
    const peer = new Peer(this, connection) as Peer & { flow: Connection };
    transports.opened(connection);
    return peer;
  }
}

/** Handlers that remember. */
export class Owner implements DialogHandlers, OutgoingInviteHandlers {
  readonly ends: DialogEnd[] = [];
  readonly offers: (string | undefined)[] = [];
  readonly answers: string[] = [];
  readonly digits: string[] = [];
  readonly progress: [number, string | undefined][] = [];
  readonly failures: [number, string][] = [];
  readonly answered: [SipDialog, string][] = [];
  readonly dialog = this;
  reply: (offer: string | undefined) => Promise<string> = async () => SDP;

  onEnded(end: DialogEnd): void {
    this.ends.push(end);
  }
  onOffer(offer: string | undefined): Promise<string> {
    this.offers.push(offer);
    return this.reply(offer);
  }
  onAnswer(sdp: string): void {
    this.answers.push(sdp);
  }
  onDigit(digit: string): void {
    this.digits.push(digit);
  }
  onProgress(code: number, sdp: string | undefined): void {
    this.progress.push([code, sdp]);
  }
  onAnswered(dialog: SipDialog, sdp: string): void {
    this.answered.push([dialog, sdp]);
  }
  onFailed(code: number, reason: string): void {
    this.failures.push([code, reason]);
  }
}

export interface RequestOptions {
  readonly method?: string;
  readonly uri?: string;
  readonly callId?: string;
  readonly branch?: string;
  readonly from?: string;
  readonly fromTag?: string;
  readonly to?: string;
  readonly toTag?: string;
  readonly seq?: number;
  readonly contact?: string;
  readonly via?: string;
  readonly extra?: string;
  readonly body?: string;
}

let branches = 0;

/** A request as a peer at 127.0.0.1:7000 would write it. */
export function request(options: RequestOptions = {}): string {
  const { method = 'INVITE', uri = 'sip:4000@cordboard', body = method === 'INVITE' ? SDP : '' } = options;
  const { callId = 'call-1', fromTag = 'peer', toTag = '', seq = 1, extra = '' } = options;
  const { branch = `z9hG4bKpeer${++branches}`, contact = '<sip:peer@127.0.0.1:7000>' } = options;
  const {
    via = 'SIP/2.0/UDP 127.0.0.1:7000',
    from = 'sip:1001@cordboard',
    to = 'sip:4000@cordboard',
  } = options;
  const type = body === '' || /^content-type/im.test(extra) ? '' : 'Content-Type: application/sdp\r\n';
  return (
    `${method} ${uri} SIP/2.0\r\nVia: ${via};branch=${branch}\r\nMax-Forwards: 70\r\nFrom: <${from}>;tag=${fromTag}\r\n` +
    `To: <${to}>${toTag === '' ? '' : `;tag=${toTag}`}\r\nCall-ID: ${callId}\r\nCSeq: ${seq} ${method}\r\n` +
    `${contact === '' ? '' : `Contact: ${contact}\r\n`}${extra}${type}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}

/** A response to a request the server sent. */
export function respond(
  message: SipMessage,
  status: number,
  options: { tag?: string; extra?: string; body?: string; contact?: string } = {},
): string {
  const { tag = 'peer', extra = '', body = '', contact = '<sip:peer@127.0.0.1:7000>' } = options;
  const to = header(message, 'to') ?? '';
  const type = body === '' ? '' : 'Content-Type: application/sdp\r\n';
  return (
    `SIP/2.0 ${status} Whatever\r\nVia: ${header(message, 'via')}\r\nFrom: ${header(message, 'from')}\r\n` +
    `To: ${to.includes(';tag=') || tag === '' ? to : `${to};tag=${tag}`}\r\nCall-ID: ${header(message, 'call-id')}\r\n` +
    `CSeq: ${header(message, 'cseq')}\r\nContact: ${contact}\r\n${extra}${type}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}

/** The tag in a From or To value. */
export function tag(message: SipMessage | undefined, name: 'from' | 'to'): string {
  return message === undefined ? '' : (/;tag=([^;]+)/.exec(header(message, name) ?? '')?.[1] ?? '');
}
