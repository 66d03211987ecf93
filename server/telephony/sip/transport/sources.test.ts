import { describe, expect, it } from 'vitest';
import { parseUri } from '../wire/index.ts';
import { Framer, FramingError } from './framing.core.ts';
import { hopOf } from './resolve.ts';
import { Buckets, DEFAULT_LIMITS, isLoopback, plainAddress, Sources } from './sources.core.ts';

describe('S14 limits per source', () => {
  it('lets a burst through, then the rate', () => {
    const buckets = new Buckets({ rate: 10, burst: 3 });
    expect([1, 2, 3, 4].map(() => buckets.take('a', 0))).toEqual([true, true, true, false]);
    expect(buckets.take('b', 0)).toBe(true);
    expect(buckets.take('a', 100)).toBe(true);
    expect(buckets.take('a', 100)).toBe(false);
  });

  it('is bounded, whatever the number of sources, and forgets with time', () => {
    const buckets = new Buckets({ rate: 10, burst: 10 }, 100);
    for (let i = 0; i < 10_000; i++) buckets.take(`a${i}`, i);
    expect(buckets.entries).toBeLessThanOrEqual(200);
    buckets.take('x', 1_000_000);
    buckets.take('x', 2_000_000);
    expect(buckets.entries).toBeLessThanOrEqual(2);
  });

  it('remembers a spent bucket across a turn of generations', () => {
    const buckets = new Buckets({ rate: 0.001, burst: 1 }, 10);
    expect(buckets.take('a', 0)).toBe(true);
    for (let i = 0; i < 10; i++) buckets.take(`x${i}`, 0);
    expect(buckets.take('a', 0)).toBe(false);
  });

  it('loopback has a larger bucket, but has one', () => {
    const sources = new Sources(
      { ...DEFAULT_LIMITS, messages: { rate: 1, burst: 2 }, loopback: { rate: 1, burst: 4 } },
      () => 0,
    );
    const count = (address: string): number =>
      [1, 2, 3, 4, 5, 6].filter(() => sources.message(address)).length;
    expect([count('203.0.113.1'), count('127.0.0.1')]).toEqual([2, 4]);
  });

  it('counts failures and connections of each source', () => {
    const sources = new Sources(
      {
        ...DEFAULT_LIMITS,
        failures: { rate: 1, burst: 3 },
        accountFailures: { rate: 1, burst: 2 },
        connections: 2,
        allConnections: 3,
      },
      () => 0,
    );
    const may = (...tries: [string, string][]) =>
      tries.map(([from, account]) => sources.mayAuthenticate(from, account));
    expect(may(['a', 'x'])).toEqual([true]);
    sources.failed('a', 'x');
    sources.failed('a', 'x');
    expect(may(['a', 'x'], ['a', 'y'], ['b', 'x'])).toEqual([false, true, true]);
    sources.failed('a', 'y');
    expect(may(['a', 'y'], ['a', 'z'], ['b', 'y'])).toEqual([false, false, true]);
    expect(['a', 'a', 'a', 'b', 'c'].map((s) => sources.connected(s))).toEqual([
      true,
      true,
      false,
      true,
      false,
    ]);
    sources.disconnected('a');
    expect(sources.connected('c')).toBe(true);
  });

  it('knows loopback in all its forms', () => {
    expect(
      ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '10.0.0.1', '128.0.0.1'].map(isLoopback),
    ).toEqual([true, true, true, true, false, false]);
    expect(plainAddress('::ffff:10.0.0.1')).toBe('10.0.0.1');
  });
});

describe('S15 framing and next hops', () => {
  const message = (extra = ''): string => `OPTIONS sip:a SIP/2.0\r\n${extra}\r\n`;

  it('counts pings between messages, not pongs', () => {
    const framer = new Framer();
    expect(framer.push(Buffer.from(`\r\n\r\n${message('l: 0\r\n')}\r\n`))).toMatchObject({
      pings: 1,
      messages: { length: 1 },
    });
    expect(framer.partial).toBe(false);
  });

  it.each([
    ['no Content-Length', message('To: x\r\n')],
    ['two of them', message('l: 0\r\nContent-Length: 0\r\n')],
    ['a negative one', message('Content-Length: -1\r\n')],
    ['one beyond the limit', message('Content-Length: 70000\r\n')],
    ['endless headers', 'a'.repeat(70_000)],
  ])('cuts off a stream with %s', (_name, text) => {
    expect(() => new Framer().push(Buffer.from(text))).toThrow(FramingError);
  });

  it.each([
    ['sip:a@127.0.0.1:7000;transport=udp', { transport: 'udp', host: '127.0.0.1', port: 7000 }],
    ['sip:a@host', { transport: 'udp', host: 'host', port: 5060 }],
    ['sip:a@[::1]:5070;transport=TCP', { transport: 'tcp', host: '::1', port: 5070 }],
    ['sips:a@host', { transport: 'tls', host: 'host', port: 5061 }],
    ['sip:x@abc.invalid;transport=ws', undefined],
    ['sip:a@host;transport=ws', undefined],
    ['tel:+861', undefined],
  ])('%s', (uri, hop) => {
    expect(hopOf(parseUri(uri))).toEqual(hop);
  });
});
