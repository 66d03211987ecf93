import { lookup } from 'node:dns';
import { isIP } from 'node:net';
import type { SipUri } from '../types.ts';

/** Where a URI is to be reached (RFC 3263 without NAPTR and SRV: transport parameter, port, then A or AAAA). */
export interface Hop {
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly host: string;
  readonly port: number;
}

/** The next hop of a URI, or undefined when only a flow could reach it (`transport=ws`, tel, `.invalid`). */
export function hopOf(uri: SipUri): Hop | undefined {
  if (uri.scheme === 'tel' || uri.host.endsWith('.invalid')) return undefined;
  const asked = uri.params.transport?.toLowerCase();
  let transport: Hop['transport'];
  if (uri.scheme === 'sips' || asked === 'tls') transport = 'tls';
  else if (asked === undefined || asked === 'udp') transport = 'udp';
  else if (asked === 'tcp') transport = 'tcp';
  else return undefined;
  const host = uri.host.startsWith('[') ? uri.host.slice(1, -1) : uri.host;
  return { transport, host, port: uri.port ?? (transport === 'tls' ? 5061 : 5060) };
}

/** The address of a host: at once for an IP literal, else by the system's resolver. */
export function addressOf(host: string, done: (address: string | undefined) => void): void {
  if (isIP(host) !== 0) {
    done(host);
    return;
  }
  lookup(host, { all: false }, (error, address) => done(error === null ? address : undefined));
}
