/** A SIP message as a phone needs it: the start line, headers in order, a body. */
export interface Message {
  readonly start: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

const COMPACT: Readonly<Record<string, string>> = {
  v: 'via',
  f: 'from',
  t: 'to',
  i: 'call-id',
  m: 'contact',
  l: 'content-length',
  c: 'content-type',
  k: 'supported',
};
const canonical = (name: string): string => {
  const lower = name.toLowerCase();
  return COMPACT[lower] ?? lower;
};

/** Parses a datagram; undefined for anything that is no SIP (keep-alives too). */
export function parseMessage(data: Buffer): Message | undefined {
  const text = data.toString('utf8');
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  // A folded header goes on in the next line (RFC 3261 7.3.1).
  const [start = '', ...lines] = text
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  if (!/^SIP\/2\.0 \d{3}|^[A-Z]+ \S+ SIP\/2\.0$/.test(start)) return undefined;
  const headers = lines.flatMap((line): [string, string][] => {
    const colon = line.indexOf(':');
    return colon > 0 ? [[line.slice(0, colon).trim(), line.slice(colon + 1).trim()]] : [];
  });
  return { start, headers, body: text.slice(end + 4) };
}

export function writeMessage(message: Message): Buffer {
  const body = Buffer.from(message.body);
  const head = message.headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.concat([
    Buffer.from(`${message.start}\r\n${head}Content-Length: ${body.length}\r\n\r\n`),
    body,
  ]);
}

/** All values of a header, top first. */
export const headersOf = (message: Message, name: string): string[] =>
  message.headers.filter(([key]) => canonical(key) === name.toLowerCase()).map(([, value]) => value);

/** The first value of a header, or ''. */
export const header = (message: Message, name: string): string => headersOf(message, name)[0] ?? '';

/** Method of a request; undefined for a response. */
export const methodOf = (message: Message): string | undefined =>
  message.start.startsWith('SIP/2.0') ? undefined : message.start.split(' ', 1)[0];

/** Status code of a response; 0 for a request. */
export const statusOf = (message: Message): number =>
  message.start.startsWith('SIP/2.0') ? Number(message.start.slice(8, 11)) : 0;

export const branchOf = (message: Message): string =>
  /;branch=([^;,\s]+)/.exec(header(message, 'via'))?.[1] ?? '';
export const tagOf = (value: string): string => /;tag=([^;,\s>]+)/.exec(value)?.[1] ?? '';
export const cseqOf = (message: Message): { number: number; method: string } => {
  const [number = '0', method = ''] = header(message, 'cseq').split(/\s+/);
  return { number: Number(number), method };
};
/** The URI within a name-addr or addr-spec. */
export const uriOf = (value: string): string =>
  /<([^>]+)>/.exec(value)?.[1] ?? value.split(';', 1)[0]?.trim() ?? '';

/** A response to a request: the headers that must be copied (RFC 3261 8.2.6.2), and more. */
export function respond(
  request: Message,
  code: number,
  reason: string,
  toTag: string,
  extra: readonly (readonly [string, string])[] = [],
  body = '',
): Message {
  const copied = request.headers
    .filter(([name]) => ['via', 'from', 'to', 'call-id', 'cseq', 'record-route'].includes(canonical(name)))
    .map(([name, value]): [string, string] =>
      canonical(name) === 'to' && !tagOf(value) && code > 100
        ? [name, `${value};tag=${toTag}`]
        : [name, value],
    );
  return { start: `SIP/2.0 ${code} ${reason}`, headers: [...copied, ...extra], body };
}
