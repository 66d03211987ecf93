import { type Problem, parseUint, type SipMessage, SipParseError } from './message.ts';
import { canonicalName, isToken } from './names.ts';

/** Longest message in bytes, longest header line in characters, most header lines. */
export const MAX_MESSAGE = 65_536;
export const MAX_LINE = 8192;
export const MAX_HEADERS = 200;

/** Headers of which a message may carry one line only (RFC 4475 3.3.8, 3.3.9). */
const SINGLE = new Set(['from', 'to', 'call-id', 'cseq', 'max-forwards', 'content-length', 'content-type']);

interface Lines {
  readonly names: string[];
  readonly values: string[];
  problem: Problem | undefined;
}

/**
 * Parses one whole message: a datagram, a WebSocket frame, or what a stream's framing cut out. Bytes behind
 * Content-Length are dropped (RFC 3261 18.3); without one the body runs to the end.
 * A request or response that is recognisable but bad comes back with `problem` set.
 * @throws SipParseError when there is nothing to answer.
 */
export function parseMessage(data: Buffer): SipMessage {
  if (data.length > MAX_MESSAGE) throw new SipParseError('Message too large');
  let start = 0;
  while (data[start] === 13 && data[start + 1] === 10) start += 2;
  if (start >= data.length) throw new SipParseError('Empty message');
  let problem: Problem | undefined;
  let headEnd = data.indexOf('\r\n\r\n', start, 'latin1');
  let bodyStart = headEnd + 4;
  if (headEnd < 0) {
    problem = bad('Missing empty line after the headers');
    headEnd = data.length;
    bodyStart = headEnd;
  }
  const head = data.toString('utf8', start, headEnd);
  const firstEnd = head.indexOf('\r\n');
  const first = firstEnd < 0 ? head : head.slice(0, firstEnd);
  const lines = parseLines(head, firstEnd < 0 ? head.length : firstEnd + 2);
  const startLine = parseStartLine(first, lines);
  problem = startLine.problem ?? problem ?? lines.problem;
  startLine.problem = problem;
  startLine.body = readBody(startLine, data, bodyStart);
  return startLine;
}

function parseStartLine(line: string, lines: Lines): SipMessage {
  const { names, values } = lines;
  if (line.startsWith('SIP/2.0 ')) {
    const status = parseUint(line.slice(8, 11), 699);
    if (status === undefined || status < 100 || (line.length > 11 && line.charCodeAt(11) !== 32)) {
      throw new SipParseError('Malformed status line');
    }
    const reason = line.slice(12);
    if (hasControls(reason)) throw new SipParseError('Malformed status line');
    return {
      kind: 'response',
      status,
      reason,
      names,
      values,
      body: '',
      problem: undefined,
      topVia: undefined,
    };
  }
  const space = line.indexOf(' ');
  const last = line.lastIndexOf(' SIP/');
  if (space < 1 || last < 0) throw new SipParseError('Not a SIP message');
  const method = line.slice(0, space);
  if (!isToken(method) || method.length > 64) throw new SipParseError('Malformed method');
  const uri = last > space ? line.slice(space + 1, last) : '';
  const version = line.slice(last + 1);
  let problem: Problem | undefined;
  if (version !== 'SIP/2.0') {
    problem =
      version.trimEnd() === 'SIP/2.0'
        ? bad('Malformed request line')
        : { status: 505, reason: 'Version Not Supported' };
  } else if (uri === '' || !isUriText(uri)) problem = bad('Malformed Request-URI');
  return { kind: 'request', method, uri, names, values, body: '', problem, topVia: undefined };
}

function parseLines(head: string, from: number): Lines {
  const names: string[] = [];
  const values: string[] = [];
  const lines: Lines = { names, values, problem: undefined };
  // RFC 3261 7: lines end in CRLF. A lone CR or LF could pass for a line end at another server.
  if (/\r(?!\n)|(?<!\r)\n/.test(head)) lines.problem = bad('Stray line break');
  let pos = from;
  while (pos < head.length) {
    let end = head.indexOf('\r\n', pos);
    if (end < 0) end = head.length;
    let next = end + 2;
    let folded: string | undefined;
    // RFC 3261 7.3.1: a line that starts with white space continues the one before.
    while (next < head.length && (head.charCodeAt(next) === 32 || head.charCodeAt(next) === 9)) {
      let more = head.indexOf('\r\n', next);
      if (more < 0) more = head.length;
      folded = `${(folded ?? head.slice(pos, end)).trimEnd()} ${head.slice(next, more).trim()}`;
      if (folded.length > MAX_LINE) break;
      end = more;
      next = more + 2;
    }
    if ((folded?.length ?? end - pos) > MAX_LINE) {
      lines.problem ??= { status: 513, reason: 'Header Line Too Long' };
      return lines;
    }
    if (names.length >= MAX_HEADERS) {
      lines.problem ??= { status: 513, reason: 'Too Many Headers' };
      return lines;
    }
    addLine(lines, folded ?? head.slice(pos, end));
    pos = next;
  }
  return lines;
}

function addLine(lines: Lines, line: string): void {
  const colon = line.indexOf(':');
  const rawName = line.slice(0, Math.max(0, colon));
  const name = colon < 1 ? undefined : (canonicalName(rawName) ?? canonicalName(rawName.trimEnd()));
  if (name === undefined) {
    lines.problem ??= bad('Malformed header line');
    return;
  }
  if (SINGLE.has(name) && lines.names.includes(name)) {
    lines.problem ??= bad(`Repeated ${name} header`);
    return;
  }
  lines.names.push(name);
  lines.values.push(line.slice(colon + 1).trim());
}

function readBody(message: SipMessage, data: Buffer, start: number): string {
  const available = data.length - start;
  const at = message.names.indexOf('content-length');
  if (at < 0) return available > 0 ? data.toString('utf8', start) : '';
  const length = parseUint(message.values[at]);
  if (length === undefined) {
    message.problem ??= bad('Malformed Content-Length');
    return '';
  }
  if (length > available) {
    message.problem ??= bad('Content-Length beyond the message');
    return '';
  }
  return length === 0 ? '' : data.toString('utf8', start, start + length);
}

function isUriText(uri: string): boolean {
  for (let i = 0; i < uri.length; i++) {
    const c = uri.charCodeAt(i);
    if (c <= 32 || c === 127 || c === 34 || c === 60 || c === 62) return false;
  }
  return true;
}

function hasControls(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 32 && text.charCodeAt(i) !== 9) return true;
  return false;
}

function bad(reason: string): Problem {
  return { status: 400, reason };
}
