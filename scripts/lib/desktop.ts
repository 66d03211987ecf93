import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, runTool } from './run.ts';

/** Is there a screen to open a window on? */
export function hasDisplay(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): boolean {
  if (platform === 'win32' || platform === 'darwin') return true;
  return Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

/** Path of Electron's program once its package has fetched it. */
function electronBinary(): string | undefined {
  const folder = join(root, 'node_modules/electron');
  const pathFile = join(folder, 'path.txt');
  if (!existsSync(pathFile)) return undefined;
  const dist = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(folder, 'dist');
  const path = join(dist, readFileSync(pathFile, 'utf8'));
  return existsSync(path) ? path : undefined;
}

/**
 * Opens the desktop on a running server, if there is a screen and Electron's program is here or can be fetched. The
 * same desktop runs in any browser, so a failure is one line and no more. The desktop ends with the server.
 */
export async function openDesktop(url: string, server: ChildProcess): Promise<void> {
  if (!hasDisplay(process.platform, process.env)) return;
  const inBrowser = `open ${url} in a browser instead.`;
  if (!electronBinary()) {
    console.log('Fetching the desktop program (Electron), this once.');
    await runTool('electron/install.js', [], { timeoutMs: 300_000 });
  }
  const binary = electronBinary();
  if (!binary) {
    console.log(`The desktop program could not be fetched; ${inBrowser}`);
    return;
  }
  if (server.exitCode !== null) return;
  const child = spawn(binary, [root], { env: { ...process.env, CORDBOARD_URL: url }, stdio: 'ignore' });
  const early = Date.now();
  child.on('error', () => console.log(`The desktop could not be opened; ${inBrowser}`));
  child.on('exit', (code) => {
    // A window closed by its user is no failure; one that never came up is.
    if (code !== 0 && Date.now() - early < 10_000) console.log(`The desktop ended at once; ${inBrowser}`);
  });
  server.on('exit', () => child.kill());
  process.on('exit', () => child.kill());
}
