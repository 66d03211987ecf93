import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { createIdentity } from '#server/telephony/media/webrtc/dtls.ts';

/** A self-signed certificate made for this run. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** SHA-256, `AB:CD:...` */
  readonly fingerprint: string;
}

export async function selfSigned(): Promise<Certificate> {
  const { cert, key, fingerprint } = await createIdentity();
  return { cert, key, fingerprint };
}

/**
 * SIP over TLS for a phone that speaks UDP: stands where the phone's server would, and carries each message over one
 * TLS connection, named as such in Via and Contact. Trusts the one certificate it is given, and no other.
 */
export class TlsLine {
  /** What the phone is told to be its server. */
  readonly server: { readonly host: string; readonly port: number };
  readonly #udp: Socket;
  readonly #tls: TLSSocket;
  #phone: number | undefined;
  #waiting = '';

  private constructor(udp: Socket, tls: TLSSocket) {
    this.#udp = udp;
    this.#tls = tls;
    this.server = { host: '127.0.0.1', port: udp.address().port };
    udp.on('message', (data, from) => {
      this.#phone = from.port;
      const [head = '', ...body] = data.toString('latin1').split('\r\n\r\n');
      const named = head
        .replaceAll('SIP/2.0/UDP', 'SIP/2.0/TLS')
        .replaceAll('transport=udp', 'transport=tls');
      tls.write([named, ...body].join('\r\n\r\n'), 'latin1');
    });
    tls.on('data', (data) => this.#take(data.toString('latin1')));
    tls.on('error', () => undefined); // its `close` follows
  }

  /** Rejects when the server shows another certificate, or none. */
  static async open(
    at: { host: string; port: number },
    { cert, fingerprint }: Certificate,
  ): Promise<TlsLine> {
    const tls = connect({
      ...at,
      ca: cert,
      checkServerIdentity: (_, peer) =>
        peer.fingerprint256 === fingerprint ? undefined : new Error('another certificate'),
    });
    await once(tls, 'secureConnect');
    const udp = createSocket('udp4');
    udp.bind(0, '127.0.0.1');
    await once(udp, 'listening');
    return new TlsLine(udp, tls);
  }

  /** `TLSv1.3`, as agreed. */
  get protocol(): string | null {
    return this.#tls.getProtocol();
  }

  close(): void {
    this.#tls.destroy();
    this.#udp.close();
  }

  /** RFC 3261 18.3: messages in a stream are told apart by Content-Length. */
  #take(data: string): void {
    this.#waiting += data;
    for (;;) {
      this.#waiting = this.#waiting.replace(/^(\r\n)+/, '');
      const end = this.#waiting.indexOf('\r\n\r\n') + 4;
      if (end < 4) return;
      const length = Number(/^Content-Length: *(\d+)/im.exec(this.#waiting.slice(0, end))?.[1]);
      if (!(this.#waiting.length >= end + length)) return;
      const message = this.#waiting.slice(0, end + length);
      this.#waiting = this.#waiting.slice(end + length);
      if (this.#phone !== undefined) this.#udp.send(Buffer.from(message, 'latin1'), this.#phone, '127.0.0.1');
    }
  }
}
