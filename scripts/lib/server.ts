import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { root } from './run.ts';

/** The bundle that `build` writes. */
export const serverBundle = join(root, 'dist/server/main.js');

/**
 * Node's own options for the server. On a single core the garbage collector's helper threads gain nothing and take turns
 * with the calls: `bench -- call` at 500 agents and 200 calls/s had a setup p99 of 72 to 147 ms with them, 19 to 38 without.
 */
export const nodeOptions = (cores: number = availableParallelism()): readonly string[] => [
  '--enable-source-maps',
  ...(cores === 1 ? ['--single-threaded-gc'] : []),
];

/** The line the server prints once SIP, HTTP and the database are up. */
const READY = /^Cordboard is ready: (\S+)/m;

/** Runs `then` with the URL once the server's output says that it is ready. */
export function onReady(child: ChildProcess, then: (url: string) => void): void {
  let text = '';
  const read = (chunk: Buffer): void => {
    text += chunk.toString();
    const url = READY.exec(text)?.[1];
    if (!url) {
      text = text.slice(-4096);
      return;
    }
    child.stdout?.off('data', read);
    then(url);
  };
  child.stdout?.on('data', read);
}

/**
 * Runs the built server in the foreground: its output is ours, and Ctrl-C or a termination ends it in its own time
 * (a second Ctrl-C at once). Ends this process with the server's exit code.
 */
export function runServer(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  ready: (url: string, child: ChildProcess) => void,
): ChildProcess {
  // In a process group of its own, so that a terminal's Ctrl-C reaches it once: from us.
  const child = spawn(process.execPath, [...nodeOptions(), serverBundle, ...args], {
    cwd: process.cwd(),
    env,
    stdio: ['inherit', 'pipe', 'inherit', 'ipc'], // the channel's end tells the server that we are gone
    detached: process.platform !== 'win32',
  });
  child.stdout?.pipe(process.stdout);
  onReady(child, (url) => ready(url, child));
  let asked = 0;
  const stop = (): void => {
    const first = asked === 0;
    if (first) asked = Date.now();
    if (first) child.kill('SIGTERM');
    else if (Date.now() - asked > 500) child.kill('SIGKILL'); // sooner, it is the same key press come twice
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  process.on('exit', () => child.kill('SIGKILL'));
  child.on('error', (error) => {
    console.error(`The server could not be started: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code) => process.exit(code ?? (asked > 0 ? 0 : 1)));
  return child;
}
