import { describe, expect, it } from 'vitest';
import { FakeClock } from '#server/kernel/fake-clock.ts';
import { lineOf, request } from '../../../../tests/kits/sip/testkit.ts';
import { Ids } from '../ids.ts';
import { Timers } from '../timers.ts';
import type { Flow } from '../transport/index.ts';
import {
  type Essentials,
  essentials,
  isProblem,
  parseMessage,
  type RequestParts,
  type SipRequest,
  type SipResponse,
} from '../wire/index.ts';
import { type ClientUser, TransactionLayer } from './index.ts';
import * as tables from './tables.core.ts';

/** A layer on a fake clock, a flow that remembers when it sent what, and a user that remembers what it was told. */
function setup(reliable: boolean) {
  const clock = new FakeClock();
  const timers = new Timers(clock);
  let serial = 0;
  const layer = new TransactionLayer(timers, new Ids(() => `r${serial++}`), () => 'SIP/2.0/UDP me:5060');
  const began = clock.now();
  const sent: [number, string][] = [];
  let watchers = 0;
  const flow: Flow = {
    id: 'f',
    transport: reliable ? 'tcp' : 'udp',
    address: '192.0.2.1',
    port: 5060,
    reliable,
    closed: false,
    send: (text) => sent.push([clock.now() - began, lineOf(parseMessage(Buffer.from(text)))]),
    watch: () => watchers++,
    unwatch: () => {},
    moveUsers() {},
  };
  const told: string[] = [];
  const user: ClientUser = {
    onResponse: (response) => told.push(String(response.status)),
    onFailure: (cause) => told.push(`${cause}@${clock.now() - began}`),
  };
  const times = (what: string): number[] => sent.filter(([, line]) => line === what).map(([at]) => at);
  return { clock, layer, timers, flow, sent, told, user, times };
}

const parts = (method: string): RequestParts => ({
  method,
  uri: 'sip:b@b',
  route: '',
  from: '<sip:a@a>;tag=1',
  to: '<sip:b@b>',
  callId: 'c',
  seq: 1,
  extra: '',
  body: '',
});

function answer(tx: { branch: string }, method: string, status: number): [SipResponse, Essentials] {
  const text = `SIP/2.0 ${status} X\r\nVia: SIP/2.0/UDP me:5060;branch=${tx.branch}\r\nFrom: <sip:a@a>;tag=1\r\nTo: <sip:b@b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 ${method}\r\n\r\n`;
  const message = parseMessage(Buffer.from(text)) as SipResponse;
  return [message, essentials(message) as Essentials];
}

function incoming(method: string, branch: string, via = 'SIP/2.0/UDP 192.0.2.1'): [SipRequest, Essentials] {
  const message = parseMessage(Buffer.from(request({ method, branch, via }))) as SipRequest;
  const about = essentials(message);
  if (isProblem(about)) throw new Error(about.reason);
  return [message, about];
}

describe('S6 invite client (RFC 3261 17.1.1, RFC 6026)', () => {
  it('timer A doubles, timer B ends it after 64*T1', () => {
    const { clock, layer, flow, user, times, told } = setup(false);
    layer.request(parts('INVITE'), flow, user);
    clock.advance(40_000);
    expect(times('INVITE')).toEqual([0, 500, 1500, 3500, 7500, 15_500, 31_500]);
    expect(told).toEqual(['timeout@32000']);
    expect(layer.size).toBe(0);
  });

  it('sends once over a reliable transport; timer B still runs', () => {
    const { clock, layer, flow, user, times, told } = setup(true);
    layer.request(parts('INVITE'), flow, user);
    clock.advance(40_000);
    expect(times('INVITE')).toEqual([0]);
    expect(told).toEqual(['timeout@32000']);
  });

  it('a provisional response stops A and B for good', () => {
    const { clock, layer, timers, flow, user, times, told } = setup(false);
    const tx = layer.request(parts('INVITE'), flow, user);
    layer.response(...answer(tx, 'INVITE', 180));
    layer.response(...answer(tx, 'INVITE', 183));
    clock.advance(200_000);
    expect(times('INVITE')).toEqual([0]);
    expect(told).toEqual(['180', '183']);
    expect(timers.size).toBe(0);
  });

  it('acknowledges a failure and its copies, tells it once, and lingers 32 s (timer D)', () => {
    const { clock, layer, flow, user, times, told } = setup(false);
    const tx = layer.request(parts('INVITE'), flow, user);
    layer.response(...answer(tx, 'INVITE', 486));
    clock.advance(1000);
    layer.response(...answer(tx, 'INVITE', 486));
    expect(times('ACK')).toEqual([0, 1000]);
    expect(told).toEqual(['486']);
    clock.advance(30_999);
    expect(layer.size).toBe(1);
    clock.advance(1);
    expect(layer.size).toBe(0);
  });

  it('over a reliable transport timer D is 0', () => {
    const { layer, flow, user, told, times } = setup(true);
    layer.response(...answer(layer.request(parts('INVITE'), flow, user), 'INVITE', 600));
    expect([told, times('ACK'), layer.size]).toEqual([['600'], [0], 0]);
  });

  it('tells every 2xx while accepted, and forgets after timer M', () => {
    const { clock, layer, flow, user, told } = setup(true);
    const tx = layer.request(parts('INVITE'), flow, user);
    layer.response(...answer(tx, 'INVITE', 200));
    layer.response(...answer(tx, 'INVITE', 200));
    layer.response(...answer(tx, 'INVITE', 486));
    expect(told).toEqual(['200', '200']);
    clock.advance(32_000);
    expect(layer.size).toBe(0);
    expect(layer.response(...answer(tx, 'INVITE', 200))).toBe(false);
  });

  it('tells a transport error instead of a response', () => {
    const { layer, flow, user, told } = setup(true);
    layer.request(parts('INVITE'), flow, user).onFlowLost(flow);
    expect([told, layer.size, layer.waiting]).toEqual([['transport@0'], 0, 0]);
  });
});

describe('S7 non-invite client (RFC 3261 17.1.2)', () => {
  it('timer E doubles up to T2, timer F ends it', () => {
    const { clock, layer, flow, user, times, told } = setup(false);
    layer.request(parts('BYE'), flow, user);
    clock.advance(40_000);
    expect(times('BYE')).toEqual([0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    expect(told).toEqual(['timeout@32000']);
  });

  it('once proceeding, E waits T2, and F still ends it', () => {
    const { clock, layer, flow, user, times, told } = setup(false);
    const tx = layer.request(parts('BYE'), flow, user);
    layer.response(...answer(tx, 'BYE', 100));
    clock.advance(40_000);
    expect(times('BYE').slice(0, 4)).toEqual([0, 500, 4500, 8500]);
    expect(told).toEqual(['100', 'timeout@32000']);
  });

  it('absorbs copies of the final response for T4 (timer K), not at all when reliable', () => {
    for (const [reliable, rest] of [
      [false, 5000],
      [true, 0],
    ] as const) {
      const { clock, layer, flow, user, told } = setup(reliable);
      const tx = layer.request(parts('BYE'), flow, user);
      layer.response(...answer(tx, 'BYE', 200));
      layer.response(...answer(tx, 'BYE', 200));
      expect(told).toEqual(['200']);
      expect(layer.size).toBe(rest === 0 ? 0 : 1);
      clock.advance(rest);
      expect(layer.size).toBe(0);
    }
  });

  it('CANCEL has the branch of its INVITE and a life of its own', () => {
    const { layer, flow, user, told, sent } = setup(true);
    const tx = layer.request(parts('INVITE'), flow, user);
    layer.cancel(tx, '', { onResponse: (r) => told.push(`cancel ${r.status}`), onFailure() {} });
    expect(layer.response(...answer(tx, 'CANCEL', 200))).toBe(true);
    expect(told).toEqual(['cancel 200']);
    expect(sent.map(([, line]) => line)).toEqual(['INVITE', 'CANCEL']);
  });
});

describe('S8 invite server (RFC 3261 17.2.1, RFC 6026)', () => {
  const text = (status: number): string =>
    `SIP/2.0 ${status} X\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nFrom: <sip:a@a>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\r\n`;
  const start = (reliable: boolean) => {
    const all = setup(reliable);
    const [message, about] = incoming('INVITE', 'z9hG4bKa');
    let cancels = 0;
    const tx = all.layer.accept(message, about, all.flow, { onCancel: () => cancels++, onFlowLost() {} });
    return { ...all, message, about, tx, cancels: () => cancels };
  };

  it('answers a copy of the request with the last provisional response', () => {
    const { layer, message, about, tx, times } = start(false);
    tx.event('request');
    tx.respond(100, text(100));
    tx.respond(180, text(180));
    layer.find(message, about)?.event('request');
    expect(times('180 INVITE')).toHaveLength(2);
    expect(times('100 INVITE')).toHaveLength(1);
  });

  it('timer G repeats a failure up to T2 apart, timer H gives up, and copies are answered', () => {
    const { clock, layer, tx, times, timers } = start(false);
    tx.respond(486, text(486));
    clock.advance(100);
    tx.event('request');
    clock.advance(40_000);
    expect(times('486 INVITE')).toEqual([
      0, 100, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500,
    ]);
    expect([layer.size, timers.size]).toEqual([0, 0]);
  });

  it('an ACK stops G and H; timer I absorbs more of them for T4, 0 when reliable', () => {
    for (const [reliable, size] of [
      [false, 1],
      [true, 0],
    ] as const) {
      const { clock, layer, tx, times, timers } = start(reliable);
      tx.respond(486, text(486));
      const [ack, about] = incoming('ACK', 'z9hG4bKa');
      layer.find(ack, about)?.event('ack');
      expect(layer.size).toBe(size);
      clock.advance(5000);
      expect(times('486 INVITE')).toEqual([0]);
      expect([layer.size, timers.size]).toEqual([0, 0]);
    }
  });

  it('over a reliable transport G does not run, H does', () => {
    const { clock, layer, tx, times } = start(true);
    tx.respond(486, text(486));
    clock.advance(31_999);
    expect([times('486 INVITE'), layer.size]).toEqual([[0], 1]);
    clock.advance(1);
    expect(layer.size).toBe(0);
  });

  it('after a 2xx absorbs copies of the INVITE for 64*T1 (timer L) and lets the 2xx be repeated', () => {
    const { clock, layer, tx, times } = start(false);
    tx.respond(200, text(200));
    tx.event('request');
    tx.respond(486, text(486));
    tx.respond(200, text(200));
    expect(times('200 INVITE')).toHaveLength(2);
    expect(times('486 INVITE')).toHaveLength(0);
    clock.advance(32_000);
    expect(layer.size).toBe(0);
  });

  it('CANCEL reaches its INVITE only before a final response', () => {
    const { layer, tx, cancels } = start(false);
    const [cancel, about] = incoming('CANCEL', 'z9hG4bKa');
    layer.findInvite(cancel, about)?.cancelled(undefined);
    tx.respond(487, text(487));
    layer.findInvite(cancel, about)?.cancelled(undefined);
    expect(cancels()).toBe(1);
  });

  it('a sent-by of another host is another transaction, as is another branch (17.2.3)', () => {
    const { layer } = start(false);
    expect(layer.find(...incoming('INVITE', 'z9hG4bKa', 'SIP/2.0/UDP 192.0.2.9'))).toBeUndefined();
    expect(layer.find(...incoming('INVITE', 'z9hG4bKb'))).toBeUndefined();
    expect(layer.find(...incoming('INVITE', 'z9hG4bKa'))).toBeDefined();
  });
});

describe('S9 non-invite server (RFC 3261 17.2.2)', () => {
  it('repeats its response for copies until timer J, and drops copies before there is one', () => {
    for (const [reliable, size] of [
      [false, 1],
      [true, 0],
    ] as const) {
      const { clock, layer, flow, sent } = setup(reliable);
      const [message, about] = incoming('BYE', 'z9hG4bKa');
      const tx = layer.accept(message, about, flow, { onCancel() {}, onFlowLost() {} });
      tx.event('request');
      expect(sent).toHaveLength(0);
      const text = 'SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h\r\nCSeq: 1 BYE\r\n\r\n';
      tx.respond(200, text);
      layer.find(message, about)?.event('request');
      expect(sent).toHaveLength(1 + size);
      expect(layer.size).toBe(size);
      clock.advance(32_000);
      expect(layer.size).toBe(0);
    }
  });
});

describe('S10 the tables', () => {
  const all = {
    inviteClient: tables.inviteClient,
    client: tables.client,
    inviteServer: tables.inviteServer,
    server: tables.server,
  };

  it.each(Object.entries(all))(
    '%s: every state that is entered has a way to its end, and terminated has none',
    (_name, table) => {
      for (const rows of Object.values(table)) {
        for (const row of Object.values(rows)) {
          if (row.next !== 'terminated') expect(table[row.next]).toBeDefined();
        }
      }
      expect(table.terminated).toBeUndefined();
      const reaches = (from: string, seen: string[]): boolean =>
        from === 'terminated' ||
        Object.values(table[from as tables.State] ?? {}).some(
          (row) => !seen.includes(row.next) && reaches(row.next, [...seen, row.next]),
        );
      for (const state of Object.keys(table)) expect(reaches(state, [state])).toBe(true);
    },
  );

  it('no final response is told twice: only 2xx are told in accepted', () => {
    expect(tables.inviteClient.completed?.failure?.actions).toEqual(['ack']);
    expect(tables.client.completed?.['2xx']).toBeUndefined();
    expect(tables.inviteClient.accepted?.failure).toBeUndefined();
  });
});

describe('S11 timers', () => {
  it('fire in order, are stopped in any order, and leave nothing', () => {
    const clock = new FakeClock();
    const timers = new Timers(clock);
    const fired: string[] = [];
    const make = (name: string) => ({
      list: undefined,
      prev: undefined,
      next: undefined,
      due: 0,
      fire: () => fired.push(name),
    });
    const entries = ['a', 'b', 'c', 'd'].map(make);
    const [a, b, c, d] = entries as [
      ReturnType<typeof make>,
      ReturnType<typeof make>,
      ReturnType<typeof make>,
      ReturnType<typeof make>,
    ];
    timers.start(a, 500);
    clock.advance(100);
    timers.start(b, 500);
    timers.start(c, 200);
    timers.start(d, 500);
    timers.stop(a);
    timers.stop(d);
    timers.stop(d);
    expect(timers.size).toBe(2);
    clock.advance(499);
    expect(fired).toEqual(['c']);
    clock.advance(1);
    expect(fired).toEqual(['c', 'b']);
    expect(timers.size).toBe(0);
    timers.start(a, 500);
    timers.start(a, 700);
    clock.advance(1000);
    expect(fired).toEqual(['c', 'b', 'a']);
  });
});
