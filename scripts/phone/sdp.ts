export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

export interface RemoteMedia {
  readonly host: string;
  readonly port: number;
  readonly direction: Direction;
  /** Payload type to send: 0 (PCMU) where it is taken, else 8 (PCMA). */
  readonly codec: 0 | 8;
  /** Payload type of telephone-event, if offered. */
  readonly events: number | undefined;
}

const MIRROR: Readonly<Record<Direction, Direction>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
};
export const mirror = (direction: Direction): Direction => MIRROR[direction];

/** A session description with one G.711 audio line and DTMF events (RFC 4566, RFC 4733). */
export function writeSdp(media: {
  host: string;
  port: number;
  direction: Direction;
  version: number;
}): string {
  return [
    'v=0',
    `o=phone ${media.port} ${media.version} IN IP4 ${media.host}`,
    's=-',
    `c=IN IP4 ${media.host}`,
    't=0 0',
    `m=audio ${media.port} RTP/AVP 0 8 101`,
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-16',
    'a=ptime:20',
    `a=${media.direction}`,
    '',
  ].join('\r\n');
}

/** The far end's audio; undefined when it has none we can use. */
export function readSdp(sdp: string): RemoteMedia | undefined {
  const audio = /^m=audio (\d+) \S+ ([\d ]+)/m.exec(sdp);
  if (!audio?.[1] || audio[1] === '0') return undefined;
  const types = (audio[2] ?? '').trim().split(/\s+/).map(Number);
  const codec = types.includes(0) ? 0 : types.includes(8) ? 8 : undefined;
  const section = sdp.slice(audio.index);
  const host = /^c=IN IP4 (\S+)/m.exec(section)?.[1] ?? /^c=IN IP4 (\S+)/m.exec(sdp)?.[1];
  if (codec === undefined || !host) return undefined;
  const direction = /^a=(sendrecv|sendonly|recvonly|inactive)\s*$/m.exec(section)?.[1] as
    | Direction
    | undefined;
  const events = /^a=rtpmap:(\d+) telephone-event\/8000/im.exec(section)?.[1];
  return {
    host,
    port: Number(audio[1]),
    direction: direction ?? 'sendrecv',
    codec,
    events: events === undefined ? undefined : Number(events),
  };
}
