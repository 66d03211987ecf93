/**
 * `npm start`: the demo centre on this machine, and its desktop where there is a screen (`--no-desktop`: only the
 * server). `npm run serve` (`--production`): no demo people, no desktop.
 */

import { buildOrExit } from './lib/build.ts';
import { openDesktop } from './lib/desktop.ts';
import { runServer } from './lib/server.ts';

const args = process.argv.slice(2);
const production = args.includes('--production');
const desktop = !production && !args.includes('--no-desktop');

await buildOrExit();
runServer(
  args.filter((arg) => arg !== '--no-desktop'),
  production ? process.env : { ...process.env, SEED: process.env.SEED || 'demo' },
  (url, server) => {
    if (desktop) void openDesktop(url, server);
  },
);
