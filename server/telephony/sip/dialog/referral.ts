import { type Timer, timer } from '../timers.ts';
import { type ClientUser, NOBODY } from '../transaction/index.ts';
import { reasonOf, safeReason } from '../wire/index.ts';
import type { DialogContext, DialogState } from './context.ts';

const SUBSCRIPTION_MS = 60_000;

/** What a referral needs of the dialog it came in. */
interface ReferredDialog {
  readonly context: Pick<DialogContext, 'timers'>;
  readonly state: DialogState;
  request(method: string, extra: string, body: string, user: ClientUser): void;
}

/** The subscription a REFER makes (RFC 3515 2.4): one NOTIFY at once, one at the end. */
export class Referral {
  readonly #dialog: ReferredDialog;
  readonly #event: string;
  readonly #timer: Timer;
  #over = false;

  constructor(dialog: ReferredDialog, seq: number) {
    this.#dialog = dialog;
    this.#event = `Event: refer;id=${seq}\r\n`;
    this.#timer = timer(() => this.finish(408, reasonOf(408)));
    dialog.context.timers.start(this.#timer, SUBSCRIPTION_MS);
  }

  /** The peer's wish was accepted, is under way, or came to an end (status 200 and up). */
  report(status: number, reason = reasonOf(status)): void {
    if (status >= 200) this.finish(status, reason);
    else if (!this.#over) this.#notify(`active;expires=${SUBSCRIPTION_MS / 1000}`, status, reason);
  }

  finish(status: number, reason: string): void {
    if (this.#over) return;
    this.#notify('terminated;reason=noresource', status, reason);
    this.stop();
  }

  stop(): void {
    this.#over = true;
    this.#dialog.context.timers.stop(this.#timer);
  }

  #notify(state: string, status: number, reason: string): void {
    if (this.#dialog.state !== 'confirmed') return;
    this.#dialog.request(
      'NOTIFY',
      `${this.#event}Subscription-State: ${state}\r\nContent-Type: message/sipfrag;version=2.0\r\n`,
      `SIP/2.0 ${status} ${safeReason(reason)}\r\n`,
      NOBODY,
    );
  }
}
