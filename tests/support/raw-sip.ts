import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import { eventually } from './eventually.ts';

/** The other end of a wire to a SIP server, for what no phone would send. */
export interface RawSip {
  /** Our own port, for Via and Contact. */
  readonly port: number;
  readonly transport: 'UDP' | 'TCP' | 'WS';
  /** Everything that came: one entry a datagram or frame; of a stream, all of it in one. */
  readonly received: string[];
  readonly closed: boolean;
  send(data: string | Buffer): void;
  /** The first message (from `since` on) that matches. */
  get(match: RegExp, what?: string, ms?: number): Promise<string>;
  close(): void;
}

type Wire = Pick<RawSip, 'port' | 'transport' | 'send' | 'close'>;
interface Told {
  readonly received: string[];
  closed: boolean;
}

/** Opens a wire of this kind to the server. Its answers are kept, never answered. */
export async function openRawSip(
  server: { readonly host: string; readonly port: number; readonly url?: string },
  transport: RawSip['transport'] = 'UDP',
): Promise<RawSip> {
  const told: Told = { received: [], closed: false };
  const open = { UDP: openUdp, TCP: openTcp, WS: openWebSocket }[transport];
  const wire = await open(server, told);
  return {
    port: wire.port,
    transport,
    received: told.received,
    get closed() {
      return told.closed;
    },
    send: wire.send,
    get: (match, what = String(match), ms) =>
      eventually(() => told.received.find((text) => match.test(text)), `${transport}: ${what}`, ms),
    close: wire.close,
  };
}

async function openUdp(server: { host: string; port: number }, told: Told): Promise<Wire> {
  const socket = createSocket('udp4');
  socket.on('message', (data) => void told.received.push(data.toString()));
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    port: socket.address().port,
    transport: 'UDP',
    send: (data) => socket.send(data, server.port, server.host),
    close: () => socket.close(),
  };
}

async function openTcp(server: { host: string; port: number }, told: Told): Promise<Wire> {
  const socket = connect(server.port, server.host);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  socket.on('data', (data) => {
    told.received[0] = (told.received[0] ?? '') + data.toString();
  });
  socket.on('error', () => undefined); // a reset is one of the answers junk may get
  socket.on('close', () => {
    told.closed = true;
  });
  return {
    port: socket.localPort ?? 0,
    transport: 'TCP',
    send: (data) => void socket.write(data),
    close: () => socket.destroy(),
  };
}

async function openWebSocket(server: { url?: string }, told: Told): Promise<Wire> {
  const socket = new WebSocket(`${(server.url ?? '').replace(/^http/, 'ws')}/sip`, 'sip');
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.on('message', (data) => void told.received.push(String(data)));
  socket.on('error', () => undefined);
  socket.on('close', () => {
    told.closed = true;
  });
  return {
    port: 5060,
    transport: 'WS',
    send: (data) => socket.send(data),
    close: () => socket.terminate(),
  };
}

let calls = 0;

/** One caller's dialog, written by hand. */
export class RawCall {
  readonly wire: RawSip;
  /** Its Call-ID. */
  readonly callId = `raw-${process.pid}-${++calls}@127.0.0.1`;
  readonly #number: string;

  constructor(wire: RawSip, number: string) {
    this.wire = wire;
    this.#number = number;
  }

  /** A request of this call; `answer` (our 200) gives its To and target. */
  request(method: string, cseq: number, options: RequestOptions = {}): string {
    const { wire, callId } = this;
    const {
      answer,
      sdp = '',
      branch = `z9hG4bK${method}${cseq}${callId.replace('@', '.')}`,
      headers = [],
    } = options;
    const to = /^To: (.*)\r$/m.exec(answer ?? '')?.[1] ?? `<sip:${this.#number}@cordboard>`;
    const target = /^Contact: <([^>]+)>/m.exec(answer ?? '')?.[1] ?? `sip:${this.#number}@cordboard`;
    return [
      `${method} ${target} SIP/2.0`,
      `Via: SIP/2.0/${wire.transport} 127.0.0.1:${wire.port};branch=${branch};rport`,
      'Max-Forwards: 70',
      `From: <sip:+14155550111@127.0.0.1>;tag=raw${callId.length}`,
      `To: ${to}`,
      `Call-ID: ${callId}`,
      `CSeq: ${cseq} ${method}`,
      ...(method === 'INVITE'
        ? [`Contact: <sip:raw@127.0.0.1:${wire.port};transport=${wire.transport.toLowerCase()}>`]
        : []),
      ...(sdp ? ['Content-Type: application/sdp'] : []),
      ...headers,
      `Content-Length: ${Buffer.byteLength(sdp)}`,
      '',
      sdp,
    ].join('\r\n');
  }
}

interface RequestOptions {
  readonly answer?: string;
  readonly sdp?: string;
  readonly branch?: string;
  readonly headers?: readonly string[];
}

/** An offer of G.711 at a port where nobody listens. */
export const plainOffer = (port = 9): string =>
  [
    'v=0',
    'o=raw 1 1 IN IP4 127.0.0.1',
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=audio ${port} RTP/AVP 0`,
    'a=rtpmap:0 PCMU/8000',
    '',
  ].join('\r\n');
