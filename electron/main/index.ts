import { join } from 'node:path';
import { app, dialog, globalShortcut } from 'electron';
import { hear, tell } from './ipc.ts';
import { Offers } from './offers.ts';
import { readSettings } from './settings.ts';
import { telFromArgs } from './tel.core.ts';
import { openTray } from './tray.ts';
import { parseServerUrl } from './url.core.ts';
import { openWindow } from './window.ts';
import { wordsFor } from './words.ts';

const DEFAULT_ANSWER_KEY = 'CommandOrControl+Shift+A';

/** `tel:` links clicked before there is a window. */
let waitingTel = telFromArgs(process.argv);
let onTel = (number: string): void => {
  waitingTel = number;
};

app.enableSandbox();
app.setAppUserModelId('org.cordboard.desktop');
if (!app.requestSingleInstanceLock()) app.quit();
else {
  app.on('open-url', (event, url) => {
    event.preventDefault();
    const number = telFromArgs([url]);
    if (number !== undefined) onTel(number);
  });
  app.whenReady().then(start, (error: unknown) => {
    console.error(error);
    app.exit(1);
  });
}

function start(): void {
  const settingsFile = join(app.getPath('userData'), 'settings.json');
  const settings = readSettings(settingsFile);
  const server = parseServerUrl(process.env.CORDBOARD_URL ?? settings.url);
  if ('problem' in server) {
    dialog.showErrorBox('Cordboard', `CORDBOARD_URL: ${server.problem}`);
    app.exit(1);
    return;
  }
  const { origin } = server;
  const words = wordsFor(app.getLocale());

  // A development run is Electron with a folder: the system must be told both to start it again by a link.
  if (process.defaultApp) app.setAsDefaultProtocolClient('tel', process.execPath, [app.getAppPath()]);
  else app.setAsDefaultProtocolClient('tel');

  let waiting = false;
  let setTray: ReturnType<typeof openTray>;
  const showState = (): void => setTray?.(waiting ? 'offer' : desktop.isUp() ? 'ready' : 'unreachable');
  const desktop = openWindow({
    origin,
    settingsFile,
    onUp: (up) => {
      if (!up) offers.clear();
      showState();
      if (up && waitingTel !== undefined) {
        tell(desktop.window, 'cordboard:tel', waitingTel);
        waitingTel = undefined;
      }
    },
  });
  const { window } = desktop;
  const toFront = (): void => {
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
  };
  const offers = new Offers(
    window,
    words,
    toFront,
    (offerId) => tell(window, 'cordboard:answer', offerId),
    (now) => {
      waiting = now;
      showState();
    },
  );
  setTray = openTray(words, toFront, () => app.quit());
  showState();

  onTel = (number) => {
    toFront();
    if (desktop.isUp()) tell(window, 'cordboard:tel', number);
    else waitingTel = number;
  };
  app.on('second-instance', (_event, args) => {
    toFront();
    const number = telFromArgs(args);
    if (number !== undefined) onTel(number);
  });

  hear('cordboard:notify-offer', { window, origin }, (offer) => offers.show(offer));
  hear('cordboard:clear-offer', { window, origin }, () => offers.clear());
  hear('cordboard:set-badge', { window, origin }, (count) => app.setBadgeCount(count));

  const key = process.env.CORDBOARD_ANSWER_KEY ?? settings.answerKey ?? DEFAULT_ANSWER_KEY;
  if (key && !offers.takeKey(key))
    console.error('The answer key is taken by another program or is not valid.', key);

  app.on('will-quit', () => globalShortcut.unregisterAll());
  window.on('closed', () => app.quit());
}
