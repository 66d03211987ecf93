import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileFunction } from 'node:vm';

/** Runs a built script of the shell with a stand-in for Electron and with these parts of the process. */
export function runBuilt(
  name: 'main' | 'preload',
  electron: object,
  parts: { argv: readonly string[]; env: Readonly<Record<string, string>> },
): void {
  const file = fileURLToPath(new URL(`../../dist/electron/${name}.cjs`, import.meta.url));
  const run = compileFunction(readFileSync(file, 'utf8'), [
    'require',
    'module',
    'exports',
    '__dirname',
    'process',
  ]);
  const require = createRequire(file);
  const module = { exports: {} };
  run(
    (wanted: string) => (wanted === 'electron' ? electron : require(wanted)),
    module,
    module.exports,
    dirname(file),
    Object.create(process, { argv: { value: parts.argv }, env: { value: parts.env } }),
  );
}

interface PermissionDetails {
  readonly requestingUrl?: string;
  readonly mediaTypes?: readonly string[];
  readonly mediaType?: string;
}
type RequestHandler = (
  contents: null,
  permission: string,
  decide: (granted: boolean) => void,
  details: PermissionDetails,
) => void;
type CheckHandler = (contents: null, permission: string, from: string, details: PermissionDetails) => boolean;

class FakeContents extends EventEmitter {
  readonly mainFrame = { url: '' };
  readonly sent: { channel: string; value: unknown }[] = [];
  openHandler: ((details: { url: string }) => { action: string }) | undefined;
  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.openHandler = handler;
  }
  getURL(): string {
    return this.mainFrame.url;
  }
  send(channel: string, value: unknown): void {
    this.sent.push({ channel, value });
  }
}

export class FakeWindow extends EventEmitter {
  readonly options: { readonly webPreferences: Readonly<Record<string, unknown>> };
  readonly webContents = new FakeContents();
  /** What was asked of the window, in order. */
  readonly done: string[] = [];
  minimized = false;
  focused = false;
  destroyed = false;
  constructor(options: FakeWindow['options']) {
    super();
    this.options = options;
  }
  loadURL(url: string): Promise<void> {
    this.webContents.mainFrame.url = `${url}/`;
    this.done.push(`load ${url}`);
    return Promise.resolve();
  }
  loadFile(path: string): Promise<void> {
    this.webContents.mainFrame.url = `file://${path}`;
    this.done.push(`file ${path.split('/').at(-1)}`);
    return Promise.resolve();
  }
  isMinimized = () => this.minimized;
  isMaximized = () => false;
  isFocused = () => this.focused;
  isDestroyed = () => this.destroyed;
  getNormalBounds = () => ({ x: 0, y: 0, width: 1280, height: 800 });
  maximize = () => void this.done.push('maximize');
  restore = () => void this.done.push('restore');
  show = () => void this.done.push('show');
  focus = () => void this.done.push('focus');
  flashFrame = (on: boolean) => void this.done.push(on ? 'flash' : 'flash off');
}

class FakeNotification extends EventEmitter {
  readonly options: { readonly title: string; readonly actions?: readonly { text: string }[] };
  open = false;
  constructor(options: FakeNotification['options']) {
    super();
    this.options = options;
  }
  show(): void {
    this.open = true;
  }
  close(): void {
    this.open = false;
    this.emit('close');
  }
}

interface Start {
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Another instance has the lock. */
  readonly second?: boolean;
  readonly userData: string;
}

/** The built main program of the shell, run with a stand-in for Electron that notes what is asked of it. */
export class Shell {
  readonly app = new EventEmitter();
  readonly ipcMain = new EventEmitter();
  readonly windows: FakeWindow[] = [];
  readonly notifications: FakeNotification[] = [];
  readonly opened: string[] = [];
  readonly errors: string[] = [];
  readonly protocols: string[] = [];
  readonly shortcuts = new Map<string, () => void>();
  readonly tray = { tip: '', click: () => {}, menu: [] as { label?: string; click?: () => void }[] };
  badge = 0;
  /** `quit`, or the exit code. */
  ended: string | number | undefined;
  sandboxed = false;
  /** Does the server answer its health check? */
  reachable = false;
  request: RequestHandler | undefined;
  check: CheckHandler | undefined;
  device: ((details: object) => boolean) | undefined;

  static async start(options: Start): Promise<Shell> {
    const shell = new Shell();
    runBuilt('main', shell.#electron(options), {
      argv: ['/opt/cordboard', ...(options.argv ?? [])],
      env: { ...options.env },
    });
    await Promise.resolve(); // whenReady
    await Promise.resolve();
    return shell;
  }

  get window(): FakeWindow {
    const [window] = this.windows;
    if (!window) throw new Error('no window was opened');
    return window;
  }
  /** The server's page has loaded. */
  pageUp(): void {
    this.window.webContents.emit('did-finish-load');
  }
  /** The page, or a frame that says it is it, sends on a channel. */
  say(channel: string, value: unknown, frame: { url: string } = this.window.webContents.mainFrame): void {
    this.ipcMain.emit(channel, { senderFrame: frame }, value);
  }
  told(channel: string): unknown[] {
    return this.window.webContents.sent.filter((m) => m.channel === channel).map(({ value }) => value);
  }
  asks(permission: string, details: PermissionDetails): boolean {
    let answer: boolean | undefined;
    this.request?.(null, permission, (granted) => (answer = granted), details);
    if (answer === undefined) throw new Error('the request was not answered');
    return answer;
  }
  /** True when going there was stopped. */
  stops(event: string, url: string): boolean {
    let prevented = false;
    this.window.webContents.emit(event, { url, preventDefault: () => (prevented = true) });
    return prevented;
  }

  #electron(options: Start): object {
    const shell = this;
    const picture = { addRepresentation() {}, toPNG: () => Buffer.alloc(0) };
    return {
      app: Object.assign(this.app, {
        enableSandbox: () => (shell.sandboxed = true),
        setAppUserModelId() {},
        requestSingleInstanceLock: () => options.second !== true,
        whenReady: () => Promise.resolve(),
        getPath: () => options.userData,
        getAppPath: () => '/opt/cordboard/app',
        getLocale: () => 'en-GB',
        getVersion: () => '1.2.3',
        setAsDefaultProtocolClient: (name: string) => shell.protocols.push(name),
        setBadgeCount: (count: number) => (shell.badge = count),
        quit: () => (shell.ended = 'quit'),
        exit: (code: number) => (shell.ended = code),
      }),
      ipcMain: this.ipcMain,
      dialog: { showErrorBox: (_title: string, text: string) => shell.errors.push(text) },
      globalShortcut: {
        register: (key: string, run: () => void) => shell.shortcuts.set(key, run).size > 0,
        unregisterAll: () => shell.shortcuts.clear(),
      },
      screen: { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }] },
      shell: { openExternal: (url: string) => Promise.resolve(void shell.opened.push(url)) },
      net: {
        fetch: () => (shell.reachable ? Promise.resolve({ ok: true }) : Promise.reject(new Error('refused'))),
      },
      session: {
        defaultSession: {
          setPermissionRequestHandler: (handler: RequestHandler) => (shell.request = handler),
          setPermissionCheckHandler: (handler: CheckHandler) => (shell.check = handler),
          setDevicePermissionHandler: (handler: (details: object) => boolean) => (shell.device = handler),
        },
      },
      BrowserWindow: class extends FakeWindow {
        constructor(given: FakeWindow['options']) {
          super(given);
          shell.windows.push(this);
        }
      },
      Notification: class extends FakeNotification {
        static isSupported = () => true;
        constructor(given: FakeNotification['options']) {
          super(given);
          shell.notifications.push(this);
        }
      },
      Menu: { buildFromTemplate: (items: object[]) => items },
      nativeImage: { createFromBitmap: () => picture },
      Tray: class {
        setImage() {}
        setToolTip(tip: string): void {
          shell.tray.tip = tip;
        }
        setContextMenu(menu: Shell['tray']['menu']): void {
          shell.tray.menu = menu;
        }
        on(_event: 'click', run: () => void): void {
          shell.tray.click = run;
        }
      },
    };
  }
}
