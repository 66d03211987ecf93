import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  Kit,
  lineOf,
  Owner,
  type Peer,
  type RequestOptions,
  request,
  respond,
  SDP,
  settle,
  tag,
} from '../../../../tests/kits/sip/testkit.ts';
import type { IncomingInvite, SipDialog } from '../types.ts';
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

function arrive(options: RequestOptions = {}): IncomingInvite {
  peer.send(request(options));
  const invite = kit.invites.at(-1);
  if (invite === undefined) throw new Error('no invite');
  return invite;
}

/** Answers and acknowledges; returns the dialog and how the peer goes on in it. */
function talk(options: RequestOptions = {}): {
  dialog: SipDialog;
  inDialog: (more: RequestOptions) => string;
} {
  const dialog = arrive(options).answer(SDP, owner);
  const toTag = tag(peer.take().at(-1), 'to');
  const inDialog = (more: RequestOptions): string => request({ ...options, toTag, ...more });
  peer.send(inDialog({ method: 'ACK', contact: '' }));
  return { dialog, inDialog };
}

/** Lets everything run out; nothing may be left. */
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

describe('S20 an INVITE arrives (RFC 3261 13.3)', () => {
  it('100 at once, progress, 200 with our Contact, ACK told once, then BYE', async () => {
    let acked = 0;
    const invite = arrive();
    invite.onAcked = () => acked++;
    invite.progress(180);
    invite.progress(183, { sdp: SDP });
    invite.answer(SDP, owner);
    const got = peer.take();
    expect(got.map(lineOf)).toEqual(['100 INVITE', '180 INVITE', '183 INVITE', '200 INVITE']);
    expect(got[0] && header(got[0], 'to')).toBe('<sip:4000@cordboard>');
    expect(got[2]?.body).toBe(SDP);
    expect(got[3] && header(got[3], 'contact')).toBe('<sip:cordboard@127.0.0.1:5060>');
    const toTag = tag(got[3], 'to');
    peer.send(request({ method: 'ACK', toTag }));
    peer.send(request({ method: 'ACK', toTag }));
    expect(acked).toBe(1);
    peer.send(request({ method: 'BYE', toTag, seq: 2, extra: 'Reason: Q.850;cause=16\r\n' }));
    await settle();
    expect(peer.lines()).toEqual(['200 BYE']);
    expect(owner.ends).toEqual([{ cause: 'remote-bye', reason: 'Q.850;cause=16' }]);
    drain();
  });

  it('absorbs retransmissions: one call, the last response again', () => {
    const text = request({ branch: 'z9hG4bKsame' });
    peer.send(text);
    peer.send(text);
    kit.invites[0]?.progress(180);
    peer.send(text);
    expect(peer.lines()).toEqual(['100 INVITE', '100 INVITE', '180 INVITE', '180 INVITE']);
    expect(kit.invites).toHaveLength(1);
  });

  it('CANCEL: 200, 487, told once; an answer after that is refused kindly', async () => {
    const invite = arrive({ branch: 'z9hG4bKc' });
    const causes: string[] = [];
    invite.onCancelled = (cause) => causes.push(cause);
    const cancel = request({ method: 'CANCEL', branch: 'z9hG4bKc', contact: '' });
    peer.send(cancel);
    peer.send(cancel);
    expect(peer.lines()).toEqual(['100 INVITE', '487 INVITE', '200 CANCEL', '200 CANCEL']);
    invite.answer(SDP, owner);
    invite.reject(486);
    await settle();
    expect(causes).toEqual(['cancel']);
    expect(owner.ends).toHaveLength(1);
    peer.send(request({ method: 'ACK', branch: 'z9hG4bKc', contact: '' }));
    drain();
    expect(peer.lines()).toEqual([]);
  });

  it('CANCEL that crosses our 200 changes nothing', () => {
    const invite = arrive({ branch: 'z9hG4bKc' });
    invite.onCancelled = () => expect.unreachable();
    invite.answer(SDP, owner);
    peer.send(request({ method: 'CANCEL', branch: 'z9hG4bKc', contact: '' }));
    expect(peer.lines()).toEqual(['100 INVITE', '200 INVITE', '200 CANCEL']);
  });

  it('CANCEL for nothing is 481', () => {
    peer.send(request({ method: 'CANCEL' }));
    expect(peer.lines()).toEqual(['481 CANCEL']);
  });

  it('BYE before an answer: 200, 487, told as cancelled', () => {
    const invite = arrive();
    invite.progress(180);
    let told = 0;
    invite.onCancelled = () => told++;
    const toTag = tag(peer.take().at(-1), 'to');
    peer.send(request({ method: 'BYE', toTag, seq: 2 }));
    expect(peer.lines().sort()).toEqual(['200 BYE', '487 INVITE']);
    expect(told).toBe(1);
  });

  it('reject carries reason and headers, never a line break', () => {
    arrive().reject(486, 'Busy\r\nEvil: 1', { 'Retry-After': '9' });
    const answer = peer.take().at(-1);
    expect(answer).toMatchObject({ status: 486, reason: 'Busy  Evil: 1' });
    expect(answer && header(answer, 'retry-after')).toBe('9');
    expect(answer && header(answer, 'evil')).toBeUndefined();
    drain();
  });

  it('repeats the last provisional response every minute while the caller waits', () => {
    arrive().progress(182);
    kit.clock.advance(121_000);
    expect(peer.lines().filter((l) => l === '182 INVITE')).toHaveLength(3);
  });

  it('copies Record-Route and sends BYE along it', () => {
    const proxy = kit.peer('192.0.2.50', 5060);
    const { dialog } = talk({
      extra: 'Record-Route: <sip:192.0.2.50;lr>\r\nRecord-Route: <sip:192.0.2.60;lr>\r\n',
    });
    dialog.bye();
    const bye = proxy.take()[0];
    expect(bye).toMatchObject({ kind: 'request', method: 'BYE', uri: 'sip:peer@127.0.0.1:7000' });
    expect(bye && header(bye, 'route')).toBe('<sip:192.0.2.50;lr>, <sip:192.0.2.60;lr>');
  });

  it('honours rport, and answers to the sent-by port without it (RFC 3581)', () => {
    const nat = kit.peer('127.0.0.1', 12_345);
    nat.send(request({ method: 'OPTIONS', via: 'SIP/2.0/UDP 10.0.0.1:7000;rport' }));
    const answer = nat.take()[0];
    expect(answer && header(answer, 'via')).toContain(';received=127.0.0.1;rport=12345');
    nat.send(request({ method: 'OPTIONS', via: 'SIP/2.0/UDP 127.0.0.1:7000' }));
    expect([nat.lines(), peer.lines()]).toEqual([[], ['200 OPTIONS']]);
  });
});

describe('S21 the 200 is repeated until its ACK (13.3.1.4)', () => {
  it('T1, doubling to T2; without an ACK after 64*T1: BYE and no-ack', async () => {
    arrive().answer(SDP, owner);
    const times: number[] = [];
    for (let t = 0; t <= 32_000; t += 100) {
      if (peer.lines().includes('200 INVITE')) times.push(t);
      kit.clock.advance(100);
    }
    expect(times).toEqual([0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    await settle();
    expect(owner.ends).toEqual([{ cause: 'no-ack', reason: undefined }]);
    drain();
  });

  it('over a connection too', () => {
    const ws = kit.connect();
    ws.send(request({ via: 'SIP/2.0/WS x.invalid', contact: '<sip:a@x.invalid;transport=ws>' }));
    kit.invites[0]?.answer(SDP, owner);
    kit.clock.advance(500);
    expect(ws.lines()).toEqual(['100 INVITE', '200 INVITE', '200 INVITE']);
  });

  it('a BYE of ours waits for the ACK (RFC 3261 15)', async () => {
    const dialog = arrive().answer(SDP, owner);
    const toTag = tag(peer.take().at(-1), 'to');
    dialog.bye();
    dialog.bye();
    await settle();
    expect(peer.lines()).toEqual([]);
    expect(owner.ends).toEqual([{ cause: 'local-bye', reason: undefined }]);
    peer.send(request({ method: 'ACK', toTag }));
    expect(peer.lines()).toEqual(['BYE']);
    drain();
    expect(owner.ends).toHaveLength(1);
  });

  it('an INVITE without an offer: ours goes out in the 200, the answer comes in the ACK', () => {
    arrive({ body: '' }).answer(SDP, owner);
    expect(kit.invites[0]?.sdp).toBe('');
    const toTag = tag(peer.take().at(-1), 'to');
    peer.send(request({ method: 'ACK', toTag, body: SDP }));
    expect(owner.answers).toEqual([SDP]);
  });

  it('and without that answer the call ends', async () => {
    arrive({ body: '' }).answer(SDP, owner);
    peer.send(request({ method: 'ACK', toTag: tag(peer.take().at(-1), 'to') }));
    await settle();
    expect(peer.lines()).toEqual(['BYE']);
    expect(owner.ends).toEqual([{ cause: 'failed', reason: undefined }]);
  });
});

describe('S22 requests within a dialog (12.2.2)', () => {
  it('unknown dialogs are 481, also for requests that need one', () => {
    for (const method of ['BYE', 'INFO', 'UPDATE', 'INVITE', 'REFER', 'NOTIFY']) {
      peer.send(request({ method, toTag: 'nobody', callId: method }));
    }
    for (const method of ['BYE', 'INFO', 'UPDATE', 'NOTIFY'])
      peer.send(request({ method, callId: `x${method}` }));
    expect(peer.lines().every((line) => line.startsWith('481'))).toBe(true);
  });

  it('CSeq out of order is 500; unknown methods are 405 with Allow; OPTIONS is 200 inside and outside', () => {
    const { inDialog } = talk({ seq: 10 });
    peer.send(inDialog({ method: 'OPTIONS', seq: 12 }));
    peer.send(inDialog({ method: 'INFO', seq: 11 }));
    peer.send(inDialog({ method: 'INFO', seq: 12 }));
    peer.send(inDialog({ method: 'MESSAGE', seq: 13 }));
    peer.send(request({ method: 'OPTIONS', callId: 'other' }));
    const got = peer.take();
    expect(got.map(lineOf)).toEqual(['200 OPTIONS', '500 INFO', '500 INFO', '405 MESSAGE', '200 OPTIONS']);
    expect(got[3] && header(got[3], 'allow')).toContain('INVITE');
  });

  it.each([
    ['application/dtmf-relay', 'Signal=5\r\nDuration=160\r\n', '5'],
    ['application/dtmf-relay', 'Signal= *\r\n', '*'],
    ['application/dtmf-relay', 'Signal=11\r\n', '#'],
    ['application/dtmf', '7', '7'],
    ['application/dtmf', 'd', 'D'],
  ])('a digit by INFO: %s %j', (type, body, digit) => {
    const { inDialog } = talk();
    const text = inDialog({ method: 'INFO', seq: 2, body, extra: `Content-Type: ${type}\r\n` });
    peer.send(text);
    peer.send(text);
    expect(owner.digits).toEqual([digit]);
    expect(peer.lines()).toEqual(['200 INFO', '200 INFO']);
  });

  it('an INFO of another kind is 415, one without a digit 400', () => {
    const { inDialog } = talk();
    peer.send(inDialog({ method: 'INFO', seq: 2, body: 'x', extra: 'Content-Type: text/plain\r\n' }));
    peer.send(
      inDialog({
        method: 'INFO',
        seq: 3,
        body: 'Signal=Q',
        extra: 'Content-Type: application/dtmf-relay\r\n',
      }),
    );
    expect(peer.lines()).toEqual(['415 INFO', '400 INFO']);
  });

  it('481 or no response to a request of ours ends the dialog as failed', async () => {
    const { dialog } = talk();
    const changed = dialog.reinvite(SDP);
    const invite = peer.take()[0] as SipMessage;
    peer.send(respond(invite, 481));
    await expect(changed).rejects.toMatchObject({ status: 481 });
    expect(owner.ends).toEqual([{ cause: 'failed', reason: undefined }]);
    drain();
  });
});

describe('S23 offers within a dialog (14, RFC 3311)', () => {
  it('a re-INVITE is answered by the owner, its 200 repeated until the ACK', async () => {
    const { inDialog } = talk();
    peer.send(inDialog({ method: 'INVITE', seq: 2, body: 'v=0\r\noffer' }));
    await settle();
    expect(owner.offers).toEqual(['v=0\r\noffer']);
    kit.clock.advance(500);
    expect(peer.lines()).toEqual(['100 INVITE', '200 INVITE', '200 INVITE']);
    peer.send(inDialog({ method: 'ACK', seq: 2 }));
    kit.clock.advance(40_000);
    expect(peer.lines()).toEqual([]);
  });

  it('without an offer the owner makes one, the ACK brings the answer', async () => {
    const { inDialog } = talk();
    peer.send(inDialog({ method: 'INVITE', seq: 2, body: '' }));
    await settle();
    expect(owner.offers).toEqual([undefined]);
    peer.send(inDialog({ method: 'ACK', seq: 2, body: 'v=0\r\nanswer' }));
    expect(owner.answers).toEqual(['v=0\r\nanswer']);
  });

  it('an owner that throws or rejects answers 488, and the call goes on', async () => {
    const { inDialog } = talk();
    owner.reply = () => Promise.reject(new Error('no'));
    peer.send(inDialog({ method: 'INVITE', seq: 2 }));
    await settle();
    owner.reply = () => {
      throw new Error('no');
    };
    peer.send(inDialog({ method: 'UPDATE', seq: 3, body: SDP }));
    await settle();
    expect(peer.lines()).toEqual(['100 INVITE', '488 INVITE', '488 UPDATE']);
    expect(owner.ends).toEqual([]);
  });

  it('UPDATE: an offer goes to the owner, without one it is a refresh', async () => {
    const { inDialog } = talk();
    peer.send(inDialog({ method: 'UPDATE', seq: 2, body: SDP }));
    await settle();
    peer.send(inDialog({ method: 'UPDATE', seq: 3 }));
    expect(owner.offers).toEqual([SDP]);
    expect(peer.take().map((m) => [lineOf(m), m.body])).toEqual([
      ['200 UPDATE', SDP],
      ['200 UPDATE', ''],
    ]);
  });

  it('a second offer before the first is answered is 500 with Retry-After', async () => {
    const { inDialog } = talk();
    owner.reply = () => new Promise(() => {});
    peer.send(inDialog({ method: 'INVITE', seq: 2 }));
    peer.send(inDialog({ method: 'INVITE', seq: 3 }));
    peer.send(inDialog({ method: 'UPDATE', seq: 4, body: SDP }));
    const got = peer.take();
    expect(got.map(lineOf)).toEqual(['100 INVITE', '500 INVITE', '500 UPDATE']);
    expect(got[1] && header(got[1], 'retry-after')).toBe('1');
    peer.send(inDialog({ method: 'BYE', seq: 5 }));
    expect(peer.lines().sort()).toEqual(['200 BYE', '487 INVITE']);
  });

  it('CANCEL of a re-INVITE is 487, and a late answer of the owner is dropped', async () => {
    const { inDialog } = talk();
    let give: (sdp: string) => void = () => {};
    owner.reply = () => new Promise((resolve) => (give = resolve));
    peer.send(inDialog({ method: 'INVITE', seq: 2, branch: 'z9hG4bKre' }));
    await settle();
    peer.send(inDialog({ method: 'CANCEL', seq: 2, branch: 'z9hG4bKre' }));
    give(SDP);
    await settle();
    expect(peer.lines()).toEqual(['100 INVITE', '487 INVITE', '200 CANCEL']);
  });

  it('our re-INVITE: answer back, ACK sent and repeated with the 200', async () => {
    const { dialog } = talk();
    const changed = dialog.reinvite('v=0\r\nours');
    const invite = peer.take()[0] as SipMessage;
    expect([lineOf(invite), invite.body, header(invite, 'cseq')]).toEqual([
      'INVITE',
      'v=0\r\nours',
      '1 INVITE',
    ]);
    peer.send(respond(invite, 200, { body: SDP }));
    peer.send(respond(invite, 200, { body: SDP }));
    expect(await changed).toBe(SDP);
    expect(peer.lines()).toEqual(['ACK', 'ACK']);
  });

  it('two of ours go one after the other', async () => {
    const { dialog } = talk();
    const both = Promise.all([dialog.reinvite('v=0\r\n1'), dialog.reinvite('v=0\r\n2')]);
    const first = peer.take();
    expect(first).toHaveLength(1);
    peer.send(respond(first[0] as SipMessage, 200, { body: 'v=0\r\na' }));
    const second = peer.take();
    expect(second.map(lineOf)).toEqual(['ACK', 'INVITE']);
    peer.send(respond(second[1] as SipMessage, 200, { body: 'v=0\r\nb' }));
    expect(await both).toEqual(['v=0\r\na', 'v=0\r\nb']);
  });

  it('glare: theirs gets 491 while ours is out; after 491 ours is tried again within 2 s (14.1)', async () => {
    const { dialog, inDialog } = talk();
    const changed = dialog.reinvite('v=0\r\nours');
    const invite = peer.take()[0] as SipMessage;
    peer.send(inDialog({ method: 'INVITE', seq: 2 }));
    peer.send(respond(invite, 491));
    expect(peer.lines()).toEqual(['491 INVITE', 'ACK']);
    kit.clock.advance(2000);
    const again = peer.take().find((m) => lineOf(m) === 'INVITE') as SipMessage;
    expect(header(again, 'cseq')).toBe('2 INVITE');
    peer.send(respond(again, 200, { body: SDP }));
    expect(await changed).toBe(SDP);
  });

  it('refused: rejects, the call goes on; ended: rejects', async () => {
    const { dialog } = talk();
    const refused = dialog.reinvite(SDP);
    peer.send(respond(peer.take()[0] as SipMessage, 488));
    await expect(refused).rejects.toMatchObject({ status: 488 });
    const cut = dialog.reinvite(SDP);
    dialog.bye();
    await expect(cut).rejects.toMatchObject({ status: 487 });
    await expect(dialog.reinvite(SDP)).rejects.toMatchObject({ status: 487 });
  });

  it('waits for the ACK of our 200 before sending one', () => {
    const dialog = arrive().answer(SDP, owner);
    const toTag = tag(peer.take().at(-1), 'to');
    dialog.reinvite(SDP).catch(() => {});
    expect(peer.lines()).toEqual([]);
    peer.send(request({ method: 'ACK', toTag }));
    expect(peer.lines()).toEqual(['INVITE']);
  });
});

describe('S24 session timers (RFC 4028)', () => {
  const extra = 'Supported: timer\r\nAllow: INVITE, UPDATE\r\n';
  const sessionOf = (message: SipMessage | undefined): string | undefined =>
    message && header(message, 'session-expires');

  it('too small an interval is 422 with Min-SE', () => {
    peer.send(request({ extra: `${extra}Session-Expires: 60\r\n` }));
    const answer = peer.take()[0];
    expect(answer && [lineOf(answer), header(answer, 'min-se')]).toEqual(['422 INVITE', '90']);
  });

  it('we refresh by UPDATE at half time unless the caller wants to', () => {
    arrive({ extra: `${extra}Session-Expires: 600\r\n` }).answer(SDP, owner);
    const ok = peer.take().at(-1);
    expect(sessionOf(ok)).toBe('600;refresher=uas');
    peer.send(request({ method: 'ACK', toTag: tag(ok, 'to') }));
    for (let n = 0; n < 3; n++) {
      kit.clock.advance(300_000);
      const update = peer.take().find((m) => lineOf(m) === 'UPDATE') as SipMessage;
      expect(sessionOf(update)).toBe('600;refresher=uac');
      peer.send(respond(update, 200, { extra: 'Session-Expires: 600;refresher=uac\r\n' }));
    }
    expect(owner.ends).toEqual([]);
  });

  it('by re-INVITE with the last SDP when the peer knows no UPDATE', () => {
    arrive({ extra: 'Supported: timer\r\nSession-Expires: 600\r\n' }).answer(SDP, owner);
    peer.send(request({ method: 'ACK', toTag: tag(peer.take().at(-1), 'to') }));
    kit.clock.advance(300_000);
    const invite = peer.take()[0];
    expect(invite && [lineOf(invite), invite.body]).toEqual(['INVITE', SDP]);
  });

  it('when the caller is to refresh and does not, the session ends; its refresh puts that off', async () => {
    arrive({ extra: `${extra}Session-Expires: 90;refresher=uac\r\n` }).answer(SDP, owner);
    const ok = peer.take().at(-1);
    expect([sessionOf(ok), ok && header(ok, 'require')]).toEqual(['90;refresher=uac', 'timer']);
    const toTag = tag(ok, 'to');
    peer.send(request({ method: 'ACK', toTag }));
    kit.clock.advance(50_000);
    peer.send(
      request({ method: 'UPDATE', toTag, seq: 2, extra: `${extra}Session-Expires: 90;refresher=uac\r\n` }),
    );
    kit.clock.advance(59_000);
    expect(peer.lines()).toEqual(['200 UPDATE']);
    kit.clock.advance(2000);
    await settle();
    expect(peer.lines()).toContain('BYE');
    expect(owner.ends).toEqual([{ cause: 'session-expired', reason: undefined }]);
  });

  it('a peer without timers has none', () => {
    arrive().answer(SDP, owner);
    expect(sessionOf(peer.take().at(-1))).toBeUndefined();
  });
});

describe('S25 REFER and Replaces (RFC 3515, 3891)', () => {
  it('accepted: 202, NOTIFY 100 and, when the call ends, NOTIFY 200 before BYE', () => {
    const { dialog, inDialog } = talk();
    const asked: unknown[] = [];
    Object.assign(owner, {
      onRefer: (target: { user: string }, replaces: string | undefined) =>
        asked.push([target.user, replaces]),
    });
    peer.send(
      inDialog({
        method: 'REFER',
        seq: 2,
        extra: 'Refer-To: <sip:agent2@cordboard?Replaces=c%3Bto-tag%3Da%3Bfrom-tag%3Db>\r\n',
      }),
    );
    dialog.bye();
    const got = peer.take();
    expect(got.map(lineOf)).toEqual(['202 REFER', 'NOTIFY', 'NOTIFY', 'BYE']);
    expect(asked).toEqual([['agent2', 'c;to-tag=a;from-tag=b']]);
    expect([got[1]?.body, got[2]?.body]).toEqual(['SIP/2.0 100 Trying\r\n', 'SIP/2.0 200 OK\r\n']);
    expect(got[2] && header(got[2], 'subscription-state')).toBe('terminated;reason=noresource');
  });

  it('refused or not offered: 603; malformed: 400', () => {
    const { inDialog } = talk();
    peer.send(inDialog({ method: 'REFER', seq: 2, extra: 'Refer-To: <sip:x@y>\r\n' }));
    Object.assign(owner, { onRefer: () => false });
    peer.send(inDialog({ method: 'REFER', seq: 3, extra: 'Refer-To: <sip:x@y>\r\n' }));
    peer.send(inDialog({ method: 'REFER', seq: 4 }));
    peer.send(inDialog({ method: 'REFER', seq: 5, extra: 'Refer-To: "x\r\n' }));
    expect(peer.lines()).toEqual(['603 REFER', '603 REFER', '400 REFER', '400 REFER']);
  });

  it('Replaces finds the dialog, 481 when there is none', () => {
    const { dialog } = talk();
    const [callId, toTag, fromTag] = dialog.id.split('\n');
    peer.send(
      request({ callId: 'r1', extra: `Replaces: ${callId};to-tag=${toTag};from-tag=${fromTag}\r\n` }),
    );
    expect(kit.invites.at(-1)?.replaces).toBe(dialog);
    peer.send(request({ callId: 'r2', extra: `Replaces: ${callId};to-tag=x;from-tag=${fromTag}\r\n` }));
    peer.send(request({ callId: 'r3', extra: 'Replaces: junk\r\n' }));
    expect(peer.lines()).toEqual(['100 INVITE', '481 INVITE', '400 INVITE']);
  });
});

describe('S26 who may call', () => {
  it('untrusted sources are challenged, SHA-256 first, MD5 last, and nothing is kept of them', () => {
    const stranger = kit.peer('203.0.113.9', 5060);
    stranger.send(request({ via: 'SIP/2.0/UDP 203.0.113.9' }));
    const ws = kit.connect('203.0.113.9');
    ws.send(request({ callId: 'w', via: 'SIP/2.0/WS x.invalid' }));
    const order = (p: Peer): (string | undefined)[] => {
      const message = p.take()[0] as SipMessage;
      expect(lineOf(message)).toBe('401 INVITE');
      return message.values
        .filter((_, i) => message.names[i] === 'www-authenticate')
        .map((v) => /algorithm=([\w-]+)/.exec(v)?.[1]);
    };
    expect(order(stranger)).toEqual(['SHA-256', 'MD5']);
    expect(order(ws)).toEqual(['SHA-256', 'MD5']);
    expect(kit.invites).toEqual([]);
    kit.clock.advance(100);
    expect(kit.server.counts()).toMatchObject({ transactions: 0, dialogs: 0 });
  });

  it('overload is 503 with Retry-After, computed without any state', () => {
    kit = new Kit({ overloaded: () => true });
    peer = kit.peer();
    peer.send(request());
    const answer = peer.take()[0];
    expect(answer && [lineOf(answer), header(answer, 'retry-after')]).toEqual(['503 INVITE', '5']);
    expect(kit.server.counts().transactions).toBe(0);
  });
});

describe('S27 an owner that throws', () => {
  it('answers 500 and logs', () => {
    kit = new Kit({
      onInvite: () => {
        throw new Error('bug');
      },
    });
    peer = kit.peer();
    peer.send(request());
    expect(peer.lines()).toEqual(['100 INVITE', '500 INVITE']);
    expect(kit.warnings.splice(0)).toHaveLength(1);
  });
});

describe('S28 an owner that throws at a REFER', () => {
  it('answers 603 and leaves nothing behind', async () => {
    const { dialog, inDialog } = talk();
    Object.assign(owner, {
      onRefer: () => {
        throw new Error('bug');
      },
    });
    peer.send(inDialog({ method: 'REFER', seq: 2, extra: 'Refer-To: <sip:x@y>\r\n' }));
    expect(peer.lines()).toEqual(['603 REFER']);
    expect(kit.warnings.splice(0)).toHaveLength(1);
    dialog.bye();
    drain();
  });
});
