import type { Kernel } from '#server/kernel/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import type { MediaEngine, MediaLeg } from '../media/index.ts';
import type { IncomingInvite, SipDialog } from '../sip/index.ts';
import { type CallerEvents, type CallerLeg, customerDialog } from './caller-leg.ts';

/** K7: silence told sooner than this after the answer began before it. */
const SPEAKS_AFTER_MS = 10_000;

/**
 * The caller's leg: its INVITE and dialog, and its audio, which opens at once so that the answer finds it ready.
 *
 *     opening --answer--> up --BYE either way, media lost--> over
 *        +--- refused, cancelled, hangUp(code) -------------> over
 */
export class CallerSide implements CallerLeg {
  readonly legId: string;
  readonly #gear: { readonly kernel: Kernel; readonly media: MediaEngine };
  readonly #callId: string;
  readonly #invite: IncomingInvite;
  readonly #on: CallerEvents;
  readonly #opened: Promise<{ leg: MediaLeg; sdp: string } | undefined>;
  #leg: MediaLeg | undefined;
  #dialog: SipDialog | undefined;
  #answer: Promise<void> | undefined;
  #answeredAt: number | undefined;
  #over = false;

  constructor(
    gear: { readonly kernel: Kernel; readonly media: MediaEngine },
    callId: string,
    invite: IncomingInvite,
    on: CallerEvents,
  ) {
    this.#gear = gear;
    this.#callId = callId;
    this.#invite = invite;
    this.#on = on;
    this.legId = gear.kernel.ids.next('leg');
    invite.onCancelled = (cause) => on.gone(cause === 'cancel' ? 'hung-up' : 'connection-lost');
    this.#opened = this.#open();
  }

  /** Runs once the audio is open; never when it cannot be opened or the call is over by then. */
  whenOpen(run: (leg: MediaLeg) => void): void {
    void this.#opened.then((opened) => {
      if (opened && !this.#over) run(opened.leg);
    });
  }

  progress(): void {
    this.#invite.progress(180);
  }

  /** 200 OK, once; resolves when it is sent, or when the call was over first. */
  answer(): Promise<void> {
    this.#answer ??= this.#sendAnswer();
    return this.#answer;
  }

  /** Resolves when an answer that is under way is sent. */
  async answered(): Promise<void> {
    await this.#answer;
  }

  stopPlaying(): void {
    this.#leg?.stopPlaying();
  }

  sendDigit(digit: string): void {
    this.#leg?.sendDigit(digit);
  }

  /** BYE, or `code` for a caller who has no answer yet. The audio stays open until `close`. */
  hangUp(code: number): void {
    this.#over = true;
    if (this.#dialog) this.#dialog.bye();
    else this.#invite.reject(code);
  }

  async close(): Promise<void> {
    await this.#opened;
    await this.#leg?.close();
  }

  async #open(): Promise<{ leg: MediaLeg; sdp: string } | undefined> {
    const { media, kernel } = this.#gear;
    const { sdp } = this.#invite;
    try {
      const leg = await media.leg({
        callId: this.#callId,
        legId: this.legId,
        kind: sdp ? 'auto' : 'rtp',
        on: {
          digit: (digit) => this.#on.digit(digit),
          flowing: () => undefined,
          lost: (cause) => this.#lost(cause),
          played: () => this.#on.played(),
        },
      });
      this.#leg = leg;
      if (this.#over) return undefined;
      return { leg, sdp: sdp ? await leg.accept(sdp) : await leg.offer() };
    } catch (error) {
      kernel.log.warn({ err: error, callId: this.#callId }, 'caller media refused');
      this.#on.refused(error instanceof AppError && error.code === 'media.no-ports' ? 503 : 488);
      return undefined;
    }
  }

  async #sendAnswer(): Promise<void> {
    const opened = await this.#opened;
    if (!opened || this.#over) return;
    const { leg, sdp } = opened;
    this.#answeredAt = this.#gear.kernel.clock.now();
    this.#dialog = this.#invite.answer(sdp, customerDialog(leg, this.#on));
    this.#on.answered();
  }

  #lost(cause: 'closed' | 'silent'): void {
    const answered = this.#answeredAt;
    const now = this.#gear.kernel.clock.now();
    if (cause === 'silent' && (answered === undefined || now - answered < SPEAKS_AFTER_MS)) return; // told again
    this.#on.gone(cause === 'closed' ? 'connection-lost' : 'media-lost');
  }
}
