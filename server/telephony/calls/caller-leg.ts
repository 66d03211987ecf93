import type { MediaLeg } from '../media/index.ts';
import type { DialogHandlers } from '../sip/index.ts';

/** The customer's leg, whoever rang whom: `CallerSide` for one who called, `DialledSide` for one called back. */
export interface CallerLeg {
  readonly legId: string;
  /** Runs once the audio is open; never when it cannot be opened or the call is over by then. */
  whenOpen(run: (leg: MediaLeg) => void): void;
  /** Ringing, to a caller; nothing to somebody not dialled yet. */
  progress(): void;
  /** Brings the customer on the line, once: 200 OK to a caller, INVITE to one called back. */
  answer(): Promise<void>;
  /** Resolves when an answer that is under way is sent. */
  answered(): Promise<void>;
  stopPlaying(): void;
  sendDigit(digit: string): void;
  /** Ends it, with `code` where there is no answer yet. The audio stays open until `close`. */
  hangUp(code: number): void;
  close(): Promise<void>;
}

export interface CallerEvents {
  /** The customer is on the line. */
  answered(): void;
  digit(digit: string): void;
  /** A prompt came to its end. */
  played(): void;
  gone(cause: 'hung-up' | 'connection-lost' | 'media-lost' | 'failed'): void;
  /** It cannot be had: the offer cannot be served, or who was dialled does not answer. `code` is the SIP answer. */
  refused(code: number): void;
}

/** What the customer's dialog tells the call, and what it asks of the leg's audio. */
export function customerDialog(leg: MediaLeg, on: CallerEvents): DialogHandlers {
  return {
    onEnded: ({ cause }) =>
      on.gone(
        cause === 'remote-bye' ? 'hung-up' : cause === 'connection-lost' ? 'connection-lost' : 'failed',
      ),
    onOffer: (offer) => (offer === undefined ? leg.offer() : leg.accept(offer)),
    onAnswer: (answer) => void leg.answered(answer).catch(() => on.gone('media-lost')),
    onDigit: (digit) => on.digit(digit),
  };
}
