import { MAX_MESSAGE } from '../wire/parse.ts';

/** What a stream yielded: whole messages, and how many keep-alive pings (RFC 5626 3.5.1) came between them. */
export interface Frames {
  readonly messages: Buffer[];
  readonly pings: number;
}

/** The stream cannot be cut any further (RFC 3261 18.3): its connection must be closed. */
export class FramingError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FramingError';
  }
}

/**
 * Cuts a byte stream into messages by Content-Length (RFC 3261 18.3). Holds at most one incomplete message.
 */
export class Framer {
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Bytes known to hold no end of headers; not searched again. */
  #searched = 0;
  /** Length of the message now being received, once its headers are complete. */
  #need = 0;

  /** True while a message has begun and not ended. */
  get partial(): boolean {
    return this.#heldBytes > 0;
  }

  /** @throws FramingError when a message is too large or has no usable Content-Length. */
  push(chunk: Buffer): Frames {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    const messages: Buffer[] = [];
    let pings = 0;
    if (this.#need > 0 && this.#heldBytes < this.#need) return { messages, pings };
    let data = this.#joined();
    for (;;) {
      if (this.#need === 0) {
        let skip = 0;
        while (data[skip] === 13 && data[skip + 1] === 10) skip += 2;
        // A double CRLF is a ping; a single one is a pong or a stray line end before a message.
        pings += Math.floor(skip / 4);
        if (skip > 0) {
          data = data.subarray(skip);
          this.#searched = 0;
        }
        if (data.length === 0 || (data.length === 1 && data[0] === 13)) break;
        const end = data.indexOf('\r\n\r\n', Math.max(0, this.#searched - 3), 'latin1');
        if (end < 0) {
          this.#searched = data.length;
          if (data.length > MAX_MESSAGE) throw new FramingError('Headers too large');
          break;
        }
        const bodyLength = contentLength(data.toString('latin1', 0, end));
        this.#need = end + 4 + bodyLength;
        if (this.#need > MAX_MESSAGE) throw new FramingError('Message too large');
      }
      if (data.length < this.#need) break;
      messages.push(data.subarray(0, this.#need));
      data = data.subarray(this.#need);
      this.#need = 0;
      this.#searched = 0;
    }
    this.#held = data.length === 0 ? [] : [data];
    this.#heldBytes = data.length;
    return { messages, pings };
  }

  #joined(): Buffer {
    return this.#held.length === 1 && this.#held[0] !== undefined ? this.#held[0] : Buffer.concat(this.#held);
  }
}

/** Content-Length of a head; over streams it must be there (RFC 3261 20.14). */
function contentLength(head: string): number {
  let found: number | undefined;
  for (let at = head.indexOf('\r\n'); at >= 0; at = head.indexOf('\r\n', at + 2)) {
    const c = head.charCodeAt(at + 2);
    // c, C, l, L
    if (c !== 99 && c !== 67 && c !== 108 && c !== 76) continue;
    let end = head.indexOf('\r\n', at + 2);
    if (end < 0) end = head.length;
    const colon = head.indexOf(':', at + 2);
    if (colon < 0 || colon > end) continue;
    const name = head
      .slice(at + 2, colon)
      .trimEnd()
      .toLowerCase();
    if (name !== 'content-length' && name !== 'l') continue;
    // The value may be folded onto the next line.
    while (head.charCodeAt(end + 2) === 32 || head.charCodeAt(end + 2) === 9) {
      const next = head.indexOf('\r\n', end + 2);
      end = next < 0 ? head.length : next;
    }
    const value = head.slice(colon + 1, end).trim();
    if (found !== undefined || !/^\d{1,7}$/.test(value)) throw new FramingError('Unusable Content-Length');
    found = Number(value);
  }
  if (found === undefined) throw new FramingError('Missing Content-Length');
  return found;
}
