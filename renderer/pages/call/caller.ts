import type { CallerProblem } from './failure.core.ts';

/**
 *   [idle] --call--> [calling] --180--> [ringing] --200--> [talking] --BYE--> [ended]
 *                        |                  |                  +-- line lost for good --> [failed]
 *                        +-- refused -------+--> [failed]       any call --hang up--> [ended]
 * From [ended] and [failed] a new call may begin.
 */
export type CallerState = 'idle' | 'calling' | 'ringing' | 'talking' | 'ended' | 'failed';

export interface CallerSnapshot {
  readonly state: CallerState;
  readonly problem: CallerProblem | undefined;
  /** When the call was connected, ms since the epoch of this machine. */
  readonly since: number | undefined;
  /** The signalling line is being repaired; the sound may go on. */
  readonly reconnecting: boolean;
}

/** The customer's phone: one call at a time. */
export interface Caller {
  /** `from` is the caller's own number, or '' to call anonymously. Does nothing during a call. */
  call(number: string, from: string, domain: string): void;
  hangUp(): void;
  /** One key by RFC 4733. False: nothing to send it on. */
  sendDigit(key: string): boolean;
  attach(audio: HTMLAudioElement | null): void;
  /** 0 to 1, of the other side. */
  remoteLevel(): number;
  dispose(): void;
}
