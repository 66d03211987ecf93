import { beforeEach, describe, expect, it } from 'vitest';
import {
  ha1,
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
import { header, headerLines, type SipMessage } from '../wire/index.ts';
import { type DigestAlgorithm, digestResponse } from './digest.core.ts';

let kit: Kit;
let peer: Peer;
let seq = 0;

beforeEach(() => {
  kit = new Kit();
  peer = kit.peer();
});

interface Register {
  readonly user?: string;
  readonly as?: string;
  readonly password?: string;
  readonly contact?: string;
  readonly extra?: string;
  readonly callId?: string;
  readonly at?: Peer;
  readonly algorithm?: DigestAlgorithm;
  readonly seq?: number;
}

const build = (options: Register, extra: string): string =>
  request({
    method: 'REGISTER',
    uri: 'sip:cordboard',
    to: `sip:${options.user ?? 'agent1'}@cordboard`,
    from: `sip:${options.user ?? 'agent1'}@cordboard`,
    callId: options.callId ?? 'reg',
    seq: options.seq ?? ++seq,
    contact: options.contact ?? '<sip:agent1@127.0.0.1:7000>',
    extra: (options.extra ?? '') + extra,
  });

function authorization(challenge: SipMessage, options: Register, nc = '00000001'): string {
  const { algorithm = 'MD5', password = 'demo' } = options;
  const username = options.as ?? options.user ?? 'agent1';
  const line =
    headerLines(challenge, 'www-authenticate').find((l) => l.includes(`algorithm=${algorithm},`)) ?? '';
  const nonce = /nonce="([^"]+)"/.exec(line)?.[1] ?? '';
  const credentials = {
    username,
    realm: 'cordboard',
    nonce,
    uri: 'sip:cordboard',
    qop: 'auth',
    nc,
    cnonce: 'c',
    algorithm,
    response: '',
  };
  const response = digestResponse(ha1(username, 'cordboard', password, algorithm), 'REGISTER', credentials);
  return `Authorization: Digest username="${username}", realm="cordboard", nonce="${nonce}", uri="sip:cordboard", response="${response}", algorithm=${algorithm}, qop=auth, nc=${nc}, cnonce="c"\r\n`;
}

/** Challenge and answer; returns the last response. */
function register(options: Register = {}): SipMessage {
  const at = options.at ?? peer;
  at.send(build(options, ''));
  const challenge = at.take().at(-1) as SipMessage;
  expect(lineOf(challenge)).toBe('401 REGISTER');
  at.send(build(options, authorization(challenge, options)));
  return at.take().at(-1) as SipMessage;
}

describe('S40 who may register (RFC 7616, 8760)', () => {
  it.each(['MD5', 'SHA-256'] as const)('with %s', (algorithm) => {
    const answer = register({ algorithm });
    expect(lineOf(answer)).toBe('200 REGISTER');
    expect(header(answer, 'contact')).toBe('<sip:agent1@127.0.0.1:7000>;expires=300');
    expect(kit.registered).toHaveLength(1);
  });

  it('a wrong password is challenged again, an unknown user likewise, another user is 403', () => {
    expect(lineOf(register({ password: 'x' }))).toBe('401 REGISTER');
    expect(lineOf(register({ user: 'nobody' }))).toBe('401 REGISTER');
    expect(lineOf(register({ user: 'agent2', as: 'agent1' }))).toBe('403 REGISTER');
    expect(kit.registered).toEqual([]);
  });

  it('a nonce count used twice is stale; the next count is good; an old nonce is stale', () => {
    peer.send(build({}, ''));
    const challenge = peer.take()[0] as SipMessage;
    const lines = ['00000001', '00000001', '00000002'].map((nc) => {
      peer.send(build({}, authorization(challenge, {}, nc)));
      return peer.take().at(-1) as SipMessage;
    });
    expect(lines.map(lineOf)).toEqual(['200 REGISTER', '401 REGISTER', '200 REGISTER']);
    expect(header(lines[1] as SipMessage, 'www-authenticate')).toContain('stale=true');
    kit.clock.advance(300_001);
    peer.send(build({}, authorization(challenge, {}, '00000003')));
    expect(header(peer.take().at(-1) as SipMessage, 'www-authenticate')).toContain('stale=true');
  });

  it('a repeated REGISTER gets its 200 again', () => {
    peer.send(build({}, ''));
    const text = build({}, authorization(peer.take()[0] as SipMessage, {}));
    peer.send(text);
    peer.send(text);
    expect(peer.lines()).toEqual(['200 REGISTER', '200 REGISTER']);
    expect(kit.registered).toHaveLength(1);
  });
});

describe('S16 wrong passwords are counted per account of an address, and per address', () => {
  const status = (options: Register): string => lineOf(register(options)).slice(0, 3);

  it('a phone with a wrong password is shut out, and its neighbours behind the same address are not', () => {
    const codes = Array.from({ length: 3600 }, () => {
      kit.clock.advance(1000);
      return status({ password: 'x' });
    });
    expect(codes.slice(0, 20)).toEqual(Array(20).fill('401'));
    const tried = codes.filter((code) => code === '401').length;
    expect([tried > 360, tried < 400, new Set(codes).size]).toEqual([true, true, 2]);
    expect(status({ user: 'agent2' })).toBe('200');
    expect(status({ user: 'agent3', password: 'x' })).toBe('401');
  });

  it('the same account at another address is not shut out; at this one after a while no more', () => {
    for (let i = 0; i < 20; i++) status({ password: 'x' });
    expect(status({})).toBe('403');
    expect(status({ at: kit.peer('127.0.0.2', 7000) })).toBe('200');
    kit.clock.advance(9_900);
    expect(status({})).toBe('403');
    kit.clock.advance(200);
    expect(status({})).toBe('200');
  });

  it.each(['agent', 'nobody'])(
    'one who tries many accounts (%s1, 2, ...) is stopped at all of them',
    (name) => {
      const codes = Array.from({ length: 400 }, (_, i) =>
        status({ user: `${name}${i + 100}`, password: 'x' }),
      );
      expect(new Set(codes)).toEqual(new Set(['401']));
      expect(status({ user: 'agent2' })).toBe('403');
      expect(status({ user: 'agent2', at: kit.peer('127.0.0.2', 7000) })).toBe('200');
      kit.clock.advance(1000);
      expect(status({ user: 'agent2' })).toBe('200');
    },
  );

  it('also with names of any length, which cost no more memory than short ones', () => {
    const long = `agent${'x'.repeat(500)}`;
    for (let i = 0; i < 20; i++) status({ user: long + i, password: 'x' });
    expect(status({ user: `${long}20` })).toBe('403');
  });
});

describe('S41 bindings (RFC 3261 10.3)', () => {
  const contacts = (): string[] => kit.server.bindings('agent1').map((b) => b.contact);

  it('a refresh is no news; expiry is, once', () => {
    register();
    kit.clock.advance(200_000);
    register();
    expect(kit.registered).toHaveLength(1);
    kit.clock.advance(299_000);
    expect(contacts()).toHaveLength(1);
    kit.clock.advance(2000);
    expect(kit.unregistered.map(([aor, , reason]) => [aor, reason])).toEqual([['agent1', 'expired']]);
    expect(contacts()).toEqual([]);
    kit.clock.advance(100_000);
    expect(kit.server.counts()).toMatchObject({ bindings: 0, timers: 0, transactions: 0 });
  });

  it('Expires: below 30 is 423, above 3600 is cut, 0 removes, the contact parameter counts first', () => {
    const brief = register({ extra: 'Expires: 20\r\n' });
    expect([lineOf(brief), header(brief, 'min-expires')]).toEqual(['423 REGISTER', '30']);
    expect(header(register({ extra: 'Expires: 99999\r\n' }), 'contact')).toContain('expires=3600');
    expect(
      header(
        register({ contact: '<sip:agent1@127.0.0.1:7000>;expires=60', extra: 'Expires: 900\r\n' }),
        'contact',
      ),
    ).toContain('expires=60');
    expect(header(register({ extra: 'Expires: 0\r\n' }), 'contact')).toBeUndefined();
    expect(kit.unregistered.map(([, , reason]) => reason)).toEqual(['unregistered']);
  });

  it('fetches, holds ten contacts and no more, and removes all with *', () => {
    for (let i = 0; i < 10; i++) register({ contact: `<sip:agent1@127.0.0.1:${7000 + i}>` });
    expect(lineOf(register({ contact: '<sip:agent1@127.0.0.1:7999>' }))).toBe('403 REGISTER');
    expect(headerLines(register({ contact: '' }), 'contact')).toHaveLength(10);
    expect(kit.registered.map(([, , first]) => first)).toEqual([true, ...Array(9).fill(false)]);
    expect(lineOf(register({ contact: '*' }))).toBe('400 REGISTER');
    expect(lineOf(register({ contact: '*', extra: 'Expires: 0\r\n' }))).toBe('200 REGISTER');
    expect([contacts(), kit.unregistered.length]).toEqual([[], 10]);
  });

  it('a device that comes with another contact replaces itself', () => {
    const instance = ';+sip.instance="<urn:uuid:1>";reg-id=1';
    register({ contact: `<sip:a@127.0.0.1:7000>${instance}` });
    const answer = register({ contact: `<sip:b@127.0.0.1:7001>${instance}` });
    expect(contacts()).toEqual(['sip:b@127.0.0.1:7001']);
    expect(header(answer, 'contact')).toContain('+sip.instance="<urn:uuid:1>"');
    expect(kit.unregistered.map(([, b, reason]) => [b.contact, reason])).toEqual([
      ['sip:a@127.0.0.1:7000', 'replaced'],
    ]);
    expect(kit.registered.map(([, b, first]) => [b.contact, first])).toEqual([
      ['sip:a@127.0.0.1:7000', true],
      ['sip:b@127.0.0.1:7001', false],
    ]);
  });

  it('an older CSeq of the same Call-ID is refused and changes nothing', () => {
    register({ seq: 10 });
    expect(lineOf(register({ seq: 9, contact: '<sip:agent1@127.0.0.1:7000>;expires=0' }))).toBe(
      '500 REGISTER',
    );
    expect(contacts()).toHaveLength(1);
  });

  it('unregister drops every binding of a user', () => {
    register();
    kit.server.unregister('agent1');
    kit.server.unregister('agent1');
    expect(kit.unregistered.map(([, , reason]) => reason)).toEqual(['unregistered']);
  });

  it('a contact behind a translator is reached by where it came from', () => {
    const nat = kit.peer('127.0.0.5', 31_000);
    const send = (extra: string): void =>
      nat.send(
        build({ contact: '<sip:agent1@10.0.0.4:5060>', at: nat }, extra).replace(
          '127.0.0.1:7000;',
          '10.0.0.4:5060;rport;',
        ),
      );
    send('');
    send(authorization(nat.take()[0] as SipMessage, {}));
    expect(lineOf(nat.take()[0] as SipMessage)).toBe('200 REGISTER');
    const [binding] = kit.server.bindings('agent1');
    expect(binding?.flow).toBe('udp:127.0.0.5:31000');
    kit.server.invite({
      target: { uri: binding?.contact ?? '', flow: binding?.flow },
      from: { display: '', user: 'x' },
      to: 'agent1',
      sdp: SDP,
      handlers: new Owner(),
    });
    expect(nat.lines()).toEqual(['INVITE']);
  });
});

describe('S42 registrations over connections (RFC 5626, 7118)', () => {
  const contact = (name: string): string =>
    `<sip:${name}@${name}.invalid;transport=ws>;+sip.instance="<urn:uuid:7>"`;

  it('the flow of a registered agent needs no password, and names the account', () => {
    const ws = kit.connect('203.0.113.9');
    expect(lineOf(register({ at: ws, contact: contact('a') }))).toBe('200 REGISTER');
    ws.send(request({ via: 'SIP/2.0/WS a.invalid' }));
    expect(ws.lines()).toEqual(['100 INVITE']);
    expect(kit.invites[0]?.source).toMatchObject({ account: 'agent1', transport: 'ws' });
    kit.server.unregister('agent1');
    ws.send(request({ callId: 'again', via: 'SIP/2.0/WS a.invalid' }));
    expect(ws.lines()).toEqual(['401 INVITE']);
  });

  it('bindings end with their connection, told once', () => {
    const ws = kit.connect();
    register({ at: ws, contact: contact('a') });
    ws.flow.destroy();
    ws.flow.destroy();
    expect(kit.unregistered.map(([, , reason]) => reason)).toEqual(['connection-lost']);
    expect(kit.server.counts()).toMatchObject({ bindings: 0, connections: 0 });
  });

  const ring = async (ws: Peer & { flow: { id: string } }): Promise<Owner> => {
    const owner = new Owner();
    kit.server.invite({
      target: { uri: 'sip:a@a.invalid;transport=ws', flow: ws.flow.id },
      from: { display: '', user: 'x' },
      to: 'agent1',
      sdp: SDP,
      handlers: owner,
    });
    ws.send(
      respond(ws.take()[0] as SipMessage, 200, { body: SDP, contact: '<sip:a@a.invalid;transport=ws>' }),
    );
    expect(ws.lines()).toEqual(['ACK']);
    await settle();
    return owner;
  };

  it('the same phone registering again takes its calls back', async () => {
    const ws = kit.connect();
    register({ at: ws, contact: contact('a') });
    const owner = await ring(ws);
    ws.flow.destroy();
    kit.clock.advance(20_000);
    const back = kit.connect();
    register({ at: back, contact: contact('b') });
    kit.clock.advance(60_000);
    expect(owner.ends).toEqual([]);
    owner.answered[0]?.[0].bye();
    const bye = back.take().find((m) => lineOf(m) === 'BYE');
    expect(tag(bye, 'to')).toBe('peer');
  });

  it('even before the old connection is known to be dead', async () => {
    const ws = kit.connect();
    register({ at: ws, contact: contact('a') });
    const owner = await ring(ws);
    const back = kit.connect();
    register({ at: back, contact: contact('a') });
    ws.flow.destroy();
    kit.clock.advance(60_000);
    expect(owner.ends).toEqual([]);
    owner.answered[0]?.[0].bye();
    expect(back.lines()).toEqual(['BYE']);
    expect(kit.unregistered.map(([, , reason]) => reason)).toEqual(['replaced']);
  });
});
