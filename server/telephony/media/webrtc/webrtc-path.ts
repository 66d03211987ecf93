import { randomBytes } from 'node:crypto';
import type { Path, PathEvents } from '../net/path.ts';
import type { UdpPort } from '../net/ports.ts';
import { packetKind } from '../rtp/packet.core.ts';
import type { RemoteAudio, RemoteDtls } from '../sdp/read.core.ts';
import type { PathSdp } from '../sdp/write.core.ts';
import { type DtlsIdentity, DtlsLink } from './dtls.ts';
import type { SrtpReceiver, SrtpSender } from './srtp.core.ts';
import { bindingResponse, integrityFits, parseBindingRequest, roleConflict } from './stun.ts';

interface Credentials {
  readonly ufrag: string;
  readonly pwd: string;
}

/** Sources that passed a check; more than a few are no honest peer. */
const mostSources = 16;

/**
 * ICE-lite (RFC 8445 2.5) and DTLS-SRTP (RFC 5764) on one port: the browser checks, we answer, and send to the pair
 * it nominated. DTLS and SRTP are taken only from sources that passed a check. A browser's ICE restart brings a new
 * user fragment: we give a new one of ours, and the old pair works until the new one is nominated (RFC 8445 9).
 *
 *     waiting --remote SDP--> checking --nominated--> handshake --DTLS--> ready --close_notify--> closed
 *                                ^ (ICE restart: stays ready meanwhile)      |
 *                                +------ another fingerprint in the SDP -----+
 */
export class WebrtcPath implements Path {
  readonly kind = 'webrtc';
  readonly #port: UdpPort;
  readonly #identity: DtlsIdentity;
  readonly #events: PathEvents;
  /** The current credentials first, then those before an ICE restart. */
  #credentials: readonly [Credentials, ...Credentials[]] = [newCredentials()];
  #remote: RemoteAudio | undefined;
  readonly #checked = new Set<string>();
  #to: { address: string; port: number } | undefined;
  #role: 'server' | 'client' = 'server';
  #dtls: DtlsLink | undefined;
  #peer: RemoteDtls | undefined;
  #outgoing: SrtpSender | undefined;
  #incoming: SrtpReceiver | undefined;
  #closed = false;
  /** Keys came before anything was nominated, or the other way round: both are needed. */
  #told = false;
  /** The association ended: only another SDP begins a new one. */
  #ended = false;

  constructor(port: UdpPort, identity: DtlsIdentity, events: PathEvents) {
    this.#port = port;
    this.#identity = identity;
    this.#events = events;
    port.listen((packet, address, from) => this.#receive(packet, address, from));
  }

  get ready(): boolean {
    return this.#outgoing !== undefined && this.#to !== undefined;
  }

  /** What our SDP must say of it. `answering`: to this far end; else in an offer. */
  local(answering: RemoteAudio | undefined): Omit<PathSdp, 'ssrc'> {
    const restarted =
      answering?.ice !== undefined &&
      this.#remote?.ice !== undefined &&
      answering.ice.ufrag !== this.#remote.ice.ufrag;
    if (restarted) this.#credentials = [newCredentials(), ...this.#credentials.slice(0, 1)];
    const [ice] = this.#credentials;
    // RFC 5763 5: an offer is actpass; passive in answers, as the browser then knows when to begin
    const setup =
      answering === undefined ? 'actpass' : answering.dtls?.setup === 'passive' ? 'active' : 'passive';
    return { ice, dtls: { fingerprint: this.#identity.fingerprint, setup } };
  }

  remote(audio: RemoteAudio): void {
    if (this.#closed || audio.dtls === undefined) return;
    this.#remote = audio;
    this.#ended = false;
    const changed =
      this.#peer !== undefined &&
      (this.#peer.fingerprint !== audio.dtls.fingerprint || this.#peer.algorithm !== audio.dtls.algorithm);
    if (changed) this.#drop();
    if (this.#peer === undefined) this.#role = audio.dtls.setup === 'passive' ? 'client' : 'server';
    this.#peer = audio.dtls;
    if (audio.ice?.lite === true && this.#to === undefined && audio.address !== '') {
      // two lite agents: nobody checks, the addresses of the SDP are the pair (RFC 8445 6.1.1)
      this.#checked.add(`${audio.address} ${audio.port}`);
      this.#nominate(audio.address, audio.port);
    }
    this.#shake();
  }

  send(packet: Buffer): void {
    if (this.#outgoing === undefined || this.#to === undefined) return;
    this.#port.send(this.#outgoing.protect(packet), this.#to.port, this.#to.address);
  }

  close(): void {
    this.#closed = true;
    this.#drop();
    this.#to = undefined;
  }

  /** RFC 8842 5.5: another fingerprint means another association. */
  #drop(): void {
    this.#dtls?.close();
    this.#dtls = undefined;
    this.#outgoing = undefined;
    this.#incoming = undefined;
    this.#told = false;
  }

  #shake(): void {
    const peer = this.#peer;
    if (this.#dtls !== undefined || peer === undefined || this.#closed || this.#ended) return;
    if (this.#role === 'client' && this.#to === undefined) return;
    const link = new DtlsLink(this.#identity, this.#role, peer, {
      send: (packet) => {
        if (this.#dtls !== undefined && this.#dtls !== link) return;
        if (this.#to !== undefined) this.#port.send(packet, this.#to.port, this.#to.address);
      },
      ready: (outgoing, incoming) => {
        this.#outgoing = outgoing;
        this.#incoming = incoming;
        this.#tell();
      },
      closed: (problem) => {
        this.#drop();
        this.#ended = true;
        this.#events.closed(problem);
      },
    });
    this.#dtls = link;
  }

  #tell(): void {
    if (this.#told || !this.ready) return;
    this.#told = true;
    this.#events.ready();
  }

  #nominate(address: string, port: number): void {
    this.#to = { address, port };
    this.#shake();
    this.#tell();
  }

  #receive(packet: Buffer, address: string, port: number): void {
    if (this.#closed) return;
    const kind = packetKind(packet);
    if (kind === 'stun') {
      this.#check(packet, address, port);
      return;
    }
    if (!this.#checked.has(`${address} ${port}`)) return;
    if (kind === 'dtls') {
      this.#dtls?.receive(packet);
    } else if (kind === 'rtp') {
      const plain = this.#incoming?.unprotect(packet);
      if (plain !== undefined) this.#events.rtp(plain);
    }
  }

  #check(packet: Buffer, address: string, port: number): void {
    const request = parseBindingRequest(packet);
    if (request === undefined) return;
    const [ours] = request.username.split(':');
    const credentials = this.#credentials.find((one) => one.ufrag === ours);
    if (credentials === undefined || !integrityFits(packet, request, credentials.pwd)) return;
    if (request.controlled) {
      this.#port.send(roleConflict(request, credentials.pwd), port, address);
      return;
    }
    this.#port.send(bindingResponse(request, address, port, credentials.pwd), port, address);
    if (this.#checked.size < mostSources) this.#checked.add(`${address} ${port}`);
    this.#events.alive();
    const current = credentials === this.#credentials[0];
    // before a nomination the first good pair serves, so that DTLS need not wait for it
    if ((request.useCandidate && current) || this.#to === undefined) this.#nominate(address, port);
  }
}

/** RFC 8839 5.4: at least 24 and 128 bits of chance. */
function newCredentials(): Credentials {
  return { ufrag: randomBytes(6).toString('hex'), pwd: randomBytes(16).toString('hex') };
}
