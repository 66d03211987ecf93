/**
 * The four machines of RFC 3261 section 17 as corrected by RFC 6026, as data. A row says what to do and where to go;
 * an event without a row is absorbed.
 *
 *  invite client      calling --1xx--> proceeding --300+--> completed --D--> terminated
 *                        |  \------------2xx-----------> accepted --M--> terminated
 *                        B, transport error --> terminated
 *  non-invite client  trying --1xx--> proceeding --final--> completed --K--> terminated
 *                        F, transport error --> terminated
 *  invite server      proceeding --2xx--> accepted --L--> terminated
 *                        |--300+--> completed --ACK--> confirmed --I--> terminated
 *                                       H --> terminated
 *  non-invite server  trying --1xx--> proceeding --final--> completed --J--> terminated
 */

export type State =
  | 'calling'
  | 'trying'
  | 'proceeding'
  | 'accepted'
  | 'completed'
  | 'confirmed'
  | 'terminated';

export type Event =
  | '1xx'
  | '2xx'
  | 'failure'
  | 'request'
  | 'ack'
  | 'retransmit'
  | 'timeout'
  | 'linger'
  | 'transport-error';

/**
 * - `send`: the message of the event; `resend`: the last message sent
 * - `retransmit`: start timer A, E or G (unreliable transports only); `backoff`: start it again, longer
 * - `timeout`: start timer B, F or H; `linger`: start timer D, I, J, K, L or M, the table's last word on the name
 * - `quiet`: stop retransmitting; `calm`: stop the timeout too
 * - `ack`: send the ACK of a failure
 * - `tell`: pass the message up; `tell-timeout`, `tell-error`: pass that up
 */
export type Action =
  | 'send'
  | 'resend'
  | 'retransmit'
  | 'backoff'
  | 'timeout'
  | 'linger'
  | 'quiet'
  | 'calm'
  | 'ack'
  | 'tell'
  | 'tell-timeout'
  | 'tell-error';

export interface Row {
  readonly next: State;
  readonly actions: readonly Action[];
}

export type Table = Readonly<Partial<Record<State, Readonly<Partial<Record<Event, Row>>>>>>;

const row = (next: State, ...actions: Action[]): Row => ({ next, actions });

/** RFC 3261 17.1.1 with RFC 6026 7.2. Timers: A retransmit, B timeout, D and M linger. */
export const inviteClient: Table = {
  calling: {
    request: row('calling', 'send', 'retransmit', 'timeout'),
    retransmit: row('calling', 'resend', 'backoff'),
    timeout: row('terminated', 'tell-timeout'),
    'transport-error': row('terminated', 'tell-error'),
    '1xx': row('proceeding', 'calm', 'tell'),
    '2xx': row('accepted', 'calm', 'linger', 'tell'),
    failure: row('completed', 'calm', 'ack', 'linger', 'tell'),
  },
  proceeding: {
    '1xx': row('proceeding', 'tell'),
    '2xx': row('accepted', 'linger', 'tell'),
    failure: row('completed', 'ack', 'linger', 'tell'),
    'transport-error': row('terminated', 'tell-error'),
  },
  accepted: {
    '2xx': row('accepted', 'tell'),
    linger: row('terminated'),
  },
  completed: {
    failure: row('completed', 'ack'),
    linger: row('terminated'),
    'transport-error': row('terminated'),
  },
};

/** RFC 3261 17.1.2. Timers: E retransmit, F timeout, K linger. */
export const client: Table = {
  trying: {
    request: row('trying', 'send', 'retransmit', 'timeout'),
    retransmit: row('trying', 'resend', 'backoff'),
    timeout: row('terminated', 'tell-timeout'),
    'transport-error': row('terminated', 'tell-error'),
    '1xx': row('proceeding', 'tell'),
    '2xx': row('completed', 'calm', 'linger', 'tell'),
    failure: row('completed', 'calm', 'linger', 'tell'),
  },
  proceeding: {
    retransmit: row('proceeding', 'resend', 'backoff'),
    timeout: row('terminated', 'tell-timeout'),
    'transport-error': row('terminated', 'tell-error'),
    '1xx': row('proceeding', 'tell'),
    '2xx': row('completed', 'calm', 'linger', 'tell'),
    failure: row('completed', 'calm', 'linger', 'tell'),
  },
  completed: { linger: row('terminated') },
};

/** RFC 3261 17.2.1 with RFC 6026 7.1. Timers: G retransmit, H timeout, I and L linger. */
export const inviteServer: Table = {
  proceeding: {
    request: row('proceeding', 'resend'),
    '1xx': row('proceeding', 'send'),
    '2xx': row('accepted', 'send', 'linger'),
    failure: row('completed', 'send', 'retransmit', 'timeout'),
  },
  accepted: {
    // RFC 6026 8.7: retransmitted INVITEs are absorbed; the 200 is repeated by the dialog (RFC 3261 13.3.1.4).
    request: row('accepted'),
    '2xx': row('accepted', 'send'),
    linger: row('terminated'),
  },
  completed: {
    request: row('completed', 'resend'),
    retransmit: row('completed', 'resend', 'backoff'),
    ack: row('confirmed', 'calm', 'linger'),
    timeout: row('terminated', 'quiet', 'tell-timeout'),
    'transport-error': row('terminated', 'calm', 'tell-error'),
  },
  confirmed: { linger: row('terminated') },
};

/** RFC 3261 17.2.2. Timer: J linger. */
export const server: Table = {
  trying: {
    '1xx': row('proceeding', 'send'),
    '2xx': row('completed', 'send', 'linger'),
    failure: row('completed', 'send', 'linger'),
  },
  proceeding: {
    request: row('proceeding', 'resend'),
    '1xx': row('proceeding', 'send'),
    '2xx': row('completed', 'send', 'linger'),
    failure: row('completed', 'send', 'linger'),
  },
  completed: {
    request: row('completed', 'resend'),
    linger: row('terminated'),
  },
};

/** RFC 3261 17.1.1.1 table 4, in milliseconds. */
export const T1 = 500;
export const T2 = 4000;
export const T4 = 5000;
export const TIMEOUT = 64 * T1;
export const TIMER_D = 32_000;

export type Kind = 'invite-client' | 'client' | 'invite-server' | 'server';

/** How long the lingering state before the end lasts: D, K, I, J, L, M. */
export function lingerMs(kind: Kind, state: State, reliable: boolean): number {
  if (state === 'accepted') return TIMEOUT; // L and M, over every transport (RFC 6026 8.4, 8.11)
  if (reliable) return 0;
  switch (kind) {
    case 'invite-client':
      return TIMER_D;
    case 'server':
      return TIMEOUT;
    default:
      return T4;
  }
}

/** The next retransmission interval: A doubles without limit, E and G up to T2 (and E is T2 once proceeding). */
export function backoffMs(kind: Kind, state: State, last: number): number {
  if (kind === 'invite-client') return last * 2;
  if (kind === 'client' && state === 'proceeding') return T2;
  return Math.min(last * 2, T2);
}

export function eventOf(status: number): Event {
  return status < 200 ? '1xx' : status < 300 ? '2xx' : 'failure';
}
