import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DesktopBridge } from '#shared/contract/ipc.ts';
import { runBuilt, Shell } from './fake-electron.ts';

const ORIGIN = 'https://desk.example.org';
const OFFER = { offerId: 'offer_1', title: 'Li Wei calls', body: 'Support' };
const OTHERS = [
  'https://evil.example/',
  'https://desk.example.org.evil.example/',
  'http://desk.example.org/',
  'file:///etc/passwd',
  'data:text/html,x',
  'javascript:alert(1)',
];

let userData: string;
beforeEach(() => {
  userData = mkdtempSync(join(tmpdir(), 'cordboard-shell-'));
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(userData, { recursive: true, force: true });
});

const start = (options: Partial<Parameters<typeof Shell.start>[0]> = {}) =>
  Shell.start({ userData, env: { CORDBOARD_URL: ORIGIN }, ...options });
async function started(): Promise<Shell> {
  const shell = await start();
  shell.pageUp();
  return shell;
}

describe('the built main program of the shell', () => {
  it('E3: opens one window, sandboxed, isolated and without Node', async () => {
    const shell = await start();
    expect(shell.sandboxed).toBe(true);
    expect(shell.windows).toHaveLength(1);
    const { webPreferences } = shell.window.options;
    expect(webPreferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
    });
    for (const weak of [
      'nodeIntegrationInWorker',
      'nodeIntegrationInSubFrames',
      'allowRunningInsecureContent',
      'experimentalFeatures',
      'enableBlinkFeatures',
      'disableBlinkFeatures',
    ])
      expect(webPreferences[weak] ?? false, weak).toBe(false);
    expect(shell.window.done).toContain(`load ${ORIGIN}`);
  });

  it('E1: shows no plain http but of this machine', async () => {
    const shell = await start({ env: { CORDBOARD_URL: 'http://desk.example.org' } });
    expect(shell.windows).toHaveLength(0);
    expect(shell.ended).toBe(1);
    expect(shell.errors).toHaveLength(1);
  });

  it.each(['will-navigate', 'will-redirect', 'will-frame-navigate'])(
    'E1: %s leads nowhere but to the server',
    async (event) => {
      const shell = await started();
      expect(OTHERS.filter((url) => !shell.stops(event, url))).toEqual([]);
      expect(shell.stops(event, `${ORIGIN}/#/history`)).toBe(false);
    },
  );

  it('E1: opens no second window and no webview; only what is the server’s goes to the browser', async () => {
    const shell = await started();
    const open = (url: string) => shell.window.webContents.openHandler?.({ url }).action;
    for (const url of OTHERS) expect(open(url)).toBe('deny');
    expect(shell.opened).toEqual([]);
    expect(open(`${ORIGIN}/docs`)).toBe('deny');
    expect(shell.opened).toEqual([`${ORIGIN}/docs`]);
    expect(shell.stops('will-attach-webview', ORIGIN)).toBe(true);
  });

  it('E2: the server’s page gets the microphone and notifications', async () => {
    const shell = await started();
    const from = `${ORIGIN}/`;
    expect(shell.asks('media', { requestingUrl: from, mediaTypes: ['audio'] })).toBe(true);
    expect(shell.asks('notifications', { requestingUrl: from })).toBe(true);
    expect(shell.check?.(null, 'media', from, { mediaType: 'audio' })).toBe(true);
    expect(shell.check?.(null, 'media', from, {})).toBe(true); // the Permissions API asks without a kind
  });

  it('E2: and nothing else, nor does anybody else', async () => {
    const shell = await started();
    const from = `${ORIGIN}/`;
    expect(shell.asks('media', { requestingUrl: from, mediaTypes: ['audio', 'video'] })).toBe(false);
    expect(shell.asks('media', { requestingUrl: from, mediaTypes: [] }), 'the screen').toBe(false);
    expect(shell.asks('media', { requestingUrl: from }), 'no kind').toBe(false);
    expect(shell.asks('geolocation', { requestingUrl: from })).toBe(false);
    expect(shell.asks('media', { requestingUrl: 'https://evil.example/', mediaTypes: ['audio'] })).toBe(
      false,
    );
    expect(shell.check?.(null, 'media', from, { mediaType: 'video' })).toBe(false);
    expect(shell.check?.(null, 'media', from, { mediaType: 'unknown' })).toBe(false);
    expect(shell.check?.(null, 'media', 'https://evil.example/', { mediaType: 'audio' })).toBe(false);
    expect(shell.device?.({})).toBe(false);
  });

  it('E4: an offer is told without touching the focus', async () => {
    const shell = await started();
    shell.window.done.length = 0;
    shell.say('cordboard:notify-offer', OFFER);
    expect(shell.notifications.map(({ open }) => open)).toEqual([true]);
    expect(shell.window.done).toEqual(['flash']);
    expect(shell.tray.tip).toContain('waiting');
    shell.say('cordboard:clear-offer', undefined);
    expect(shell.notifications.map(({ open }) => open)).toEqual([false]);
    expect(shell.window.done).toEqual(['flash', 'flash off']);
  });

  it('E7: a click on the notification opens the window and never answers', async () => {
    const shell = await started();
    shell.window.minimized = true;
    shell.say('cordboard:notify-offer', OFFER);
    shell.window.done.length = 0;
    shell.notifications[0]?.emit('click');
    expect(shell.window.done).toEqual(['restore', 'show', 'focus']);
    expect(shell.told('cordboard:answer')).toEqual([]);
  });

  it('E7: its button and the key answer the offer that waits, and nothing after it', async () => {
    const shell = await started();
    const [press] = [...shell.shortcuts.values()];
    press?.();
    expect(shell.told('cordboard:answer')).toEqual([]);
    shell.say('cordboard:notify-offer', OFFER);
    const button = () => shell.notifications[0]?.emit('action', {}, 0);
    button();
    press?.();
    expect(shell.told('cordboard:answer')).toEqual(['offer_1', 'offer_1']);
    shell.say('cordboard:clear-offer', undefined);
    button();
    press?.();
    expect(shell.told('cordboard:answer')).toHaveLength(2);
    shell.app.emit('will-quit');
    expect(shell.shortcuts.size).toBe(0);
  });

  it('E5: hears only the server’s page in the main frame, and only what the contract says', async () => {
    const shell = await started();
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    shell.say('cordboard:notify-offer', OFFER, { url: `${ORIGIN}/frame` });
    shell.say('cordboard:notify-offer', { ...OFFER, offerId: '<b>' });
    shell.say('cordboard:set-badge', -1);
    shell.window.webContents.mainFrame.url = 'https://evil.example/';
    shell.say('cordboard:notify-offer', OFFER);
    expect(shell.notifications).toEqual([]);
    expect(shell.badge).toBe(0);
    expect(error).toHaveBeenCalledTimes(2);
    error.mockRestore();
  });

  it('E6: a tel: link at the start waits until the page is up', async () => {
    const shell = await start({ argv: ['--flag', 'tel:+1-415-555-0123'] });
    expect(shell.protocols).toEqual(['tel']);
    expect(shell.told('cordboard:tel')).toEqual([]);
    shell.pageUp();
    expect(shell.told('cordboard:tel')).toEqual(['+14155550123']);
    shell.pageUp();
    expect(shell.told('cordboard:tel')).toHaveLength(1);
  });

  it('E6: links of a second start and of the system are validated alike', async () => {
    const shell = await started();
    const second = (...args: string[]) => shell.app.emit('second-instance', {}, ['/opt/cordboard', ...args]);
    let prevented = 0;
    const opened = (url: string) =>
      shell.app.emit('open-url', { preventDefault: () => (prevented += 1) }, url);
    second('tel:4001');
    opened('tel:4002');
    for (const bad of [
      'tel:<script>',
      'tel:%00',
      'sip:4003',
      'https://evil.example/',
      `tel:${'9'.repeat(33)}`,
    ]) {
      second(bad);
      opened(bad);
    }
    expect(shell.told('cordboard:tel')).toEqual(['4001', '4002']);
    expect(prevented).toBe(6);
    expect(shell.window.done.filter((d) => d === 'focus').length).toBeGreaterThan(0);
  });

  it('E8: a second start hands over to the first and opens nothing', async () => {
    const shell = await start({ second: true });
    expect(shell.ended).toBe('quit');
    expect(shell.windows).toHaveLength(0);
  });

  it('says that the server cannot be reached, and is back by itself', async () => {
    const shell = await started();
    shell.say('cordboard:notify-offer', OFFER);
    shell.window.done.length = 0;
    shell.window.webContents.emit('did-fail-load', {}, -102, 'refused', ORIGIN, true);
    expect(shell.window.done).toEqual(['flash off', 'file unreachable.html']);
    expect(shell.tray.tip).toContain('no server');
    await vi.advanceTimersByTimeAsync(2000);
    expect(shell.window.done).not.toContain(`load ${ORIGIN}`);
    shell.reachable = true;
    await vi.advanceTimersByTimeAsync(2000);
    expect(shell.window.done).toContain(`load ${ORIGIN}`);
    shell.pageUp();
    expect(shell.tray.tip).toContain('ready');
  });

  it('the tray opens the window and quits', async () => {
    const shell = await started();
    shell.window.done.length = 0;
    shell.tray.click();
    expect(shell.window.done).toEqual(['show', 'focus']);
    shell.tray.menu.find(({ label }) => label === 'Quit')?.click?.();
    expect(shell.ended).toBe('quit');
  });
});

describe('the built preload script', () => {
  function load() {
    const ipc = new EventEmitter();
    const sent: [channel: string, value: unknown][] = [];
    const exposed = new Map<string, DesktopBridge>();
    const electron = {
      ipcRenderer: {
        on: (channel: string, listener: (...args: unknown[]) => void) => ipc.on(channel, listener),
        send: (channel: string, value: unknown) => sent.push([channel, value]),
      },
      contextBridge: { exposeInMainWorld: (name: string, api: DesktopBridge) => exposed.set(name, api) },
    };
    runBuilt('preload', electron, { argv: ['electron', '--cordboard-version=1.2.3'], env: {} });
    const bridge = exposed.get('cordboard');
    if (!bridge) throw new Error('nothing was exposed');
    return { ipc, sent, exposed, bridge };
  }

  it('E3: gives the page the bridge of the contract and not a thing of Electron’s', () => {
    const { exposed, bridge } = load();
    expect([...exposed.keys()]).toEqual(['cordboard']);
    expect(Object.keys(bridge).sort()).toEqual(
      ['clearOffer', 'notifyOffer', 'onAnswer', 'onTel', 'setBadge', 'version'].sort(),
    );
    expect(bridge.version).toBe('1.2.3');
  });

  it('E5: sends what the contract allows, and hands on values, never events', () => {
    const { ipc, sent, bridge } = load();
    bridge.notifyOffer(OFFER);
    expect(sent).toEqual([['cordboard:notify-offer', OFFER]]);
    expect(() => bridge.setBadge(-1)).toThrow();
    const heard: unknown[][] = [];
    bridge.onAnswer((...all: unknown[]) => heard.push(all));
    ipc.emit('cordboard:answer', { sender: 'secret' }, 'offer_1');
    ipc.emit('cordboard:answer', { sender: 'secret' }, '<b>');
    expect(heard).toEqual([['offer_1']]);
  });
});
