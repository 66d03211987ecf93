import { type BrowserWindow, ipcMain } from 'electron';
import type { z } from 'zod';
import { type ToPage, type ToShell, toPage, toShell } from '#shared/contract/ipc.ts';
import { isServerPage } from './url.core.ts';

/** Listens to one channel of the page. Only our window's main frame, showing the server's page, is heard. */
export function hear<C extends ToShell>(
  channel: C,
  from: { window: BrowserWindow; origin: string },
  listener: (value: z.output<(typeof toShell)[C]>) => void,
): void {
  ipcMain.on(channel, (event, value: unknown) => {
    const frame = event.senderFrame;
    if (!frame || frame !== from.window.webContents.mainFrame || !isServerPage(frame.url, from.origin))
      return;
    const parsed = toShell[channel].safeParse(value);
    if (parsed.success) listener(parsed.data as z.output<(typeof toShell)[C]>);
    else console.error('A message of the page was dropped.', channel);
  });
}

/** Sends to the page; dropped when the value is not what the contract says, or the window is gone. */
export function tell<C extends ToPage>(
  window: BrowserWindow,
  channel: C,
  value: z.input<(typeof toPage)[C]>,
): void {
  const parsed = toPage[channel].safeParse(value);
  if (parsed.success && !window.isDestroyed()) window.webContents.send(channel, parsed.data);
}
