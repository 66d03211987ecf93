import { createHmac, timingSafeEqual } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { crc32 } from 'node:zlib';

/**
 * The part of STUN (RFC 8489) that an ICE-lite agent (RFC 8445 2.5) needs: reading binding requests, answering
 * them. Integrity is the short-term HMAC-SHA1 of ICE (RFC 8445 7.2.2), which every browser uses.
 */
const cookie = 0x2112a442;
const bindingRequest = 0x0001;
const bindingSuccess = 0x0101;
const bindingError = 0x0111;
const attribute = {
  username: 0x0006,
  integrity: 0x0008,
  errorCode: 0x0009,
  xorMappedAddress: 0x0020,
  useCandidate: 0x0025,
  iceControlled: 0x8029,
  fingerprint: 0x8028,
} as const;

export interface BindingRequest {
  readonly transaction: Buffer;
  /** `ours:theirs` (RFC 8445 7.2.2). */
  readonly username: string;
  readonly useCandidate: boolean;
  /** True when the sender believes we are in charge: a role conflict, as a lite agent never is. */
  readonly controlled: boolean;
  /** Where MESSAGE-INTEGRITY begins. */
  readonly integrityAt: number;
}

/** Reads a binding request that carries a user name and integrity; undefined for everything else. */
export function parseBindingRequest(packet: Buffer): BindingRequest | undefined {
  if (packet.length < 20 || packet.readUInt16BE(0) !== bindingRequest || packet.readUInt32BE(4) !== cookie) {
    return undefined;
  }
  if (packet.readUInt16BE(2) !== packet.length - 20) return undefined;
  let username: string | undefined;
  let useCandidate = false;
  let controlled = false;
  for (let at = 20; at + 4 <= packet.length; ) {
    const type = packet.readUInt16BE(at);
    const length = packet.readUInt16BE(at + 2);
    const end = at + 4 + length;
    if (end > packet.length) return undefined;
    if (type === attribute.username) username = packet.toString('utf8', at + 4, end);
    if (type === attribute.useCandidate) useCandidate = true;
    if (type === attribute.iceControlled) controlled = true;
    if (type === attribute.integrity) {
      if (length !== 20 || username === undefined) return undefined;
      const transaction = Buffer.from(packet.subarray(8, 20));
      return { transaction, username, useCandidate, controlled, integrityAt: at };
    }
    at = end + ((4 - (length % 4)) % 4);
  }
  return undefined;
}

/** Does the request's integrity fit our password? (RFC 8489 14.5: over a header whose length ends with it) */
export function integrityFits(packet: Buffer, request: BindingRequest, password: string): boolean {
  const covered = Buffer.from(packet.subarray(0, request.integrityAt));
  covered.writeUInt16BE(request.integrityAt + 24 - 20, 2);
  const expected = createHmac('sha1', password).update(covered).digest();
  return timingSafeEqual(expected, packet.subarray(request.integrityAt + 4, request.integrityAt + 24));
}

/** The answer that tells the sender the address it was seen at. */
export function bindingResponse(
  request: BindingRequest,
  address: string,
  port: number,
  password: string,
): Buffer {
  return finish(
    bindingSuccess,
    request,
    attribute.xorMappedAddress,
    xorAddress(request, address, port),
    password,
  );
}

/** 487 Role Conflict (RFC 8445 7.3.1.1). */
export function roleConflict(request: BindingRequest, password: string): Buffer {
  const value = Buffer.concat([Buffer.from([0, 0, 4, 87]), Buffer.from('Role Conflict...', 'latin1')]);
  return finish(bindingError, request, attribute.errorCode, value, password);
}

function xorAddress(request: BindingRequest, address: string, port: number): Buffer {
  const v4 = isIPv4(address);
  const bytes = v4 ? Buffer.from(address.split('.').map(Number)) : ipv6Bytes(address);
  const value = Buffer.alloc(4 + bytes.length);
  value[1] = v4 ? 1 : 2;
  value.writeUInt16BE(port ^ (cookie >>> 16), 2);
  const pad = Buffer.alloc(16);
  pad.writeUInt32BE(cookie, 0);
  request.transaction.copy(pad, 4);
  for (const [i, byte] of bytes.entries()) value[4 + i] = byte ^ (pad[i] ?? 0);
  return value;
}

function ipv6Bytes(address: string): Buffer {
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const words = (text: string | undefined) =>
    text === undefined || text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16));
  const front = words(head);
  const back = words(tail);
  const bytes = Buffer.alloc(16);
  for (const [i, word] of front.entries()) bytes.writeUInt16BE(word & 0xffff, i * 2);
  for (const [i, word] of back.entries()) bytes.writeUInt16BE(word & 0xffff, 16 - back.length * 2 + i * 2);
  return bytes;
}

/** Header, one attribute (padded by its caller to four bytes), integrity, fingerprint. */
function finish(
  type: number,
  request: BindingRequest,
  attributeType: number,
  value: Buffer,
  password: string,
): Buffer {
  const integrityAt = 20 + 4 + value.length;
  const packet = Buffer.alloc(integrityAt + 24 + 8);
  packet.writeUInt16BE(type, 0);
  packet.writeUInt16BE(integrityAt + 24 - 20, 2);
  packet.writeUInt32BE(cookie, 4);
  request.transaction.copy(packet, 8);
  packet.writeUInt16BE(attributeType, 20);
  packet.writeUInt16BE(value.length, 22);
  value.copy(packet, 24);
  packet.writeUInt16BE(attribute.integrity, integrityAt);
  packet.writeUInt16BE(20, integrityAt + 2);
  createHmac('sha1', password)
    .update(packet.subarray(0, integrityAt))
    .digest()
    .copy(packet, integrityAt + 4);
  const fingerprintAt = integrityAt + 24;
  packet.writeUInt16BE(packet.length - 20, 2);
  packet.writeUInt16BE(attribute.fingerprint, fingerprintAt);
  packet.writeUInt16BE(4, fingerprintAt + 2);
  packet.writeUInt32BE((crc32(packet.subarray(0, fingerprintAt)) ^ 0x5354554e) >>> 0, fingerprintAt + 4);
  return packet;
}
