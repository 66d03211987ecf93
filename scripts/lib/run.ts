import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Ran {
  /** Exit code; 1 when the program was killed or could not be started. */
  readonly code: number;
  /** Standard output and error as they came. */
  readonly output: string;
  readonly seconds: number;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** `show`: straight to this terminal as well as collected. */
  readonly output?: 'collect' | 'show';
  /** Killed after this long. */
  readonly timeoutMs?: number;
}

/** Runs a program in the project's root to its end. Never throws. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.timeoutMs === undefined
        ? {}
        : { timeout: options.timeoutMs, killSignal: 'SIGKILL' as const }),
    });
    const chunks: Buffer[] = [];
    const collect = (to: NodeJS.WriteStream) => (chunk: Buffer) => {
      chunks.push(chunk);
      if (options.output === 'show') to.write(chunk);
    };
    child.stdout.on('data', collect(process.stdout));
    child.stderr.on('data', collect(process.stderr));
    const kill = (): boolean => child.kill('SIGKILL');
    process.once('exit', kill); // nothing of ours outlives us
    const done = (code: number) => {
      process.off('exit', kill);
      resolve({
        code,
        output: Buffer.concat(chunks).toString(),
        seconds: (performance.now() - started) / 1000,
      });
    };
    child.on('error', (error) => {
      chunks.push(Buffer.from(`${error.message}\n`));
      done(1);
    });
    child.on('close', (code) => done(code ?? 1));
  });
}

/** Runs an installed package's program (its script's path in node_modules) with this same Node, on every system. */
export function runTool(script: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return run(process.execPath, [join(root, 'node_modules', script), ...args], options);
}

/** Runs the jobs, at most `width` at a time, in the order given. */
export async function parallel(width: number, jobs: readonly (() => Promise<void>)[]): Promise<void> {
  const queue = [...jobs];
  const worker = async (): Promise<void> => {
    for (let job = queue.shift(); job; job = queue.shift()) await job();
  };
  await Promise.all(Array.from({ length: width }, worker));
}
