import { header, type SipMessage, splitCommas, type Via } from './message.ts';
import { isToken } from './names.ts';
import { parseParams, skipLws } from './params.ts';

/** Parses one Via value, tolerating white space wherever RFC 4475 3.1.1.1 puts it; undefined when malformed. */
export function parseVia(value: string): Via | undefined {
  let i = 0;
  const parts: string[] = [];
  for (let n = 0; n < 2; n++) {
    const slash = value.indexOf('/', i);
    if (slash < 0) return undefined;
    parts.push(value.slice(i, slash).trim());
    i = slash + 1;
  }
  if (parts[0]?.toUpperCase() !== 'SIP' || parts[1] !== '2.0') return undefined;
  i = skipLws(value, i);
  const transportStart = i;
  while (i < value.length && value.charCodeAt(i) !== 32 && value.charCodeAt(i) !== 9) i++;
  const transport = value.slice(transportStart, i).toUpperCase();
  if (!isToken(transport)) return undefined;
  i = skipLws(value, i);
  const hostStart = i;
  if (value.charCodeAt(i) === 91) {
    i = value.indexOf(']', i) + 1;
    if (i === 0) return undefined;
  } else {
    while (i < value.length) {
      const c = value.charCodeAt(i);
      if (c === 58 || c === 59 || c === 32 || c === 9) break;
      if (c === 44 || c === 34 || c === 60 || c === 62 || c === 64 || c === 47) return undefined;
      i++;
    }
  }
  const host = value.slice(hostStart, i);
  if (host === '') return undefined;
  i = skipLws(value, i);
  let port: number | undefined;
  if (value.charCodeAt(i) === 58) {
    i = skipLws(value, i + 1);
    let n = 0;
    const portStart = i;
    while (i < value.length) {
      const c = value.charCodeAt(i) - 48;
      if (c < 0 || c > 9) break;
      n = n * 10 + c;
      i++;
    }
    if (i === portStart || i - portStart > 5 || n > 65_535) return undefined;
    port = n;
  }
  const params = parseParams(value, i);
  if (params === undefined) return undefined;
  return { transport, host, port, branch: params.branch, rport: params.rport !== undefined, params };
}

/** The topmost Via, parsed once. */
export function topVia(message: SipMessage): Via | undefined {
  if (message.topVia !== undefined) return message.topVia;
  const line = header(message, 'via');
  if (line === undefined) return undefined;
  const first = line.indexOf(',') < 0 ? line : (splitCommas(line)[0] ?? '');
  message.topVia = parseVia(first);
  return message.topVia;
}

/**
 * Writes into the topmost Via where the request really came from: `received` (RFC 3261 18.2.1) when it differs from
 * the sent-by or `rport` was asked for, and the port (RFC 3581 4). A `received` of the sender's own making is dropped.
 */
export function stampVia(message: SipMessage, address: string, port: number): void {
  const via = topVia(message);
  const at = message.names.indexOf('via');
  if (via === undefined || at < 0) return;
  if (!via.rport && via.params.received === undefined && sameHost(via.host, address)) return;
  let out = `SIP/2.0/${via.transport} ${via.host}${via.port === undefined ? '' : `:${via.port}`}`;
  for (const name of Object.keys(via.params)) {
    if (name === 'received' || name === 'rport') continue;
    const value = via.params[name];
    out += value === '' || value === undefined ? `;${name}` : `;${name}=${quoteIfNeeded(value)}`;
  }
  out += `;received=${address}`;
  if (via.rport) out += `;rport=${port}`;
  const rest = splitCommas(message.values[at] ?? '').slice(1);
  message.values[at] = rest.length === 0 ? out : `${out}, ${rest.join(', ')}`;
}

function sameHost(host: string, address: string): boolean {
  return host === address || host === `[${address}]`;
}

function quoteIfNeeded(value: string): string {
  return /^[\w.!%*+`'~:[\]-]+$/.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;
}
