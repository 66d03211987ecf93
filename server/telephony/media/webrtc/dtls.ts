import { constants, createHash, type KeyObject, verify, X509Certificate } from 'node:crypto';
import { CipherContext, DtlsClient, DtlsServer } from 'werift';
import type { RemoteDtls } from '../sdp/read.core.ts';
import { HandshakeFilter } from './handshake.core.ts';
import { type SrtpProfileId, SrtpReceiver, SrtpSender, srtpLengths, srtpProfiles } from './srtp.core.ts';

/** One self-signed certificate for the life of a worker (RFC 8827 6.5 allows reuse: no user is behind it). */
export interface DtlsIdentity {
  readonly cert: string;
  readonly key: string;
  readonly signatureHash: { hash: number; signature: number };
  /** Of SHA-256, `AB:CD:...`. */
  readonly fingerprint: string;
}

const sha256WithEcdsa = { hash: 4, signature: 3 } as const;
const secp256r1 = 23;

export async function createIdentity(): Promise<DtlsIdentity> {
  const made = await CipherContext.createSelfSignedCertificateWithKey(sha256WithEcdsa, secp256r1);
  const fingerprint = new X509Certificate(made.certPem).fingerprint256;
  return { cert: made.certPem, key: made.keyPem, signatureHash: made.signatureHash, fingerprint };
}

export interface DtlsEvents {
  /** Sends one datagram to the far end. */
  send(packet: Buffer): void;
  /** The handshake is done and the peer is who its SDP said. */
  ready(outgoing: SrtpSender, incoming: SrtpReceiver): void;
  /** Closed by the far end, or the handshake failed; told once, never after `close`. */
  closed(problem: string | undefined): void;
}

const handshakeMessage = { serverKeyExchange: 12, certificateVerify: 15 } as const;

/**
 * One DTLS association (RFC 5764), its handshake done by werift. What werift leaves out is done here: the proof that
 * the peer holds the key of its certificate, and order among its messages (see handshake.core.ts).
 *
 *     handshake --proved--> ready --close_notify--> closed
 *         +----- failed, wrong fingerprint -----------^
 */
export class DtlsLink {
  readonly #socket: DtlsServer | DtlsClient;
  readonly #filter = new HandshakeFilter();
  readonly #remote: RemoteDtls;
  readonly #events: DtlsEvents;
  readonly #transport: { onData: (packet: Buffer) => void };
  #state: 'handshake' | 'ready' | 'closed' = 'handshake';

  constructor(identity: DtlsIdentity, role: 'server' | 'client', remote: RemoteDtls, events: DtlsEvents) {
    this.#remote = remote;
    this.#events = events;
    const transport = {
      type: 'embedded',
      closed: false,
      onData: (_packet: Buffer): void => {},
      address: {},
      send: async (packet: Buffer): Promise<void> => {
        if (this.#state !== 'closed') events.send(packet);
      },
      close: async (): Promise<void> => {},
    };
    this.#transport = transport;
    const options = {
      cert: identity.cert,
      key: identity.key,
      signatureHash: identity.signatureHash as never,
      srtpProfiles: [srtpProfiles.aes128Gcm, srtpProfiles.aes128CmSha1],
      extendedMasterSecret: true,
      transport: transport as never,
    };
    const socket =
      role === 'server' ? new DtlsServer({ ...options, certificateRequest: true }) : new DtlsClient(options);
    this.#socket = socket;
    socket.onConnect.subscribe(() => this.#connected());
    socket.onError.subscribe((error) => this.#end(words(error)));
    socket.onClose.subscribe(() => this.#end(undefined));
    if (socket instanceof DtlsClient) {
      socket.connect().catch((error: unknown) => this.#end(words(error)));
    }
  }

  /** Takes one datagram whose first byte says DTLS. */
  receive(datagram: Buffer): void {
    if (this.#state === 'closed') return;
    const packet = this.#filter.take(datagram);
    if (packet !== undefined) this.#transport.onData(packet);
  }

  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    // werift's retransmission looks at this number before each round: none is left to wait for
    this.#socket.dtls.flight = 99;
  }

  #connected(): void {
    if (this.#state !== 'handshake') return;
    try {
      this.#prove();
      const profile = this.#socket.srtp.srtpProfile;
      if (profile !== srtpProfiles.aes128CmSha1 && profile !== srtpProfiles.aes128Gcm) {
        throw new Error('The peer agreed to no SRTP profile.');
      }
      this.#state = 'ready';
      this.#filter.connected();
      this.#events.ready(...this.#keys(profile));
    } catch (error) {
      this.#end(words(error));
    }
  }

  #keys(profile: SrtpProfileId): [SrtpSender, SrtpReceiver] {
    const { key, salt } = srtpLengths(profile);
    const keys = this.#socket.extractSessionKeys(key, salt);
    return [
      new SrtpSender(profile, Buffer.from(keys.localKey), Buffer.from(keys.localSalt)),
      new SrtpReceiver(profile, Buffer.from(keys.remoteKey), Buffer.from(keys.remoteSalt)),
    ];
  }

  /** @throws Error unless the certificate is the one of the SDP (RFC 8122 6.2) and the peer signed with its key. */
  #prove(): void {
    const certificate = this.#socket.remoteCertificate;
    if (certificate === undefined) throw new Error('The peer showed no certificate.');
    const digest = digestOf(this.#remote.algorithm, certificate);
    if (digest !== this.#remote.fingerprint) throw new Error('The certificate is not the one of the SDP.');
    const { publicKey } = new X509Certificate(certificate);
    const fits =
      this.#socket instanceof DtlsServer
        ? this.#provedByVerify(publicKey)
        : this.#provedByKeyExchange(publicKey);
    if (!fits) throw new Error('The peer does not hold the key of its certificate.');
  }

  /** RFC 5246 7.4.8: CertificateVerify signs every handshake message before it. */
  #provedByVerify(publicKey: KeyObject): boolean {
    const messages = this.#socket.dtls.sortedHandshakeCache;
    const at = messages.findIndex((message) => message.msg_type === handshakeMessage.certificateVerify);
    const found = messages[at];
    if (found === undefined) return false;
    const signed = Buffer.concat(messages.slice(0, at).map((message) => message.serialize()));
    return signatureFits(Buffer.from(found.fragment), 0, signed, publicKey);
  }

  /** RFC 8422 5.4: ServerKeyExchange signs both randoms and the curve's parameters. */
  #provedByKeyExchange(publicKey: KeyObject): boolean {
    const { dtls, cipher } = this.#socket;
    const found = dtls.sortedHandshakeCache.find(
      (message) => message.msg_type === handshakeMessage.serverKeyExchange,
    );
    if (found === undefined) return false;
    const body = Buffer.from(found.fragment);
    const paramsEnd = 4 + (body[3] ?? 0);
    const signed = Buffer.concat([
      cipher.localRandom.serialize(),
      cipher.remoteRandom.serialize(),
      body.subarray(0, paramsEnd),
    ]);
    return signatureFits(body, paramsEnd, signed, publicKey);
  }

  #end(problem: string | undefined): void {
    if (this.#state === 'closed') return;
    const failed = this.#state === 'handshake';
    this.close();
    this.#events.closed(problem ?? (failed ? 'The DTLS handshake was broken off.' : undefined));
  }
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const digests: Readonly<Record<string, string>> = {
  'sha-1': 'sha1',
  'sha-224': 'sha224',
  'sha-256': 'sha256',
  'sha-384': 'sha384',
  'sha-512': 'sha512',
};

function digestOf(algorithm: string, certificate: Buffer): string | undefined {
  const name = digests[algorithm];
  return name === undefined ? undefined : createHash(name).update(certificate).digest('hex');
}

/** Signature schemes of TLS 1.2 (RFC 5246 7.4.1.4.1) and the RSA-PSS ones of RFC 8446 4.2.3. */
const schemes: Readonly<Record<number, { hash: string; pss: boolean }>> = {
  1027: { hash: 'sha256', pss: false },
  1283: { hash: 'sha384', pss: false },
  1539: { hash: 'sha512', pss: false },
  1025: { hash: 'sha256', pss: false },
  1281: { hash: 'sha384', pss: false },
  1537: { hash: 'sha512', pss: false },
  2052: { hash: 'sha256', pss: true },
  2053: { hash: 'sha384', pss: true },
  2054: { hash: 'sha512', pss: true },
};

/** Reads a DigitallySigned at `at`: scheme, length, signature. */
function signatureFits(body: Buffer, at: number, signed: Buffer, publicKey: KeyObject): boolean {
  if (body.length < at + 4) return false;
  const scheme = schemes[body.readUInt16BE(at)];
  const signature = body.subarray(at + 4, at + 4 + body.readUInt16BE(at + 2));
  if (scheme === undefined) return false;
  const key = scheme.pss ? { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING } : publicKey;
  return verify(scheme.hash, signed, key, signature);
}
