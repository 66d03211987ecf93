import { type Browser, type BrowserContext, chromium } from 'playwright-core';
import { findChromium } from '../../scripts/tools/chromium.ts';

export interface BrowserOptions {
  /** WAV file that the microphone says, instead of a beep a second. */
  readonly microphone?: string;
  readonly headless?: boolean;
}

/**
 * Starts a Chromium with a false microphone that needs no permission. One browser has one microphone: people who
 * must sound different need a browser each.
 */
export async function launch(options: BrowserOptions = {}): Promise<Browser> {
  const found = findChromium();
  if (!found) throw new Error('no Chromium here: `npm test` fetches one, or set CHROMIUM_PATH');
  return chromium.launch({
    executablePath: found.path,
    headless: options.headless ?? true,
    args: [
      '--headless=new',
      '--no-sandbox',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      ...(options.microphone ? [`--use-file-for-fake-audio-capture=${options.microphone}`] : []),
      '--autoplay-policy=no-user-gesture-required',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
}

/** A fresh profile that may use the microphone and show notifications on this origin. */
export function person(browser: Browser, origin: string, locale = 'en-US'): Promise<BrowserContext> {
  return browser
    .newContext({ locale, baseURL: origin, viewport: { width: 1366, height: 850 } })
    .then(async (context) => {
      await context.grantPermissions(['microphone', 'notifications'], { origin });
      return context;
    });
}
