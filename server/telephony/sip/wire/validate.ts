import { parseAddress } from './address.ts';
import { header, type Problem, parseCSeq, type SipMessage, SipParseError } from './message.ts';
import { topVia } from './via.ts';

/** What every later layer needs of a message, parsed and checked. */
export interface Essentials {
  readonly callId: string;
  readonly fromTag: string;
  readonly toTag: string;
  readonly seq: number;
  readonly method: string;
}

/**
 * Checks the headers every message must carry (RFC 3261 8.1.1; Max-Forwards and the From tag are forgiven, RFC 4475
 * 3.4.1) and returns them, or the problem to answer with.
 */
export function essentials(message: SipMessage): Essentials | Problem {
  if (message.problem !== undefined) return message.problem;
  const callId = header(message, 'call-id');
  const from = header(message, 'from');
  const to = header(message, 'to');
  const cseqText = header(message, 'cseq');
  if (header(message, 'via') === undefined) return bad('Missing Via header');
  if (callId === undefined || callId === '') return bad('Missing Call-ID header');
  if (from === undefined) return bad('Missing From header');
  if (to === undefined) return bad('Missing To header');
  if (cseqText === undefined) return bad('Missing CSeq header');
  if (topVia(message) === undefined) return bad('Malformed Via header');
  const cseq = parseCSeq(cseqText);
  if (cseq === undefined) return bad('Malformed CSeq header');
  if (message.kind === 'request' && cseq.method !== message.method) return bad('CSeq method does not match');
  try {
    return {
      callId,
      fromTag: parseAddress(from).params.tag ?? '',
      toTag: parseAddress(to).params.tag ?? '',
      seq: cseq.seq,
      method: cseq.method,
    };
  } catch (error) {
    if (error instanceof SipParseError) return bad(error.message);
    throw error;
  }
}

export function isProblem(result: Essentials | Problem): result is Problem {
  return 'status' in result;
}

function bad(reason: string): Problem {
  return { status: 400, reason };
}
