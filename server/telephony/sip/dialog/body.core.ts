import { header, headerValues, parseParams, type SipMessage } from '../wire/index.ts';

const SDP = 'application/sdp';

/** The media type of a Content-Type value, lower case, without parameters. */
export function mediaType(value: string | undefined): string {
  if (value === undefined) return '';
  const semi = value.indexOf(';');
  return (semi < 0 ? value : value.slice(0, semi)).trim().toLowerCase();
}

/**
 * The SDP a message carries, '' for none, undefined when it carries something else (415). A multipart body is
 * searched for its SDP part (RFC 3261 7.4.1, RFC 5621).
 */
export function sdpOf(message: SipMessage): string | undefined {
  if (message.body === '') return '';
  const encoding = header(message, 'content-encoding')?.toLowerCase();
  if (encoding !== undefined && encoding !== 'identity') return undefined;
  const value = header(message, 'content-type');
  const type = mediaType(value);
  // RFC 3261 20.15: a body must have a type; one that begins like SDP is taken for it.
  if (type === SDP || (type === '' && message.body.startsWith('v=0'))) return message.body;
  if (value !== undefined && type.startsWith('multipart/')) return sdpPart(message.body, value);
  return undefined;
}

function sdpPart(body: string, contentType: string): string | undefined {
  const semi = contentType.indexOf(';');
  const boundary = semi < 0 ? undefined : parseParams(contentType, semi)?.boundary;
  if (boundary === undefined || boundary === '') return undefined;
  for (const part of `\r\n${body}`.split(`\r\n--${boundary}`).slice(1)) {
    const end = part.indexOf('\r\n\r\n');
    if (end < 0) continue;
    const type = part
      .slice(0, end)
      .split('\r\n')
      .find((line) => /^content-type[ \t]*:/i.test(line));
    if (type !== undefined && mediaType(type.slice(type.indexOf(':') + 1)) === SDP)
      return `${part.slice(end + 4)}\r\n`;
  }
  return undefined;
}

/** True unless an Accept header rules SDP out (RFC 3261 20.1). */
export function acceptsSdp(message: SipMessage): boolean {
  if (header(message, 'accept') === undefined) return true;
  const types = headerValues(message, 'accept').map(mediaType);
  return types.length === 0 || types.some((t) => t === SDP || t === '*/*' || t === 'application/*');
}

/** The digit of an INFO body: `application/dtmf-relay` (`Signal=5`) or `application/dtmf` (`5`). */
export function digitOf(body: string, type: string): string | undefined {
  const text =
    type === 'application/dtmf-relay'
      ? (/^[ \t]*signal[ \t]*=[ \t]*([0-9a-d*#]{1,2})[ \t]*$/im.exec(body)?.[1] ?? '')
      : body.trim();
  if (/^[0-9A-Da-d*#]$/.test(text)) return text.toUpperCase();
  // Event numbers of RFC 4733, as some gateways send them.
  if (/^1[0-5]$/.test(text)) return '*#ABCD'.charAt(Number(text) - 10);
  return undefined;
}

/** Replaces (RFC 3891): `call-id;to-tag=a;from-tag=b;early-only`. Undefined when malformed. */
export function parseReplaces(
  value: string,
): { callId: string; toTag: string; fromTag: string; earlyOnly: boolean } | undefined {
  const semi = value.indexOf(';');
  if (semi < 1) return undefined;
  const params = parseParams(value, semi);
  const toTag = params?.['to-tag'];
  const fromTag = params?.['from-tag'];
  if (params === undefined || !toTag || !fromTag) return undefined;
  return {
    callId: value.slice(0, semi).trim(),
    toTag,
    fromTag,
    earlyOnly: params['early-only'] !== undefined,
  };
}
