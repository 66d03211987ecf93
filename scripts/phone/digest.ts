import { createHash } from 'node:crypto';

export interface DigestAccount {
  readonly username: string;
  readonly password: string;
}

/**
 * The Authorization value that answers a challenge (RFC 7616, RFC 8760), with qop=auth where it is offered.
 * Of several challenges the first whose algorithm is known; undefined when none is.
 */
export function answerChallenge(
  challenges: readonly string[],
  account: DigestAccount,
  request: { method: string; uri: string; cnonce: string },
): string | undefined {
  for (const challenge of challenges) {
    if (!/^digest\s/i.test(challenge)) continue;
    const fields = Object.fromEntries(
      [...challenge.matchAll(/(\w+)\s*=\s*(?:"([^"]*)"|([^,\s]+))/g)].map((m) => [
        (m[1] ?? '').toLowerCase(),
        m[2] ?? m[3] ?? '',
      ]),
    );
    const algorithm = fields.algorithm?.toUpperCase() ?? 'MD5';
    const hashName = ({ MD5: 'md5', 'SHA-256': 'sha256' } as Record<string, string>)[algorithm];
    if (!hashName) continue;
    const hash = (text: string): string => createHash(hashName).update(text).digest('hex');
    const { realm = '', nonce = '', opaque } = fields;
    const ha1 = hash(`${account.username}:${realm}:${account.password}`);
    const ha2 = hash(`${request.method}:${request.uri}`);
    const auth = fields.qop?.split(',').some((qop) => qop.trim() === 'auth');
    const nc = '00000001'; // a fresh cnonce each time, so the count never grows
    const response = auth
      ? hash(`${ha1}:${nonce}:${nc}:${request.cnonce}:auth:${ha2}`)
      : hash(`${ha1}:${nonce}:${ha2}`);
    return [
      `Digest username="${account.username}"`,
      `realm="${realm}"`,
      `nonce="${nonce}"`,
      `uri="${request.uri}"`,
      `response="${response}"`,
      `algorithm=${fields.algorithm ?? 'MD5'}`,
      ...(auth ? [`qop=auth`, `nc=${nc}`, `cnonce="${request.cnonce}"`] : []),
      ...(opaque === undefined ? [] : [`opaque="${opaque}"`]),
    ].join(', ');
  }
  return undefined;
}
