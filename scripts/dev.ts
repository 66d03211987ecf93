/** `npm run dev`: the server from its sources, started again at each change, and Vite with hot reload before it. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from './lib/run.ts';

const start = (args: readonly string[]) =>
  spawn(process.execPath, args, { cwd: root, stdio: 'inherit', env: process.env });
const children = [
  start([join(root, 'node_modules/tsx/dist/cli.mjs'), 'watch', '--clear-screen=false', 'server/main.ts']),
  start([join(root, 'node_modules/vite/bin/vite.js')]),
];
const stop = (): void => {
  for (const child of children) child.kill('SIGTERM');
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
for (const child of children) {
  child.on('exit', (code) => {
    stop();
    process.exitCode = code ?? 0;
  });
}
