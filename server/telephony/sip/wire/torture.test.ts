import { describe, expect, it } from 'vitest';
import { Kit } from '../../../../tests/kits/sip/testkit.ts';
import { parseAddress } from './address.ts';
import { header, headerValues, parseCSeq, type SipMessage, SipParseError } from './message.ts';
import { parseMessage } from './parse.ts';
import { essentials, isProblem } from './validate.ts';
import { topVia } from './via.ts';

/** Messages after RFC 4475, by section. */
const crlf = (lines: readonly string[], body = ''): Buffer =>
  Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
const parse = (lines: readonly string[], body = ''): SipMessage => parseMessage(crlf(lines, body));
const problemOf = (message: SipMessage): number | undefined => {
  const result = essentials(message);
  return isProblem(result) ? result.status : undefined;
};

/** Headers of an ordinary request; a header given replaces the one of its name, '' drops it. */
function request(line: string, changes: Readonly<Record<string, string>> = {}): string[] {
  const method = line.split(' ')[0] ?? '';
  const base: Record<string, string> = {
    Via: 'SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKtorture',
    'Max-Forwards': '70',
    From: '<sip:caller@example.net>;tag=1',
    To: '<sip:j.user@example.com>',
    'Call-ID': 'torture',
    CSeq: `1 ${method}`,
    Contact: '<sip:caller@192.0.2.2>',
    'Content-Length': '0',
    ...changes,
  };
  return [
    line,
    ...Object.keys(base).flatMap((name) => (base[name] === '' ? [] : [`${name}: ${base[name]}`])),
  ];
}

/** What the server answers, `''` for silence. */
function answerTo(data: Buffer): string {
  const kit = new Kit();
  const peer = kit.peer('127.0.0.1', 5060);
  kit.server.receive(data, peer.flow);
  const statuses = peer.take().map((m) => (m.kind === 'response' ? m.status : 0));
  return statuses.filter((s) => s !== 100).join() || (kit.invites.length > 0 ? 'invite' : '');
}

describe('S1 valid messages (RFC 4475 3.1.1)', () => {
  it('3.1.1.1 a short tortuous INVITE: folding, compact names, odd white space', () => {
    const message = parse(
      [
        'INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0',
        'TO :',
        ' sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n',
        'from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>',
        '  ;',
        '  tag = 98asjd8',
        'MaX-fOrWaRdS: 0068',
        'Call-ID: wsinv.ndaksdj@192.0.2.1',
        'Content-Length   : 150',
        'cseq: 0009',
        '  INVITE',
        'Via  : SIP  /   2.0',
        ' /UDP',
        '    192.0.2.2;branch=390skdjuw',
        's :',
        'NewFangledHeader:   newfangled value',
        ' continued newfangled value',
        'UnknownHeaderWithUnusualValue: ;;,,;;,;',
        'Content-Type: application/sdp',
        'Route:',
        ' <sip:services.example.com;lr;unknownwith=value;unknown-no-value>',
        'v:  SIP  / 2.0  / TCP     spindle.example.com   ;',
        '  branch  =   z9hG4bK9ikj8  ,',
        ' SIP  /    2.0   / UDP  192.168.255.111   ; branch=',
        ' z9hG4bK30239',
        'm:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =',
        '      newvalue ;',
        '  secondparam ; q = 0.33',
      ],
      'v'.repeat(150),
    );
    expect(problemOf(message)).toBeUndefined();
    expect(essentials(message)).toMatchObject({
      toTag: '1918181833n',
      fromTag: '98asjd8',
      seq: 9,
      method: 'INVITE',
    });
    expect(topVia(message)).toMatchObject({ transport: 'UDP', host: '192.0.2.2', branch: '390skdjuw' });
    expect(headerValues(message, 'via')).toHaveLength(3);
    expect(header(message, 'subject')).toBe('');
    expect(header(message, 'newfangledheader')).toBe('newfangled value continued newfangled value');
    expect(parseAddress(header(message, 'from') ?? '').display).toBe('J Rosenberg \\"');
    const contact = parseAddress(header(message, 'contact') ?? '');
    expect(contact).toMatchObject({ display: 'Quoted string ""', uri: 'sip:jdrosen@example.com' });
    expect(contact.params).toMatchObject({ newparam: 'newvalue', secondparam: '', q: '0.33' });
    expect(message.body).toHaveLength(150);
  });

  it('3.1.1.2 wide range of valid characters', () => {
    const method = "!interesting-Method0123456789_*+`.%indeed'~";
    const message = parse(
      request(
        `${method} sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0`,
        {
          To: '"BEL:\\\u0007 NUL:\\\u0000 DEL:\\\u007f" <sip:1_unusual.URI~(to-be!sure)&isn\'t+it$/crazy?,/;;*@example.com>',
          "extensionHeader-!.%*+_`'~": '\u{1F600}大停電',
        },
      ),
    );
    expect(problemOf(message)).toBeUndefined();
    expect(message.kind === 'request' && message.method).toBe(method);
    expect(parseAddress(header(message, 'to') ?? '').display).toBe('BEL:\u0007 NUL:\u0000 DEL:\u007f');
  });

  it('3.1.1.3 escaped % signs, 3.1.1.4 escaped nulls, 3.1.1.5 % that is no escape', () => {
    expect(answerTo(crlf(request('INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0')))).toBe(
      'invite',
    );
    expect(
      answerTo(crlf(request('REGISTER sip:example.com SIP/2.0', { To: '<sip:null-%00-null@example.com>' }))),
    ).toBe('401');
    const message = parse(request('RE%47IST%45R sip:registrar.example.com SIP/2.0'));
    expect(message.kind === 'request' && message.method).toBe('RE%47IST%45R');
    expect(problemOf(message)).toBeUndefined();
  });

  it('3.1.1.6 no white space between display name and <', () => {
    expect(parseAddress('Watson<sip:watson@example.org>;tag=a')).toMatchObject({ display: 'Watson' });
  });

  it('3.1.1.7 long values in header fields', () => {
    const long = 'a'.repeat(2500);
    expect(
      problemOf(
        parse(
          request('INVITE sip:user@example.com SIP/2.0', {
            From: `"${long}" <sip:${long}@example.com>;tag=${long}`,
          }),
        ),
      ),
    ).toBeUndefined();
  });

  it('3.1.1.8 extra trailing octets in a datagram are dropped', () => {
    const message = parse(
      request('REGISTER sip:example.com SIP/2.0'),
      'INVITE sip:joe@example.com SIP/2.0\r\n\r\n',
    );
    expect(problemOf(message)).toBeUndefined();
    expect(message.body).toBe('');
  });

  it('3.1.1.9 semicolon-separated parameters in the user part', () => {
    expect(answerTo(crlf(request('OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0')))).toBe('200');
  });

  it('3.1.1.10 varied and unknown transports in Via', () => {
    const message = parse(
      request('OPTIONS sip:user@example.com SIP/2.0', {
        Via: 'SIP/2.0/UDP t1.example.com;branch=z9hG4bKkdjuw, SIP/2.0/SCTP t2.example.com;branch=z9hG4bKk, SIP/2.0/UNKNOWN t5.example.com;branch=z9hG4bKk',
      }),
    );
    expect(problemOf(message)).toBeUndefined();
  });

  it('3.1.1.11 multipart MIME: the SDP part counts', () => {
    const body = `--7a9cbec02ceef655\r\nContent-Type: text/plain\r\n\r\nhi\r\n--7a9cbec02ceef655\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--7a9cbec02ceef655--\r\n`;
    const kit = new Kit();
    kit.server.receive(
      crlf(
        request('INVITE sip:user@example.com SIP/2.0', {
          'Content-Type': 'multipart/mixed;boundary=7a9cbec02ceef655',
          'Content-Length': String(body.length),
        }),
        body,
      ),
      kit.peer().flow,
    );
    expect(kit.invites[0]?.sdp).toBe('v=0\r\n');
  });

  it('3.1.1.12 unusual and 3.1.1.13 empty reason phrases', () => {
    const unusual = parse([
      'SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять - простое',
      ...request('X x').slice(1),
    ]);
    expect(unusual).toMatchObject({ kind: 'response', status: 200, problem: undefined });
    expect(parse(['SIP/2.0 100 ', ...request('INVITE x').slice(1)])).toMatchObject({
      status: 100,
      reason: '',
      problem: undefined,
    });
  });
});

describe('S2 invalid messages (RFC 4475 3.1.2)', () => {
  const line = 'INVITE sip:user@example.com SIP/2.0';
  const cases: [string, string[] | Buffer, string][] = [
    ['3.1.2.1 extraneous separators in Via', request(line, { Via: 'SIP/2.0/UDP 192.0.2.15;;,;,,' }), ''],
    ['3.1.2.1 extraneous separators in From', request(line, { From: '<sip:a@b>;;tag=1' }), '400'],
    ['3.1.2.2 Content-Length beyond the message', request(line, { 'Content-Length': '9999' }), '400'],
    ['3.1.2.3 negative Content-Length', request(line, { 'Content-Length': '-999' }), '400'],
    ['3.1.2.4 overlarge CSeq', request(line, { CSeq: '36893488147419103232 INVITE' }), '400'],
    ['3.1.2.4 overlarge Max-Forwards', request(line, { 'Max-Forwards': '300' }), '400'],
    ['3.1.2.6 unterminated quotation', request(line, { To: '"Mr. J. User <sip:j.user@example.com>' }), '400'],
    [
      '3.1.2.7 angle brackets around the Request-URI',
      request('INVITE <sip:user@example.com> SIP/2.0'),
      '400',
    ],
    ['3.1.2.8 white space inside the Request-URI', request('INVITE sip:user@example.com; lr SIP/2.0'), '400'],
    ['3.1.2.9 several spaces in the request line', request('INVITE  sip:user@example.com  SIP/2.0'), '400'],
    [
      '3.1.2.10 spaces at the end of the request line',
      request('OPTIONS sip:user@example.com SIP/2.0  '),
      '400',
    ],
    [
      '3.1.2.11 escaped headers in the Request-URI',
      request('INVITE sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0'),
      '400',
    ],
    [
      '3.1.2.14 spaces within an addr-spec',
      request(line, { To: '"Watson, Thomas" < sip:t.watson@example.org >' }),
      '400',
    ],
    [
      '3.1.2.15 comma in an unquoted display name',
      request(line, { From: 'Bell, Alexander <sip:a@example.org>;tag=4' }),
      '400',
    ],
    ['3.1.2.16 another protocol version', request('OPTIONS sip:user@example.com SIP/7.0'), '505'],
    [
      '3.1.2.17 CSeq with another method',
      request('OPTIONS sip:user@example.com SIP/2.0', { CSeq: '8 INVITE' }),
      '400',
    ],
    [
      '3.1.2.18 the same, with an unknown method',
      request('NEWMETHOD sip:user@example.com SIP/2.0', { CSeq: '8 INVITE' }),
      '400',
    ],
  ];
  it.each(cases)('%s', (_name, lines, expected) => {
    expect(answerTo(Buffer.isBuffer(lines) ? lines : crlf(lines))).toBe(expected);
  });

  it('3.1.2.5 and 3.1.2.19 overlarge values in a response: dropped', () => {
    expect(() => parse(['SIP/2.0 4294967301 better not break the receiver'])).toThrow(SipParseError);
    expect(parseCSeq('9292394834772304023312 OPTIONS')).toBeUndefined();
  });

  it('3.1.2.13 contact with headers and no angle brackets', () => {
    expect(() => parseAddress('sip:user@example.com?Route=%3Csip:sip.example.com%3E')).toThrow(SipParseError);
  });
});

describe('S3 between the layers (RFC 4475 3.2 to 3.4)', () => {
  const line = 'INVITE sip:user@example.com SIP/2.0';
  const cases: [string, string[], string][] = [
    [
      '3.2.1 a branch of nothing but the cookie',
      request('OPTIONS sip:user@example.com SIP/2.0', { Via: 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK' }),
      '200',
    ],
    ['3.3.1 missing required headers', request(line, { 'Call-ID': '', From: '', To: '' }), '400'],
    ['3.3.2 unknown scheme', request('OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0'), '416'],
    ['3.3.3 known scheme, but not ours', request('OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0'), '416'],
    [
      '3.3.5 Require of unknown extensions',
      request(line, { Require: 'nothingSupportsThis, nothingSupportsThisEither' }),
      '420',
    ],
    [
      '3.3.7 unknown authorisation scheme',
      request('REGISTER sip:example.com SIP/2.0', { Authorization: 'NoOneKnowsThisScheme opaque-data=here' }),
      '401',
    ],
    [
      '3.3.8 several values where one is allowed',
      [...request(line), 'From: <sip:other@example.net>;tag=2'],
      '400',
    ],
    ['3.3.9 several Content-Length', [...request(line), 'Content-Length: 5'], '400'],
    [
      '3.3.11 Max-Forwards 0 in OPTIONS is answered',
      request('OPTIONS sip:user@example.com SIP/2.0', { 'Max-Forwards': '0' }),
      '200',
    ],
    ['3.3.11 Max-Forwards 0 in INVITE', request(line, { 'Max-Forwards': '0' }), '483'],
    ['3.3.15 an Accept without SDP', request(line, { Accept: 'text/nobodyKnowsThis' }), '406'],
    [
      '3.4.1 INVITE of RFC 2543',
      request(line, {
        Via: 'SIP/2.0/UDP iftgw.example.com',
        From: '<sip:+13035551111@ift.client.example.net;user=phone>',
      }),
      'invite',
    ],
  ];
  it.each(cases)('%s', (_name, lines, expected) => {
    expect(answerTo(crlf(lines))).toBe(expected);
  });

  it('3.3.5 names the unsupported extensions', () => {
    const kit = new Kit();
    const peer = kit.peer('127.0.0.1', 5060);
    peer.send(crlf(request(line, { Require: '100rel, timer' })).toString());
    expect(header(peer.take()[0] as SipMessage, 'unsupported')).toBe('100rel');
  });

  it('3.3.6 unknown content type', () => {
    const lines = request(line, { 'Content-Type': 'application/unknownformat', 'Content-Length': '5' });
    expect(answerTo(crlf(lines, '<foo>'))).toBe('415');
  });
});
