import type { Law } from '../codec/g711.core.ts';
import type { Direction, RemoteSession } from './read.core.ts';

/** What we say of our side. */
export interface LocalAudio {
  readonly kind: 'webrtc' | 'rtp';
  /** Numeric o= session id, and its version: one more for each change (RFC 3264 8). */
  readonly sessionId: string;
  readonly version: number;
  readonly address: string;
  readonly port: number;
  readonly direction: Direction;
  /** Of a WebRTC path. */
  readonly path: PathSdp | undefined;
}

/** What SDP says of our end of a WebRTC path. */
export interface PathSdp {
  readonly ice: { readonly ufrag: string; readonly pwd: string };
  readonly dtls: LocalDtls;
  readonly ssrc: number;
}

export interface LocalDtls {
  /** `AB:CD:...`, of SHA-256. */
  readonly fingerprint: string;
  readonly setup: 'active' | 'passive' | 'actpass';
}

/** Payload type of telephone-event in offers of ours. */
const offeredEventPayloadType = 101;
const names: Readonly<Record<Law, string>> = { pcmu: 'PCMU', pcma: 'PCMA' };

/** Our direction in answer to the far end's (RFC 3264 6.1, and 8.4 for an address of zero). */
export function answerDirection(remote: Direction, zero: boolean): Direction {
  if (remote === 'sendonly') return 'recvonly';
  if (remote === 'recvonly') return zero ? 'inactive' : 'sendonly';
  if (remote === 'inactive') return 'inactive';
  return zero ? 'recvonly' : 'sendrecv';
}

/** An answer: the chosen codec alone, every other m-line refused with port 0 in its place (RFC 3264 6). */
export function writeAnswer(remote: RemoteSession, local: LocalAudio): string {
  const { audio } = remote;
  const line = remote.lines[audio.index];
  const mid = line?.mid;
  const text = head(local, remote.bundle && mid !== undefined ? mid : undefined);
  for (const [index, other] of remote.lines.entries()) {
    if (index !== audio.index) {
      text.push(`m=${other.type} 0 ${other.protocol} ${other.payloads}`);
      if (other.mid !== undefined) text.push(`a=mid:${other.mid}`, 'a=inactive');
      continue;
    }
    const payloads = [audio.payloadType, audio.eventPayloadType].filter((type) => type !== undefined);
    text.push(
      `m=audio ${local.port} ${other.protocol} ${payloads.join(' ')}`,
      `a=rtpmap:${audio.payloadType} ${names[audio.law]}/8000`,
    );
    body(text, local, audio.eventPayloadType, mid, audio.rtcpMux);
  }
  return `${text.join('\r\n')}\r\n`;
}

/** An offer of ours: both laws and telephone-event. `again` keeps the m-lines of an agreed session in place. */
export function writeOffer(local: LocalAudio, again: RemoteSession | undefined): string {
  const lines = again?.lines ?? [
    { type: 'audio', protocol: '', payloads: '', mid: local.kind === 'webrtc' ? '0' : undefined },
  ];
  const index = again?.audio.index ?? 0;
  const mid = lines[index]?.mid;
  const text = head(local, mid !== undefined && (again?.bundle ?? true) ? mid : undefined);
  for (const [at, line] of lines.entries()) {
    if (at !== index) {
      text.push(`m=${line.type} 0 ${line.protocol} ${line.payloads}`);
      if (line.mid !== undefined) text.push(`a=mid:${line.mid}`, 'a=inactive');
      continue;
    }
    const protocol = line.protocol || (local.kind === 'webrtc' ? 'UDP/TLS/RTP/SAVPF' : 'RTP/AVP');
    const event = again?.audio.eventPayloadType ?? offeredEventPayloadType;
    const laws = offeredLaws(again);
    text.push(`m=audio ${local.port} ${protocol} ${[...laws.keys(), event].join(' ')}`);
    for (const [payload, law] of laws) text.push(`a=rtpmap:${payload} ${names[law]}/8000`);
    body(text, local, event, mid, local.kind === 'webrtc');
  }
  return `${text.join('\r\n')}\r\n`;
}

/** Both laws by their static payload types, the one in use first. */
function offeredLaws(again: RemoteSession | undefined): ReadonlyMap<number, Law> {
  const laws: [number, Law][] = [
    [0, 'pcmu'],
    [8, 'pcma'],
  ];
  return new Map(again?.audio.law === 'pcma' ? laws.reverse() : laws);
}

function head(local: LocalAudio, bundled: string | undefined): string[] {
  const family = local.address.includes(':') ? 'IP6' : 'IP4';
  const text = [
    'v=0',
    `o=cordboard ${local.sessionId} ${local.version} IN ${family} ${local.address}`,
    's=-',
    `c=IN ${family} ${local.address}`,
    't=0 0',
  ];
  if (local.kind === 'webrtc') {
    if (bundled !== undefined) text.push(`a=group:BUNDLE ${bundled}`);
    text.push('a=ice-lite', 'a=msid-semantic: WMS cordboard');
  }
  return text;
}

function body(
  text: string[],
  local: LocalAudio,
  event: number | undefined,
  mid: string | undefined,
  rtcpMux: boolean,
): void {
  if (event !== undefined) text.push(`a=rtpmap:${event} telephone-event/8000`, `a=fmtp:${event} 0-16`);
  if (mid !== undefined) text.push(`a=mid:${mid}`);
  text.push('a=ptime:20', `a=${local.direction}`);
  if (rtcpMux) text.push('a=rtcp-mux');
  if (local.path === undefined) return;
  const { ice, dtls, ssrc } = local.path;
  text.push(
    `a=ice-ufrag:${ice.ufrag}`,
    `a=ice-pwd:${ice.pwd}`,
    `a=fingerprint:sha-256 ${dtls.fingerprint}`,
    `a=setup:${dtls.setup}`,
    `a=candidate:1 1 udp 2130706431 ${local.address} ${local.port} typ host`,
    'a=end-of-candidates',
    'a=msid:cordboard audio',
    `a=ssrc:${ssrc} cname:cordboard`,
  );
}
