import { join } from 'node:path';
import { app, BrowserWindow, net, screen, session, shell } from 'electron';
import { readSettings, writeSettings } from './settings.ts';
import { isServerPage, permissionGranted } from './url.core.ts';
import { MINIMUM_SIZE, placeWindow } from './window-state.core.ts';

const RETRY_MS = 2000;

export interface DesktopWindow {
  readonly window: BrowserWindow;
  /** Is the server's page the one shown (and not the waiting page)? */
  isUp(): boolean;
}

/**
 * The one window. It shows the server's desktop and nothing else; while the server cannot be reached, a page of our
 * own that says so, and the server is tried again every two seconds.
 */
export function openWindow(options: {
  origin: string;
  settingsFile: string;
  onUp: (up: boolean) => void;
}): DesktopWindow {
  const { origin, settingsFile, onUp } = options;
  const settings = readSettings(settingsFile);
  lockSession(origin);
  const window = new BrowserWindow({
    ...placeWindow(
      settings.window,
      screen.getAllDisplays().map((display) => display.workArea),
    ),
    minWidth: MINIMUM_SIZE.width,
    minHeight: MINIMUM_SIZE.height,
    show: false,
    title: 'Cordboard',
    autoHideMenuBar: true,
    webPreferences: {
      preload: join(__dirname, 'preload.cjs'),
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
      // A call goes on while the window is behind others: its timers must not be slowed.
      backgroundThrottling: false,
      additionalArguments: [`--cordboard-version=${app.getVersion()}`],
    },
  });
  if (settings.maximized) window.maximize();
  window.once('ready-to-show', () => window.show());
  window.on('close', () => {
    try {
      const kept = readSettings(settingsFile);
      writeSettings(settingsFile, {
        ...kept,
        window: window.getNormalBounds(),
        maximized: window.isMaximized(),
      });
    } catch (error) {
      console.error('The window state could not be kept.', error);
    }
  });
  lockNavigation(window, origin);

  let up = false;
  let retry: NodeJS.Timeout | undefined;
  const setUp = (value: boolean): void => {
    up = value;
    onUp(value);
  };
  const load = (): void => {
    window.loadURL(origin).catch(() => undefined); // did-fail-load says it, with its reason
  };
  const wait = (): void => {
    retry ??= setTimeout(async () => {
      retry = undefined;
      if (window.isDestroyed()) return;
      if (await reachable(origin)) load();
      else wait();
    }, RETRY_MS);
  };
  window.webContents.on('did-fail-load', (_event, code, _description, _url, isMainFrame) => {
    if (!isMainFrame || code === -3) return; // -3: aborted by a newer navigation
    setUp(false);
    const language = app.getLocale().startsWith('zh') ? 'zh' : 'en';
    window.loadFile(join(__dirname, 'assets/unreachable.html'), { hash: language }).catch(() => undefined);
    wait();
  });
  window.webContents.on('did-finish-load', () => {
    if (isServerPage(window.webContents.getURL(), origin)) setUp(true);
  });
  window.webContents.on('render-process-gone', (_event, details) => {
    console.error('The page ended and is loaded again.', details.reason);
    setUp(false);
    if (details.reason !== 'clean-exit') wait();
  });
  window.on('closed', () => clearTimeout(retry));
  load();
  return { window, isUp: () => up };
}

/** Permissions: the microphone and notifications for our server's page; no device, no other page, nothing else. */
function lockSession(origin: string): void {
  const { defaultSession } = session;
  defaultSession.setPermissionRequestHandler((_contents, permission, decide, details) => {
    const media = 'mediaTypes' in details ? details.mediaTypes : undefined;
    decide(
      permissionGranted({ permission, from: details.requestingUrl, origin, ...(media ? { media } : {}) }),
    );
  });
  defaultSession.setPermissionCheckHandler((_contents, permission, from, details) => {
    // The Permissions API asks without a kind, and is told of the microphone.
    const media = [details.mediaType ?? 'audio'];
    return permissionGranted({ permission, from, origin, media });
  });
  defaultSession.setDevicePermissionHandler(() => false);
}

/** No page but the server's in this window, and no other window; what the server itself opens goes to the browser. */
function lockNavigation(window: BrowserWindow, origin: string): void {
  const { webContents } = window;
  const stay = (event: { preventDefault(): void }, url: string): void => {
    if (!isServerPage(url, origin)) event.preventDefault();
  };
  webContents.on('will-navigate', (event) => stay(event, event.url));
  webContents.on('will-redirect', (event) => stay(event, event.url));
  webContents.on('will-frame-navigate', (event) => stay(event, event.url));
  webContents.on('will-attach-webview', (event) => event.preventDefault());
  webContents.setWindowOpenHandler(({ url }) => {
    if (isServerPage(url, origin)) void shell.openExternal(url);
    return { action: 'deny' };
  });
}

async function reachable(origin: string): Promise<boolean> {
  try {
    const response = await net.fetch(`${origin}/healthz`, {
      cache: 'no-store',
      signal: AbortSignal.timeout(2000),
    });
    return response.ok;
  } catch {
    return false;
  }
}
