import { SipRequestError } from '../errors.ts';
import { type Timer, timer } from '../timers.ts';
import type { ClientUser } from '../transaction/index.ts';
import { header, parseUint, type SipResponse } from '../wire/index.ts';
import { sdpOf } from './body.core.ts';
import type { DialogContext, DialogState } from './context.ts';
import { ALLOW_LINE, SDP_LINE, SUPPORTED_LINE } from './header-lines.ts';
import { acceptSession, minSe } from './session.core.ts';
import type { SessionTimer } from './session-timer.ts';

/** What our offers need of their dialog. */
interface OfferingDialog {
  readonly context: Pick<DialogContext, 'timers' | 'ids'>;
  readonly state: DialogState;
  /** The INVITE that made it was ours. */
  readonly ownsCallId: boolean;
  readonly awaitingAck: boolean;
  readonly inLimbo: boolean;
  readonly session: SessionTimer;
  /** Last SDP of ours. */
  localSdp: string;
  nextSeq(): number;
  request(method: string, extra: string, body: string, user: ClientUser, seq: number): void;
  ack(seq: number, sent: (again: () => void) => void): void;
  learn(response: SipResponse): void;
  fatal(status: number): boolean;
}

interface Proposal {
  readonly sdp: string;
  readonly resolve: (answer: string) => void;
  readonly reject: (error: Error) => void;
  tries: number;
}

const MAX_TRIES = 4;

/** Our re-INVITEs, one at a time (RFC 3261 14.1), and the guard against glare for both sides. */
export class Offers {
  readonly #dialog: OfferingDialog;
  #queue: Proposal[] | undefined;
  #current: Proposal | undefined;
  #retry: Timer | undefined;
  /** An INVITE of ours is out. */
  inFlight = false;
  /** An offer of the peer's is with the owner. */
  answering = false;

  constructor(dialog: OfferingDialog) {
    this.#dialog = dialog;
  }

  get idle(): boolean {
    return this.#current === undefined && !this.answering;
  }

  propose(sdp: string): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#dialog.state === 'ended') {
        reject(new SipRequestError(487, 'Dialog ended'));
        return;
      }
      this.#queue ??= [];
      this.#queue.push({ sdp, resolve, reject, tries: 0 });
      this.pump();
    });
  }

  /** Sends the next offer when nothing stands in its way: an ACK due, an offer of the peer's, a lost connection. */
  pump(): void {
    const dialog = this.#dialog;
    if (
      dialog.state !== 'confirmed' ||
      this.inFlight ||
      this.answering ||
      dialog.awaitingAck ||
      dialog.inLimbo
    )
      return;
    if (this.#retry?.list !== undefined) return; // waiting after 491
    this.#current ??= this.#queue?.shift();
    if (this.#current !== undefined) this.#send(this.#current);
  }

  /** The dialog ended: whatever waits is rejected. */
  stop(): void {
    if (this.#retry !== undefined) this.#dialog.context.timers.stop(this.#retry);
    if (this.#current === undefined && this.#queue === undefined) return;
    const error = new SipRequestError(487, 'Dialog ended');
    const waiting = this.#queue ?? [];
    if (this.#current !== undefined) waiting.unshift(this.#current);
    this.#current = undefined;
    this.#queue = undefined;
    for (const proposal of waiting) proposal.reject(error);
  }

  #send(proposal: Proposal): void {
    const dialog = this.#dialog;
    proposal.tries++;
    this.inFlight = true;
    const seq = dialog.nextSeq();
    const extra = ALLOW_LINE + SUPPORTED_LINE + dialog.session.lines() + SDP_LINE;
    dialog.request('INVITE', extra, proposal.sdp, new ReInvite(this, dialog, seq, proposal), seq);
  }

  /** Final response, or none (408), to the INVITE of `proposal`. */
  finished(proposal: Proposal, status: number, response: SipResponse | undefined): void {
    this.inFlight = false;
    const dialog = this.#dialog;
    if (dialog.state !== 'confirmed' || this.#current !== proposal) return;
    const wait = this.#retryAfter(proposal, status, response);
    if (wait !== undefined) {
      this.#retry ??= timer(() => this.pump());
      dialog.context.timers.start(this.#retry, wait);
      return;
    }
    this.#current = undefined;
    const answer = response !== undefined && status < 300 ? sdpOf(response) : undefined;
    if (answer !== undefined && answer !== '') {
      dialog.localSdp = proposal.sdp;
      proposal.resolve(answer);
    } else {
      proposal.reject(new SipRequestError(status < 300 ? 488 : status, response?.reason ?? 'No response'));
      if (dialog.fatal(status)) return;
    }
    this.pump();
  }

  /** When to try again, in ms (RFC 3261 14.1 for 491, 14.2 for 500 with Retry-After, RFC 4028 7.4 for 422). */
  #retryAfter(proposal: Proposal, status: number, response: SipResponse | undefined): number | undefined {
    if (proposal.tries >= MAX_TRIES || response === undefined) return undefined;
    const dialog = this.#dialog;
    if (status === 491) {
      // The owner of the Call-ID waits 2.1 to 4 s, the other up to 2 s, in units of 10 ms.
      return dialog.ownsCallId
        ? 2100 + dialog.context.ids.below(191) * 10
        : dialog.context.ids.below(201) * 10;
    }
    if (status === 500) {
      const seconds = parseUint(header(response, 'retry-after'), 10);
      return seconds === undefined ? undefined : seconds * 1000;
    }
    const { current } = dialog.session;
    if (status === 422 && current !== undefined) {
      dialog.session.current = { ...current, interval: Math.max(current.interval, minSe(response)) };
      return 0;
    }
    return undefined;
  }
}

/** One re-INVITE of ours. */
class ReInvite implements ClientUser {
  readonly #offers: Offers;
  readonly #dialog: OfferingDialog;
  readonly #seq: number;
  readonly #proposal: Proposal;
  #again: (() => void) | undefined;
  #answered = false;

  constructor(offers: Offers, dialog: OfferingDialog, seq: number, proposal: Proposal) {
    this.#offers = offers;
    this.#dialog = dialog;
    this.#seq = seq;
    this.#proposal = proposal;
  }

  onResponse(response: SipResponse): void {
    if (response.status < 200) return;
    if (response.status < 300) {
      if (this.#answered) {
        this.#again?.();
        return;
      }
      this.#answered = true;
      this.#dialog.learn(response);
      this.#dialog.ack(this.#seq, (again) => {
        this.#again = again;
      });
      this.#dialog.session.start(acceptSession(response));
    }
    this.#offers.finished(this.#proposal, response.status, response);
  }

  onFailure(cause: 'timeout' | 'transport'): void {
    // A lost connection does not end the dialog here: it waits for its peer.
    this.#offers.finished(this.#proposal, cause === 'timeout' ? 408 : 503, undefined);
  }
}
