import type { DesktopBridge } from '#shared/contract/ipc.ts';

declare global {
  interface Window {
    /** The shell around this page; absent in a browser. */
    readonly cordboard?: DesktopBridge;
  }
}

interface OfferNotification {
  readonly offerId: string;
  readonly title: string;
  readonly body: string;
}

let shown: Notification | undefined;

/** Tells of an offer when this window is not in front: by the shell, or by the browser if it was allowed to. */
export function notifyOffer(offer: OfferNotification): void {
  if (window.cordboard !== undefined) {
    window.cordboard.notifyOffer({
      offerId: offer.offerId,
      title: offer.title.slice(0, 200),
      body: offer.body.slice(0, 500),
    });
    return;
  }
  clearNotification();
  if (document.hasFocus() || !('Notification' in window) || Notification.permission !== 'granted') return;
  // One tag: of several windows of one agent, and of several offers, one notification stands.
  shown = new Notification(offer.title, {
    body: offer.body,
    tag: 'cordboard-offer',
    requireInteraction: true,
  });
  shown.onclick = () => {
    window.focus();
    clearNotification();
  };
}

export function clearNotification(): void {
  window.cordboard?.clearOffer();
  shown?.close();
  shown = undefined;
}
