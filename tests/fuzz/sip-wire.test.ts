import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
// The wire is not part of the room's face; it is fuzzed below it.
import { Framer, FramingError } from '../../server/telephony/sip/transport/framing.core.ts';
import {
  essentials,
  parseAddress,
  parseMessage,
  parseUri,
  parseVia,
  type SipMessage,
  SipParseError,
} from '../../server/telephony/sip/wire/index.ts';
import { runs } from '../support/proof.ts';

const INVITE = Buffer.from(
  'INVITE sip:4000@cordboard SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:7000;branch=z9hG4bK1;rport\r\n' +
    'v: SIP/2.0/TCP [::1]:5060;branch=z9hG4bK0\r\nMax-Forwards: 70\r\nFrom: "Li \\"W\\" Wei" <sip:1001@cordboard>;tag=a\r\n' +
    'To: <sip:4000@cordboard>\r\nCall-ID: c@x\r\nCSeq: 1 INVITE\r\nContact: <sip:a@127.0.0.1:7000;transport=tcp>\r\n' +
    'Subject: folded\r\n  over lines\r\nSession-Expires: 1800;refresher=uac\r\nContent-Type: application/sdp\r\n' +
    'Content-Length: 5\r\n\r\nv=0\r\n',
);
const RESPONSE = Buffer.from(
  'SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h:5060;branch=z9hG4bK1\r\nf: <sip:a@b>;tag=1\r\nt: <sip:b@b>;tag=2\r\ni: x\r\nCSeq: 1 BYE\r\nl: 0\r\n\r\n',
);

const mutation = fc.record({
  at: fc.nat(INVITE.length - 1),
  drop: fc.nat(8),
  insert: fc.oneof(
    fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom(
        '\r\n',
        '\r',
        '\n',
        '\r\n ',
        '\r\n\r\n',
        '"',
        '<',
        '>',
        ';',
        ',',
        ':',
        '\0',
        '%',
        'ü',
        '\u2028',
      )
      .map((s) => Buffer.from(s)),
  ),
});

function mutate(seed: Buffer, mutations: readonly { at: number; drop: number; insert: Buffer }[]): Buffer {
  let data = seed;
  for (const { at, drop, insert } of mutations) {
    const start = Math.min(at, data.length);
    data = Buffer.concat([
      data.subarray(0, start),
      insert,
      data.subarray(Math.min(data.length, start + drop)),
    ]);
  }
  return data;
}

/** Writes what was parsed; Content-Length is made to fit. */
function write(message: SipMessage): string {
  const start =
    message.kind === 'request'
      ? `${message.method} ${message.uri} SIP/2.0`
      : `SIP/2.0 ${message.status} ${message.reason}`;
  const headers = message.names
    .map((name, i) => `${name}: ${message.values[i]}\r\n`)
    .filter((_, i) => message.names[i] !== 'content-length');
  const length = Buffer.byteLength(message.body);
  return `${start}\r\n${headers.join('')}Content-Length: ${length}\r\n\r\n${message.body}`;
}

/** Parses and looks at everything; only the typed error may come out. Then what was written must stay the same. */
function exercise(data: Buffer): void {
  try {
    const message = parseMessage(data);
    essentials(message);
    const written = write(message);
    if (message.problem === undefined) {
      const again = parseMessage(Buffer.from(written));
      expect(again.problem).toBeUndefined();
      expect(write(again)).toBe(written);
    }
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
  }
}

describe('S4 whatever arrives, the parser returns or throws SipParseError', () => {
  it('arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => exercise(Buffer.from(bytes))),
      runs(2000),
    );
  });

  it('mutated messages; write(parse(m)) is stable', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(INVITE, RESPONSE),
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        (seed, mutations) => exercise(mutate(seed, mutations)),
      ),
      runs(5000),
    );
  });

  it('header values and URIs of any text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.stringMatching(/^[sip:@;=<>"\\,.a0 \t[\]?&%]{0,80}$/),
    );
    fc.assert(
      fc.property(text, (value) => {
        for (const parse of [parseAddress, parseUri, parseVia]) {
          try {
            parse(value);
          } catch (error) {
            if (!(error instanceof SipParseError)) throw error;
          }
        }
      }),
      runs(1500),
    );
  });

  it('does not slow down on long runs of any one character', () => {
    for (const c of [' ', '\t', ';', ',', '"', '\\', '<', '=', ':', '@', '[', '%', '\r\n ', '\r', 'a']) {
      const run = c.repeat(Math.floor(60_000 / c.length));
      const began = process.cpuUsage();
      exercise(
        Buffer.from(`INVITE sip:a@b SIP/2.0\r\nVia: ${run}\r\nFrom: ${run}\r\nContact: ${run}\r\n\r\n`),
      );
      for (let n = 0; n < 20; n++)
        exercise(Buffer.from(INVITE.toString().replace('folded', run.slice(0, 8000))));
      expect(process.cpuUsage(began).user / 1000, 'ms of this process').toBeLessThan(500);
    }
  });
});

describe('S5 stream framing', () => {
  it('cuts the same messages however the stream is chopped', () => {
    const stream = Buffer.concat([Buffer.from('\r\n\r\n'), INVITE, RESPONSE, Buffer.from('\r\n'), INVITE]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 40 }), (sizes) => {
        const framer = new Framer();
        const out: Buffer[] = [];
        let at = 0;
        for (const size of [...sizes, stream.length]) {
          if (at >= stream.length) break;
          out.push(...framer.push(stream.subarray(at, at + size)).messages);
          at += size;
        }
        expect(out.map((m) => m.toString())).toEqual([INVITE, RESPONSE, INVITE].map((m) => m.toString()));
        expect(framer.partial).toBe(false);
      }),
      runs(500),
    );
  });

  it('refuses junk by FramingError and nothing else', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 10 }),
        fc.array(mutation, { maxLength: 3 }),
        (chunks, mutations) => {
          const framer = new Framer();
          try {
            framer.push(mutate(INVITE, mutations));
            for (const chunk of chunks) framer.push(Buffer.from(chunk));
          } catch (error) {
            if (!(error instanceof FramingError)) throw error;
          }
        },
      ),
      runs(2000),
    );
  });
});
