import { headerLines, SipParseError, type SipRequest } from './message.ts';
import { isToken } from './names.ts';

/** A request in pieces, kept by its transaction: ACK and CANCEL are made of the same ones (RFC 3261 9.1, 17.1.1.3). */
export interface RequestParts {
  readonly method: string;
  readonly uri: string;
  /** `Route: ...\r\n` lines, or ''. */
  readonly route: string;
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly seq: number;
  /** Further header lines, each with its CRLF. */
  readonly extra: string;
  readonly body: string;
}

/** Writes a request below the given Via line (with its CRLF). */
export function writeRequest(parts: RequestParts, via: string): string {
  const { body } = parts;
  const length = body === '' ? 0 : Buffer.byteLength(body);
  return (
    `${parts.method} ${parts.uri} SIP/2.0\r\n${via}Max-Forwards: 70\r\n${parts.route}From: ${parts.from}\r\nTo: ${parts.to}\r\n` +
    `Call-ID: ${parts.callId}\r\nCSeq: ${parts.seq} ${parts.method}\r\n${parts.extra}Content-Length: ${length}\r\n\r\n${body}`
  );
}

/** The lines every response copies from its request (RFC 3261 8.2.6.2), the To tag added when missing. */
export function responseHead(request: SipRequest, toTag: string): string {
  const { names, values } = request;
  let vias = '';
  let rest = '';
  for (let i = 0; i < names.length; i++) {
    const value = oneLine(values[i] ?? '');
    switch (names[i]) {
      case 'via':
        vias += `Via: ${value}\r\n`;
        break;
      case 'from':
        rest += `From: ${value}\r\n`;
        break;
      case 'to':
        rest += toTag === '' || hasTag(value) ? `To: ${value}\r\n` : `To: ${value};tag=${toTag}\r\n`;
        break;
      case 'call-id':
        rest += `Call-ID: ${value}\r\n`;
        break;
      case 'cseq':
        rest += `CSeq: ${value}\r\n`;
        break;
    }
  }
  return vias + rest;
}

/** Record-Route lines to copy into dialog-making responses (RFC 3261 12.1.1). */
export function recordRouteLines(request: SipRequest): string {
  let out = '';
  for (const value of headerLines(request, 'record-route')) out += `Record-Route: ${value}\r\n`;
  return out;
}

/** A whole response. `head` comes from `responseHead`; `extra` are header lines, each with its CRLF. */
export function writeResponse(
  status: number,
  reason: string,
  head: string,
  extra: string,
  body: string,
): string {
  const length = body === '' ? 0 : Buffer.byteLength(body);
  return `SIP/2.0 ${status} ${reason}\r\n${head}${extra}Content-Length: ${length}\r\n\r\n${body}`;
}

/** Header lines from names and values given by the program. @throws SipParseError for CR, LF, NUL or a bad name. */
export function headerBlock(headers: Readonly<Record<string, string>> | undefined): string {
  if (headers === undefined) return '';
  let out = '';
  for (const name of Object.keys(headers)) {
    const value = headers[name] ?? '';
    if (!isToken(name)) throw new SipParseError('Illegal header name');
    out += `${name}: ${safeValue(value)}\r\n`;
  }
  return out;
}

/** The value itself, if it can stand in a header. @throws SipParseError for CR, LF or NUL (header injection). */
export function safeValue(value: string): string {
  for (let i = 0; i < value.length; i++) {
    const c = value.charCodeAt(i);
    if (c === 13 || c === 10 || c === 0) throw new SipParseError('Line break in a header value');
  }
  return value;
}

/** A reason phrase made harmless for the status line. */
export function safeReason(reason: string): string {
  return reason.replace(/[\r\n\0]/g, ' ').slice(0, 200);
}

function hasTag(to: string): boolean {
  const close = to.lastIndexOf('>');
  return /;\s*tag\s*=/i.test(close < 0 ? to : to.slice(close));
}

/** What comes back in a response must not add lines to it, however broken the request was. */
function oneLine(value: string): string {
  return value.includes('\n') || value.includes('\r') ? value.replace(/[\r\n]+/g, ' ') : value;
}
