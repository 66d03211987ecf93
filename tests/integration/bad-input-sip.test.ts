import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { TestAgent } from '../support/agent.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { openRawSip, plainOffer, RawCall, type RawSip } from '../support/raw-sip.ts';

const transports = ['UDP', 'TCP', 'WS'] as const;

/** The same bytes at every run. */
function junk(length: number, seed: number): Buffer {
  let state = seed;
  const bytes = Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return state & 255;
  });
  return Buffer.from(bytes);
}

describe('SIP that is none, or broken', () => {
  let centre: RunningApp;
  let agent: TestAgent;
  const wires: RawSip[] = [];
  const wire = async (transport: RawSip['transport'] = 'UDP') => {
    const opened = await openRawSip({ ...centre.sip, url: centre.url }, transport);
    wires.push(opened);
    return opened;
  };
  /** A whole INVITE as this wire would send it, to a number nobody has: what is let through is answered 404. */
  const invite = (on: RawSip, to = '9999') => new RawCall(on, to).request('INVITE', 1, { sdp: plainOffer() });
  const without = (text: string, name: string) => text.replace(new RegExp(`^${name}: .*\r\n`, 'm'), '');

  beforeAll(async () => {
    centre = await startApp({ agents: 1 });
    agent = await centre.agent();
  });
  afterEach(async () => {
    for (const one of wires.splice(0)) one.close();
    await centre.quiet();
    await centre.ordinaryCall(agent);
  });
  afterAll(() => centre.stop());

  it.each(transports)(
    'over %s: random bytes, truncations and nothing at all are dropped',
    async (transport) => {
      const whole = Buffer.from(invite(await wire(transport)));
      const pieces: Buffer[] = [
        Buffer.alloc(0),
        Buffer.from('\r\n\r\n'),
        Buffer.from('\0'.repeat(1000)),
        ...[1, 10, 100, 1500, 9000].map((length, i) => junk(length, i + 1)),
        ...[1, 10, 40, 100, 200, whole.length - 20].map((length) => whole.subarray(0, length)),
        Buffer.from('INVITE\r\n\r\n'),
        Buffer.from('SIP/2.0 99999 \r\n\r\n'),
        Buffer.from('INVITE sip:4010@cordboard SIP/9.0\r\n\r\n'),
      ];
      // A stream that was once out of step may be closed: each piece gets its own.
      for (const piece of pieces)
        (transport === 'UDP' ? (wires.at(-1) ?? (await wire())) : await wire(transport)).send(piece);
      const last = await wire(transport);
      last.send(new RawCall(last, '4010').request('OPTIONS', 1));
      await last.get(/^SIP\/2.0 200/);
    },
  );

  it.each(transports)(
    'over %s: sizes that lie or overflow get 400 or 413, a closed stream or silence',
    async (transport) => {
      const lies = ['999999999', '-1', 'many', '4294967296', '1e9'];
      for (const length of lies) {
        const on = await wire(transport);
        on.send(invite(on).replace(/Content-Length: \d+/, `Content-Length: ${length}`));
      }
      const on = await wire(transport);
      const long = `Subject: ${'x'.repeat(100 * 1024)}`;
      const large = invite(on).replace('Max-Forwards', `${long}\r\nMax-Forwards`);
      if (transport === 'UDP') on.send(large.slice(0, 65_000));
      else on.send(large);
      const many = await wire(transport);
      many.send(
        invite(many).replace(
          'Max-Forwards',
          `${'Via: SIP/2.0/UDP h;branch=z9hG4bKx\r\n'.repeat(1500)}Max-Forwards`,
        ),
      );
      const alive = await wire(transport);
      alive.send(new RawCall(alive, '4010').request('OPTIONS', 1));
      await alive.get(/^SIP\/2.0 200/);
      for (const one of wires) expect(one.received.join('')).not.toMatch(/^SIP\/2.0 500/m);
    },
  );

  it.each([
    ['a NUL and an escape', '\0\u0001\u001b[2J'],
    ['a carriage return', 'a\rInjected: yes'],
    ['a line feed', 'x\nInjected: yes'],
    ['a line separator', '\u2028Injected: yes'],
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0x80]).toString('latin1')],
    ['quotes and backslashes', '\\"\\\\" <sip:evil@x>;tag=1'],
  ])(
    '%s in headers is refused or carried, and adds no line to what the agent’s phone gets',
    async (_, evil) => {
      const on = await wire();
      const calls = ['number', 'name', 'branch'].map((where) => {
        const call = new RawCall(on, '4001');
        const good = call.request('INVITE', 1, { sdp: plainOffer() });
        const [from, to]: [RegExp | string, string] =
          where === 'number'
            ? ['sip:+14155550111@', `sip:${evil}@`]
            : where === 'name'
              ? [/^From: /m, `From: "${evil}" `]
              : [/branch=[^;]+/, `branch=z9hG4bK${call.callId}${evil}`];
        return {
          call,
          text: Buffer.from(
            good.replace(from, () => to),
            'latin1',
          ),
        };
      });
      for (const { call, text } of calls) {
        on.send(text);
        const ping = new RawCall(on, '4010');
        on.send(ping.request('OPTIONS', 1));
        await on.get(new RegExp(`Call-ID: ${ping.callId}`)); // by now an answer has come, if any comes
        const ours = new RegExp(`^SIP/2.0 (180|[3-6]\\d\\d)[\\s\\S]*Call-ID: ${call.callId}`);
        const answer = on.received.find((one) => ours.test(one)) ?? 'dropped';
        if (!answer.startsWith('SIP/2.0 180')) continue;
        const ringing = await agent.rung();
        expect(ringing.invite?.headers.map(([name]) => name)).not.toContain('Injected');
        on.send(Buffer.from(cancelOf(text.toString('latin1')), 'latin1'));
        await ringing.ended;
        await centre.quiet();
      }
      expect(on.received.join('\r\n')).not.toMatch(/^Injected/m);
    },
  );

  it.each(['From', 'To', 'Call-ID', 'CSeq', 'Contact'])('an INVITE without %s is 400', async (name) => {
    const on = await wire();
    on.send(without(invite(on), name));
    await on.get(/^SIP\/2.0 400/);
  });

  it('an INVITE without Via has no way back and is dropped', async () => {
    const on = await wire();
    on.send(without(invite(on), 'Via'));
    on.send(new RawCall(on, '4010').request('OPTIONS', 1));
    await on.get(/^SIP\/2.0 200/);
    expect(on.received).toHaveLength(1);
  });

  it.each([
    ['no SDP at all', 'hello'],
    ['no audio', 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n'],
    [
      'a video alone',
      'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 9 RTP/AVP 96\r\n',
    ],
    ['no codec we know', plainOffer().replace('AVP 0', 'AVP 18').replace('0 PCMU/8000', '18 G729/8000')],
    ['no address', plainOffer().replace('c=IN IP4 127.0.0.1\r\n', '')],
    ['a port out of range', plainOffer().replace('audio 9', 'audio 70000')],
    ['random bytes', junk(400, 7).toString('latin1')],
  ])('SDP with %s is refused with 488 or 400, and nothing is left of it', async (_, sdp) => {
    const on = await wire();
    const call = new RawCall(on, '4001');
    on.send(call.request('INVITE', 1, { sdp }));
    const answer = await on.get(/^SIP\/2.0 [3-6]\d\d/);
    expect(answer).toMatch(/^SIP\/2.0 (488|400|415)/);
    on.send(call.request('ACK', 1, { answer, branch: /branch=([^;\r]+)/.exec(answer)?.[1] ?? '' }));
  });

  it.each([
    ['ACK', undefined],
    ['BYE', 481],
    ['CANCEL', 481],
    ['INFO', 481],
    ['NOTIFY', 481],
    ['SUBSCRIBE', 405],
    ['NONSENSE', 405],
  ])('%s for no call is answered %s', async (method, code) => {
    const on = await wire();
    on.send(new RawCall(on, '4010').request(method, 1));
    on.send(new RawCall(on, '4010').request('OPTIONS', 1));
    await on.get(/^SIP\/2.0 200/);
    expect(
      on.received.filter((text) => !text.startsWith('SIP/2.0 200')).map((text) => Number(text.slice(8, 11))),
    ).toEqual(code === undefined ? [] : [code]);
  });

  it('an answer to a question nobody asked is ignored', async () => {
    const on = await wire();
    on.send(invite(on).replace(/^INVITE .*/, 'SIP/2.0 200 OK'));
    on.send(new RawCall(on, '4010').request('OPTIONS', 1));
    await on.get(/^SIP\/2.0 200/);
  });

  it('a WebSocket that speaks no SIP is refused, one with an endless frame is closed', async () => {
    const url = `${centre.url.replace('http', 'ws')}/sip`;
    const other = new WebSocket(url, 'chat');
    other.on('error', () => undefined);
    await new Promise((resolve) => other.once('close', resolve));
    const on = await wire('WS');
    on.send(Buffer.alloc(2 * 1024 * 1024, 65));
    await eventually(() => on.closed, 'closed');
  });

  it('connections that say nothing, or half of something, hold nobody up', async () => {
    const half = await Promise.all(Array.from({ length: 50 }, () => wire('TCP')));
    for (const on of half) on.send(invite(on).slice(0, 100));
    await Promise.all(Array.from({ length: 50 }, () => wire('WS')));
    const caller = await wire('TCP');
    caller.send(new RawCall(caller, '4010').request('OPTIONS', 1));
    await caller.get(/^SIP\/2.0 200/);
  });
});

/** The CANCEL of an INVITE (RFC 3261 9.1). */
function cancelOf(invite: string): string {
  const head = invite.slice(0, invite.indexOf('\r\n\r\n'));
  return `${head
    .replace(/^INVITE/, 'CANCEL')
    .replace(/^CSeq: 1 INVITE/m, 'CSeq: 1 CANCEL')
    .replace(/^Content-Type.*\r\n/m, '')
    .replace(/^Content-Length: \d+/m, 'Content-Length: 0')}\r\n\r\n`;
}
