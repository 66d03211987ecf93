import { describe, expect, it } from 'vitest';
import { HandshakeFilter } from './handshake.core.ts';

interface Message {
  type: number;
  sequence: number;
  body: Buffer;
  from?: number;
  to?: number;
}

function record(type: number, epoch: number, body: Buffer): Buffer {
  const head = Buffer.alloc(13);
  head.set([type, 254, 253], 0);
  head.writeUInt16BE(epoch, 3);
  head.writeUInt16BE(body.length, 11);
  return Buffer.concat([head, body]);
}

/** A handshake record with one fragment of a message. */
function part({ type, sequence, body, from = 0, to = body.length }: Message): Buffer {
  const head = Buffer.alloc(12);
  head[0] = type;
  head.writeUIntBE(body.length, 1, 3);
  head.writeUInt16BE(sequence, 4);
  head.writeUIntBE(from, 6, 3);
  head.writeUIntBE(to - from, 9, 3);
  return record(22, 0, Buffer.concat([head, body.subarray(from, to)]));
}

const hello = { type: 1, sequence: 0, body: Buffer.from('hello') };
const helloAgain = { type: 1, sequence: 1, body: Buffer.from('hello with a cookie') };
const certificate = { type: 11, sequence: 2, body: Buffer.from('certificate') };
const keyExchange = { type: 16, sequence: 3, body: Buffer.from('key exchange') };
const finished = record(22, 1, Buffer.from('sealed'));

describe('what reaches the handshake', () => {
  it('M10: messages in order pass as they came', () => {
    const filter = new HandshakeFilter();
    const datagram = Buffer.concat([
      part(certificate),
      part(keyExchange),
      record(20, 0, Buffer.of(1)),
      finished,
    ]);
    expect(filter.take(part(hello))).toEqual(part(hello));
    expect(filter.take(part(helloAgain))).toEqual(part(helloAgain));
    expect(filter.take(datagram)).toEqual(datagram);
  });

  it('M10: fragments in any order, overlapping and doubled, become one message, once', () => {
    const filter = new HandshakeFilter();
    const cut = (from: number, to: number) => part({ ...hello, from, to });
    expect(filter.take(cut(3, 5))).toBeUndefined();
    expect(filter.take(cut(3, 5))).toBeUndefined();
    expect(filter.take(cut(0, 2))).toBeUndefined();
    expect(filter.take(cut(1, 4))).toEqual(part(hello));
  });

  it('M10: a message waits for those before it, and no message comes twice', () => {
    const filter = new HandshakeFilter();
    filter.take(part(hello));
    filter.take(part(helloAgain));
    expect(filter.take(part(keyExchange))).toBeUndefined();
    expect(filter.take(part(certificate))).toEqual(Buffer.concat([part(certificate), part(keyExchange)]));
    expect(filter.take(Buffer.concat([part(certificate), part(keyExchange), finished]))).toEqual(finished);
  });

  it('M10: the newest hello may come again, as our answer may be lost; an older one may not', () => {
    const filter = new HandshakeFilter();
    filter.take(part(hello));
    expect(filter.take(part(hello))).toEqual(part(hello));
    filter.take(part(helloAgain));
    expect(filter.take(part(hello))).toBeUndefined();
    expect(filter.take(part(helloAgain))).toEqual(part(helloAgain));
    filter.take(part(certificate));
    expect(filter.take(part(helloAgain))).toBeUndefined();
  });

  it('M10: once connected, plain alerts and handshakes are dropped, sealed records pass', () => {
    const filter = new HandshakeFilter();
    const alert = record(21, 0, Buffer.of(1, 0));
    expect(filter.take(alert)).toEqual(alert);
    filter.connected();
    expect(filter.take(Buffer.concat([alert, part(hello)]))).toBeUndefined();
    const sealed = record(21, 1, Buffer.from('close'));
    expect(filter.take(Buffer.concat([part(hello), sealed, finished]))).toEqual(
      Buffer.concat([sealed, finished]),
    );
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a record cut short', part(hello).subarray(0, 20)],
    ['a fragment past its message', part({ ...hello, from: 0, to: 5 }).fill(0xff, 22, 25)],
    ['a message that is far too long', part({ ...hello, body: Buffer.alloc(17_000), from: 0, to: 100 })],
    ['a message far ahead', part({ ...hello, sequence: 40 })],
  ])('M10: %s is dropped', (_, datagram) => {
    expect(new HandshakeFilter().take(datagram)).toBeUndefined();
  });
});
