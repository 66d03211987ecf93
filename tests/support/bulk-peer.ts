import { createSocket, type Socket } from 'node:dgram';
import { plainOffer } from './raw-sip.ts';

/** Copies of a request are sent this often until something comes back (RFC 3261 T1), in ms. */
const T1 = 500;
const GIVE_UP_MS = 20_000;
/** So many requests are remembered, to know copies of them. */
const MOST_SEEN = 5_000;

interface Dialling {
  readonly number: number;
  readonly to: string;
  readonly done: (result: number) => void;
  waiting: NodeJS.Timeout | undefined;
  phase: 'inviting' | 'leaving';
}

/**
 * Very many short calls over one UDP socket: a caller who hangs up as soon as the call stands, and at the same
 * address every agent's phone, which answers at once. No media. Written for speed: it reads only what it needs.
 */
export class BulkPeer {
  readonly #socket: Socket;
  readonly #server: { host: string; port: number };
  readonly #calls = new Map<string, Dialling>();
  /** Where the callers' numbers begin. */
  readonly #first: number;
  #count = 0;
  /** INVITEs answered as an agent's phone, copies not counted. */
  answered = 0;
  /** BYEs that came, copies not counted. */
  hungUp = 0;
  /** Of the last calls: whoever counts memory must not count this. */
  readonly #seen = new Set<string>();

  private constructor(socket: Socket, server: { host: string; port: number }, first: number) {
    this.#first = first;
    this.#socket = socket;
    this.#server = server;
    socket.on('message', (data) => this.#receive(data.toString('latin1')));
  }

  static async open(server: { host: string; port: number }, seed = 0): Promise<BulkPeer> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return new BulkPeer(socket, server, seed * 7_919);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Makes `total` calls to this number, `width` at a time; resolves with how many ended with which final status. */
  async run(to: string, total: number, width: number): Promise<Record<number, number>> {
    const results: Record<number, number> = {};
    let left = total;
    const worker = async (): Promise<void> => {
      while (left-- > 0) {
        const result = await this.#call(to);
        results[result] = (results[result] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: width }, worker));
    return results;
  }

  close(): void {
    for (const { waiting } of this.#calls.values()) clearTimeout(waiting);
    this.#socket.close();
  }

  #call(to: string): Promise<number> {
    const number = ++this.#count;
    return new Promise((done) => {
      const id = `b${number}@bulk`;
      const call: Dialling = { number, to, done, waiting: undefined, phase: 'inviting' };
      this.#calls.set(id, call);
      const sdp = plainOffer();
      this.#repeat(
        id,
        call,
        `${this.#head('INVITE', `sip:${to}@cordboard`, `i${number}`, id, number, `<sip:${to}@cordboard>`, 1)}Contact: <sip:bulk@127.0.0.1:${this.port}>\r\nContent-Type: application/sdp\r\nContent-Length: ${sdp.length}\r\n\r\n${sdp}`,
      );
    });
  }

  #head(method: string, uri: string, branch: string, id: string, number: number, to: string, cseq: number) {
    const from = `+1415200${String((this.#first + number) % 10_000).padStart(4, '0')}`;
    return `${method} ${uri} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:${this.port};branch=z9hG4bK${branch}\r\nMax-Forwards: 70\r\nFrom: <sip:${from}@cordboard>;tag=t${number}\r\nTo: ${to}\r\nCall-ID: ${id}\r\nCSeq: ${cseq} ${method}\r\n`;
  }

  #repeat(id: string, call: Dialling, text: string, since = Date.now()): void {
    this.#send(text);
    call.waiting = setTimeout(() => {
      if (Date.now() - since > GIVE_UP_MS) this.#finish(id, call, 408);
      else this.#repeat(id, call, text, since);
    }, T1);
  }

  #finish(id: string, call: Dialling, result: number): void {
    clearTimeout(call.waiting);
    this.#calls.delete(id);
    call.done(result);
  }

  #send(text: string): void {
    this.#socket.send(text, this.#server.port, this.#server.host);
  }

  #receive(text: string): void {
    if (text.startsWith('SIP/2.0')) this.#response(text);
    else this.#request(text);
  }

  #response(text: string): void {
    const id = headerOf(text, 'Call-ID');
    const status = Number(text.slice(8, 11));
    const call = this.#calls.get(id);
    if (!call) return;
    const { number, to } = call;
    clearTimeout(call.waiting);
    if (status < 200) return;
    if (headerOf(text, 'CSeq').endsWith('BYE')) {
      this.#finish(id, call, status);
      return;
    }
    const remote = headerOf(text, 'To');
    const target = status < 300 ? headerOf(text, 'Contact').slice(1, -1) : `sip:${to}@cordboard`;
    const branch = status < 300 ? `a${number}` : `i${number}`;
    this.#send(`${this.#head('ACK', target, branch, id, number, remote, 1)}Content-Length: 0\r\n\r\n`);
    if (status >= 300) this.#finish(id, call, status);
    else if (call.phase === 'inviting') {
      call.phase = 'leaving';
      const bye = this.#head('BYE', target, `y${number}`, id, number, remote, 2);
      this.#repeat(id, call, `${bye}Content-Length: 0\r\n\r\n`);
    }
  }

  #request(text: string): void {
    const method = text.slice(0, text.indexOf(' '));
    if (method === 'ACK') return;
    const id = headerOf(text, 'Call-ID');
    const copied = ['Via', 'From', 'Call-ID', 'CSeq']
      .map((name) => `${name}: ${headerOf(text, name)}\r\n`)
      .join('');
    const to = headerOf(text, 'To');
    const invite = method === 'INVITE';
    const request = alone(`${method}${id}`);
    if (!this.#seen.has(request)) {
      this.#seen.add(request);
      const [oldest = ''] = this.#seen;
      if (this.#seen.size > MOST_SEEN) this.#seen.delete(oldest);
      if (invite) this.answered += 1;
      else if (method === 'BYE') {
        this.hungUp += 1;
        this.#seen.delete(`INVITE${id}`);
      }
    }
    const sdp = invite ? plainOffer() : '';
    const more = invite
      ? `Contact: <sip:agent@127.0.0.1:${this.port}>\r\nContent-Type: application/sdp\r\n`
      : '';
    this.#send(
      `SIP/2.0 200 OK\r\n${copied}To: ${to.includes(';tag=') ? to : `${to};tag=p`}\r\n${more}Content-Length: ${sdp.length}\r\n\r\n${sdp}`,
    );
  }
}

/** The same text, not as a part of another: that would be kept with it. */
const alone = (text: string): string => Buffer.from(text, 'latin1').toString('latin1');

/** The value of a header as this server writes it: one line, its long name. */
function headerOf(text: string, name: string): string {
  const at = text.indexOf(`\r\n${name}: `) + name.length + 4;
  return text.slice(at, text.indexOf('\r\n', at));
}
