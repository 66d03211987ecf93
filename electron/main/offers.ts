import { type BrowserWindow, globalShortcut, Notification } from 'electron';
import type { OfferNotice } from '#shared/contract/ipc.ts';
import type { Words } from './words.ts';

/** The offer now waiting for this agent, as the system shows it: a notification, a flashing task bar, a shortcut. */
export class Offers {
  readonly #window: BrowserWindow;
  readonly #words: Words;
  readonly #toFront: () => void;
  readonly #answer: (offerId: string) => void;
  readonly #changed: (waiting: boolean) => void;
  #current: { offerId: string; notification: Notification | undefined } | undefined;

  constructor(
    window: BrowserWindow,
    words: Words,
    toFront: () => void,
    answer: (offerId: string) => void,
    changed: (waiting: boolean) => void,
  ) {
    this.#window = window;
    this.#words = words;
    this.#toFront = toFront;
    this.#answer = answer;
    this.#changed = changed;
  }

  /** Shows the offer without touching the focus: the agent may be typing elsewhere. */
  show(offer: OfferNotice): void {
    this.clear();
    const notification = Notification.isSupported() ? this.#notification(offer) : undefined;
    this.#current = { offerId: offer.offerId, notification };
    notification?.show();
    if (!this.#window.isFocused()) this.#window.flashFrame(true);
    this.#changed(true);
  }

  clear(): void {
    if (!this.#current) return;
    const { notification } = this.#current;
    this.#current = undefined; // first: closing tells `close`
    notification?.close();
    if (!this.#window.isDestroyed()) this.#window.flashFrame(false);
    this.#changed(false);
  }

  /** Answers the offer that waits, if one does. */
  answerCurrent(): void {
    if (this.#current) this.#answer(this.#current.offerId);
  }

  /** True when the key is ours now; false when another program has it or it is no accelerator. */
  takeKey(accelerator: string): boolean {
    try {
      return globalShortcut.register(accelerator, () => this.answerCurrent());
    } catch {
      return false;
    }
  }

  #notification(offer: OfferNotice): Notification {
    const notification = new Notification({
      title: offer.title,
      body: offer.body,
      silent: true, // the desktop rings, on the device chosen for it
      timeoutType: 'never',
      urgency: 'critical',
      actions: [{ type: 'button', text: this.#words.answer }],
    });
    // A click is a wish to see who calls; only the button, which says so, answers.
    notification.on('click', this.#toFront);
    notification.on('action', () => {
      if (this.#current?.offerId === offer.offerId) this.#answer(offer.offerId);
    });
    return notification;
  }
}
