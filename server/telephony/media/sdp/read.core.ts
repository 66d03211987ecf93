import { parse, type SessionDescription } from 'sdp-transform';
import { AppError } from '#shared/contract/app-error.ts';
import type { Law } from '../codec/g711.core.ts';

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** One m-line as it came, enough to answer it in its place. */
export interface MediaLine {
  readonly type: string;
  readonly protocol: string;
  readonly payloads: string;
  readonly mid: string | undefined;
}

/** The audio line that was chosen, from the far end's side. */
export interface RemoteAudio {
  /** Which m-line. */
  readonly index: number;
  readonly kind: 'webrtc' | 'rtp';
  /** Where it wants its RTP. For `webrtc` ICE decides instead. */
  readonly address: string;
  readonly port: number;
  /** Hold of RFC 2543: the address is 0.0.0.0 and nothing may be sent (RFC 3264 8.4). */
  readonly zero: boolean;
  readonly direction: Direction;
  readonly law: Law;
  readonly payloadType: number;
  /** Every payload type that carries G.711 here: a far end may use any it named. */
  readonly laws: ReadonlyMap<number, Law>;
  /** Of telephone-event at 8 kHz (RFC 4733); undefined when it knows none. */
  readonly eventPayloadType: number | undefined;
  readonly rtcpMux: boolean;
  readonly ice: RemoteIce | undefined;
  readonly dtls: RemoteDtls | undefined;
}

export interface RemoteIce {
  readonly ufrag: string;
  readonly pwd: string;
  readonly lite: boolean;
}

export interface RemoteDtls {
  readonly algorithm: string;
  /** Lower-case hex without colons. */
  readonly fingerprint: string;
  readonly setup: 'active' | 'passive' | 'actpass';
}

export interface RemoteSession {
  readonly audio: RemoteAudio;
  readonly lines: readonly MediaLine[];
  /** True if it groups its media into one transport (RFC 9143). */
  readonly bundle: boolean;
}

/** The far end takes nothing from us: it holds the call (RFC 3264 8.4). */
export const holds = ({ zero, direction }: RemoteAudio): boolean =>
  zero || direction === 'sendonly' || direction === 'inactive';

type Media = SessionDescription['media'][number];

const directions: readonly string[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];

/**
 * Reads an offer or an answer and chooses its first usable audio line: G.711 over RTP/AVP(F) or DTLS-SRTP.
 * @throws AppError `media.failed`, in words, when there is none.
 */
export function readSession(text: string): RemoteSession {
  const session = parseText(text);
  const media = session.media ?? [];
  const problems: string[] = [];
  for (const [index, line] of media.entries()) {
    if (line.type !== 'audio') continue;
    const audio = readAudio(session, line, index);
    if (typeof audio !== 'string') {
      return { audio, lines: media.map(lineOf), bundle: groups(session).some((g) => g.type === 'BUNDLE') };
    }
    problems.push(audio);
  }
  throw new AppError('media.failed', problems[0] ?? 'The SDP has no audio.', { media: media.length });
}

function parseText(text: string): SessionDescription {
  if (text.length > 65_536) throw new AppError('media.failed', 'The SDP is too long.');
  try {
    return parse(text);
  } catch {
    throw new AppError('media.failed', 'The SDP cannot be read.');
  }
}

function groups(session: SessionDescription): readonly { type: string }[] {
  return session.groups ?? [];
}

function lineOf(line: Media): MediaLine {
  return {
    type: line.type,
    protocol: line.protocol,
    payloads: String(line.payloads ?? '0'),
    mid: line.mid === undefined ? undefined : String(line.mid),
  };
}

/** The audio line, or why it cannot be used. */
function readAudio(session: SessionDescription, line: Media, index: number): RemoteAudio | string {
  if (line.port === 0) return 'The audio is refused (port 0).';
  const kind = kindOf(line.protocol);
  if (kind === undefined) return `The transport ${line.protocol} is not supported.`;
  const laws = lawsOf(line);
  const [first] = laws;
  if (first === undefined) return 'There is no common codec: PCMU or PCMA is needed.';
  const address = line.connection?.ip ?? session.connection?.ip ?? '';
  const ice = iceOf(session, line);
  const dtls = dtlsOf(session, line);
  if (kind === 'webrtc' && ice === undefined) return 'The audio has no ICE user fragment and password.';
  if (kind === 'webrtc' && dtls === undefined) return 'The audio has no DTLS fingerprint.';
  if (kind === 'rtp' && address === '') return 'The audio has no connection address.';
  if (!Number.isInteger(line.port) || line.port < 1 || line.port > 65_535)
    return 'The audio port is not valid.';
  return {
    index,
    kind,
    address,
    port: line.port,
    zero: kind === 'rtp' && (address === '0.0.0.0' || address === '::'),
    direction: directionOf(line.direction) ?? directionOf(sessionDirection(session)) ?? 'sendrecv',
    law: first[1],
    payloadType: first[0],
    laws,
    eventPayloadType: line.rtp.find(
      (map) => map.codec.toLowerCase() === 'telephone-event' && (map.rate ?? 8000) === 8000,
    )?.payload,
    rtcpMux: line.rtcpMux !== undefined,
    ice,
    dtls,
  };
}

function kindOf(protocol: string): 'webrtc' | 'rtp' | undefined {
  const upper = protocol.toUpperCase();
  if (upper === 'RTP/AVP' || upper === 'RTP/AVPF') return 'rtp';
  if (upper === 'UDP/TLS/RTP/SAVPF' || upper === 'UDP/TLS/RTP/SAVP' || upper === 'RTP/SAVPF') return 'webrtc';
  return undefined;
}

/** Payload types of G.711 in the order of the m-line; 0 and 8 need no rtpmap (RFC 3551 6). */
function lawsOf(line: Media): ReadonlyMap<number, Law> {
  const laws = new Map<number, Law>();
  for (const text of String(line.payloads ?? '').split(' ')) {
    const payload = Number(text);
    const map = line.rtp.find((entry) => entry.payload === payload);
    const name = map?.codec.toUpperCase() ?? (payload === 0 ? 'PCMU' : payload === 8 ? 'PCMA' : '');
    if (text === '' || (map?.rate ?? 8000) !== 8000 || Number(map?.encoding ?? 1) !== 1) continue;
    if (name === 'PCMU') laws.set(payload, 'pcmu');
    if (name === 'PCMA') laws.set(payload, 'pcma');
  }
  return laws;
}

function directionOf(value: string | undefined): Direction | undefined {
  return value !== undefined && directions.includes(value) ? (value as Direction) : undefined;
}

function sessionDirection(session: SessionDescription): string | undefined {
  const value: unknown = Reflect.get(session, 'direction');
  return typeof value === 'string' ? value : undefined;
}

function iceOf(session: SessionDescription, line: Media): RemoteIce | undefined {
  const ufrag = line.iceUfrag ?? session.iceUfrag;
  const pwd = line.icePwd ?? session.icePwd;
  if (ufrag === undefined || pwd === undefined) return undefined;
  return { ufrag: String(ufrag), pwd: String(pwd), lite: session.icelite !== undefined };
}

function dtlsOf(session: SessionDescription, line: Media): RemoteDtls | undefined {
  const fingerprint = line.fingerprint ?? session.fingerprint;
  if (fingerprint === undefined) return undefined;
  const setup = line.setup ?? session.setup ?? 'actpass';
  return {
    algorithm: fingerprint.type.toLowerCase(),
    fingerprint: fingerprint.hash.replaceAll(':', '').toLowerCase(),
    setup: setup === 'active' || setup === 'passive' ? setup : 'actpass',
  };
}
