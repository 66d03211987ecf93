import { describe, expect, it } from 'vitest';
import { Negotiation, type Side } from './negotiation.ts';
import type { RemoteAudio } from './sdp/read.core.ts';

const phone = (port: number, more = ''): string =>
  `v=0\r\no=x 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\n${more}`;
const browser = [
  'v=0',
  'o=x 1 1 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'm=audio 9 UDP/TLS/RTP/SAVPF 0',
  'c=IN IP4 0.0.0.0',
  'a=ice-ufrag:abcd',
  `a=ice-pwd:${'p'.repeat(24)}`,
  `a=fingerprint:sha-256 ${Array(32).fill('AA').join(':')}`,
  'a=setup:actpass',
  'a=mid:0',
  'a=rtcp-mux',
  '',
].join('\r\n');

function side(kind: Side['kind'] = 'auto') {
  const agreed: RemoteAudio[] = [];
  const asked: (RemoteAudio | undefined)[] = [];
  const holds: boolean[] = [];
  const negotiation = new Negotiation({
    kind,
    address: '198.51.100.4',
    port: 20_000,
    sessionId: '7',
    webrtc: async (answering) => {
      asked.push(answering);
      return {
        ice: { ufrag: 'efgh', pwd: 'q'.repeat(24) },
        dtls: { fingerprint: 'BB', setup: 'passive' },
        ssrc: 9,
      };
    },
    agree: (audio) => void agreed.push(audio),
    held: (on) => void holds.push(on),
  });
  return { negotiation, agreed, asked, holds };
}

const origin = (sdp: string): string | undefined => /^o=.*/m.exec(sdp)?.[0];

describe('offer and answer of a leg', () => {
  it('M3: a plain phone is answered without asking the media thread', async () => {
    const { negotiation, agreed, asked } = side();
    const answer = await negotiation.accept(phone(4000));
    expect(answer).toContain('m=audio 20000 RTP/AVP 0\r\n');
    expect([agreed.map(({ address, port }) => `${address}:${port}`), asked]).toEqual([
      ['192.0.2.1:4000'],
      [],
    ]);
  });

  it('M3: a browser is answered with the keys of its path on the media thread', async () => {
    const { negotiation, agreed, asked } = side();
    const answer = await negotiation.accept(browser);
    expect(answer).toContain('a=ice-ufrag:efgh\r\n');
    expect(answer).toContain('a=ssrc:9 cname:cordboard\r\n');
    expect([asked.map((one) => one?.ice?.ufrag), agreed.length]).toEqual([['abcd'], 1]);
  });

  it('RFC 3264 8: each description of ours has the next version', async () => {
    const { negotiation } = side();
    const first = await negotiation.accept(phone(4000));
    const second = await negotiation.accept(phone(4000, 'a=sendonly\r\n'));
    expect([first, second].map(origin)).toEqual([
      'o=cordboard 7 1 IN IP4 198.51.100.4',
      'o=cordboard 7 2 IN IP4 198.51.100.4',
    ]);
  });

  it('M3: an answer that cannot be used is refused, and another to the same offer is taken', async () => {
    const { negotiation, agreed } = side('rtp');
    await negotiation.offer();
    await expect(negotiation.answered('v=0\r\n')).rejects.toMatchObject({ code: 'media.failed' });
    expect(agreed).toEqual([]);
    await negotiation.answered(phone(4000));
    await negotiation.answered(phone(4002));
    expect(agreed.map(({ port }) => port)).toEqual([4000, 4002]);
  });

  it('M3: an answer nobody asked for is refused', async () => {
    const { negotiation } = side('rtp');
    await expect(negotiation.answered(phone(4000))).rejects.toThrow('There is no offer to answer.');
    await negotiation.offer();
    await negotiation.accept(phone(4000));
    await expect(negotiation.answered(phone(4000))).rejects.toThrow('There is no offer to answer.');
  });

  it('M3: RFC 3264 8.4 being held is told once, before the answer, and so is being taken back', async () => {
    const { negotiation, holds } = side();
    await negotiation.accept(phone(4000));
    await negotiation.accept(phone(4000, 'a=sendonly\r\n'));
    await negotiation.accept(phone(4000, 'a=inactive\r\n'));
    expect(holds).toEqual([true]);
    await negotiation.accept(phone(4000));
    expect(holds).toEqual([true, false]);
  });

  it('M3: the kind of transport is the one asked for, and stays', async () => {
    const fixed = side('webrtc');
    await expect(fixed.negotiation.accept(phone(4000))).rejects.toThrow('The leg is webrtc, the SDP is rtp.');
    const open = side();
    await open.negotiation.accept(phone(4000));
    await expect(open.negotiation.accept(browser)).rejects.toThrow('cannot change within a call');
    expect(open.asked).toEqual([]);
  });

  it('M3: operations run one after the other, also after a refused one', async () => {
    const { negotiation } = side();
    const refused = negotiation.accept('v=0\r\n');
    const answers = [negotiation.accept(phone(4000)), negotiation.accept(phone(4002))];
    await expect(refused).rejects.toMatchObject({ code: 'media.failed' });
    expect((await Promise.all(answers)).map(origin)).toEqual([
      'o=cordboard 7 1 IN IP4 198.51.100.4',
      'o=cordboard 7 2 IN IP4 198.51.100.4',
    ]);
  });
});
