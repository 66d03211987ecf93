import { useEffect, useLayoutEffect } from 'react';
import { command, useConnection } from '../../stores/connection.ts';

/** A hidden tab paints no frames: after this long the panel counts as shown, ms. */
const HIDDEN_AFTER = 50;

/**
 * Tells the server that the offer and its pop are on screen; only then does the phone ring. The layout effect runs in
 * the commit that put them into the page, the animation frame before the paint of it, and the task after that frame.
 */
export function useShown(offerId: string): void {
  const online = useConnection((s) => s.status === 'online');
  useLayoutEffect(() => {
    if (!online) return;
    let done = false;
    let task: ReturnType<typeof setTimeout> | undefined;
    const shown = () => {
      if (done) return;
      done = true;
      // Gone or already ringing: both are for the next desk message to say.
      void command('offer.shown', { offerId }).catch(() => {});
    };
    const frame = requestAnimationFrame(() => {
      task = setTimeout(shown, 0);
    });
    const fallback = setTimeout(shown, HIDDEN_AFTER);
    return () => {
      done = true;
      cancelAnimationFrame(frame);
      clearTimeout(task);
      clearTimeout(fallback);
    };
  }, [offerId, online]);
}

/** The title of the window says who calls, for whoever sees only its tab. */
export function useOfferTitle(title: string): void {
  useEffect(() => {
    const before = document.title;
    document.title = title;
    return () => {
      document.title = before;
    };
  }, [title]);
}
