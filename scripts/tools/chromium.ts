import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { run, runTool } from '../lib/run.ts';
import { aptInstall, onPath } from './system.ts';

export interface Found {
  readonly path: string;
  /** Where it came from, for the person who waits. */
  readonly from: string;
}

const COMMANDS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** A Chromium that is here already: `CHROMIUM_PATH`, the system's, or Playwright's. */
export function findChromium(): Found | undefined {
  const wanted = process.env.CHROMIUM_PATH;
  if (wanted) return existsSync(wanted) ? { path: wanted, from: 'CHROMIUM_PATH' } : undefined;
  for (const command of COMMANDS) {
    const path = onPath(command);
    if (path) return { path, from: 'the system' };
  }
  const place = PLACES.find((path) => existsSync(path));
  if (place) return { path: place, from: 'the system' };
  const bundled = chromium.executablePath();
  return existsSync(bundled) ? { path: bundled, from: "Playwright's" } : undefined;
}

/** Finds a Chromium or fetches one: Debian's package as root (it brings its libraries), else Playwright's. */
export async function haveChromium(): Promise<Found | undefined> {
  const found = findChromium();
  if (found) return found;
  if (process.env.CHROMIUM_PATH) return undefined; // asked for by name: no other will do
  console.log('No Chromium found; fetching one.');
  if (await aptInstall('chromium')) return findChromium();
  const fetched = await runTool('playwright-core/cli.js', ['install', 'chromium'], {
    output: 'show',
    timeoutMs: 300_000,
  });
  const path = chromium.executablePath();
  if (fetched.code !== 0 || !existsSync(path)) return undefined;
  // A browser without its system libraries is as good as none; better to know now.
  return (await run(path, ['--version'], { timeoutMs: 30_000 })).code === 0
    ? { path, from: "Playwright's" }
    : undefined;
}
