import { isIPv4 } from 'node:net';
import { packetKind } from '../rtp/packet.core.ts';
import type { RemoteAudio } from '../sdp/read.core.ts';
import type { Path, PathEvents } from './path.ts';
import type { UdpPort } from './ports.ts';

/** Addresses that only mean something inside the far end's own network: what we see of it is its router's. */
export function isPrivate(address: string): boolean {
  if (!isIPv4(address)) return /^f[cde]/i.test(address);
  const [a = 0, b = 0] = address.split('.').map(Number);
  return (
    a === 10 ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 100 && b >= 64 && b < 128) ||
    (a === 169 && b === 254)
  );
}

/**
 * Plain RTP. Only the SDP's address is listened to; where the source differs by its port alone, or the SDP's address
 * is a private one (NAT), the first source is latched, once for each address the SDP names, and answered there
 * (symmetric RTP, RFC 4961). There is no learning after that.
 */
export class RtpPath implements Path {
  readonly kind = 'rtp';
  readonly #port: UdpPort;
  readonly #events: PathEvents;
  #signalled = '';
  #address = '';
  #to = 0;
  #locked = false;
  #listening = false;

  constructor(port: UdpPort, events: PathEvents) {
    this.#port = port;
    this.#events = events;
  }

  get ready(): boolean {
    return this.#to !== 0;
  }

  remote(audio: RemoteAudio): void {
    if (audio.zero) return;
    const signalled = `${audio.address} ${audio.port}`;
    if (signalled === this.#signalled) return;
    this.#signalled = signalled;
    this.#address = audio.address;
    this.#to = audio.port;
    this.#locked = false;
    this.#events.ready();
    if (this.#listening) return;
    this.#listening = true;
    this.#port.listen((packet, address, from) => this.#receive(packet, address, from));
  }

  send(packet: Buffer): void {
    if (this.#to !== 0) this.#port.send(packet, this.#to, this.#address);
  }

  close(): void {
    this.#to = 0;
  }

  #receive(packet: Buffer, address: string, port: number): void {
    if (this.#to === 0 || packetKind(packet) !== 'rtp') return;
    if (address !== this.#address || port !== this.#to) {
      if (this.#locked || (address !== this.#address && !isPrivate(this.#address))) return;
      this.#address = address;
      this.#to = port;
    }
    this.#locked = true;
    this.#events.rtp(packet);
  }
}
