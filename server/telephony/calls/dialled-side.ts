import type { Kernel } from '#server/kernel/index.ts';
import type { MediaEngine, MediaLeg } from '../media/index.ts';
import type { OutgoingInvite, SipDialog, SipServer } from '../sip/index.ts';
import { type CallerEvents, type CallerLeg, customerDialog } from './caller-leg.ts';

/** K11: how long a customer who is called back is rung, in ms. */
const RING_MS = 45_000;

export interface Dialling {
  readonly callId: string;
  /** Where to, `sip:+14155550123@trunk.example`. */
  readonly uri: string;
  /** As the customer's phone shows us. */
  readonly from: { readonly display: string; readonly user: string };
  readonly number: string;
}

/**
 * The leg of a customer who is called back: nothing until the agent has the call, then an INVITE of ours.
 *
 *     waiting --answer--> dialling --2xx--> up --BYE either way, media lost--> over
 *        |                   +--- 45 s, busy, failure ---> over (refused)
 *        +------ hangUp -----+-------------------------------> over
 */
export class DialledSide implements CallerLeg {
  readonly legId: string;
  readonly #gear: { readonly kernel: Kernel; readonly media: MediaEngine; readonly sip: SipServer };
  readonly #dialling: Dialling;
  readonly #on: CallerEvents;
  readonly #opened: Promise<MediaLeg | undefined>;
  #open: (leg: MediaLeg | undefined) => void = () => undefined;
  #dialled: Promise<void> | undefined;
  #leg: MediaLeg | undefined;
  #invite: OutgoingInvite | undefined;
  #dialog: SipDialog | undefined;
  #over = false;

  constructor(
    gear: { readonly kernel: Kernel; readonly media: MediaEngine; readonly sip: SipServer },
    dialling: Dialling,
    on: CallerEvents,
  ) {
    this.#gear = gear;
    this.#dialling = dialling;
    this.#on = on;
    this.legId = gear.kernel.ids.next('leg');
    this.#opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  whenOpen(run: (leg: MediaLeg) => void): void {
    void this.#opened.then((leg) => {
      if (leg && !this.#over) run(leg);
    });
  }

  progress(): void {
    // nobody is on the line yet
  }

  answer(): Promise<void> {
    this.#dialled ??= this.#dial();
    return this.#dialled;
  }

  async answered(): Promise<void> {
    await this.#dialled;
  }

  stopPlaying(): void {
    this.#leg?.stopPlaying();
  }

  sendDigit(digit: string): void {
    this.#leg?.sendDigit(digit);
  }

  hangUp(): void {
    this.#over = true;
    this.#open(undefined);
    if (this.#dialog) this.#dialog.bye();
    else this.#invite?.cancel();
  }

  async close(): Promise<void> {
    await this.#dialled;
    await this.#leg?.close();
  }

  async #dial(): Promise<void> {
    const { media, kernel, sip } = this.#gear;
    const { callId, uri, from, number } = this.#dialling;
    let leg: MediaLeg;
    let sdp: string;
    try {
      leg = await media.leg({
        callId,
        legId: this.legId,
        kind: 'rtp',
        on: {
          digit: (digit) => this.#on.digit(digit),
          flowing: () => undefined,
          lost: () => this.#dialog && this.#on.gone('media-lost'),
          played: () => this.#on.played(),
        },
      });
      this.#leg = leg;
      sdp = await leg.offer();
    } catch (error) {
      kernel.log.warn({ err: error, callId }, 'callback media refused');
      this.#failed(503);
      return;
    }
    if (this.#over) return;
    const patience = kernel.clock.after(RING_MS, () => this.#invite?.cancel('no answer'));
    this.#invite = sip.invite({
      target: { uri },
      from,
      to: number,
      sdp,
      handlers: {
        onProgress: () => undefined,
        onAnswered: (dialog, answer) => {
          patience.cancel();
          this.#up(leg, dialog, answer);
        },
        onFailed: (code) => {
          patience.cancel();
          this.#failed(code);
        },
        dialog: customerDialog(leg, this.#on),
      },
    });
  }

  #up(leg: MediaLeg, dialog: SipDialog, answer: string): void {
    if (this.#over) {
      dialog.bye('call over');
      return;
    }
    this.#dialog = dialog;
    leg.answered(answer).then(
      () => {
        this.#open(leg);
        this.#on.answered();
      },
      () => this.#on.gone('media-lost'),
    );
  }

  #failed(code: number): void {
    this.#open(undefined);
    if (!this.#over) this.#on.refused(code);
  }
}
