import { z } from 'zod';
import { idSchema } from '../model/ids.ts';

/**
 * What passes between the desktop's page and the Electron shell around it. The shell parses what the page sends, the
 * preload script parses what the shell sends; anything else is dropped.
 */
const offerNoticeSchema = z.object({
  offerId: idSchema,
  /** Who calls: the first line of the notification. */
  title: z.string().max(200),
  /** Why: queue, waiting time. */
  body: z.string().max(500),
});
export type OfferNotice = z.infer<typeof offerNoticeSchema>;

/** Number or extension from a `tel:` link, as `parseTel` leaves it. */
const telNumberSchema = z.string().regex(/^\+?[0-9*#]{1,32}$/);

/** Page to shell. */
export const toShell = {
  /** Show this offer as a system notification, without taking the focus. A newer one replaces it. */
  'cordboard:notify-offer': offerNoticeSchema,
  /** The offer is over, however it ended. */
  'cordboard:clear-offer': z.undefined(),
  /** Things that want attention, for the dock or task bar; 0 for none. */
  'cordboard:set-badge': z.number().int().min(0).max(9999),
} as const;
export type ToShell = keyof typeof toShell;

/** Shell to page. */
export const toPage = {
  /** The agent answered from the notification or by the global shortcut. */
  'cordboard:answer': idSchema,
  /** A `tel:` link was clicked somewhere on this machine. */
  'cordboard:tel': telNumberSchema,
} as const;
export type ToPage = keyof typeof toPage;

/** `window.cordboard` inside the Electron desktop; absent in a browser. */
export interface DesktopBridge {
  readonly version: string;
  notifyOffer(offer: OfferNotice): void;
  clearOffer(): void;
  /** Returns a function that unsubscribes. */
  onAnswer(listener: (offerId: string) => void): () => void;
  /** Also told of a link clicked before anybody listened. Returns a function that unsubscribes. */
  onTel(listener: (number: string) => void): () => void;
  setBadge(count: number): void;
}
