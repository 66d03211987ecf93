import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  Kit,
  lineOf,
  Owner,
  type Peer,
  request,
  respond,
  SDP,
  settle,
  tag,
} from '../../../../tests/kits/sip/testkit.ts';
import type { OutgoingInvite, OutgoingInviteOptions } from '../types.ts';
import { header, type SipMessage } from '../wire/index.ts';

let kit: Kit;
let peer: Peer;
let owner: Owner;

beforeEach(() => {
  kit = new Kit();
  peer = kit.peer();
  owner = new Owner();
});

afterEach(() => {
  expect(kit.warnings).toEqual([]);
});

const call = (options: Partial<OutgoingInviteOptions> = {}): OutgoingInvite =>
  kit.server.invite({
    target: { uri: 'sip:agent1@127.0.0.1:7000;transport=udp' },
    from: { display: 'Li Wei', user: '+8613800138000' },
    to: 'agent1',
    sdp: SDP,
    handlers: owner,
    ...options,
  });

const next = (): SipMessage => {
  const message = peer.take().at(-1);
  if (message === undefined) throw new Error('nothing came');
  return message;
};

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

function drain(): void {
  kit.clock.advance(200_000);
  expect(kit.server.counts()).toEqual({
    transactions: 0,
    dialogs: 0,
    bindings: 0,
    connections: 0,
    timers: 0,
  });
}

describe('S30 our INVITE (RFC 3261 13.2)', () => {
  it('says who calls, what we can, and no 100rel', () => {
    call({ from: { display: '李 "伟"\r\nEvil: 1', user: 'a b' }, headers: { 'X-Call': 'c1' } });
    const invite = next();
    expect(invite).toMatchObject({
      uri: 'sip:agent1@127.0.0.1:7000;transport=udp',
      body: SDP,
      problem: undefined,
    });
    expect(header(invite, 'from')).toMatch(/^"李 \\"伟\\" {2}Evil: 1" <sip:a%20b@cordboard>;tag=/);
    expect(header(invite, 'p-asserted-identity')).toBe('"李 \\"伟\\"  Evil: 1" <sip:a%20b@cordboard>');
    expect(header(invite, 'to')).toBe('<sip:agent1@cordboard>');
    expect(header(invite, 'supported')).toBe('timer, replaces');
    expect(header(invite, 'session-expires')).toBe('1800');
    expect(header(invite, 'user-agent')).toBe('Cordboard');
    expect(header(invite, 'x-call')).toBe('c1');
    expect(header(invite, 'evil')).toBeUndefined();
  });

  it.each([
    ['a header with a line break', { headers: { 'X-A': 'a\r\nEvil: 1' } }],
    ['a header name that is none', { headers: { 'X A': 'a' } }],
    ['a target with a line break', { target: { uri: 'sip:a@127.0.0.1\r\nEvil: 1' } }],
    ['a target that is no URI', { target: { uri: 'agent1' } }],
    ['a route with a line break', { target: { uri: 'sip:a@127.0.0.1', route: ['<sip:a>\r\nx'] } }],
  ])('%s fails with 400 and sends nothing', async (_name, options) => {
    call(options);
    expect(owner.failures).toEqual([]);
    await settle();
    expect(owner.failures[0]?.[0]).toBe(400);
    expect(peer.take()).toEqual([]);
  });

  it('progress, answer with ACK, repeated 200 with the same ACK, BYE either way', async () => {
    call();
    const invite = next();
    peer.send(respond(invite, 100, { tag: '' }));
    peer.send(respond(invite, 180));
    peer.send(respond(invite, 183, { body: SDP }));
    peer.send(respond(invite, 200, { body: 'v=0\r\nanswer' }));
    peer.send(respond(invite, 200, { body: 'v=0\r\nanswer' }));
    expect(owner.progress).toEqual([
      [180, undefined],
      [183, SDP],
    ]);
    expect(owner.answered.map(([, sdp]) => sdp)).toEqual(['v=0\r\nanswer']);
    const acks = peer.take();
    expect(acks.map((m) => [lineOf(m), m.kind === 'request' && m.uri])).toEqual([
      ['ACK', 'sip:peer@127.0.0.1:7000'],
      ['ACK', 'sip:peer@127.0.0.1:7000'],
    ]);
    owner.answered[0]?.[0].bye('Q.850;cause=16');
    const bye = next();
    expect([lineOf(bye), header(bye, 'reason'), header(bye, 'cseq')]).toEqual([
      'BYE',
      'Q.850;cause=16',
      '2 BYE',
    ]);
    peer.send(respond(bye, 200));
    await settle();
    expect(owner.ends).toEqual([{ cause: 'local-bye', reason: 'Q.850;cause=16' }]);
    drain();
  });

  it('the peer hangs up', async () => {
    call();
    const invite = next();
    peer.send(respond(invite, 200, { body: SDP }));
    peer.send(
      request({
        method: 'BYE',
        callId: header(invite, 'call-id') ?? '',
        fromTag: 'peer',
        toTag: tag(invite, 'from'),
      }),
    );
    await settle();
    expect(peer.lines()).toEqual(['ACK', '200 BYE']);
    expect(owner.ends).toEqual([{ cause: 'remote-bye', reason: undefined }]);
    drain();
  });

  it('an ended call is let go of, though its transaction lingers for repeated answers', async () => {
    const kept = await (async () => {
      const another = new Owner();
      call({ handlers: another });
      const invite = next();
      peer.send(respond(invite, 200, { body: SDP }));
      another.answered[0]?.[0].bye();
      peer.send(respond(next(), 200));
      await settle();
      expect(another.ends).toHaveLength(1);
      return new WeakRef(another);
    })();
    await new Promise((resolve) => setImmediate(resolve)); // a WeakRef holds for the rest of its turn
    collectGarbage();
    expect(kit.server.counts().transactions).toBeGreaterThan(0);
    expect(kept.deref()).toBeUndefined();
    drain();
  });

  it('a failure is told once, with ACK', () => {
    call();
    const invite = next();
    peer.send(respond(invite, 486));
    peer.send(respond(invite, 486));
    expect(owner.failures).toEqual([[486, 'Whatever']]);
    expect(peer.lines()).toEqual(['ACK', 'ACK']);
    drain();
  });

  it('no response: 408 after 64*T1; no way to the target: 408 at once', async () => {
    call();
    kit.clock.advance(32_000);
    expect(owner.failures).toEqual([[408, 'Request Timeout']]);
    for (const target of [
      { uri: 'sip:x@abc.invalid;transport=ws' },
      { uri: 'sip:x@y', flow: 'ws-99' },
      { uri: 'tel:1' },
    ]) {
      call({ target });
    }
    await settle();
    expect(owner.failures.slice(1)).toEqual(Array(3).fill([408, 'Unreachable']));
    drain();
  });

  it('422 is tried once more with the interval asked for (RFC 4028 7.3)', () => {
    call();
    peer.send(respond(next(), 422, { extra: 'Min-SE: 3600\r\n' }));
    const again = next();
    expect([header(again, 'cseq'), header(again, 'session-expires'), header(again, 'min-se')]).toEqual([
      '2 INVITE',
      '3600',
      '3600',
    ]);
    peer.send(respond(again, 200, { body: SDP }));
    expect(owner.answered).toHaveLength(1);
    expect(header(next(), 'cseq')).toBe('2 ACK');
  });

  it('goes through its route, and takes the route of the 200 in reverse', () => {
    const proxy = kit.peer('192.0.2.50', 5060);
    call({ target: { uri: 'sip:a@10.0.0.9', route: ['<sip:192.0.2.50;lr>'] } });
    const invite = proxy.take()[0] as SipMessage;
    expect(header(invite, 'route')).toBe('<sip:192.0.2.50;lr>');
    proxy.send(
      respond(invite, 200, {
        body: SDP,
        extra: 'Record-Route: <sip:192.0.2.60;lr>, <sip:192.0.2.50;lr>\r\n',
      }),
    );
    const ack = proxy.take()[0] as SipMessage;
    expect([lineOf(ack), header(ack, 'route')]).toEqual(['ACK', '<sip:192.0.2.50;lr>, <sip:192.0.2.60;lr>']);
  });

  it('a strict router gets the request as it wants it (12.2.1.1)', () => {
    const proxy = kit.peer('192.0.2.50', 5060);
    call();
    peer.send(respond(next(), 200, { body: SDP, extra: 'Record-Route: <sip:192.0.2.50>\r\n' }));
    const ack = proxy.take()[0];
    expect(ack).toMatchObject({ method: 'ACK', uri: 'sip:192.0.2.50' });
    expect(ack && header(ack, 'route')).toBe('<sip:peer@127.0.0.1:7000>');
  });

  it('an answer without SDP is acknowledged, ended and told as 488', () => {
    call();
    peer.send(respond(next(), 200));
    expect(peer.lines()).toEqual(['ACK', 'BYE']);
    expect(owner.failures[0]?.[0]).toBe(488);
  });
});

describe('S31 forks of one INVITE (13.2.2.4)', () => {
  it('the first 200 counts; others are acknowledged and ended; early dialogs go', () => {
    call();
    const invite = next();
    for (const fork of ['f1', 'f2', 'f3']) peer.send(respond(invite, 180, { tag: fork }));
    expect(kit.server.counts().dialogs).toBe(3);
    peer.send(respond(invite, 200, { tag: 'f2', body: SDP }));
    peer.send(respond(invite, 200, { tag: 'f9', body: SDP }));
    peer.send(respond(invite, 200, { tag: 'f9', body: SDP }));
    expect(peer.take().map((m) => [lineOf(m), tag(m, 'to')])).toEqual([
      ['ACK', 'f2'],
      ['ACK', 'f9'],
      ['BYE', 'f9'],
      ['ACK', 'f9'],
    ]);
    expect(owner.answered).toHaveLength(1);
    expect(kit.server.counts().dialogs).toBe(1);
  });
});

describe('S32 cancel (9.1)', () => {
  it('is held back until a provisional response', () => {
    const out = call();
    const invite = next();
    out.cancel();
    out.cancel();
    expect(peer.lines()).toEqual([]);
    peer.send(respond(invite, 180));
    const cancel = next();
    expect([lineOf(cancel), header(cancel, 'via'), header(cancel, 'cseq')]).toEqual([
      'CANCEL',
      header(invite, 'via'),
      '1 CANCEL',
    ]);
    peer.send(respond(cancel, 200));
    peer.send(respond(invite, 487));
    expect(owner.failures).toEqual([[487, 'Request Terminated']]);
    expect(owner.progress).toEqual([]);
    drain();
  });

  it('a 200 that crosses it is acknowledged and ended, and told as 487', () => {
    const out = call();
    const invite = next();
    peer.send(respond(invite, 180));
    out.cancel('answered elsewhere');
    peer.send(respond(invite, 200, { body: SDP }));
    expect(peer.lines()).toEqual(['CANCEL', 'ACK', 'BYE']);
    expect([owner.failures, owner.answered]).toEqual([[[487, 'Request Terminated']], []]);
    drain();
  });

  it('nobody answers it: 487 after 64*T1', () => {
    const out = call();
    peer.send(respond(next(), 180));
    out.cancel();
    kit.clock.advance(32_000);
    expect(owner.failures).toEqual([[487, 'Request Terminated']]);
    drain();
  });

  it('cancelled and never answered at all: 487, not 408', () => {
    call().cancel();
    kit.clock.advance(32_000);
    expect(owner.failures).toEqual([[487, 'Request Terminated']]);
  });

  it('after the end it does nothing', async () => {
    const out = call();
    peer.send(respond(next(), 486));
    out.cancel();
    await settle();
    expect(owner.failures).toHaveLength(1);
    expect(peer.lines()).toEqual(['ACK']);
  });
});

describe('S33 connections come and go', () => {
  const wsCall = () => {
    const ws = kit.connect();
    call({ target: { uri: 'sip:agent1@x.invalid;transport=ws', flow: ws.flow.id } });
    const invite = ws.take()[0] as SipMessage;
    return {
      ws,
      invite,
      inDialog: { callId: header(invite, 'call-id') ?? '', fromTag: 'peer', toTag: tag(invite, 'from') },
    };
  };

  it('a pending call of ours fails when its connection closes', () => {
    const { ws, invite } = wsCall();
    ws.send(respond(invite, 180, { contact: '<sip:a@x.invalid;transport=ws>' }));
    ws.flow.destroy();
    expect(owner.failures).toEqual([[408, 'Unreachable']]);
    drain();
  });

  it('a pending call of theirs is told as lost', () => {
    const ws = kit.connect();
    ws.send(request({ via: 'SIP/2.0/WS x.invalid' }));
    const causes: string[] = [];
    const invite = kit.invites[0];
    if (invite !== undefined) invite.onCancelled = (cause) => causes.push(cause);
    ws.flow.destroy();
    expect(causes).toEqual(['connection-lost']);
    drain();
  });

  it('a confirmed dialog waits 32 s, then ends as lost', async () => {
    const { ws, invite } = wsCall();
    ws.send(respond(invite, 200, { body: SDP, contact: '<sip:a@x.invalid;transport=ws>' }));
    ws.flow.destroy();
    kit.clock.advance(31_999);
    await settle();
    expect(owner.ends).toEqual([]);
    kit.clock.advance(1);
    await settle();
    expect(owner.ends).toEqual([{ cause: 'connection-lost', reason: undefined }]);
    drain();
  });

  it('a request over another connection brings it back; what waited goes out there', async () => {
    const { ws, invite, inDialog } = wsCall();
    ws.send(respond(invite, 200, { body: SDP, contact: '<sip:a@x.invalid;transport=ws>' }));
    ws.flow.destroy();
    const changed = owner.answered[0]?.[0].reinvite('v=0\r\nlater');
    const back = kit.connect();
    back.send(request({ method: 'INFO', via: 'SIP/2.0/WS y.invalid', ...inDialog }));
    const got = back.take();
    expect(got.map(lineOf).sort()).toEqual(['200 INFO', 'INVITE']);
    back.send(respond(got.find((m) => lineOf(m) === 'INVITE') as SipMessage, 200, { body: SDP }));
    expect(await changed).toBe(SDP);
    kit.clock.advance(60_000);
    expect(owner.ends).toEqual([]);
    owner.answered[0]?.[0].bye();
    expect(back.lines()).toContain('BYE');
  });
});

describe('S34 stop', () => {
  it('BYE to dialogs, CANCEL and 503 to what is pending; resolves when all is answered', async () => {
    call();
    peer.send(respond(next(), 200, { body: SDP }));
    call();
    const ringing = next();
    peer.send(respond(ringing, 180));
    peer.send(request({ callId: 'pending' }));
    peer.take();
    let stopped = false;
    const done = kit.server.stop(2000).then(() => {
      stopped = true;
    });
    const got = peer.take();
    expect(got.map(lineOf).sort()).toEqual(['503 INVITE', 'BYE', 'CANCEL']);
    peer.send(request({ callId: 'late' }));
    expect(peer.lines()).toEqual(['503 INVITE']);
    for (const message of got) if (message.kind === 'request') peer.send(respond(message, 200));
    await settle();
    expect(stopped).toBe(false);
    peer.send(respond(ringing, 487));
    await done;
    expect(kit.server.counts()).toMatchObject({ transactions: 0, timers: 0 });
  });

  it('gives up after its grace', async () => {
    call();
    const done = kit.server.stop(1000);
    kit.clock.advance(1000);
    await done;
    expect(kit.server.counts().transactions).toBe(0);
  });
});
