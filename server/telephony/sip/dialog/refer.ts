import { type Timer, timer } from '../timers.ts';
import type { ClientUser } from '../transaction/index.ts';
import { reasonOf, safeReason } from '../wire/index.ts';
import type { Dialog } from './dialog.ts';

const SUBSCRIPTION_MS = 60_000;

/** The subscription a REFER makes (RFC 3515 2.4): one NOTIFY at once, one at the end. */
export class Referral implements ClientUser {
  private readonly dialog: Dialog;
  private readonly event: string;
  private readonly timer: Timer;
  private over = false;

  constructor(dialog: Dialog, seq: number) {
    this.dialog = dialog;
    this.event = `Event: refer;id=${seq}\r\n`;
    this.timer = timer(() => this.finish(408, reasonOf(408)));
    dialog.core.timers.start(this.timer, SUBSCRIPTION_MS);
  }

  /** The peer's wish was accepted, is under way, or came to an end (status 200 and up). */
  report(status: number, reason = reasonOf(status)): void {
    if (status >= 200) this.finish(status, reason);
    else if (!this.over) this.notify(`active;expires=${SUBSCRIPTION_MS / 1000}`, status, reason);
  }

  finish(status: number, reason: string): void {
    if (this.over) return;
    this.notify('terminated;reason=noresource', status, reason);
    this.stop();
  }

  stop(): void {
    this.over = true;
    this.dialog.core.timers.stop(this.timer);
  }

  onResponse(): void {}
  onFailure(): void {}

  private notify(state: string, status: number, reason: string): void {
    if (this.dialog.state !== 'confirmed') return;
    this.dialog.request(
      'NOTIFY',
      `${this.event}Subscription-State: ${state}\r\nContent-Type: message/sipfrag;version=2.0\r\n`,
      `SIP/2.0 ${status} ${safeReason(reason)}\r\n`,
      this,
    );
  }
}
