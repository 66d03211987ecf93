import type { Page } from 'playwright-core';

/** The moments a desk's page saw: when its SIP socket got an INVITE, and whether the pop was on screen by then. */
export interface Ring {
  readonly popShown: string | null;
}

/** Watches for INVITEs from before the page's own scripts run. */
export async function watchRings(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const rings: { popShown: string | null }[] = [];
    Object.assign(window, { rings });
    const Native = window.WebSocket;
    window.WebSocket = class extends Native {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        this.addEventListener('message', (event) => {
          if (typeof event.data !== 'string' || !event.data.startsWith('INVITE ')) return;
          const pop = document.querySelector('[data-testid="pop-name"]');
          rings.push({ popShown: pop?.textContent ?? null });
        });
      }
    };
  });
}

export function ringsSeen(page: Page): Promise<readonly Ring[]> {
  return page.evaluate(() => (window as unknown as { rings: { popShown: string | null }[] }).rings);
}

/** Signs in on the desktop and waits until its phone is registered. */
export async function signIn(page: Page, username: string, password = 'demo'): Promise<void> {
  await page.goto('/');
  await page.getByTestId('sign-in-username').fill(username);
  await page.getByTestId('sign-in-password').fill(password);
  await page.getByTestId('sign-in-submit').click();
  await page.getByTestId('routing-state').waitFor();
}

/** Becomes available and idle. */
export async function becomeAvailable(page: Page): Promise<void> {
  const state = page.getByTestId('routing-state');
  if ((await state.getAttribute('data-state')) !== 'idle') await page.getByTestId('presence-toggle').click();
  await page.locator('[data-testid="routing-state"][data-state="idle"]').waitFor();
}
