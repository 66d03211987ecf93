import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { aptInstall, onPath } from './system.ts';

/** SIPp's path: `SIPP_PATH`, or on PATH. */
export const findSipp = (): string | undefined => process.env.SIPP_PATH || onPath('sipp');

/** Finds SIPp, or as root on Debian installs `sip-tester`. */
export async function haveSipp(): Promise<string | undefined> {
  const found = findSipp();
  if (found) return found;
  return (await aptInstall('sip-tester')) ? findSipp() : undefined;
}

export interface SippStart {
  readonly scenario: string;
  /** Where its logs and statistics go. */
  readonly folder: string;
  readonly remote?: string;
  /** 0: any. */
  readonly port: number;
  readonly args: readonly string[];
  /** Words before the program, `['taskset', '-c', '1']`. */
  readonly before?: readonly string[];
}

export interface RunningSipp {
  /** Exit code; -1 when killed. */
  readonly exited: Promise<number>;
  /** Ends it softly: no new calls, those that are go to their end. */
  finish(): void;
  kill(): void;
  /** What it said on standard error: why it would not start. */
  complaint(): string;
  /** The last line of its statistics by column name, so far as it has written any. */
  stats(): Record<string, number>;
}

/** Starts SIPp on loopback over UDP. Throws when there is no SIPp. */
export function startSipp(options: SippStart): RunningSipp {
  const sipp = findSipp();
  if (!sipp) throw new Error('no SIPp here: `npm test` installs it on Debian, or set SIPP_PATH');
  const statFile = join(options.folder, 'stat.csv');
  const [command = sipp, ...args] = [
    ...(options.before ?? []),
    sipp,
    ...(options.remote ? [options.remote] : []),
    ...['-sf', options.scenario, '-i', '127.0.0.1', '-mi', '127.0.0.1', '-t', 'u1'],
    ...(options.port > 0 ? ['-p', String(options.port)] : []),
    ...['-nostdin', '-trace_stat', '-stf', statFile, '-fd', '1'],
    ...options.args,
  ];
  // Its screen goes nowhere: it would stop when a pipe nobody reads is full.
  const child = spawn(command, args, {
    cwd: options.folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, TERM: 'dumb' },
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-4000);
  });
  const exited = new Promise<number>((resolve) => {
    child.on('error', () => resolve(-1));
    child.on('exit', (code) => resolve(code ?? -1));
  });
  return {
    exited,
    finish: () => child.kill('SIGUSR1'),
    kill: () => child.kill('SIGKILL'),
    complaint: () => complaint,
    stats: () => (existsSync(statFile) ? lastLine(readFileSync(statFile, 'utf8')) : {}),
  };
}

/** SIPp's statistics: semicolons, names in the first line, the newest figures in the last. */
export function lastLine(csv: string): Record<string, number> {
  const lines = csv.trim().split('\n');
  const names = (lines[0] ?? '').split(';');
  const values = lines.length > 1 ? (lines.at(-1) ?? '').split(';') : [];
  return Object.fromEntries(
    names.flatMap((name, index): [string, number][] => {
      const value = Number(values[index]);
      return name && values[index] !== '' && Number.isFinite(value) ? [[name, value]] : [];
    }),
  );
}
