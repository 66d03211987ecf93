import { describe, expect, it } from 'vitest';
import { type Direction, readSession } from './read.core.ts';
import { answerDirection, type LocalAudio, writeAnswer, writeOffer } from './write.core.ts';

const lines = (...text: string[]) => `${text.join('\r\n')}\r\n`;

const head = ['v=0', 'o=- 20518 0 IN IP4 203.0.113.1', 's=-', 't=0 0'];

/** What Chromium offers with one microphone and one camera, shortened in its candidates and codecs. */
const chromium = lines(
  'v=0',
  'o=- 4611731400430051336 2 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0 1',
  'a=extmap-allow-mixed',
  'a=msid-semantic: WMS stream',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126',
  'c=IN IP4 0.0.0.0',
  'a=rtcp:9 IN IP4 0.0.0.0',
  'a=ice-ufrag:EsAw',
  'a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1',
  'a=ice-options:trickle',
  'a=fingerprint:sha-256 D2:FA:0E:C3:22:59:5E:14:95:69:92:3D:13:B4:84:24:2C:C2:A2:C0:3E:FD:34:8E:5E:EA:6F:AF:52:CE:E6:0F',
  'a=setup:actpass',
  'a=mid:0',
  'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'a=sendrecv',
  'a=msid:stream track',
  'a=rtcp-mux',
  'a=rtpmap:111 opus/48000/2',
  'a=rtpmap:63 red/48000/2',
  'a=rtpmap:9 G722/8000',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:13 CN/8000',
  'a=rtpmap:110 telephone-event/48000',
  'a=rtpmap:126 telephone-event/8000',
  'a=ssrc:3735928559 cname:abc',
  'm=video 9 UDP/TLS/RTP/SAVPF 96',
  'c=IN IP4 0.0.0.0',
  'a=mid:1',
  'a=rtpmap:96 VP8/90000',
);

/** A desk phone that prefers A-law and offers its crypto in an extra line. */
const deskPhone = lines(
  ...head,
  'c=IN IP4 192.168.1.20',
  'm=audio 11780 RTP/AVP 9 8 0 18 101',
  'a=rtpmap:9 G722/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:18 G729/8000',
  'a=fmtp:18 annexb=no',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-15',
  'a=ptime:20',
  'a=sendrecv',
  'm=video 11782 RTP/AVP 99',
  'a=rtpmap:99 H264/90000',
);

/** SIPp's own: no rtpmap for a static type. */
const sipp = lines(...head, 'c=IN IP4 127.0.0.1', 'm=audio 6000 RTP/AVP 0');

const local: LocalAudio = {
  kind: 'rtp',
  sessionId: '7',
  version: 3,
  address: '198.51.100.4',
  port: 20_000,
  direction: 'sendrecv',
  path: undefined,
};
const localWebrtc: LocalAudio = {
  ...local,
  kind: 'webrtc',
  path: {
    ice: { ufrag: 'abcd', pwd: 'p'.repeat(24) },
    dtls: { fingerprint: 'AA:BB', setup: 'passive' },
    ssrc: 99,
  },
};

describe('reading offers', () => {
  it('M3: Chromium: G.711 by the order of the offer, telephone-event at 8 kHz, ICE and DTLS', () => {
    const { audio, bundle, lines: all } = readSession(chromium);
    expect(audio).toMatchObject({
      kind: 'webrtc',
      law: 'pcmu',
      payloadType: 0,
      eventPayloadType: 126,
      direction: 'sendrecv',
      zero: false,
      ice: { ufrag: 'EsAw', lite: false },
      dtls: { algorithm: 'sha-256', setup: 'actpass' },
    });
    expect(audio.dtls?.fingerprint).toMatch(/^d2fa0e[0-9a-f]{58}$/);
    expect(bundle).toBe(true);
    expect(all.map((line) => line.type)).toEqual(['audio', 'video']);
  });

  it('M3: a desk phone: A-law because it comes first, the address of the session', () => {
    expect(readSession(deskPhone).audio).toMatchObject({
      kind: 'rtp',
      law: 'pcma',
      payloadType: 8,
      eventPayloadType: 101,
      address: '192.168.1.20',
      port: 11_780,
    });
  });

  it('M3: SIPp: a static payload type needs no rtpmap, and there are no keys', () => {
    expect(readSession(sipp).audio).toMatchObject({
      law: 'pcmu',
      payloadType: 0,
      eventPayloadType: undefined,
    });
  });

  it('M3: the first audio line that can be used is taken; its own address counts before that of the session', () => {
    const offer = lines(
      ...head,
      'c=IN IP4 192.0.2.1',
      'm=audio 4000 RTP/SAVP 0',
      'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj',
      'm=audio 4002 RTP/AVP 96',
      'c=IN IP4 192.0.2.2',
      'a=rtpmap:96 PCMA/8000',
    );
    expect(readSession(offer).audio).toMatchObject({
      index: 1,
      address: '192.0.2.2',
      payloadType: 96,
      law: 'pcma',
    });
  });

  it.each([
    ['a=sendonly', 'sendonly', false],
    ['a=recvonly', 'recvonly', false],
    ['a=inactive', 'inactive', false],
    ['a=sendrecv', 'sendrecv', false],
    ['', 'sendrecv', false],
    ['c=IN IP4 0.0.0.0', 'sendrecv', true],
  ])('M3: direction by %j', (line, direction, zero) => {
    expect(readSession(sipp + (line === '' ? '' : lines(line))).audio).toMatchObject({ direction, zero });
    if (direction !== 'sendrecv') {
      expect(readSession(sipp.replace('t=0 0', `t=0 0\r\n${line}`)).audio.direction).toBe(direction);
    }
  });

  it.each([
    ['nothing', '', 'no audio'],
    ['garbage', 'not sdp at all', 'no audio'],
    ['video alone', lines(...head, 'm=video 4 RTP/AVP 96'), 'no audio'],
    ['G.729 alone', lines(...head, 'c=IN IP4 1.2.3.4', 'm=audio 4 RTP/AVP 18'), 'no common codec'],
    [
      'PCMU at 16 kHz',
      lines(...head, 'c=IN IP4 1.2.3.4', 'm=audio 4 RTP/AVP 96', 'a=rtpmap:96 PCMU/16000'),
      'no common codec',
    ],
    ['a refused line', lines(...head, 'c=IN IP4 1.2.3.4', 'm=audio 0 RTP/AVP 0'), 'port 0'],
    ['no address', lines(...head, 'm=audio 4000 RTP/AVP 0'), 'no connection address'],
    ['SDES', lines(...head, 'c=IN IP4 1.2.3.4', 'm=audio 4000 RTP/SAVP 0'), 'RTP/SAVP is not supported'],
    ['WebRTC without ICE', chromium.replace(/a=ice-.*\r\n/g, ''), 'no ICE'],
    ['WebRTC without DTLS', chromium.replace(/a=fingerprint.*\r\n/g, ''), 'no DTLS'],
    [
      'a port that is none',
      lines(...head, 'c=IN IP4 1.2.3.4', 'm=audio 70000 RTP/AVP 0'),
      'port is not valid',
    ],
    ['far too much', 'a=x\r\n'.repeat(20_000), 'too long'],
  ])('M3: %s is refused in words', (_, offer, words) => {
    expect(() => readSession(offer)).toThrow(expect.objectContaining({ code: 'media.failed' }));
    expect(() => readSession(offer)).toThrow(words);
  });
});

describe('writing answers and offers', () => {
  it('M3: an answer to Chromium: one codec, the video refused in its place, lite ICE, our fingerprint', () => {
    const answer = writeAnswer(readSession(chromium), localWebrtc);
    expect(answer.match(/^m=.*$/gm)).toEqual([
      'm=audio 20000 UDP/TLS/RTP/SAVPF 0 126',
      'm=video 0 UDP/TLS/RTP/SAVPF 96',
    ]);
    for (const line of [
      'a=group:BUNDLE 0',
      'a=ice-lite',
      'a=mid:0',
      'a=rtcp-mux',
      'a=rtpmap:126 telephone-event/8000',
      'a=setup:passive',
      'a=fingerprint:sha-256 AA:BB',
      'a=candidate:1 1 udp 2130706431 198.51.100.4 20000 typ host',
    ]) {
      expect(answer).toContain(`\r\n${line}\r\n`);
    }
  });

  it('M3: an inactive answer keeps its port, as Chromium drops a line of port 0', () => {
    const answer = writeAnswer(readSession(chromium), { ...localWebrtc, direction: 'inactive' });
    expect(answer).toContain('m=audio 20000 ');
    expect(answer).toContain('a=inactive');
  });

  it('M3: an answer to a desk phone has no word of ICE, and no telephone-event if it offered none', () => {
    const answer = writeAnswer(readSession(deskPhone), local);
    expect(answer).toContain('m=audio 20000 RTP/AVP 8 101\r\n');
    expect(answer).toContain('m=video 0 RTP/AVP 99\r\n');
    expect(answer).toContain('o=cordboard 7 3 IN IP4 198.51.100.4\r\n');
    expect(answer).not.toMatch(/ice|fingerprint|candidate|rtcp-mux/);
    expect(writeAnswer(readSession(sipp), local)).toContain('m=audio 20000 RTP/AVP 0\r\n');
  });

  it('M3: what we write can be read: offers of both kinds, and offers again within a call', () => {
    expect(readSession(writeOffer(local, undefined)).audio).toMatchObject({
      kind: 'rtp',
      law: 'pcmu',
      eventPayloadType: 101,
      port: 20_000,
    });
    expect(readSession(writeOffer(localWebrtc, undefined)).audio).toMatchObject({
      kind: 'webrtc',
      ice: { ufrag: 'abcd', lite: true },
    });
    const again = writeOffer(localWebrtc, readSession(chromium));
    expect(again.match(/^m=\w+ \d+/gm)).toEqual(['m=audio 20000', 'm=video 0']);
    expect(again).toContain('a=mid:0');
    expect(readSession(again).audio.eventPayloadType).toBe(126);
    expect(readSession(writeOffer(local, readSession(deskPhone))).audio.law).toBe('pcma');
  });

  it('M3: directions are mirrored (RFC 3264 6.1), and an address of zero is a hold (8.4)', () => {
    const all: Direction[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];
    expect(all.map((d) => answerDirection(d, false))).toEqual([
      'sendrecv',
      'recvonly',
      'sendonly',
      'inactive',
    ]);
    expect(all.map((d) => answerDirection(d, true))).toEqual([
      'recvonly',
      'recvonly',
      'inactive',
      'inactive',
    ]);
  });

  it('M3: an IPv6 address says so', () => {
    expect(writeOffer({ ...local, address: '2001:db8::1' }, undefined)).toContain('c=IN IP6 2001:db8::1\r\n');
  });
});
