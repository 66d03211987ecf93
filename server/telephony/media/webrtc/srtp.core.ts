import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import { rtpPayloadStart } from '../rtp/packet.core.ts';

/** Protection profiles of DTLS-SRTP (RFC 5764 4.1.2, RFC 7714 14.2). */
export const srtpProfiles = { aes128CmSha1: 1, aes128Gcm: 7 } as const;
export type SrtpProfileId = (typeof srtpProfiles)[keyof typeof srtpProfiles];

/** Lengths of the master key and salt in bytes. */
export function srtpLengths(profile: SrtpProfileId): { key: number; salt: number } {
  return { key: 16, salt: profile === srtpProfiles.aes128Gcm ? 12 : 14 };
}

const tagLength = { [srtpProfiles.aes128CmSha1]: 10, [srtpProfiles.aes128Gcm]: 16 } as const;

interface Keys {
  readonly profile: SrtpProfileId;
  readonly key: Buffer;
  readonly salt: Buffer;
  readonly auth: Buffer;
}

/** AES-CM key derivation at rate 0 (RFC 3711 4.3.1, 4.3.3; RFC 7714 11 pads the shorter salt). */
export function deriveKey(masterKey: Buffer, masterSalt: Buffer, label: number, length: number): Buffer {
  const iv = Buffer.alloc(16);
  masterSalt.copy(iv, 0);
  iv[7] = (iv[7] ?? 0) ^ label;
  return createCipheriv('aes-128-ctr', masterKey, iv).update(Buffer.alloc(length));
}

function derive(profile: SrtpProfileId, masterKey: Buffer, masterSalt: Buffer): Keys {
  return {
    profile,
    key: deriveKey(masterKey, masterSalt, 0, 16),
    auth: deriveKey(masterKey, masterSalt, 1, 20),
    salt: deriveKey(masterKey, masterSalt, 2, masterSalt.length),
  };
}

/** RFC 3711 4.1.1: salt * 2^16 XOR ssrc * 2^64 XOR index * 2^16. */
function counterIv(salt: Buffer, ssrc: number, index: number): Buffer {
  const iv = Buffer.alloc(16);
  salt.copy(iv, 0);
  xor32(iv, 4, ssrc);
  xor32(iv, 8, Math.floor(index / 0x10000));
  iv.writeUInt16BE(iv.readUInt16BE(12) ^ (index & 0xffff), 12);
  return iv;
}

/** RFC 7714 8.1: two bytes of 0, SSRC, ROC, SEQ, all XOR salt. */
function gcmIv(salt: Buffer, ssrc: number, index: number): Buffer {
  const iv = Buffer.from(salt);
  xor32(iv, 2, ssrc);
  xor32(iv, 6, Math.floor(index / 0x10000));
  iv.writeUInt16BE(iv.readUInt16BE(10) ^ (index & 0xffff), 10);
  return iv;
}

function xor32(buffer: Buffer, at: number, value: number): void {
  buffer.writeUInt32BE((buffer.readUInt32BE(at) ^ value) >>> 0, at);
}

function authTag(keys: Keys, covered: Buffer, index: number): Buffer {
  const roc = Buffer.alloc(4);
  roc.writeUInt32BE(Math.floor(index / 0x10000) >>> 0, 0);
  return createHmac('sha1', keys.auth).update(covered).update(roc).digest().subarray(0, 10);
}

/** Protects the packets of one outgoing stream, given in sequence. */
export class SrtpSender {
  readonly #keys: Keys;
  #roc = 0;
  #last = -1;

  constructor(profile: SrtpProfileId, masterKey: Buffer, masterSalt: Buffer) {
    this.#keys = derive(profile, masterKey, masterSalt);
  }

  protect(packet: Buffer): Buffer {
    const sequence = packet.readUInt16BE(2);
    if (this.#last >= 0 && sequence < this.#last) this.#roc++;
    this.#last = sequence;
    const index = this.#roc * 0x10000 + sequence;
    const start = rtpPayloadStart(packet);
    const header = packet.subarray(0, start);
    const ssrc = packet.readUInt32BE(8);
    const { profile, key, salt } = this.#keys;
    if (profile === srtpProfiles.aes128Gcm) {
      const cipher = createCipheriv('aes-128-gcm', key, gcmIv(salt, ssrc, index)).setAAD(header);
      const body = cipher.update(packet.subarray(start));
      cipher.final();
      return Buffer.concat([header, body, cipher.getAuthTag()]);
    }
    const body = createCipheriv('aes-128-ctr', key, counterIv(salt, ssrc, index)).update(
      packet.subarray(start),
    );
    const covered = Buffer.concat([header, body]);
    return Buffer.concat([covered, authTag(this.#keys, covered, index)]);
  }
}

interface Source {
  roc: number;
  highest: number;
  /** Bit n: the packet with index `highest - n` was seen (RFC 3711 3.3.2). */
  window: bigint;
}

const windowBits = 128n;
const windowMask = (1n << windowBits) - 1n;
/** A peer that invents SSRCs without end is not followed. */
const mostSources = 8;

/** Checks and opens the packets of the far end: authentic, not seen before. */
export class SrtpReceiver {
  readonly #keys: Keys;
  readonly #sources = new Map<number, Source>();

  constructor(profile: SrtpProfileId, masterKey: Buffer, masterSalt: Buffer) {
    this.#keys = derive(profile, masterKey, masterSalt);
  }

  /** The plain packet, or undefined when it is forged, doubled, too old or no RTP. */
  unprotect(packet: Buffer): Buffer | undefined {
    const start = rtpPayloadStart(packet);
    const tagAt = packet.length - tagLength[this.#keys.profile];
    if (start === 0 || tagAt < start) return undefined;
    const ssrc = packet.readUInt32BE(8);
    const known = this.#sources.get(ssrc);
    const index = indexOf(packet.readUInt16BE(2), known);
    if (index < 0 || (known !== undefined && seen(known, index))) return undefined;
    const plain = this.#open(packet, start, tagAt, ssrc, index);
    if (plain === undefined) return undefined;
    this.#remember(ssrc, known, index);
    return plain;
  }

  #open(packet: Buffer, start: number, tagAt: number, ssrc: number, index: number): Buffer | undefined {
    const { profile, key, salt } = this.#keys;
    const header = packet.subarray(0, start);
    const body = packet.subarray(start, tagAt);
    const tag = packet.subarray(tagAt);
    if (profile === srtpProfiles.aes128Gcm) {
      try {
        const opener = createDecipheriv('aes-128-gcm', key, gcmIv(salt, ssrc, index));
        opener.setAAD(header).setAuthTag(tag);
        const plain = opener.update(body);
        opener.final();
        return Buffer.concat([header, plain]);
      } catch {
        return undefined; // the tag does not fit
      }
    }
    if (!timingSafeEqual(authTag(this.#keys, packet.subarray(0, tagAt), index), tag)) return undefined;
    const plain = createCipheriv('aes-128-ctr', key, counterIv(salt, ssrc, index)).update(body);
    return Buffer.concat([header, plain]);
  }

  #remember(ssrc: number, known: Source | undefined, index: number): void {
    if (known === undefined) {
      if (this.#sources.size >= mostSources) {
        const [oldest] = this.#sources.keys();
        if (oldest !== undefined) this.#sources.delete(oldest);
      }
      this.#sources.set(ssrc, { roc: Math.floor(index / 0x10000), highest: index, window: 1n });
      return;
    }
    const step = index - known.highest;
    if (step > 0) {
      known.window = step >= Number(windowBits) ? 1n : ((known.window << BigInt(step)) | 1n) & windowMask;
      known.highest = index;
      known.roc = Math.floor(index / 0x10000);
    } else {
      known.window |= 1n << BigInt(-step);
    }
  }
}

/** RFC 3711 3.3.1 and appendix A: the index nearest to the highest seen. */
function indexOf(sequence: number, known: Source | undefined): number {
  if (known === undefined) return sequence;
  const last = known.highest & 0xffff;
  let { roc } = known;
  if (last < 0x8000 && sequence - last > 0x8000) roc--;
  else if (last >= 0x8000 && last - 0x8000 > sequence) roc++;
  return roc * 0x10000 + sequence;
}

function seen(known: Source, index: number): boolean {
  const age = known.highest - index;
  if (age < 0) return false;
  return age >= Number(windowBits) || ((known.window >> BigInt(age)) & 1n) === 1n;
}
