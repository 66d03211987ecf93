import { contextBridge, ipcRenderer } from 'electron';
import type { z } from 'zod';
import { type DesktopBridge, type ToPage, type ToShell, toPage, toShell } from '#shared/contract/ipc.ts';
import { Channel } from './channel.core.ts';

/** What the page may say to the shell: parsed here first, so that a mistake shows where it is made. */
const send = <C extends ToShell>(channel: C, value: z.input<(typeof toShell)[C]>): void =>
  ipcRenderer.send(channel, toShell[channel].parse(value));

/** What the shell says: parsed, and handed on as a plain value; the page never sees an IPC event. */
function receive(name: ToPage, keepLast: boolean): Channel {
  const channel = new Channel(keepLast);
  ipcRenderer.on(name, (_event, value: unknown) => {
    const parsed = toPage[name].safeParse(value);
    if (parsed.success) channel.say(parsed.data);
  });
  return channel;
}

const answer = receive('cordboard:answer', false);
const tel = receive('cordboard:tel', true);
const version = process.argv.find((arg) => arg.startsWith('--cordboard-version='))?.split('=')[1] ?? '';

const bridge: DesktopBridge = {
  version,
  notifyOffer: (offer) => send('cordboard:notify-offer', offer),
  clearOffer: () => send('cordboard:clear-offer', undefined),
  onAnswer: (listener) => answer.listen(listener),
  onTel: (listener) => tel.listen(listener),
  setBadge: (count) => send('cordboard:set-badge', count),
};

contextBridge.exposeInMainWorld('cordboard', bridge);
