import type { RemoteAudio } from '../sdp/read.core.ts';

/** The way to one far end: plain RTP, or ICE and DTLS-SRTP. Both run on one UDP port of the pool. */
export interface Path {
  readonly kind: 'webrtc' | 'rtp';
  /** What the far end's SDP said, first or again. */
  remote(audio: RemoteAudio): void;
  /** True once packets can be sent. */
  readonly ready: boolean;
  /** Sends one RTP packet; nothing happens before `ready`. */
  send(packet: Buffer): void;
  close(): void;
}

export interface PathEvents {
  /** Became ready. */
  ready(): void;
  /** A plain, checked RTP packet of the far end. */
  rtp(packet: Buffer): void;
  /** Something else showed that the far end is there (ICE consent, RFC 7675). */
  alive(): void;
  /** The far end closed (DTLS), or its handshake failed, with words for the log. */
  closed(problem: string | undefined): void;
}
