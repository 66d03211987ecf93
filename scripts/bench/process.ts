import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { onPath } from '../tools/system.ts';

/** What the figures were taken on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly node: string;
  readonly kernel: string;
}

export const machine = (): Machine => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  kernel: `${process.platform} ${release()}`,
});

/** Words before a program that keep it on one core, where the system can: nothing elsewhere. */
export const onCore = (core: number): readonly string[] =>
  cpus().length > core && onPath('taskset') ? ['taskset', '-c', String(core)] : [];

/** Kernel clock ticks a second, the unit of /proc; 100 on every Linux there is a Node for. */
const TICKS = 100;

/** CPU seconds a server has used so far, all threads: from /proc, or from its own metrics where there is none. */
export async function cpuSeconds(pid: number, url: string): Promise<number> {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name may hold spaces
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    return Number(/^process_cpu_seconds_total (\S+)/m.exec(metrics)?.[1] ?? Number.NaN);
  }
}

/** Resident memory in megabytes; NaN where /proc does not say. */
export function residentMb(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}
