import { describe, expect, it } from 'vitest';
import { ha1 } from '../../../../tests/kits/sip/testkit.ts';
import { type Credentials, digestResponse, parseCredentials, verifyDigest } from './digest.core.ts';
import { NONCE_MS, Nonces } from './nonces.core.ts';

const vector: Omit<Credentials, 'algorithm' | 'response'> = {
  username: 'Mufasa',
  realm: 'http-auth@example.org',
  nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
  uri: '/dir/index.html',
  qop: 'auth',
  nc: '00000001',
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
};

describe('S12 digest (RFC 7616)', () => {
  it.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ] as const)('3.9.1 %s', (algorithm, response) => {
    const secret = ha1('Mufasa', 'http-auth@example.org', 'Circle of Life', algorithm);
    const credentials: Credentials = { ...vector, algorithm, response };
    expect(digestResponse(secret, 'GET', credentials)).toBe(response);
    expect(verifyDigest(['00', secret], 'GET', credentials)).toBe(true);
    expect(verifyDigest([secret], 'POST', credentials)).toBe(false);
    expect(verifyDigest([], 'GET', credentials)).toBe(false);
  });

  it('reads credentials, and refuses what was not offered', () => {
    const good =
      'Digest username="a\\"b", realm="r", nonce="n", uri="sip:x", response="00", algorithm=MD5, qop=auth, nc=00000001, cnonce="c"';
    expect(parseCredentials(good)).toMatchObject({
      username: 'a"b',
      algorithm: 'MD5',
      qop: 'auth',
      nc: '00000001',
    });
    for (const [from, to] of [
      ['Digest ', 'Basic '],
      ['MD5', 'MD5-sess'],
      ['qop=auth', 'qop=auth-int'],
      ['nc=00000001', 'nc=1'],
      [', cnonce="c"', ''],
      ['nonce="n"', 'nonce=""'],
      ['realm="r"', 'realm="r'],
      ['realm="r"', 'nonce="m"'],
    ] as const) {
      expect(parseCredentials(good.replace(from, to))).toBeUndefined();
    }
  });
});

describe('S13 nonces', () => {
  const make = (max?: number) => {
    let n = 0;
    return new Nonces('secret', () => `s${n++}`, max);
  };

  it('a count is used once; lower and equal counts are replays', () => {
    const nonces = make();
    const nonce = nonces.issue(1000);
    expect(nonces.use(nonce, 1, 1000)).toBe('fresh');
    expect(nonces.use(nonce, 1, 1000)).toBe('stale');
    expect(nonces.use(nonce, 3, 1000)).toBe('fresh');
    expect(nonces.use(nonce, 2, 1000)).toBe('stale');
  });

  it('expires, and knows its own', () => {
    const nonces = make();
    const nonce = nonces.issue(1000);
    expect(nonces.use(nonce, 1, 1000 + NONCE_MS + 1)).toBe('stale');
    expect(nonces.use(`${nonce.slice(0, -1)}!`, 1, 1000)).toBe('foreign');
    expect(nonces.use('anything', 1, 1000)).toBe('foreign');
    expect(new Nonces('other', () => 's').use(nonce, 1, 1000)).toBe('foreign');
  });

  it('when its memory overflows, forgotten nonces are refused, never replayed', () => {
    const nonces = make(4);
    const used: string[] = [];
    for (let i = 0; i < 40; i++) {
      const nonce = nonces.issue(1000 + i * 10);
      expect(nonces.use(nonce, 1, 1000 + i * 10)).toBe('fresh');
      used.push(nonce);
    }
    for (const nonce of used) expect(nonces.use(nonce, 1, 1500)).toBe('stale');
  });
});
