/**
 * What of a DTLS datagram reaches the handshake (RFC 6347 4.2): the messages of epoch 0 are put together from their
 * fragments and handed on whole, once, in the order of their `message_seq`. The handshake behind it may then count
 * on an order that UDP does not give. Once connected, plain-text alerts and new handshakes are dropped: anyone could
 * have sent them.
 */
const contentType = { alert: 21, handshake: 22 } as const;
const clientHello = 1;
const recordHeader = 13;
const messageHeader = 12;
const longestMessage = 16_384;
const mostAhead = 16;

interface Partial {
  readonly type: number;
  readonly body: Buffer;
  /** One entry a byte that came. */
  readonly have: Uint8Array;
  missing: number;
}

export class HandshakeFilter {
  readonly #messages = new Map<number, Partial>();
  #next = 0;
  #connected = false;
  #lastHello: Buffer | undefined;

  /** From now on nothing in plain text counts, but for what a lost last flight makes the peer repeat. */
  connected(): void {
    this.#connected = true;
    this.#messages.clear();
    this.#lastHello = undefined;
  }

  /** The datagram to hand on; undefined when nothing is left of it. */
  take(datagram: Buffer): Buffer | undefined {
    const records: Buffer[] = [];
    for (let at = 0; at + recordHeader <= datagram.length; ) {
      const end = at + recordHeader + datagram.readUInt16BE(at + 11);
      if (end > datagram.length) break;
      const record = datagram.subarray(at, end);
      const [type] = record;
      const plain = record.readUInt16BE(3) === 0;
      if (!plain || (type !== contentType.handshake && !(this.#connected && type === contentType.alert))) {
        records.push(record);
      } else if (type === contentType.handshake && !this.#connected) {
        this.#takeRecord(record, records);
      }
      at = end;
    }
    return records.length === 0 ? undefined : Buffer.concat(records);
  }

  #takeRecord(record: Buffer, out: Buffer[]): void {
    for (let at = recordHeader; at + messageHeader <= record.length; ) {
      const end = at + messageHeader + record.readUIntBE(at + 9, 3);
      if (end > record.length) return;
      this.#takeFragment(record, record.subarray(at, end), out);
      at = end;
    }
  }

  #takeFragment(record: Buffer, fragment: Buffer, out: Buffer[]): void {
    const sequence = fragment.readUInt16BE(4);
    const type = fragment[0] ?? 0;
    if (sequence < this.#next) {
      // the newest hello again: our answer to it was lost
      if (type === clientHello && sequence === this.#next - 1 && this.#lastHello !== undefined) {
        if (fragment.readUIntBE(6, 3) === 0) out.push(this.#lastHello);
      }
      return;
    }
    if (sequence >= this.#next + mostAhead) return;
    const length = fragment.readUIntBE(1, 3);
    const offset = fragment.readUIntBE(6, 3);
    const part = fragment.subarray(messageHeader);
    if (length > longestMessage || offset + part.length > length) return;
    let message = this.#messages.get(sequence);
    if (message === undefined) {
      message = { type, body: Buffer.alloc(length), have: new Uint8Array(length), missing: length };
      this.#messages.set(sequence, message);
    }
    if (message.type !== type || message.body.length !== length) return;
    for (let i = 0; i < part.length; i++) {
      if (message.have[offset + i] === 0) message.missing--;
      message.have[offset + i] = 1;
    }
    part.copy(message.body, offset);
    this.#handOn(record, out);
  }

  /** Every message that is complete and next, each in a record of its own like the one that completed it. */
  #handOn(record: Buffer, out: Buffer[]): void {
    for (;;) {
      const message = this.#messages.get(this.#next);
      if (message === undefined || message.missing > 0) return;
      const whole = Buffer.alloc(recordHeader + messageHeader + message.body.length);
      record.copy(whole, 0, 0, 11);
      whole.writeUInt16BE(messageHeader + message.body.length, 11);
      whole[recordHeader] = message.type;
      whole.writeUIntBE(message.body.length, recordHeader + 1, 3);
      whole.writeUInt16BE(this.#next, recordHeader + 4);
      whole.writeUIntBE(message.body.length, recordHeader + 9, 3);
      message.body.copy(whole, recordHeader + messageHeader);
      this.#lastHello = message.type === clientHello ? whole : undefined;
      this.#messages.delete(this.#next);
      this.#next++;
      out.push(whole);
    }
  }
}
