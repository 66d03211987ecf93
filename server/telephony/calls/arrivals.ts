import type { Log } from '#server/kernel/index.ts';
import type { Pop } from '#shared/contract/interactions.ts';
import { normalizeNumber } from '#shared/model/phone.ts';
import type { IncomingInvite } from '../sip/index.ts';
import { unknownCaller } from './pops.ts';

/** A caller who is known as well as can be, or gave up meanwhile. */
export interface Arrival {
  readonly invite: IncomingInvite;
  /** '' when it is withheld. */
  readonly ani: string;
  readonly pop: Pop;
  /** The caller waits no longer. */
  readonly gone: 'cancel' | 'connection-lost' | undefined;
}

export interface ArrivalsOptions {
  readonly log: Log;
  /** Never rejects; takes a moment at most. */
  readonly lookUp: (number: string) => Promise<Pop>;
  /** Told once of each caller, also of one who gave up; not of one who was refused because of a stop. */
  readonly admit: (arrival: Arrival) => void;
}

interface Waiting {
  readonly ani: string;
  gone: Arrival['gone'];
}

/**
 * Callers whose customer is being looked up (K15). There is no call yet: nothing is open but the INVITE.
 *
 *     looked up --known, or 250 ms--> admitted
 *        |  +--CANCEL, connection lost--> gave up --known, 250 ms, stop--> admitted as gone
 *        +--stop--> refused with 503
 */
export class Arrivals {
  readonly #o: ArrivalsOptions;
  readonly #waiting = new Map<IncomingInvite, Waiting>();
  #stopped = false;

  constructor(options: ArrivalsOptions) {
    this.#o = options;
  }

  get count(): number {
    return this.#waiting.size;
  }

  take(invite: IncomingInvite): void {
    if (this.#stopped) {
      refuse(invite);
      return;
    }
    const waiting: Waiting = { ani: callerNumber(invite), gone: undefined };
    this.#waiting.set(invite, waiting);
    invite.onCancelled = (cause) => {
      waiting.gone = cause;
    };
    void this.#o.lookUp(waiting.ani).then((pop) => this.#admit(invite, pop));
  }

  /** Whoever waits still is refused, and so is who comes later. */
  stop(): void {
    this.#stopped = true;
    for (const [invite, { ani, gone }] of [...this.#waiting]) {
      if (gone) this.#admit(invite, unknownCaller(ani));
      else refuse(invite);
    }
    this.#waiting.clear();
  }

  #admit(invite: IncomingInvite, pop: Pop): void {
    const waiting = this.#waiting.get(invite);
    if (!waiting) return; // refused meanwhile
    this.#waiting.delete(invite);
    try {
      this.#o.admit({ invite, ...waiting, pop });
    } catch (error) {
      this.#o.log.error({ err: error }, 'a call cannot be made of an INVITE');
      invite.reject(500);
    }
  }
}

function refuse(invite: IncomingInvite): void {
  invite.reject(503, 'Service Unavailable', { 'Retry-After': '10' });
}

/** The account that calls, else the number of the From header; '' when it is withheld. */
function callerNumber({ source, from }: IncomingInvite): string {
  if (source.account) return source.account;
  const { user } = from.uri;
  return user === '' || user.toLowerCase() === 'anonymous' ? '' : normalizeNumber(user);
}
