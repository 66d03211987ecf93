import type { DialogContext } from './context.ts';
import { Dialog, type DialogHome, type DialogInit, dialogKey } from './dialog.ts';

/** All dialogs that live, by Call-ID and tags (RFC 3261 12). */
export class Dialogs implements DialogHome {
  readonly context: DialogContext;
  readonly #live = new Map<string, Dialog>();

  constructor(context: DialogContext) {
    this.context = context;
  }

  get size(): number {
    return this.#live.size;
  }

  open(init: DialogInit): Dialog {
    const dialog = new Dialog(this, init);
    this.#live.set(dialog.id, dialog);
    return dialog;
  }

  find(callId: string, localTag: string, remoteTag: string): Dialog | undefined {
    return this.#live.get(dialogKey(callId, localTag, remoteTag));
  }

  forget(dialog: Dialog): void {
    this.#live.delete(dialog.id);
  }

  /** BYE to all of them, without waiting for any ACK. */
  byeNow(): void {
    for (const dialog of [...this.#live.values()]) dialog.byeNow();
  }
}
